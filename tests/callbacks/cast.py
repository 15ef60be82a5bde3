"""Short ways to have slots and booked calls, for the tests of callbacks."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

from accounts.models import User
from callbacks import booking_actions
from callbacks.booking_actions import Caller
from callbacks.models import Booking, Slot
from callbacks.slot_actions import keep_hours
from cases.models import Case, Contact
from tests.cases.contacts import email, log
from tests.diaries.making import at

# Monday 2 November 2026, 10am in London (GMT): the service is open.
NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
NGOZI = Caller(name="Ngozi Okafor", phone="07700 900123", email="ngozi@example.org")


def hours(
    person: User,
    weekday: int = 1,
    starts: time = time(14),
    ends: time = time(16),
    *,
    now: datetime = NOW,
) -> None:
    """Tuesdays from 2pm to 4pm, unless told otherwise: four slots a week."""
    keep_hours(
        person=person,
        weekday=weekday,
        starts=starts,
        ends=ends,
        first_day=now.date(),
        by=person,
        now=now,
    )


def slots(person: User, *, now: datetime = NOW) -> list[Slot]:
    """What can be booked of ``person``, soonest first."""
    return list(Slot.objects.free(now).filter(owner=person))


def on(person: User, day: date, *, now: datetime = NOW) -> list[str]:
    """The times of day of the free slots of ``person`` on ``day``."""
    local = (slot.starts_at.astimezone(at(day, 0).tzinfo) for slot in slots(person, now=now))
    return [f"{moment:%H:%M}" for moment in local if moment.date() == day]


def rang(case: Case, *, now: datetime = NOW, **changes: Any) -> Contact:
    """A telephone call from a mother, waiting for its answer."""
    given = {"channel": Contact.Channel.TELEPHONE, "received_at": now, "subject": ""}
    return log(case, email(**given | changes))


def booked(case: Case, slot: Slot | None = None, *, now: datetime = NOW, **more: Any) -> Booking:
    """A call booked about something new, in the owner's first slot."""
    contact = more.pop("contact", None) or rang(case, now=now)
    given: dict[str, Any] = {"caller": NGOZI, "submission": uuid4(), "by": None}
    assert case.owner
    chosen = slot or slots(case.owner, now=now)[0]
    return booking_actions.book(contact=contact, slot=chosen, now=now, **given | more)
