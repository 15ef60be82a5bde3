"""Dates, times and deadlines in plain words, the same on every page and in every message."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from accounts.profile import days_in_words
from clocks.calendars import LONDON
from clocks.working_time import BeyondCalendar, WorkingCalendar


def day_in_words(day: date) -> str:
    """ "Tuesday 8 December 2026"."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def time_in_words(at: datetime) -> str:
    """ "4:45pm", "9am", "midday" or "midnight", on the London clock."""
    return clock_in_words(at.astimezone(LONDON).time())


def clock_in_words(clock: time) -> str:
    """The same for a time of day without a zone."""
    if clock.minute == 0 and clock.hour in (0, 12):
        return "midday" if clock.hour else "midnight"
    hour = clock.hour % 12 or 12
    minutes = f":{clock.minute:02d}" if clock.minute else ""
    return f"{hour}{minutes}{'am' if clock.hour < 12 else 'pm'}"


def hours_in_words(hours: Mapping[int, Sequence[tuple[time, time]]]) -> str:
    """ "Monday to Thursday from 9am to 5:30pm, and Friday from 9am to 4:30pm".

    ``hours`` are the periods of each weekday (Monday is 0), in local time, as a WorkingCalendar
    has them.
    """
    alike: dict[tuple[tuple[time, time], ...], list[int]] = {}
    for weekday in sorted(hours):
        alike.setdefault(tuple(hours[weekday]), []).append(weekday)
    parts = [f"{days_in_words(days)} {_periods(periods)}" for periods, days in alike.items()]
    return ", and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) if parts else ""


def _periods(periods: Sequence[tuple[time, time]]) -> str:
    """ "from 9am to midday and from 1pm to 5pm"."""
    return " and ".join(
        f"from {clock_in_words(opens)} to {clock_in_words(closes)}" for opens, closes in periods
    )


@lru_cache(maxsize=1024)  # thousands of promises fall due at the same closing time
def moment_in_words(at: datetime) -> str:
    """ "Tuesday 8 December 2026 at 4:45pm", on the London clock."""
    return f"{day_in_words(at.astimezone(LONDON).date())} at {time_in_words(at)}"


def due_in_words(due: datetime, now: datetime, calendar: WorkingCalendar | None) -> str:
    """ "Due Tuesday 8 December, in 3 working days" or "2 working days late"."""
    day, today = due.astimezone(LONDON).date(), now.astimezone(LONDON).date()
    if now > due:
        return _late_in_words(due, day, today, calendar)
    if day == today:
        return f"Due today by {time_in_words(due)}"
    left = _working_days_after(today, day, calendar)
    return f"Due {_short(day, today)}" + (f", in {_working_days(left)}" if left else "")


def _late_in_words(due: datetime, day: date, today: date, calendar: WorkingCalendar | None) -> str:
    if day == today:
        return f"Late: was due today by {time_in_words(due)}"
    late = _working_days_after(day, today, calendar)
    return f"{_working_days(late)} late" if late else f"Late: was due {_short(day, today)}"


def _working_days_after(start: date, end: date, calendar: WorkingCalendar | None) -> int | None:
    """Working days after ``start`` up to and with ``end``; None beyond the loaded holidays."""
    if calendar is None:
        return None
    try:
        return calendar.working_days_between(start + timedelta(days=1), end + timedelta(days=1))
    except BeyondCalendar:
        return None


def _working_days(number: int) -> str:
    return f"{number} working day" if number == 1 else f"{number} working days"


def _short(day: date, today: date) -> str:
    """The year is left out when it is this year's."""
    words = day_in_words(day)
    return words.removesuffix(f" {day.year}") if day.year == today.year else words
