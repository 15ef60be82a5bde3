"""A booked call, tries to reach the caller and whom they told, for the tests of outcomes."""

from datetime import UTC, datetime
from uuid import uuid4

from callbacks.models import Booking
from callbacks.outcome_actions import not_reached
from cases.models import Contact
from notices.models import Notice

# The call is booked for Tuesday 3 November 2026 from 2pm to 2:30pm.
AT = datetime(2026, 11, 3, 14, tzinfo=UTC)
END = datetime(2026, 11, 3, 14, 30, tzinfo=UTC)


def clock_of(call: Booking):
    return Contact.objects.select_related("clock").get(pk=call.contact_id).promise


def tried(call: Booking, by, *, now=AT, submission=None) -> Booking:
    return not_reached(booking=call, note="", submission=submission or uuid4(), by=by, now=now)


def told(part: str) -> list[str]:
    """Whom notices about booked calls went to, whose key has ``part`` in it."""
    found = Notice.objects.filter(kind="callback", key__contains=part)
    return sorted(found.values_list("address", flat=True))
