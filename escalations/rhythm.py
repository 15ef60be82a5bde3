"""When to be in touch next: pure Python over a day and a rhythm (H126)."""

from calendar import monthrange
from datetime import date, timedelta

from clocks.working_time import BeyondCalendar, WorkingCalendar
from escalations.models import Agreement

Often = Agreement.Often
DAYS = {Often.WEEKLY: 7, Often.FORTNIGHTLY: 14}


def next_contact(
    agreed_on: date, often: str, after: date, calendar: WorkingCalendar | None
) -> date | None:
    """The first working day of the rhythm later than ``after``; None without a rhythm.

    Counted from the day of the agreement, so that the weekday stays: a turn that falls on a
    closed day is put off to the next working day, and the one after it is not. Days in London.
    """
    if often == Often.WHEN_NEWS:
        return None
    turn = 1
    while (day := _working(_turn(agreed_on, often, turn), calendar)) <= after:
        turn += 1
    return day


def _turn(agreed_on: date, often: str, turn: int) -> date:
    if often == Often.MONTHLY:
        return _months_later(agreed_on, turn)
    return agreed_on + timedelta(days=DAYS[Often(often)] * turn)


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last one."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _working(day: date, calendar: WorkingCalendar | None) -> date:
    """``day``, or the next working day; beyond the loaded holidays the day itself."""
    try:
        while calendar and not calendar.is_working_day(day):
            day += timedelta(days=1)
    except BeyondCalendar:
        return day
    return day
