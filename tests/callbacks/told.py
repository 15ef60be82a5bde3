"""Calls that are moved or called off and what was told of them, for the tests of messages."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from callbacks import booking_actions
from callbacks.models import Booking
from notices.models import Notice
from tests.callbacks.cast import NOW

Whose = Booking.Whose
MISSED = datetime(2026, 11, 3, 14, 46, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def move(booking: Booking, slot, how: Whose = Whose.CALLER, **more: Any) -> Booking:
    given: dict[str, Any] = {"by": None, "now": LATER, "submission": uuid4()}
    return booking_actions.move(booking=booking, slot=slot, how=how, **given | more)


def cancel(booking: Booking, how: Whose = Whose.CALLER, **more: Any) -> Booking:
    given: dict[str, Any] = {"by": None, "now": LATER, "reason": ""}
    return booking_actions.cancel(booking=booking, how=how, **given | more)


def to_caller() -> list[Notice]:
    return list(Notice.objects.filter(kind="callback", recipient=None).order_by("pk"))


def to_staff(person) -> list[Notice]:
    return list(Notice.objects.filter(kind="callback", recipient=person).order_by("pk"))
