"""Working out a date and its reminders, before anything is written."""

from dataclasses import dataclass
from datetime import datetime

from accounts.errors import RuleBroken
from clocks.calendars import LONDON, council_calendar
from clocks.models import Standard
from clocks.working_time import BeyondCalendar, WorkingCalendar


@dataclass(frozen=True)
class Promise:
    """A date worked out but not yet given; ``due_at`` is aware."""

    standard: Standard
    due_at: datetime


def work_out(*, code: str, received_at: datetime) -> Promise:
    """The date the standard ``code`` gives for something received at ``received_at`` (aware).

    Raises RuleBroken (``no_standard``, ``beyond_calendar``) instead of guessing a date.
    """
    try:
        standard = Standard.objects.in_force(code, received_at.astimezone(LONDON).date())
    except Standard.DoesNotExist as error:
        raise RuleBroken(
            "No response standard was in force on that day.", "no_standard", field="received_at"
        ) from error
    try:
        calendar = council_calendar()
        return Promise(standard, calendar.due(received_at, standard.rule))
    except BeyondCalendar as error:
        raise beyond_calendar("received_at") from error


def beyond_calendar(field: str | None = None) -> RuleBroken:
    """The error that stands for a date nobody may guess."""
    return RuleBroken(
        "A date cannot be given, because the bank holidays for that time are not loaded. "
        "Ask an administrator to load them.",
        "beyond_calendar",
        field=field,
    )


def warn_moments(calendar: WorkingCalendar, due_at: datetime, standard: Standard) -> list[datetime]:
    """Both reminders: opening time ``warn_working_days`` before the due day, and on it."""
    last_open_day = calendar.previous_close(due_at).date()
    days = (calendar.add_working_days(last_open_day, -n) for n in (standard.warn_working_days, 0))
    midnights = (datetime(day.year, day.month, day.day, tzinfo=LONDON) for day in days)
    return [calendar.next_opening(midnight) for midnight in midnights]


def next_warning(
    calendar: WorkingCalendar, due_at: datetime, standard: Standard, after: datetime
) -> datetime | None:
    """The first reminder later than ``after``, if there is one to come."""
    moments = warn_moments(calendar, due_at, standard)
    return next((moment for moment in moments if moment > after), None)
