"""Calls that are booked with somebody who cannot ring then (H36, H62, E4). Read-only."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Absence, AbsenceQuerySet, Role, User
from callbacks.models import Booking, BookingQuerySet
from cases.models import NamedStaff
from clocks.calendars import LONDON
from diaries.busy import Busy, busy_periods, day_start

ONE_DAY = timedelta(days=1)
# Those who look after what others cannot ring: a lead for the team, a senior manager for all.
LOOKS_AFTER = frozenset({Role.TEAM_LEAD, Role.SENIOR_MANAGER})
# The soonest: what lies behind so many comes into sight as these are made or moved.
MOST_LOOKED_AT = 2000
# A first page counts what is urgent, and no more than anybody could move in a morning.
SOON = timedelta(days=7)
MOST_SOON = 500
HIDDEN = "May not open the record any more"
# How a note says that somebody still has to tell the caller; its end is who (booking_actions).
TOLD_LATER = "(told later: "


@dataclass(frozen=True)
class Stuck:
    """A call that its owner cannot make at its time, and what is in the way."""

    booking: Booking
    why: str


def calls_during(absence: Absence) -> BookingQuerySet:
    """Calls that whoever is away has still to make of those booked for these days, by time.

    Also those missed, or rung in vain, while the matter is open.
    """
    return booked_with(absence.person, *days_of(absence))


def days_of(absence: Absence) -> tuple[datetime, datetime]:
    """The half-open time that the absence takes, aware."""
    return day_start(absence.first_day), day_start(absence.last_day + ONE_DAY)


def with_calls(absences: AbsenceQuerySet) -> AbsenceQuerySet:
    """Each with ``calls``: how many calls of its days are still to be made."""
    booked = _to_make().filter(
        owner=OuterRef("person"),
        starts_at__date__gte=OuterRef("first_day"),
        starts_at__date__lte=OuterRef("last_day"),
    )
    number = booked.order_by().values("owner").annotate(number=Count("pk")).values("number")
    return absences.annotate(calls=Coalesce(Subquery(number), 0))


def booked_with(person: User, start: datetime, end: datetime) -> BookingQuerySet:
    """Calls still to be made by ``person`` that begin from ``start`` up to ``end`` (aware)."""
    theirs = _to_make().filter(owner=person, starts_at__gte=start, starts_at__lt=end)
    return theirs.with_people().order_by("starts_at", "pk")


def stranded(user: User, now: datetime, *, person: User | None = None) -> list[Stuck]:
    """Calls still to be made whose owner cannot ring, of those that ``user`` looks after, by time.

    Those to come; of those missed or rung in vain today's, and all of somebody who has left.
    ``now`` is aware; with ``person`` only theirs. At most six queries.
    """
    found = looked_after(_in_doubt(now), user)
    if person is not None:
        found = found.filter(owner=person)
    found = found.with_people().with_callers().order_by("starts_at", "pk")
    return [one for one in _with_reasons(found[:MOST_LOOKED_AT], _day(now)) if one.why]


def stranded_soon(user: User, now: datetime) -> int:
    """How many of those calls begin within the next seven days; for a first page (H36).

    However far ahead calls are booked it costs the same. ``now`` is aware; at most six queries.
    """
    found = looked_after(_in_doubt(now, until=now + SOON), user)
    found = found.select_related("owner").order_by("starts_at", "pk")
    return sum(bool(one.why) for one in _with_reasons(found[:MOST_SOON], _day(now)))


def stuck_calls(people: Collection[User], start: datetime, end: datetime) -> list[Stuck]:
    """Calls booked with ``people`` from ``start`` up to ``end`` (aware) over which something else
    lies in their diary, or whose record they may not open, by time. At most six queries."""
    booked = Booking.objects.filter(
        state=Booking.State.BOOKED, owner__in=people, starts_at__gte=start, starts_at__lt=end
    )
    found = booked.select_related("owner").order_by("starts_at", "pk")[:MOST_LOOKED_AT]
    return [one for one in _with_reasons(found, _day(start)) if one.why]


def _in_doubt(now: datetime, until: datetime | None = None) -> BookingQuerySet:
    """Calls to come that begin before ``until``; of those missed or rung in vain today's, and
    those of leavers.

    Each by its own index: joined by "or" they would be looked for among all that ever was.
    """
    ahead = Booking.objects.filter(state=Booking.State.BOOKED, ends_at__gt=now)
    if until is not None:
        ahead = ahead.filter(starts_at__lt=until)
    left = Booking.objects.left_to_ring().order_by()
    todays = left.filter(starts_at__gte=day_start(_day(now)))
    leavers = left.filter(owner__is_active=False)
    keys = ahead.values("pk").union(todays.values("pk"), leavers.values("pk"))
    return Booking.objects.filter(pk__in=keys)


def looks_after(user: User, person: User) -> bool:
    """Whether ``user`` looks after the calls of ``person``: a lead of their team, or a manager."""
    if user.role == Role.SENIOR_MANAGER:
        return True
    leads = user.role == Role.TEAM_LEAD and user.team_id is not None
    return leads and person.team_id == user.team_id


def looked_after(bookings: BookingQuerySet, user: User) -> BookingQuerySet:
    """Those of the team that ``user`` leads, by who rings or by the case; a manager's are all."""
    if user.role == Role.SENIOR_MANAGER:
        return bookings
    if user.role != Role.TEAM_LEAD or user.team_id is None:
        return bookings.none()
    return bookings.filter(Q(owner__team=user.team_id) | Q(contact__case__team=user.team_id))


