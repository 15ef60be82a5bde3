"""Since when nothing must have been said for a case to be listed as silent (S5)."""

from datetime import date, datetime, time, timedelta

from clocks.calendars import LONDON, calendar_for_display
from clocks.models import Standard
from clocks.rules import BeyondCalendar, Unit

CODE = "case.silence"
HOURS = {Unit.ELAPSED_HOURS, Unit.WORKING_HOURS}


def silence(on: date) -> Standard | None:
    """The standard in force on local date ``on``; None when no policy has been loaded."""
    found = Standard.objects.filter(code=CODE, effective_from__lte=on)
    return found.order_by("-effective_from").first()


def silent_before(standard: Standard, now: datetime) -> datetime:
    """The aware moment since which nothing was said of a silent case, seen at ``now`` (aware).

    In days, a case is silent from the day on which the last contact is so many days ago.
    """
    rule = standard.rule
    if rule.unit in HOURS:
        return now - timedelta(hours=rule.amount)
    last = _days_before(now.astimezone(LONDON).date(), rule.amount, rule.unit)
    return datetime.combine(last + timedelta(days=1), time(), tzinfo=LONDON)


def _days_before(today: date, amount: int, unit: Unit) -> date:
    if unit == Unit.WEEKS:
        return today - timedelta(weeks=amount)
    if unit == Unit.CALENDAR_MONTHS:
        return _months_before(today, amount)
    if unit == Unit.WORKING_DAYS:
        return _working_days_before(today, amount)
    return today - timedelta(days=amount)


def _months_before(today: date, amount: int) -> date:
    """The same day of an earlier month, or its last."""
    months = today.year * 12 + today.month - 1 - amount
    year, month = months // 12, months % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=today.day - 1), following - timedelta(days=1))


def _working_days_before(today: date, amount: int) -> date:
    """``amount`` working days ago; five a week where the loaded calendar ends."""
    calendar, day, left = calendar_for_display(), today, amount
    while left:
        day -= timedelta(days=1)
        try:
            working = calendar.is_working_day(day) if calendar else day.weekday() < 5
        except BeyondCalendar:
            working = day.weekday() < 5
        left -= working
    return day
