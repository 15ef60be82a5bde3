"""The weeks that the history fills: when the service was open, and when things came in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from clocks.calendars import LONDON
from clocks.models import Standard
from clocks.promises import warn_moments
from clocks.rules import Rule, Unit
from clocks.working_time import WorkingCalendar

WEEKS = 8
# The history stops at this time of the day it is made for: the post is being opened.
STOPS_AT = time(9, 30)
EVENING = timedelta(hours=4, minutes=30)
EARLY = timedelta(hours=2)
DAYTIME_AT_WEEKEND = timedelta(hours=11)


def history_ends(today: date, now: datetime) -> datetime:
    """9:30am on ``today``, or the midnight before it while 9:30am is still to come at ``now``.

    The same whenever it is asked that day, so that the same seed gives the same data, and never
    in the future: a contact cannot have come in after it is looked at.
    """
    morning = datetime.combine(today, STOPS_AT, tzinfo=LONDON)
    if now.astimezone(LONDON).date() == today and now < morning:
        return datetime.combine(today, time.min, tzinfo=LONDON).astimezone(UTC)
    return morning.astimezone(UTC)


@dataclass(frozen=True)
class Day:
    """One working day; moments in UTC."""

    date: date
    opens: datetime
    closes: datetime

    def at(self, part: float) -> datetime:
        return self.opens + (self.closes - self.opens) * part


def working_days(calendar: WorkingCalendar, ends: datetime) -> list[Day]:
    """The days on which the service opened in the ``WEEKS`` weeks before ``ends``, in order."""
    today = ends.astimezone(LONDON).date()
    dates = (today - timedelta(days=back) for back in range(7 * WEEKS, -1, -1))
    days = [_day(calendar, day) for day in dates if calendar.is_working_day(day)]
    return [day for day in days if day.opens < ends]


def _day(calendar: WorkingCalendar, day: date) -> Day:
    opens = calendar.next_opening(datetime.combine(day, time.min, tzinfo=LONDON))
    return Day(day, opens.astimezone(UTC), calendar.closing(day).astimezone(UTC))


def received_while_closed(rng: Random, before: Day, day: Day) -> datetime:
    """A moment between ``before`` closing and ``day`` opening, when people are awake."""
    nights = (day.date - before.date).days
    night = rng.randrange(nights + 1)
    if night == 0:
        return before.closes + EVENING * rng.random()
    if night == nights:
        return day.opens - EARLY * rng.random()
    return day.opens - timedelta(days=nights - night) + DAYTIME_AT_WEEKEND * rng.random()


@dataclass(frozen=True)
class Promised:
    """The promise that the clocks' own arithmetic gives for one moment of receipt, in UTC."""

    standard: Standard
    due_at: datetime
    warn_moments: tuple[datetime, ...]


# Counted in days, a date follows from the day of receipt alone.
IN_HOURS = {Unit.WORKING_HOURS, Unit.ELAPSED_HOURS}


class Promises:
    """Works out promises, once for each standard and day of receipt."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self.calendar = calendar
        self._standards: dict[tuple[str, date], tuple[Standard, Rule]] = {}
        self._known: dict[tuple[int, date], Promised] = {}

    def forget(self) -> None:
        """Nothing is promised twice for a day that is over."""
        self._known.clear()

    def made(self, code: str, received_at: datetime) -> Promised:
        """What the standard ``code`` promises for something received then."""
        standard, rule = self._standard(code, received_at.astimezone(LONDON).date())
        if rule.unit in IN_HOURS:
            return self._work_out(standard, rule, received_at)
        key = standard.pk, self.calendar.received(received_at, rule)
        if key not in self._known:
            self._known[key] = self._work_out(standard, rule, received_at)
        return self._known[key]

    def _work_out(self, standard: Standard, rule: Rule, received_at: datetime) -> Promised:
        due_at = self.calendar.due(received_at, rule)
        moments = warn_moments(self.calendar, due_at, standard)
        return Promised(
            standard, due_at.astimezone(UTC), tuple(at.astimezone(UTC) for at in moments)
        )

    def _standard(self, code: str, on: date) -> tuple[Standard, Rule]:
        key = code, on
        if key not in self._standards:
            standard = Standard.objects.in_force(code, on)
            self._standards[key] = standard, standard.rule
        return self._standards[key]


# On a coordinator's list whatever the dice say: how many contacts by telephone stay unanswered
# that fall due so many working days after the first working day from today on.
STAGED_BY_DUE_DAY = {0: 2, 1: 1, -1: 1, -3: 1}
STAGED_TODAY = 2


def staged(
    calendar: WorkingCalendar, days: list[Day], promises: Promises, today: date
) -> Iterator[tuple[int, int]]:
    """For the well-known coordinator: positions in ``days``, and how many stay unanswered."""
    yield len(days) - 1, STAGED_TODAY
    first = calendar.add_working_days(today, 0)
    wanted = {
        calendar.add_working_days(first, offset) if offset else first: number
        for offset, number in STAGED_BY_DUE_DAY.items()
    }
    for place in range(len(days) - 2, -1, -1):
        due_at = promises.made("contact.telephone", days[place].at(0.5)).due_at
        if number := wanted.pop(due_at.astimezone(LONDON).date(), 0):
            yield place, number
