"""Short ways to leave that meets booked calls, for the tests about it."""

from datetime import UTC, date, datetime
from typing import Any

from django.urls import reverse

from accounts.models import Absence, User
from callbacks import absence_actions
from callbacks.absence_actions import Way, Wish, move_calls
from callbacks.booking_actions import Caller
from callbacks.models import Booking
from tests.callbacks.cast import NOW, booked
from tests.factories import CaseFactory

TUESDAY, WEDNESDAY = date(2026, 11, 3), date(2026, 11, 4)
AT_TWO = datetime(2026, 11, 3, 14, tzinfo=UTC)
NO_ADDRESS = Caller(name="Ngozi Okafor", phone="07700 900123")
STRANDED = "/callbacks/stranded/"
PAGE = "/account/absences/1/calls/"


def away(
    person: User,
    cover: User | None = None,
    *,
    by: User | None = None,
    first: date = TUESDAY,
    last: date = WEDNESDAY,
    now: datetime = NOW,
) -> Absence:
    """Leave on Tuesday and Wednesday, entered by the person, unless told otherwise."""
    return absence_actions.enter_absence(
        person=person, first_day=first, last_day=last, cover=cover, by=by or person, now=now
    )


def calls(absence: Absence) -> str:
    """The address of the page of calls that this leave meets."""
    return reverse("absence_calls", args=[absence.pk])


def wish(booking: Booking, way: Way = Way.SAME_TIME, **more: Any) -> Wish:
    """What somebody chooses for a call, on the page of calls."""
    return Wish(booking=booking, way=way, **more)


def move_all(
    *wishes: Wish, by: User, teller: User | None = None, now: datetime = NOW
) -> tuple[list[Booking], dict[int, str]]:
    """The page of calls is sent with these wishes."""
    return move_calls(wishes=wishes, teller=teller or by, page=PAGE, by=by, now=now)


def another(owner: User, **more: Any) -> Booking:
    """A call about another child of ``owner``."""
    return booked(CaseFactory.create(owner=owner, team=owner.team), **more)


def live() -> list[Booking]:
    """Every call that is still to be made, soonest first."""
    return list(Booking.objects.filter(state="booked").order_by("starts_at", "pk"))


def owners() -> list[str]:
    """Who makes them."""
    return [booking.owner.full_name for booking in live()]
