"""When a message had better wait until the service next opens (H61, H114)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clocks.calendars import LONDON
from clocks.wording import day_in_words
from clocks.working_time import BeyondCalendar, WorkingCalendar

FRIDAY, AFTERNOON = 4, 14
# More than a weekend: Christmas, Easter, a closure of our own.
LONG_CLOSURE = timedelta(days=3)


@dataclass(frozen=True)
class Later:
    """Why a message might wait, in words, and when the service next opens (aware)."""

    why: str
    opens: datetime


def better_later(now: datetime, calendar: WorkingCalendar | None) -> Later | None:
    """A soft hint at ``now`` (aware): out of hours, Friday afternoon, or before a long closure.

    None when it may as well leave now, or when no calendar is known.
    """
    if calendar is None:
        return None
    try:
        return _later(now, calendar)
    except BeyondCalendar:
        return None


def _later(now: datetime, calendar: WorkingCalendar) -> Later | None:
    if not calendar.is_open(now):
        return Later("The service is closed now.", calendar.next_opening(now))
    local = now.astimezone(LONDON)
    opens = calendar.next_opening(calendar.closing(local.date()))
    if opens.astimezone(LONDON).date() - local.date() > LONG_CLOSURE:
        return Later(f"After today the service is closed until {_day(opens)}.", opens)
    if local.weekday() == FRIDAY and local.hour >= AFTERNOON:
        return Later("It is Friday afternoon: nobody can ring back before Monday.", opens)
    return None


def _day(at: datetime) -> str:
    day: date = at.astimezone(LONDON).date()
    return day_in_words(day)
