"""The council's working calendar, read from the database."""

from datetime import date, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from clocks.models import BankHoliday, CalendarYear, Closure, OpeningPeriod
from clocks.working_time import BeyondCalendar, CalendarError, WorkingCalendar

LONDON = ZoneInfo("Europe/London")

Opening = tuple[int, time, time]
Closed = tuple[date, str]


def council_calendar() -> WorkingCalendar:
    """The calendar as the settings stand now: always four small queries.

    Raises BeyondCalendar when no year's bank holidays or no opening hours are loaded, or when
    the hours make no sense. Only an unbroken run of years counts: beyond a gap nothing is known.
    """
    years = _unbroken(list(CalendarYear.objects.values_list("year", flat=True)))
    openings = tuple(OpeningPeriod.objects.values_list("weekday", "opens", "closes"))
    if not years or not openings:
        raise BeyondCalendar("Bank holidays and opening hours have not been loaded yet.")
    closures = Closure.objects.values_list("first_day", "last_day", "name")
    # A day that is both keeps the bank holiday's name: it is the one the public knows.
    closed = dict(_days_of(list(closures))) | dict(BankHoliday.objects.values_list("day", "name"))
    try:
        return _built(years[0], years[-1], openings, tuple(sorted(closed.items())))
    except CalendarError as error:
        # Everybody who counts is ready for "no date can be given"; nobody for a second kind.
        raise BeyondCalendar(str(error)) from error


def calendar_for_display() -> WorkingCalendar | None:
    """The calendar for wording dates already promised; None when nothing is loaded.

    A page that only shows dates must not fail because no new one could be given.
    """
    try:
        return council_calendar()
    except BeyondCalendar:
        return None


def _unbroken(years: list[int]) -> list[int]:
    """The run of consecutive years that ``years`` (sorted) begins with."""
    run = years[:1]
    for year, following in pairwise(years):
        if following != year + 1:
            break
        run.append(following)
    return run


def _days_of(closures: list[tuple[date, date, str]]) -> list[Closed]:
    return [
        (first + timedelta(days=offset), name)
        for first, last, name in closures
        for offset in range((last - first).days + 1)
    ]


@lru_cache(maxsize=4)
def _built(
    first_year: int, last_year: int, openings: tuple[Opening, ...], closed: tuple[Closed, ...]
) -> WorkingCalendar:
    """Building the tables takes milliseconds, so equal settings share one calendar."""
    hours: dict[int, list[tuple[time, time]]] = {}
    for weekday, opens, closes in openings:
        hours.setdefault(weekday, []).append((opens, closes))
    return WorkingCalendar(
        hours,
        dict(closed),
        first=date(first_year, 1, 1),
        last=date(last_year, 12, 31),
        zone=LONDON,
    )
