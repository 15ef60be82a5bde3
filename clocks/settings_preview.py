"""What a change of a standard would do, shown on three example receipts before it is made."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from clocks.calendars import LONDON
from clocks.rules import Rule, Step
from clocks.working_time import BeyondCalendar, WorkingCalendar

TUESDAY, FRIDAY = 1, 4


@dataclass(frozen=True)
class Account:
    """Where one rule puts one receipt: ``due`` is aware, and None beyond the known holidays."""

    due: datetime | None
    steps: list[Step]


@dataclass(frozen=True)
class Example:
    """One receipt with its date before the change and after it."""

    received_at: datetime
    why: str
    before: Account
    after: Account


def examples(
    *, calendar: WorkingCalendar, first_day: date, before: Rule, after: Rule
) -> list[Example]:
    """Three receipts on or after local date ``first_day``, with both dates of each.

    An ordinary Tuesday morning, a Friday after the office closes, and the afternoon before the
    next bank holiday; the last is left out when no holiday is known that late.
    """
    return [
        Example(
            received_at,
            why,
            _account(calendar, received_at, before),
            _account(calendar, received_at, after),
        )
        for received_at, why in _receipts(calendar, first_day)
    ]


def _receipts(calendar: WorkingCalendar, first_day: date) -> Iterator[tuple[datetime, str]]:
    yield _at(_next(first_day, TUESDAY), time(10)), "an ordinary morning"
    yield _at(_next(first_day, FRIDAY), time(16, 45)), "late on a Friday"
    holiday = min((day for day in calendar.closed if day > first_day), default=None)
    if holiday:
        yield _at(holiday - timedelta(days=1), time(15)), f"before {calendar.closed[holiday]}"


def _next(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=LONDON)


def _account(calendar: WorkingCalendar, received_at: datetime, rule: Rule) -> Account:
    try:
        return Account(calendar.due(received_at, rule), calendar.explain(received_at, rule))
    except BeyondCalendar:
        return Account(None, [])
