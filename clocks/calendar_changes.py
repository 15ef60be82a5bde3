"""Changes of the council's calendar: opening hours, closures, bank holidays announced later.

They are only called by cases.calendar_actions.change_calendar, which in the same transaction
moves the promises concerned and tells people. Each returns what changed in words, for the
events of the promises that move, or "" when it was so already: sent twice, done once.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

import structlog
from django.db import transaction

from accounts.access import only_administrators
from accounts.errors import RuleBroken
from accounts.models import User
from clocks.calendars import LONDON, council_calendar
from clocks.models import BankHoliday, Closure, OpeningPeriod
from clocks.rules import BeyondCalendar
from clocks.wording import clock_in_words, day_in_words
from clocks.working_time import Period

log = structlog.get_logger(__name__)

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONGEST_CLOSURE = timedelta(days=365)

# Opening periods by weekday, Monday is 0; a weekday without any is closed.
Week = Mapping[int, Sequence[Period]]


@transaction.atomic
def add_closure(*, name: str, first_day: date, last_day: date, by: User, now: datetime) -> str:
    """Close the service from ``first_day`` to ``last_day``, both local dates and inclusive.

    Only from today on: days that have passed were counted in promises already judged. Raises
    RuleBroken with the field at fault (``may_not_change``, ``past``, ``backwards``,
    ``too_long``, ``beyond_calendar``, ``overlap``).
    """
    only_administrators(by)
    same = {"name": name, "first_day": first_day, "last_day": last_day}
    if Closure.objects.filter(**same).exists():
        return ""
    _refuse_bad_days(first_day, last_day, now)
    other = Closure.objects.filter(first_day__lte=last_day, last_day__gte=first_day).first()
    if other:
        raise RuleBroken(
            f"These days overlap the closure “{other.name}”, {_days(other)}",
            "overlap",
            field="first_day",
        )
    closure = Closure.objects.create(**same)
    log.info("closure_added", closure=closure.pk, days=_days(closure), by=by.pk)
    return f"Closed: {name}, {_days(closure)}"


@transaction.atomic
def remove_closure(*, closure_id: int, by: User, now: datetime) -> str:
    """Open again on the days of a closure that are still to come, today included.

    Days that have passed stay closed on record. Raises RuleBroken (``may_not_change``,
    ``past``).
    """
    only_administrators(by)
    closure = Closure.objects.select_for_update().filter(pk=closure_id).first()
    if closure is None:
        return ""
    today = _today(now)
    if closure.last_day < today:
        raise RuleBroken(
            "This closure is over. It stays on record, because dates were counted with it.", "past"
        )
    said = f"No longer closed: {closure.name}, {_days(closure)}"
    log.info("closure_removed", closure=closure.pk, days=_days(closure), by=by.pk)
    if closure.first_day < today:
        closure.last_day = today - timedelta(days=1)
        closure.save(update_fields=["last_day"])
    else:
        closure.delete()
    return said


@transaction.atomic
def add_holiday(*, name: str, day: date, by: User, now: datetime) -> str:
    """A bank holiday announced after the list was shipped: a closure of that one day.

    When a later list brings it, the day has both and nothing moves. Raises RuleBroken as
    add_closure does, and ``holiday_already``.
    """
    holiday = BankHoliday.objects.filter(day=day).first()
    if holiday:
        raise RuleBroken(
            f"{day_in_words(day)} is a bank holiday already: {holiday.name}",
            "holiday_already",
            field="first_day",
        )
    return add_closure(name=name, first_day=day, last_day=day, by=by, now=now)


@transaction.atomic
def set_hours(*, week: Week, instead_of: str, by: User, now: datetime) -> str:
    """Open at the hours of ``week`` (local time), all seven days at once.

    ``instead_of`` is what hours_in_words() said when the person began: when somebody else has
    changed the hours meanwhile, nothing is written. Raises RuleBroken (``may_not_change``,
    ``no_hours``, ``backwards``, ``overlap``, ``changed_meanwhile``); its ``field`` is the
    weekday's name in lower case.
    """
    only_administrators(by)
    refuse_bad_week(week)
    current, wanted = hours_in_words(opening_week()), hours_in_words(week)
    if wanted == current:
        return ""
    if current != instead_of:
        raise RuleBroken(
            f"Somebody else has changed the opening hours meanwhile. They are now: {current}. "
            "Check what you typed against them.",
            "changed_meanwhile",
        )
    OpeningPeriod.objects.all().delete()
    OpeningPeriod.objects.bulk_create(
        OpeningPeriod(weekday=weekday, opens=opens, closes=closes)
        for weekday, periods in week.items()
        for opens, closes in periods
    )
    log.info("hours_changed", before=current, after=wanted, by=by.pk)
    return f"New opening hours: {wanted}"


def count_again(*, by: User, now: datetime) -> str:
    """Change nothing: promises move to the calendar as it stands at ``now``.

    For the start of a release whose list of bank holidays differs from the one before. Raises
    RuleBroken (``may_not_change``).
    """
    only_administrators(by)
    return f"Counted again with the calendar of {day_in_words(_today(now))}"


def refuse_bad_week(week: Week) -> None:
    """Raise RuleBroken for hours that run backwards, overlap, or are none at all."""
    if not any(week.values()):
        raise RuleBroken("Enter opening hours for at least one day", "no_hours", field="monday")
    for weekday, periods in week.items():
        _refuse_bad_periods(WEEKDAYS[weekday], sorted(periods))


def opening_week() -> dict[int, list[Period]]:
    """The opening periods as they stand, in order; every weekday has an entry."""
    week: dict[int, list[Period]] = {weekday: [] for weekday in range(7)}
    for period in OpeningPeriod.objects.order_by("weekday", "opens"):
        week[period.weekday].append((period.opens, period.closes))
    return week


def hours_in_words(week: Week) -> str:
    """ "Monday 9am to 5:30pm; Friday 9am to midday and 1pm to 4:30pm": open days only."""
    return "; ".join(
        f"{WEEKDAYS[weekday]} {periods_in_words(week[weekday])}"
        for weekday in sorted(week)
        if week[weekday]
    )


def periods_in_words(periods: Sequence[Period]) -> str:
    """ "9am to midday and 1pm to 5pm", or "Closed"."""
    spans = [
        f"{clock_in_words(opens)} to {clock_in_words(closes)}" for opens, closes in sorted(periods)
    ]
    return " and ".join(spans) or "Closed"


def _refuse_bad_periods(day: str, periods: Sequence[Period]) -> None:
    for opens, closes in periods:
        if closes <= opens:
            raise RuleBroken(f"{day} must close after it opens", "backwards", field=day.lower())
    for (_, closes), (opens, _) in pairwise(periods):
        if opens < closes:
            raise RuleBroken(
                f"{day}’s hours overlap: it must close before it opens again",
                "overlap",
                field=day.lower(),
            )


def _refuse_bad_days(first_day: date, last_day: date, now: datetime) -> None:
    if last_day < first_day:
        raise RuleBroken(
            "The last day must be the same as the first day or after it",
            "backwards",
            field="last_day",
        )
    if first_day < _today(now):
        raise RuleBroken(
            "The first day must be today or later: promises on days that have passed have "
            "already been judged",
            "past",
            field="first_day",
        )
    if last_day - first_day > LONGEST_CLOSURE:
        raise RuleBroken("A closure must be a year or shorter", "too_long", field="last_day")
    _refuse_unknown_year(last_day)


def _refuse_unknown_year(last_day: date) -> None:
    try:
        known = council_calendar().last
    except BeyondCalendar as error:
        raise RuleBroken(
            "Load bank holidays and opening hours first: no date can be counted without them.",
            "beyond_calendar",
        ) from error
    if last_day > known:
        raise RuleBroken(
            f"The last day must be by {day_in_words(known)}: bank holidays after that are not "
            "known yet",
            "beyond_calendar",
            field="last_day",
        )


def _days(closure: Closure) -> str:
    first, last = day_in_words(closure.first_day), day_in_words(closure.last_day)
    return first if first == last else f"{first} to {last}"


def _today(now: datetime) -> date:
    return now.astimezone(LONDON).date()
