"""What logs may hold: who asked for which page, never what was searched for.

The part of an address after the "?" carries names of children (H23 keeps searches in the access
log, which only auditors read), so it reaches no log: neither ours nor gunicorn's nor Django's.
"""

import re
from typing import Any

from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

# An address, up to the white space or quotation mark that ends it.
QUERY = re.compile(r"""(/[^\s?'"]*)\?[^\s'"]*""")


class LoggedRequest(RequestMiddleware):
    """One event at a request's start and one at its end, with the path alone."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"


def without_queries(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A structlog processor: what others log may quote an address; cut its query off."""
    event["event"] = QUERY.sub(r"\1", str(event["event"]))
    return event
