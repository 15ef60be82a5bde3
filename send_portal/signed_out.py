"""A form sent after the session has ended: nothing typed is lost."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# What the page around a form sends, and nobody typed.
NOT_TYPED = {"csrfmiddlewaretoken", "submission"}


class SignInRequired(LoginRequiredMiddleware):
    """Sends people to the sign-in page; a form they had filled in is shown to them first.

    The words go back only to the browser that sent them and are kept nowhere.
    """

    # A page where Django's own only ever redirects.
    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        if request.method != "POST":
            return super().handle_no_permission(request, view_func)
        typed = [
            {"name": name.replace("_", " ").capitalize(), "value": value}
            for name, value in request.POST.items()
            if name not in NOT_TYPED and "password" not in name and value
        ]
        context = {"typed": typed, "back_to": request.path}
        return render(request, "signed_out.html", context, status=403)
