"""How much of the 48 hours is left, in words and in working time. Reading only."""

from datetime import date, datetime, timedelta

from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words, due_in_words, moment_in_words, time_in_words
from clocks.working_time import BeyondCalendar, Unit, WorkingCalendar

HOUR = timedelta(hours=1)
# From here on the number of hours says less than the number of days.
MANY_HOURS = 72 * HOUR
# How long before the date the officer is reminded (H106): working time, but for promises in
# elapsed hours, whose 24 hours are elapsed ones. Four working hours are so for all.
WARN_EARLY, WARN_LATE, EARLY = 24 * HOUR, 4 * HOUR, 24 * HOUR
# What would come as the service closes comes this long before it: it is read that day (H60).
BEFORE_CLOSING = HOUR


def left_in_words(clock: Clock, now: datetime, calendar: WorkingCalendar | None) -> str:
    """ "29 hours left" or "4 hours late"; a promise in working time is told in days (H106).

    ``now`` is aware. The clock's standard should have been fetched with it.
    """
    if not is_elapsed(clock):
        return due_in_words(clock.due_at, now, calendar)
    left = clock.due_at - now
    return f"{_length(-left)} late" if left < timedelta() else f"{_length(left)} left"


def act_by(clock: Clock, calendar: WorkingCalendar | None) -> datetime | None:
    """The last working moment before the date, when that is sooner than the date itself."""
    try:
        last = calendar.act_by(clock.due_at) if calendar else clock.due_at
    except BeyondCalendar:
        return None
    return last if last < clock.due_at else None


def end_in_words(clock: Clock, now: datetime) -> str:
    """ "The 48 hours end today at 4pm": what is left when no working time is (H106)."""
    length = clock.standard.wording.removeprefix("within ")
    ends = "ends" if clock.standard.amount == 1 else "end"
    due = clock.due_at.astimezone(LONDON)
    day = _day_beside(due.date(), now.astimezone(LONDON).date())
    return f"The {length} {ends} {day} at {time_in_words(due)}"


def _day_beside(day: date, today: date) -> str:
    """ "today", "tomorrow", or "on Monday 9 November 2026"."""
    if day == today:
        return "today"
    return "tomorrow" if day == today + timedelta(days=1) else f"on {day_in_words(day)}"


def early_warning(clock: Clock, calendar: WorkingCalendar | None) -> datetime | None:
    """When the first reminder of a promise in elapsed hours is due (aware): 24 hours before it.

    Told in working time: where the service is closed then, an hour before it closes. None when
    that is not after the start, or not before the second reminder, which says more; or when
    holidays have run out.
    """
    try:
        first = clock.due_at - EARLY
        if calendar and not calendar.is_open(first):
            first = calendar.act_by(first) - BEFORE_CLOSING
        second = calendar.opening_time_between(first, clock.due_at) if calendar else EARLY
    except BeyondCalendar:
        return None
    return first if first > clock.started_at and second > WARN_LATE else None


def reminders_due(
    clock: Clock, now: datetime, calendar: WorkingCalendar | None
) -> tuple[bool, bool]:
    """Whether the time of the first and of the second reminder has come by ``now`` (aware)."""
    left = working_left(now, clock.due_at, calendar)
    if not is_elapsed(clock):
        return left <= WARN_EARLY, left <= WARN_LATE
    first = early_warning(clock, calendar)
    return first is not None and now >= first, left <= WARN_LATE


def warned_by_the_pass(
    clock: Clock, now: datetime, calendar: WorkingCalendar | None
) -> dict[str, datetime | None]:
    """Reminders that will not come: the news of the pass says how little is left."""
    early, late = reminders_due(clock, now, calendar)
    never = is_elapsed(clock) and early_warning(clock, calendar) is None
    return {
        "warned_early_at": now if early or never else None,
        "warned_late_at": now if late else None,
    }


def is_elapsed(clock: Clock) -> bool:
    """Counted in hours, day and night, and not put to a day that somebody chose."""
    return Unit(clock.standard.unit) is Unit.ELAPSED_HOURS and not clock.is_chosen


def working_left(now: datetime, due_at: datetime, calendar: WorkingCalendar | None) -> timedelta:
    """Opening time from ``now`` to ``due_at`` (both aware); every hour counts without holidays."""
    try:
        if calendar:
            return calendar.opening_time_between(now, due_at)
    except BeyondCalendar:
        pass
    return max(due_at - now, timedelta())


def working_left_in_words(left: timedelta) -> str:
    """ "30 minutes of working time are left"."""
    if left <= timedelta():
        return "No working time is left"
    are = "is" if HOUR <= left < 2 * HOUR or left < timedelta(minutes=2) else "are"
    return f"{_length(left)} of working time {are} left"


def due_and_act_by(clock: Clock, calendar: WorkingCalendar | None, now: datetime) -> str:
    """ "Sunday 8 November 2026 at 4pm: act by Friday 6 November 2026 at 4:30pm".

    Not when that moment is past at ``now`` (aware).
    """
    due, last = moment_in_words(clock.due_at), act_by(clock, calendar)
    return f"{due}: act by {moment_in_words(last)}" if last and last > now else due


def staff_are_there(now: datetime, calendar: WorkingCalendar | None) -> bool:
    """Whether the service is open at ``now`` (aware); when holidays have run out, always: news
    must not wait for somebody to load them (H60)."""
    try:
        return calendar is None or calendar.is_open(now)
    except BeyondCalendar:
        return True


def _length(time: timedelta) -> str:
    if time >= MANY_HOURS:
        return f"{time.days} days"
    if time < HOUR:
        minutes = max(1, time // timedelta(minutes=1))
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = time // HOUR
    return "1 hour" if hours == 1 else f"{hours} hours"
