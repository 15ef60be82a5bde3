"""Where slots fall: pure Python, no Django, no database, no "now".

Times of day are those of the London clock, in the weeks of a clock change too: a slot at 9am is
at 9am on every day (H28).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)

Period = tuple[datetime, datetime]


@dataclass(frozen=True)
class Weekly:
    """Hours kept every week (``weekday`` 0 is Monday), on the days from first to last."""

    weekday: int
    starts: time
    ends: time
    first_day: date
    last_day: date | None = None

    def falls_on(self, day: date) -> bool:
        begun = self.first_day <= day
        return begun and day.weekday() == self.weekday and not self._ended(day)

    def _ended(self, day: date) -> bool:
        return self.last_day is not None and day > self.last_day


def slot_periods(
    weekly: Sequence[Weekly],
    *,
    first: date,
    last: date,
    minutes: int,
    works: Callable[[date], bool],
    busy: Iterable[Period],
    zone: ZoneInfo,
) -> list[Period]:
    """Every slot of ``minutes`` minutes from ``first`` to ``last``, both included, in order.

    Hours are cut from their start; what is left over is no slot. Days on which ``works`` is
    false have none, and whatever touches a ``busy`` period is left out. Aware, in ``zone``.
    """
    taken = sorted(map(in_utc, busy))
    found: list[Period] = []
    day = first
    while day <= last:
        if any(one.falls_on(day) for one in weekly) and works(day):
            cut = (period for one in weekly for period in _cut(one, day, minutes, zone))
            found.extend(period for period in cut if not _touches(period, taken))
        day += ONE_DAY
    return _without_overlaps(sorted(found, key=in_utc))


def _cut(weekly: Weekly, day: date, minutes: int, zone: ZoneInfo) -> Iterator[Period]:
    if not weekly.falls_on(day):
        return
    length = timedelta(minutes=minutes)
    # Without a zone: half an hour on the wall is half an hour on the wall.
    at, end = datetime.combine(day, weekly.starts), datetime.combine(day, weekly.ends)
    while at + length <= end:
        yield _on_the_wall(at, zone), _on_the_wall(at + length, zone)
        at += length


def _on_the_wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def _touches(period: Period, taken: Sequence[Period]) -> bool:
    start, end = in_utc(period)
    return any(begins < end and start < ends for begins, ends in taken)


def _without_overlaps(periods: Iterable[Period]) -> list[Period]:
    """The first of those that overlap: two patterns of one weekday may touch the same hour."""
    kept: list[Period] = []
    for period in periods:
        start, end = in_utc(period)
        # Nothing is left of a slot in the hour that a clock change leaves out.
        if start < end and (not kept or in_utc(kept[-1])[1] <= start):
            kept.append(period)
    return kept


def in_utc(period: Period) -> Period:
    """The same period in UTC, where moments compare as they follow each other."""
    return period[0].astimezone(UTC), period[1].astimezone(UTC)
