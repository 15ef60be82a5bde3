"""What a pause comes to, and where it moves a date: pure arithmetic, no Django.

A pause of k working days moves a date counted in working days by k working days; one of no
length moves nothing. Dates counted in calendar days, weeks or months move by calendar days,
working hours by opening time, and elapsed hours by real time (H58, C16).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from clocks.working_time import Rule, Unit, WorkingCalendar

NOTHING = timedelta()


@dataclass(frozen=True)
class Paused:
    """The length of all pauses so far: ``days`` as the unit counts them, or ``time``."""

    days: int = 0
    time: timedelta = NOTHING

    def __add__(self, other: "Paused") -> "Paused":
        return Paused(self.days + other.days, self.time + other.time)


def length(calendar: WorkingCalendar, rule: Rule, since: datetime, until: datetime) -> Paused:
    """What the pause from ``since`` to ``until`` (both aware, in order) comes to."""
    first, last = (moment.astimezone(calendar.zone).date() for moment in (since, until))
    match rule.unit:
        case Unit.WORKING_DAYS:
            return Paused(days=calendar.working_days_between(first, last))
        case Unit.WORKING_HOURS:
            return Paused(time=calendar.opening_time_between(since, until))
        case Unit.ELAPSED_HOURS:
            return Paused(time=until.astimezone(UTC) - since.astimezone(UTC))
        case _:
            return Paused(days=(last - first).days)


def due(calendar: WorkingCalendar, rule: Rule, received_at: datetime, paused: Paused) -> datetime:
    """The due moment of ``rule`` for ``received_at``, moved on by ``paused``.

    A date that rolls to a working day rolls last, after the pauses.
    """
    if paused == Paused():
        return calendar.due(received_at, rule)
    unrolled = calendar.due(received_at, replace(rule, roll_to_working_day=False))
    return moved(calendar, rule, unrolled, paused)


def moved(calendar: WorkingCalendar, rule: Rule, due_at: datetime, paused: Paused) -> datetime:
    """``due_at`` moved on by ``paused``; an empty pause gives ``due_at`` itself."""
    if paused == Paused():
        return due_at
    if rule.unit is Unit.WORKING_HOURS:
        return calendar.add_working_hours(due_at, paused.time / timedelta(hours=1))
    if rule.unit is Unit.ELAPSED_HOURS:
        later = (due_at.astimezone(UTC) + paused.time).astimezone(calendar.zone)
        return calendar.next_opening(later) if rule.roll_to_working_day else later
    day = due_at.astimezone(calendar.zone).date()
    if rule.unit is Unit.WORKING_DAYS:
        return calendar.end_of(calendar.add_working_days(day, paused.days))
    day += timedelta(days=paused.days)
    return calendar.end_of(calendar.add_working_days(day, 0) if rule.roll_to_working_day else day)
