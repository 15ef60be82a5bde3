"""What the whole API shares: its schema, and what an error looks like."""

from typing import Any

from django.http import Http404
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.errors import RuleBroken


class StaffSessionScheme(OpenApiAuthenticationExtension):
    """The sign-in in the words of the schema."""

    target_class = "send_portal.api_access.StaffSession"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class SchemaView(SpectacularJSONAPIView):
    """The schema, for signed-in staff."""


def error_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """A broken rule is 409 with its message and code; the rest as the framework has it."""
    if isinstance(error, RuleBroken):
        return Response(
            {"detail": error.message, "code": error.code, "field": error.field}, status=409
        )
    return exception_handler(error, context)


@extend_schema(exclude=True)
@api_view(["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing_here(request: Request, rest: str = "") -> Response:
    """An address that does not exist, in JSON like every other answer."""
    raise Http404
