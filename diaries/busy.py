"""When people are busy: everything over which no callback is put (H19, H30, H39 to H41).

Read-only. Days and times of day are London's, also in the weeks the clock changes.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, cast

from django.db.models import F

from accounts.models import Absence, User
from clocks.calendars import LONDON
from diaries.models import Block, DutyShift, ProtectedTime

Kind = Literal[
    "leave", "not_working", "meeting", "casework", "training", "other", "protected", "duty"
]

ONE_DAY = timedelta(days=1)
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PROTECTED_WORDS, DUTY_WORDS = "Protected time", "On the duty line"
# What a block is called to anybody: its own words are for the person and their team.
BLOCK_WORDS: dict[str, str] = {
    Block.Kind.MEETING: "In a meeting",
    Block.Kind.CASEWORK: "Casework",
    Block.Kind.TRAINING: "In training",
    Block.Kind.OTHER: "Busy",
}


@dataclass(frozen=True)
class Busy:
    """Time from ``start`` up to but not with ``end``, both aware and on the London clock."""

    start: datetime
    end: datetime
    kind: Kind
    words: str


def busy_periods(people: Collection[User], first: date, last: date) -> dict[int, list[Busy]]:
    """What fills the diaries of ``people`` on London days ``first`` to ``last``, both included.

    By person id, in order of time; periods may overlap one another, and a block may begin
    before ``first`` or end after ``last``. Opening hours, bank holidays and booked calls are
    not here. Always four queries (H19, H40, H41).
    """
    diaries: dict[int, list[Busy]] = {person.pk: [] for person in people}
    for owner, busy in _everything(people, first, last):
        diaries[owner].append(busy)
    for periods in diaries.values():
        # Moments of one zone compare by the clock on the wall, which goes back in October.
        periods.sort(key=lambda busy: (busy.start.astimezone(UTC), busy.end.astimezone(UTC)))
    return diaries


def _everything(people: Collection[User], first: date, last: date) -> Iterator[tuple[int, Busy]]:
    yield from _absences(people, first, last)
    yield from _blocks(people, first, last)
    yield from _protected(people, first, last)
    yield from _duty(people, first, last)
    yield from _days_not_worked(people, first, last)


def _absences(people: Collection[User], first: date, last: date) -> Iterator[tuple[int, Busy]]:
    away = Absence.objects.filter(person__in=people, first_day__lte=last, last_day__gte=first)
    for person, begins, ends in away.values_list("person", "first_day", "last_day"):
        period = day_start(max(begins, first)), day_start(min(ends, last) + ONE_DAY)
        yield person, Busy(*period, "leave", "On leave")


def _blocks(people: Collection[User], first: date, last: date) -> Iterator[tuple[int, Busy]]:
    blocks = Block.objects.in_force().filter(person__in=people)
    blocks = blocks.overlapping(day_start(first), day_start(last + ONE_DAY))
    for person, kind, period in blocks.values_list("person", "kind", "period"):
        start, end = period.lower.astimezone(LONDON), period.upper.astimezone(LONDON)
        yield person, Busy(start, end, cast(Kind, kind), BLOCK_WORDS[kind])


def _protected(people: Collection[User], first: date, last: date) -> Iterator[tuple[int, Busy]]:
    members: dict[int, list[int]] = {}
    for person in people:
        if person.team_id is not None:
            members.setdefault(person.team_id, []).append(person.pk)
    for row in ProtectedTime.objects.filter(team__in=sorted(members)).between(first, last):
        for period in protected_moments(row, first, last):
            for owner in members[row.team_id]:
                yield owner, Busy(*period, "protected", PROTECTED_WORDS)


def protected_moments(
    row: ProtectedTime, first: date, last: date
) -> Iterator[tuple[datetime, datetime]]:
    """When ``row`` protects on London days ``first`` to ``last``, both included (H40)."""
    ends = last if row.last_day is None else min(last, row.last_day)
    for day in days(max(first, row.first_day), ends):
        start, end = local(day, row.starts), local(day, row.ends)
        # In the hour that a clock change leaves out there is nothing to protect.
        if day.weekday() == row.weekday and start.astimezone(UTC) < end.astimezone(UTC):
            yield start, end


def _duty(people: Collection[User], first: date, last: date) -> Iterator[tuple[int, Busy]]:
    shifts = DutyShift.objects.between(first, last).filter(person__in=people)
    # Somebody moved to another team answers that team's line no more.
    for person, day in shifts.filter(team=F("person__team")).values_list("person", "day"):
        yield person, Busy(day_start(day), day_start(day + ONE_DAY), "duty", DUTY_WORDS)


def _days_not_worked(people: Iterable[User], first: date, last: date) -> Iterator[tuple[int, Busy]]:
    for person in people:
        for day in days(first, last):
            if not works_on(person, day):
                words = f"Does not work on {DAY_NAMES[day.weekday()]}s"
                period = day_start(day), day_start(day + ONE_DAY)
                yield person.pk, Busy(*period, "not_working", words)


def works_on(person: User, day: date) -> bool:
    """True when the weekday of ``day`` is one of those that ``person`` works."""
    return day.weekday() in person.working_days


def days(first: date, last: date) -> Iterator[date]:
    """Every day from ``first`` to ``last``, both included; none when they run backwards."""
    while first <= last:
        yield first
        first += ONE_DAY


def local(day: date, clock: time) -> datetime:
    """The moment the London clock shows ``clock`` on ``day``.

    A time that a clock change leaves out is the moment that follows it.
    """
    moment = datetime.combine(day, clock, tzinfo=LONDON)
    return moment.astimezone(UTC).astimezone(LONDON)


def day_start(day: date) -> datetime:
    """Midnight at which the London day begins."""
    return local(day, time.min)
