"""Which slots a caller can be offered, in the order of the promise (H28, H29).

1. Free slots of the case's owner inside the standard.
2. None there: of whoever covers for them or works in their team, inside the standard.
3. None there either: the owner's first ones after it, with a reason.

2 and 3 are breaches of capacity: they are counted, and the team's lead hears of 3. Where there are
slots in time, a caller who asks for it can have a later one of the owner's: that is no breach.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from accounts.errors import RuleBroken
from accounts.models import Absence, User
from callbacks.models import Booking, Slot, SlotPolicy
from cases.models import Case, Contact, NamedStaff
from cases.routing import responsible_for
from clocks.calendars import LONDON
from clocks.promises import work_out
from diaries.busy import Busy, busy_periods

STANDARD = "contact.telephone"
MOST_OFFERED = 12
Breach = Booking.Breach


@dataclass(frozen=True)
class Offer:
    """What can be said to the caller now: ``slots`` in order of time, and what kind they are.

    ``standard`` (aware) is its end counted from the call, and ``promised_by`` the same, or the
    date that the matter has already, when that is earlier. ``spare`` are
    colleagues' slots in time, which nobody is offered while there are enough others. ``later`` are
    the owner's after ``promised_by``, for a caller who asks for a later time.
    """

    owner: User | None
    promised_by: datetime
    standard: datetime
    slots: list[Slot]
    breach: Booking.Breach
    spare: list[Slot] = field(default_factory=list)
    later: list[Slot] = field(default_factory=list)


def who_rings(case: Case) -> User | None:
    """Whose slots come first: the one who answers for the case (cases.routing); H90."""
    try:
        return responsible_for(case, ())
    except RuleBroken:
        return None


def promised_by(now: datetime, matter: Contact | None = None) -> datetime:
    """By when somebody who rings at ``now`` (aware) is rung back: about ``matter`` (the one that
    holds the promise) not after the date that it has already, while that is ahead (H29).

    Raises RuleBroken (``no_standard``, ``beyond_calendar``).
    """
    return _not_after(matter, work_out(code=STANDARD, received_at=now).due_at, now)


def _not_after(matter: Contact | None, standard: datetime, now: datetime) -> datetime:
    if matter is None or matter.clock is None or matter.clock.due_at <= now:
        return standard
    return min(standard, matter.clock.due_at)


def offer(case: Case, *, now: datetime, matter: Contact | None = None) -> Offer:
    """The slots to offer a caller about ``case`` at ``now`` (aware), for ``matter`` when it is
    about something that is owed already; a fixed number of queries.

    Raises RuleBroken (``no_standard``, ``beyond_calendar``).
    """
    owner, standard = who_rings(case), promised_by(now)
    due = _not_after(matter, standard, now)
    if owner is None:
        return Offer(None, due, standard, [], Breach.OUTSIDE)
    # One look at everybody concerned: their diaries are read once.
    cover, team = colleagues(case, owner, now)
    free = free_slots([owner, *([cover] if cover else []), *team], now)
    own = [slot for slot in free if slot.owner_id == owner.pk]
    in_time = [slot for slot in own if slot.ends_at <= due]
    theirs = [slot for slot in free if slot.owner_id != owner.pk and slot.ends_at <= due]
    later = [slot for slot in own if slot.ends_at > due][:MOST_OFFERED]
    if in_time:
        first, spare = in_time[:MOST_OFFERED], theirs[:MOST_OFFERED]
        return Offer(owner, due, standard, first, Breach.NONE, spare, later)
    if theirs:
        # The cover's first: they look after the case meanwhile.
        theirs.sort(key=lambda slot: (slot.owner != cover, slot.starts_at, slot.pk))
        first = theirs[:MOST_OFFERED]
        return Offer(owner, due, standard, first, Breach.COLLEAGUE, later=later)
    return Offer(owner, due, standard, later, Breach.OUTSIDE)


def next_free(offered: Offer, *, most: int = 3) -> Offer:
    """The next slots instead of one that has just been taken: where too few of those that come
    first are left, colleagues' in time stand beside them (H28)."""
    slots = [*offered.slots, *offered.spare][:most]
    return replace(offered, slots=slots, later=[])


def colleagues(case: Case, owner: User, now: datetime) -> tuple[User | None, list[User]]:
    """Who may ring instead of ``owner``: who covers for them today, and their team by name.

    Only people who may open the case.
    """
    today = now.astimezone(LONDON).date()
    away = Absence.objects.on(today).filter(person=owner).select_related("cover__team").first()
    cover = away.cover if away and _may_open(case, away.cover) else None
    team = User.objects.holders().filter(team=case.team_id).order_by("full_name", "pk")
    others = [one for one in team if one not in (owner, cover)]
    if case.restricted:
        named = set(NamedStaff.objects.filter(case=case).values_list("user", flat=True))
        others = [one for one in others if one.pk in named]
    return cover, others


def _may_open(case: Case, person: User | None) -> bool:
    if person is None or not person.can_own:
        return False
    return Case.objects.visible_to(person).filter(pk=case.pk).exists()


def free_slots(people: Collection[User], now: datetime) -> list[Slot]:
    """Free slots of ``people`` to the horizon, soonest first.

    Without those that something has been put over since; a fixed number of queries.
    """
    last = now + timedelta(days=SlotPolicy.current().horizon_days + 1)
    slots = Slot.objects.free(now).filter(owner__in=people, period__startswith__lt=last)
    busy = busy_periods(people, now.astimezone(LONDON).date(), last.astimezone(LONDON).date())
    found = slots.select_related("owner__team")
    return [slot for slot in found if not is_over(slot, busy[slot.owner_id])]


def is_over(slot: Slot, busy: Iterable[Busy]) -> bool:
    """True when something else fills a part of the slot's time (H40, H124)."""
    return any(one.start < slot.ends_at and slot.starts_at < one.end for one in busy)
