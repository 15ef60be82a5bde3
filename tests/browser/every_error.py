"""Addresses that exist in tests only: each fails in its own way."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path

from send_portal.urls import urlpatterns as portal

FAILURES = {400: BadRequest, 403: PermissionDenied, 500: RuntimeError}


@login_not_required
def every_error(request: HttpRequest, status: int) -> HttpResponse:
    raise FAILURES[status]


urlpatterns = [path("every-error/<int:status>/", every_error, name="every_error"), *portal]
