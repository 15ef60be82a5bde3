"""What each way of moving calls would make of the days promised, before it is chosen (H29, H36).

Read-only. Whoever moves calls later may find a time taken: then the next one counts.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from callbacks.models import Booking, Slot
from callbacks.offers import free_slots
from cases.models import NamedStaff


@dataclass(frozen=True)
class Outlook:
    """The time that each call would get, by booking; None where none is free."""

    back: dict[int, Slot | None]
    colleague: dict[int, Slot | None]


def outlook(
    bookings: Sequence[Booking],
    owner: User,
    back: datetime | None,
    cover: User | None,
    now: datetime,
) -> Outlook:
    """When ``owner`` would ring from ``back`` (aware) on, and when a colleague would.

    ``cover`` looks after the owner's promises today. A fixed number of queries.
    """
    if not bookings:
        return Outlook({}, {})
    teams = {booking.contact.case.team_id for booking in bookings if booking.contact.case}
    team = list(User.objects.holders().filter(team__in=teams).exclude(pk=owner.pk))
    people = [*team, *([cover] if cover and cover not in team else [])]
    free = free_slots([owner, *people], now)
    named = _named(bookings)
    own, theirs = _Taking(free), _Taking(free)
    found = Outlook({}, {})
    for booking in bookings:
        after = max(back or now, booking.starts_at)
        found.back[booking.pk] = own.first({owner.pk}, after) if back else None
        may = _who_may(booking, people, cover, named)
        found.colleague[booking.pk] = theirs.first(may, booking.starts_at)
    return found


def is_late(slot: Slot, booking: Booking) -> bool:
    """Whether a call in ``slot`` comes after the day promised (H29)."""
    return slot.ends_at > booking.promised_by


class _Taking:
    """Free slots that are given away one after the other."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self.left = list(slots)

    def first(self, people: Collection[int], after: datetime) -> Slot | None:
        fit = (one for one in self.left if one.owner_id in people and one.starts_at >= after)
        slot = next(fit, None)
        if slot is not None:
            self.left.remove(slot)
        return slot


def _who_may(
    booking: Booking, people: Sequence[User], cover: User | None, named: set[tuple[int, int]]
) -> set[int]:
    """Colleagues of the child's team, and the cover; of a restricted record those named on it."""
    case = booking.contact.case
    if case is None:
        return set()
    may = {one.pk for one in people if one.team_id == case.team_id or one == cover}
    return {pk for pk in may if (case.pk, pk) in named} if case.restricted else may


def _named(bookings: Sequence[Booking]) -> set[tuple[int, int]]:
    cases = {booking.contact.case_id for booking in bookings}
    return set(NamedStaff.objects.filter(case__in=cases).values_list("case", "user"))
