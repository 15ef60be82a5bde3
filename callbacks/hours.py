"""How many slots somebody's hours give, and whether that is enough (H35). Read-only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil

from django.db.models import Exists, OuterRef

from accounts.models import User
from callbacks.models import Booking, Pattern, Slot, SlotPolicy
from clocks.calendars import LONDON
from clocks.wording import clock_in_words
from clocks.working_time import BeyondCalendar, WorkingCalendar
from diaries.busy import DAY_NAMES, ONE_DAY, Busy, busy_periods, day_start, days, works_on
from diaries.models import ProtectedTime

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """One week of somebody: slots offered, calls booked, and how many slots there should be.

    ``made`` leaves out slots on days of leave, on duty, or when the service is closed. ``wanted``
    is in proportion to the days worked that week; 0 when they are away all week.
    """

    monday: date
    made: int
    booked: int
    wanted: int
    away: int

    @property
    def is_short(self) -> bool:
        return self.made < self.wanted


@dataclass(frozen=True)
class UsualWeek:
    """What the hours kept give in a week without leave, duty or meetings: ``slots``.

    ``hidden`` more lie in protected time of the team and are never made (H40); ``under`` says of
    each of these times of the team which it is.
    """

    slots: int
    hidden: int
    under: list[str]


def usual_week(person: User, patterns: Collection[Pattern], minutes: int, day: date) -> UsualWeek:
    """Slots of ``minutes`` in a week of ``person`` as hours and protected time are on the London
    date ``day`` (H35, H40). One query."""
    kept = [row for row in patterns if row.first_day <= day]
    protected = list(ProtectedTime.objects.filter(team=person.team_id).between(day, day))
    cut = [slot for row in kept for slot in _cut(row, minutes)]
    over = [[row for row in protected if _is_over(row, slot)] for slot in cut]
    under = {_named(row): None for rows in over for row in rows}
    hidden = sum(bool(rows) for rows in over)
    return UsualWeek(slots=len(cut) - hidden, hidden=hidden, under=list(under))


def _cut(pattern: Pattern, minutes: int) -> list[tuple[int, int, int]]:
    """The weekday of each slot of these hours, and its start and end in minutes of the day."""
    first, last = _minute(pattern.starts), _minute(pattern.ends)
    starts = range(first, last - minutes + 1, minutes)
    return [(pattern.weekday, start, start + minutes) for start in starts]


def _is_over(row: ProtectedTime, slot: tuple[int, int, int]) -> bool:
    weekday, start, end = slot
    return row.weekday == weekday and _minute(row.starts) < end and start < _minute(row.ends)


def _named(row: ProtectedTime) -> str:
    times = f"{clock_in_words(row.starts)} to {clock_in_words(row.ends)}"
    return f"{DAY_NAMES[row.weekday]} {times}"


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def weeks_of(
    person: User,
    policy: SlotPolicy,
    monday: date,
    number: int,
    calendar: WorkingCalendar | None,
) -> list[Week]:
    """The ``number`` weeks from ``monday`` on, after leave, duty and holidays. Five queries."""
    return weeks_of_each([person], policy, monday, number, calendar)[person.pk]


def weeks_of_each(
    people: Collection[User],
    policy: SlotPolicy,
    monday: date,
    number: int,
    calendar: WorkingCalendar | None,
) -> dict[int, list[Week]]:
    """The weeks of each of ``people``. Five queries, however many they are."""
    last = monday + number * WEEK - ONE_DAY
    start, end = day_start(monday), day_start(last + ONE_DAY)
    taken = Booking.objects.holding_slot().filter(slot=OuterRef("pk"))
    slots = Slot.objects.offered().within(start, end).filter(owner__in=people)
    made: dict[int, list[tuple[date, bool]]] = {}
    for slot in slots.annotate(taken=Exists(taken)):
        day = slot.starts_at.astimezone(LONDON).date()
        made.setdefault(slot.owner_id, []).append((day, slot.taken))
    busy = busy_periods(people, monday, last)
    return {
        person.pk: [
            _week(
                person,
                policy,
                monday + WEEK * place,
                made.get(person.pk, []),
                busy[person.pk],
                calendar,
            )
            for place in range(number)
        ]
        for person in people
    }


def _week(
    person: User,
    policy: SlotPolicy,
    monday: date,
    made: Collection[tuple[date, bool]],
    busy: Collection[Busy],
    calendar: WorkingCalendar | None,
) -> Week:
    week = list(days(monday, monday + WEEK - ONE_DAY))
    at_work = {day for day in week if _is_worked(day, busy, calendar)}
    usual = [day for day in week if works_on(person, day)]
    worked = [day for day in usual if day in at_work]
    return Week(
        monday=monday,
        made=sum(day in at_work for day, _ in made),
        booked=sum(taken for day, taken in made if day in week),
        wanted=ceil(policy.minimum_slots(person) * len(worked) / len(usual)) if usual else 0,
        away=len(usual) - len(worked),
    )


def _is_worked(day: date, busy: Collection[Busy], calendar: WorkingCalendar | None) -> bool:
    """Not a holiday, and not all of it spent on leave or on the duty line."""
    whole = (one for one in busy if one.kind in ("leave", "duty"))
    if any(one.start <= day_start(day) and one.end >= day_start(day + ONE_DAY) for one in whole):
        return False
    try:
        return calendar is None or calendar.is_working_day(day)
    except BeyondCalendar:
        # Nobody knows its holidays yet: no slots are made.
        return False


def booked_in(pattern: Pattern, now: datetime) -> list[Booking]:
    """Calls still to come in these hours: they stay when the hours end (H124). One query."""
    coming = Booking.objects.filter(
        owner=pattern.person_id, state=Booking.State.BOOKED, starts_at__gt=now
    )
    return [booking for booking in coming.order_by("starts_at") if _falls_in(booking, pattern)]


def _falls_in(booking: Booking, pattern: Pattern) -> bool:
    starts = booking.starts_at.astimezone(LONDON)
    in_hours = pattern.starts <= starts.time() < pattern.ends
    return starts.weekday() == pattern.weekday and in_hours
