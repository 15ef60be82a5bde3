"""What logs may hold: who asked for which page, never what was searched for.

The part of an address after the "?" carries names of children (H23 keeps searches in the access
log, which only auditors read), so it reaches no log: neither ours nor gunicorn's nor Django's.
Nor does a part that is a key by itself: the address of a calendar, the link in a confirmation.
"""

import re
from typing import Any

from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

# An address, up to the white space or quotation mark that ends it.
QUERY = re.compile(r"""(/[^\s?'"]*)\?[^\s'"]*""")
# A part of an address that holds 40 random characters or more: who has it needs no sign-in.
KEY = re.compile(r"""(?<=/)[^\s/'"]*?[\w-]{40}[^\s/'"]*""")


def without_keys(path: str) -> str:
    """An address as it may be logged: "/calendar/…"."""
    return KEY.sub("…", path)


class LoggedRequest(RequestMiddleware):
    """One event at a request's start and one at its end, with the path alone."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {without_keys(request.path)}"


def without_queries(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A structlog processor: what others log may quote an address; cut its query and keys off."""
    event["event"] = without_keys(QUERY.sub(r"\1", str(event["event"])))
    return event