def to_be_told(user: User) -> BookingQuerySet:
    """Calls that we moved, whose caller we cannot write to and who waits to be told (H18)."""
    moved = _booked().filter(follows__note__contains=TOLD_LATER)
    return looked_after(moved, user).select_related("follows__owner")


def moved_away(person: User, start: datetime, end: datetime | None) -> BookingQuerySet:
    """What was booked with ``person`` from ``start`` up to ``end`` (aware) and moved by us."""
    moved = Booking.objects.filter(
        state=Booking.State.MOVED,
        ended_how=Booking.Whose.OURS,
        owner=person,
        starts_at__gte=start,
        followed_by__isnull=False,
    )
    if end is not None:
        moved = moved.filter(starts_at__lt=end)
    return moved.with_people().select_related("followed_by__owner").order_by("starts_at", "pk")


def waits_to_be_told(booking: Booking) -> bool:
    """True while somebody still has to tell the caller of this new time."""
    before = booking.follows
    return booking.is_booked and before is not None and TOLD_LATER in before.note


def clashes(person: User, bookings: Collection[Booking]) -> dict[int, str]:
    """Why ``person`` could not ring at these times instead, by booking; five queries.

    A booking that is not in it can be handed to them.
    """
    if not bookings:
        return {}
    start = min(booking.starts_at for booking in bookings)
    end = max(booking.ends_at for booking in bookings)
    busy = busy_periods([person], _day(start), _day(end))[person.pk]
    theirs = Booking.objects.holding_slot().filter(
        owner=person, starts_at__lt=end, ends_at__gt=start
    )
    taken = list(theirs.values_list("starts_at", "ends_at"))
    found = {}
    for booking in bookings:
        if any(begin < booking.ends_at and booking.starts_at < finish for begin, finish in taken):
            found[booking.pk] = "another call is booked with them then"
        elif over := _over(booking, busy):
            found[booking.pk] = f"{over[0].lower()}{over[1:]}"
    return found


def _to_make() -> BookingQuerySet:
    """Those booked, and those missed or rung in vain that have still to be rung (H36)."""
    left = Booking.objects.left_to_ring().order_by().values("pk")
    return Booking.objects.filter(Q(state=Booking.State.BOOKED) | Q(pk__in=left))


def _booked() -> BookingQuerySet:
    booked = Booking.objects.filter(state=Booking.State.BOOKED)
    return booked.with_people().order_by("starts_at", "pk")


def _with_reasons(bookings: Iterable[Booking], today: date) -> list[Stuck]:
    found = list(bookings)
    if not found:
        return []
    owners = {booking.owner_id: booking.owner for booking in found}
    # What is older is a leaver's: their diary says nothing more.
    first = max(today, _day(found[0].starts_at))
    last = max(first, _day(max(booking.ends_at for booking in found)))
    busy = busy_periods(list(owners.values()), first, last)
    hidden = _hidden(found)
    return [
        Stuck(booking, HIDDEN if booking.pk in hidden else _why(booking, busy[booking.owner_id]))
        for booking in found
    ]


def _hidden(bookings: Collection[Booking]) -> set[int]:
    """Calls about a case that was restricted since, which their owner may not open any more."""
    named = NamedStaff.objects.filter(case=OuterRef("contact__case"), user=OuterRef("owner"))
    restricted = Booking.objects.filter(
        pk__in=[one.pk for one in bookings], contact__case__restricted=True
    )
    others = restricted.exclude(contact__case__owner=F("owner")).exclude(Exists(named))
    return set(others.values_list("pk", flat=True))


def _why(booking: Booking, busy: Iterable[Busy]) -> str:
    """What keeps the owner from ringing then; "" for nothing."""
    if not booking.owner.is_active:
        return "Has left"
    if not booking.owner.can_own:
        return "Does not ring families back any more"
    return _over(booking, busy)


def _over(booking: Booking, busy: Iterable[Busy]) -> str:
    over = [one for one in busy if one.start < booking.ends_at and booking.starts_at < one.end]
    # Leave says more than the meeting that was to be then.
    over.sort(key=lambda one: one.kind != "leave")
    return over[0].words if over else ""


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()
