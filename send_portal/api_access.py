"""Who asks the API, and how often they may.

Apart from send_portal.api, because the framework reads these while it is itself being imported.
"""

from django.core.cache import caches
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle


class StaffSession(SessionAuthentication):
    """The sign-in of the pages; without one the answer is 401, not 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class StaffThrottle(UserRateThrottle):
    """Stops a program that has run wild. Each web process counts for itself, in its memory:
    counting in the database would cost more than the answers."""

    cache = caches["api_throttle"]
