"""How a date was counted, day by day, pauses included: pure Python, no Django.

The count is given only when it ends on the date that was promised. A calendar that has been
changed since would count to another day; then there is no count, never a wrong one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from clocks import pauses as arithmetic
from clocks.pauses import Paused
from clocks.working_time import ONE_DAY, Rule, Step, Unit, WorkingCalendar

WORKING_UNITS = {Unit.WORKING_DAYS, Unit.WORKING_HOURS}
HOURS = {Unit.WORKING_HOURS, Unit.ELAPSED_HOURS}


@dataclass(frozen=True)
class Pause:
    """A stretch, from one aware moment to another, in which the count stood still, and why."""

    since: datetime
    until: datetime
    reason: str


@dataclass(frozen=True)
class PausedStep(Step):
    """A day that was not counted because the count stood still."""


def count(
    calendar: WorkingCalendar,
    rule: Rule,
    received_at: datetime,
    due_at: datetime,
    pauses: Sequence[Pause] = (),
) -> list[Step]:
    """Each day from the receipt to the day of ``due_at`` (aware), counted or not, and why.

    Empty when the days do not come to ``due_at`` on this calendar. Raises BeyondCalendar.
    """
    days = calendar.explain(received_at, rule)
    last = due_at.astimezone(calendar.zone).date()
    if rule.unit in HOURS:
        return _hours(calendar, rule, received_at, due_at, days, pauses)
    if pauses:
        return _days(calendar, rule, received_at, last, days, pauses)
    return days if days[-1].day == last else []


def _days(
    calendar: WorkingCalendar,
    rule: Rule,
    received_at: datetime,
    last: date,
    unpaused: list[Step],
    pauses: Sequence[Pause],
) -> list[Step]:
    """The days of the unpaused count, each put off to the next day that is not paused."""
    zero = calendar.received(received_at, rule)
    waiting = [step for step in unpaused if step.number is not None]
    steps: list[Step] = []
    for day in _every_day(unpaused[0].day, last):
        works = rule.unit not in WORKING_UNITS or calendar.is_working_day(day)
        pause = _pause_of(day, pauses, calendar)
        if day < zero:
            steps.append(unpaused[len(steps)])
        elif pause and works:
            steps.append(PausedStep(day, None, _paused(pause)))
        elif waiting and (works or waiting[0].day == day):
            steps.append(_put_off(waiting.pop(0), day))
        else:
            reason = calendar.why_closed(day) or "Moved to the next working day"
            steps.append(Step(day, None, reason))
    return steps if not waiting and _ends(calendar, rule, steps) == last else []


def _ends(calendar: WorkingCalendar, rule: Rule, steps: list[Step]) -> date:
    counted = max(step.day for step in steps if step.number is not None)
    return calendar.add_working_days(counted, 0) if rule.roll_to_working_day else counted


def _put_off(step: Step, day: date) -> Step:
    if step.number == 0 and step.day != day:
        return Step(day, 0, "The count begins")
    return replace(step, day=day)


def _hours(
    calendar: WorkingCalendar,
    rule: Rule,
    received_at: datetime,
    due_at: datetime,
    unpaused: list[Step],
    pauses: Sequence[Pause],
) -> list[Step]:
    """Every day with the hours that were paused taken out."""
    # As resuming measures them: a pause before the count began holds nothing up.
    begun = calendar.counted_from(received_at, rule)
    pauses = [replace(each, since=max(each.since, begun)) for each in pauses if each.until > begun]
    lengths = (arithmetic.length(calendar, rule, each.since, each.until) for each in pauses)
    paused = sum(lengths, Paused())
    if arithmetic.due(calendar, rule, received_at, paused) != due_at:
        return []
    if not pauses:
        return unpaused
    zero = calendar.received(received_at, rule)
    steps = [step for step in unpaused if step.day <= zero]
    number = 0
    for day in _every_day(zero + ONE_DAY, due_at.astimezone(calendar.zone).date()):
        step = _hours_of(calendar, rule, day, number + 1, pauses)
        number = step.number or number
        steps.append(step)
    return steps


def _hours_of(
    calendar: WorkingCalendar, rule: Rule, day: date, number: int, pauses: Sequence[Pause]
) -> Step:
    working = rule.unit is Unit.WORKING_HOURS
    if working and not calendar.is_working_day(day):
        return Step(day, None, calendar.why_closed(day))
    midnight = datetime(day.year, day.month, day.day, tzinfo=calendar.zone)
    ends = midnight + ONE_DAY
    paused = [(each, _within(calendar, working, midnight, ends, each)) for each in pauses]
    lost = sum((time for _, time in paused), timedelta())
    if not lost:
        return Step(day, number, "Opening hours counted" if working else "Every hour counts")
    if lost >= _length(calendar, working, midnight, ends):
        return PausedStep(day, None, _paused(next(each for each, time in paused if time)))
    return Step(day, number, "Hours counted, except while paused")


def _within(
    calendar: WorkingCalendar, working: bool, start: datetime, end: datetime, pause: Pause
) -> timedelta:
    begin, finish = max(start, pause.since), min(end, pause.until)
    return _length(calendar, working, begin, finish) if begin < finish else timedelta()


def _length(calendar: WorkingCalendar, working: bool, start: datetime, end: datetime) -> timedelta:
    if working:
        return calendar.opening_time_between(start, end)
    return end.astimezone(UTC) - start.astimezone(UTC)


def _pause_of(day: date, pauses: Sequence[Pause], calendar: WorkingCalendar) -> Pause | None:
    """The pause that took up ``day``: the day it began on, not the day it ended on."""
    for pause in pauses:
        first, end = (at.astimezone(calendar.zone).date() for at in (pause.since, pause.until))
        if first <= day < end:
            return pause
    return None


def _paused(pause: Pause) -> str:
    return f"Paused: {pause.reason}" if pause.reason else "Paused"


def _every_day(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
