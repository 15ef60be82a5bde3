"""The times that a caller can choose instead of the one they have (H28, H36)."""

from datetime import datetime, timedelta

from accounts.models import User
from callbacks.models import Booking, Slot
from callbacks.offers import MOST_OFFERED, colleagues, free_slots, who_rings
from cases.models import Case
from cases.routing import may_see
from clocks.calendars import calendar_for_display
from clocks.working_time import BeyondCalendar

# Whoever rings has to see it first: their mail waits until the service opens (H60).
NOTICE = timedelta(hours=1)
KEPT_FOR_COLLEAGUES = 4


def other_times(booking: Booking, now: datetime) -> list[Slot]:
    """Up to 12 free slots after ``now`` (aware), soonest first; a fixed number of queries.

    Of the same person, if they still may ring; then of whoever else may ring about the case,
    one for each time. When the same person has none within the standard, colleagues always have
    some.
    """
    case = booking.contact.case
    if case is None:
        return []
    people, first_moment = _people(case, booking, now), _earliest(now)
    free = [slot for slot in free_slots(people, now) if slot.starts_at >= first_moment]
    same = [slot for slot in free if slot.owner == booking.owner and slot != booking.slot]
    rest = _one_a_time([slot for slot in free if slot.owner != booking.owner], same, people)
    in_time = any(slot.ends_at <= booking.promised_by for slot in same)
    kept = 0 if in_time else min(len(rest), KEPT_FOR_COLLEAGUES)
    chosen = same[: MOST_OFFERED - kept]
    chosen += rest[: MOST_OFFERED - len(chosen)]
    return sorted(chosen, key=lambda slot: (slot.starts_at, slot.pk))


def _one_a_time(slots: list[Slot], taken: list[Slot], people: list[User]) -> list[Slot]:
    """Two colleagues at one time are one choice less to read: the first of ``people`` has it."""
    rank = {person: number for number, person in enumerate(people)}
    by_time = {slot.starts_at: slot for slot in sorted(slots, key=lambda one: -rank[one.owner])}
    for slot in taken:
        by_time.pop(slot.starts_at, None)
    return [by_time[at] for at in sorted(by_time)]


def _people(case: Case, booking: Booking, now: datetime) -> list[User]:
    """Everybody who may ring about it, whoever comes first in the order of the promise first."""
    owner = who_rings(case)
    cover, team = colleagues(case, owner, now) if owner else (None, [])
    still = booking.owner.can_own and may_see(case, booking.owner)
    people = [booking.owner if still else None, owner, cover, *team]
    return list(dict.fromkeys(one for one in people if one))


def _earliest(now: datetime) -> datetime:
    calendar = calendar_for_display()
    try:
        opens = calendar.next_opening(now) if calendar else now
    except BeyondCalendar:
        opens = now
    return opens + NOTICE
