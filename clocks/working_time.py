"""Working time, counted in pure Python: no Django, no database, no "now".

A :class:`WorkingCalendar` knows a council's opening hours, the days it does not work and how
far ahead those days are known. It turns a moment of receipt and a :class:`Rule` (amount, unit,
receipt rule) into a due moment, and :meth:`WorkingCalendar.explain` gives the day-by-day
account of why.

Moments are aware datetimes in any zone; they are counted on the local clock of the calendar's
zone and returned in that zone. Days are ``datetime.date``. Beyond the last day whose holidays
are known every method raises :class:`BeyondCalendar`: a date is never guessed.

Rules: H21 (opening hours), H29 and H46 (5 and 10 working days), H60 (no working time out of
hours), H106 (48 hours).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clocks.rules import BeyondCalendar, CalendarError, Receipt, Rule, Step, Unit

ONE_DAY = timedelta(days=1)

Period = tuple[time, time]
Hours = Mapping[int, Sequence[Period]]


class WorkingCalendar:
    """Opening hours by weekday (Monday is 0), days not worked with their names, and a zone.

    ``first`` and ``last`` bound the days whose holidays are known, both inclusive. ``closed``
    maps each non-working date to its name ("Early May bank holiday"); weekdays without hours
    need no entry. Raises :class:`CalendarError` for hours that overlap or run backwards.
    """

    def __init__(
        self,
        hours: Hours,
        closed: Mapping[date, str],
        *,
        first: date,
        last: date,
        zone: ZoneInfo | str,
    ) -> None:
        if last < first:
            raise CalendarError("The calendar ends before it begins.", "last")
        self.hours = _checked_hours(hours)
        self.closed = dict(closed)
        self.first = first
        self.last = last
        self.zone = _zone(zone)
        # Two tables make every count a look-up: the working days in order, and for each
        # calendar day how many working days lie before it.
        self._working: list[date] = []
        self._before: list[int] = []
        self._fill_tables()

    def _fill_tables(self) -> None:
        day = self.first
        for _ in range((self.last - self.first).days + 1):
            self._before.append(len(self._working))
            if self.hours.get(day.weekday()) and day not in self.closed:
                self._working.append(day)
            day += ONE_DAY

    # --- Days -------------------------------------------------------------------------------

    def is_working_day(self, day: date) -> bool:
        """True when the service is open on ``day`` at all."""
        index = self._index(day)
        return self._count_before(index + 1) > self._before[index]

    def add_working_days(self, day: date, n: int) -> date:
        """The ``n``-th working day after ``day`` (before it when ``n`` is negative).

        ``n`` = 0 gives ``day`` itself when it is a working day, else the next one.
        """
        index = self._index(day)
        # Positions in the list of working days: the first one after `day`, and the first one
        # on or after it.
        after, on_or_after = self._count_before(index + 1), self._before[index]
        position = after + n - 1 if n > 0 else on_or_after + n
        if not 0 <= position < len(self._working):
            raise BeyondCalendar(self._beyond(f"{n} working days from {day}"))
        return self._working[position]

    def working_days_between(self, start: date, end: date) -> int:
        """Working days in the half-open range from ``start`` up to but not with ``end``.

        Negative when ``end`` is before ``start``.
        """
        return self._before_or_end(end) - self._before_or_end(start)

    # --- Moments ----------------------------------------------------------------------------

    def is_open(self, at: datetime) -> bool:
        """True when ``at`` falls within opening hours; the closing moment itself is closed."""
        local = self._local(at)
        if not self.is_working_day(local.date()):
            return False
        clock = local.time()
        return any(opens <= clock < closes for opens, closes in self.hours[local.weekday()])

    def next_opening(self, at: datetime) -> datetime:
        """``at`` itself when open, else the next moment the service opens."""
        local = self._local(at)
        if self.is_open(local):
            return local
        day = local.date()
        if self.is_working_day(day):
            for opens, _ in self.hours[day.weekday()]:
                if local.time() < opens:
                    return self._at(day, opens)
        day = self.add_working_days(day, 1)
        return self._at(day, self.hours[day.weekday()][0][0])

    def previous_close(self, at: datetime) -> datetime:
        """The last closing moment at or before ``at``: ``at`` itself when open."""
        local = self._local(at)
        if self.is_open(local):
            return local
        day = local.date()
        if self.is_working_day(day):
            for _, closes in reversed(self.hours[day.weekday()]):
                if closes <= local.time():
                    return self._at(day, closes)
        day = self.add_working_days(day, -1)
        return self.closing(day)

    def closing(self, day: date) -> datetime:
        """The moment the service closes on the working day ``day``."""
        if not self.is_working_day(day):
            raise CalendarError(f"{day} is not a working day.", "day")
        return self._at(day, self.hours[day.weekday()][-1][1])

    def add_working_hours(self, at: datetime, hours: float) -> datetime:
        """The moment at which ``hours`` hours (zero or more) of opening time have passed."""
        if hours < 0:
            raise CalendarError("Working hours cannot be negative.", "hours")
        left = timedelta(hours=hours)
        local = self.next_opening(at)
        while True:
            for opens, closes in self._periods(local.date()):
                begin = max(local, opens)
                if begin < closes and left <= _real(begin, closes):
                    return (begin.astimezone(UTC) + left).astimezone(self.zone)
                if begin < closes:
                    left -= _real(begin, closes)
            local = self.next_opening(self._midnight(local.date() + ONE_DAY))

    def opening_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Opening time in the half-open range from ``start`` to ``end``; none when it is empty."""
        first, last = self._local(start), self._local(end)
        day, total = first.date(), timedelta()
        while day <= last.date():
            for opens, closes in self._periods(day) if self.is_working_day(day) else []:
                begin, finish = max(first, opens), min(last, closes)
                total += _real(begin, finish) if begin < finish else timedelta()
            day += ONE_DAY
        return total

    # --- Promises ---------------------------------------------------------------------------

    def received(self, at: datetime, rule: Rule) -> date:
        """Day 0: the day that counts as the day of receipt, on the local calendar."""
        local = self._local(at)
        day = local.date()
        self._index(day)
        if rule.receipt is Receipt.SAME_DAY:
            return day
        if rule.receipt is Receipt.CUT_OFF and rule.cut_off is not None:
            in_time = self.is_working_day(day) and local.time() < rule.cut_off
            return day if in_time else self.add_working_days(day, 1)
        return self.next_opening(local).date()

    def counted_from(self, at: datetime, rule: Rule) -> datetime:
        """The moment that counts as the receipt: counting of hours starts here.

        The moment itself under SAME_DAY, else that moment or the next opening on day 0.
        """
        local = self._local(at)
        day = self.received(local, rule)
        if rule.receipt is Receipt.SAME_DAY:
            return local
        opening = self.next_opening(max(local, self._midnight(day)))
        return opening if opening.date() == day else local

    def due(self, at: datetime, rule: Rule) -> datetime:
        """The last moment at which a promise made at ``at`` is kept.

        Day-based units end at closing time of the last day when that is a working day, else
        at the end of that day (23:59:59.999999 local).
        """
        if rule.unit is Unit.ELAPSED_HOURS:
            # Real hours: a 48-hour promise over a clock change is still 48 hours long.
            start = self.counted_from(at, rule).astimezone(UTC)
            moment = (start + timedelta(hours=rule.amount)).astimezone(self.zone)
            self._index(moment.date())
            return self.next_opening(moment) if rule.roll_to_working_day else moment
        if rule.unit is Unit.WORKING_HOURS:
            return self.add_working_hours(self.counted_from(at, rule), rule.amount)
        return self.end_of(self._last_day(self.received(at, rule), rule))

    def act_by(self, due: datetime) -> datetime:
        """The last working moment at or before ``due``: what staff must plan for."""
        return self.previous_close(due)

    def explain(self, at: datetime, rule: Rule) -> list[Step]:
        """The account of :meth:`due`, a step a day from the day of receipt to the due day."""
        local = self._local(at)
        zero = self.received(local, rule)
        due = self.due(at, rule)
        last = self.due(at, replace(rule, roll_to_working_day=False)).date()
        steps: list[Step] = []
        number = 1 if rule.beginning_with_day else 0
        day = min(local.date(), zero)
        while day <= due.date():
            if day > last:
                step = Step(day, None, self.why_closed(day) or "Moved to the next working day")
            else:
                step = self._step(day, local.date(), zero, number, rule)
            if step.number is not None:
                number += 1
            steps.append(step)
            day += ONE_DAY
        return steps

    def _step(self, day: date, arrived: date, zero: date, number: int, rule: Rule) -> Step:
        if day < zero:
            late = "cut-off" if rule.receipt is Receipt.CUT_OFF else "closing"
            return Step(day, None, self.why_closed(day) or f"Received after {late} time")
        if day == zero and not rule.beginning_with_day:
            reason = "Received" if day == arrived else "Counts as received when the service opens"
            in_hours = rule.unit in {Unit.WORKING_HOURS, Unit.ELAPSED_HOURS}
            return Step(day, 0, f"{reason}: hours count from then" if in_hours else reason)
        if rule.unit in {Unit.WORKING_DAYS, Unit.WORKING_HOURS}:
            closed = self.why_closed(day)
            if closed:
                return Step(day, None, closed)
            if rule.unit is Unit.WORKING_DAYS:
                return Step(day, number, f"Working day {number}")
            return Step(day, number, "Opening hours counted")
        if rule.unit is Unit.ELAPSED_HOURS:
            return Step(day, number, "Every hour counts")
        return Step(day, number, f"Day {number}")

    def why_closed(self, day: date) -> str:
        """Why ``day`` is not worked ("Christmas Day", "Weekend"), or "" when it is."""
        if self.is_working_day(day):
            return ""
        if day in self.closed:
            return self.closed[day]
        return "Weekend" if day.weekday() >= 5 else "Not a working day"

    def _last_day(self, zero: date, rule: Rule) -> date:
        if rule.unit is Unit.WORKING_DAYS:
            if rule.beginning_with_day:
                return self.add_working_days(self.add_working_days(zero, 0), rule.amount - 1)
            return self.add_working_days(zero, rule.amount)
        match rule.unit:
            case Unit.WEEKS:  # blocks of seven days, holidays included
                last = zero + timedelta(weeks=rule.amount)
            case Unit.CALENDAR_MONTHS:
                last = _add_months(zero, rule.amount)
            case _:
                last = zero + timedelta(days=rule.amount)
        if rule.beginning_with_day:
            last -= ONE_DAY
        return self.add_working_days(last, 0) if rule.roll_to_working_day else last

    def end_of(self, day: date) -> datetime:
        """The last moment of ``day``: closing time of a working day, else just before midnight."""
        if self.is_working_day(day):
            return self.closing(day)
        return self._at(day, time.max)

    # --- Tables and edges -------------------------------------------------------------------

    def _index(self, day: date) -> int:
        if not self.first <= day <= self.last:
            raise BeyondCalendar(self._beyond(str(day)))
        return (day - self.first).days

    def _count_before(self, index: int) -> int:
        return self._before[index] if index < len(self._before) else len(self._working)

    def _before_or_end(self, day: date) -> int:
        if day == self.last + ONE_DAY:
            return len(self._working)
        return self._before[self._index(day)]

    def _beyond(self, what: str) -> str:
        return f"{what}: bank holidays are loaded from {self.first} to {self.last} only."

    def _local(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise CalendarError("The moment has no time zone.", "at")
        return at.astimezone(self.zone)

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self.zone)

    def _midnight(self, day: date) -> datetime:
        return self._at(day, time.min)

    def _periods(self, day: date) -> list[tuple[datetime, datetime]]:
        periods = self.hours[day.weekday()]
        return [(self._at(day, opens), self._at(day, closes)) for opens, closes in periods]


def _zone(zone: ZoneInfo | str) -> ZoneInfo:
    if isinstance(zone, ZoneInfo):
        return zone
    try:
        return ZoneInfo(zone)
    except (ValueError, OSError, KeyError) as error:
        raise CalendarError(f"There is no time zone {zone!r}.", "zone") from error


def _real(begin: datetime, end: datetime) -> timedelta:
    """Real time between two moments: subtraction within one zone would ignore a clock change."""
    return end.astimezone(UTC) - begin.astimezone(UTC)


def _add_months(day: date, months: int) -> date:
    """The same day of the month ``months`` later, or that month's last day when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - ONE_DAY)


def _checked_hours(hours: Hours) -> dict[int, tuple[Period, ...]]:
    checked: dict[int, tuple[Period, ...]] = {}
    for weekday, periods in hours.items():
        ordered = tuple(sorted(periods))
        _refuse_bad_periods(ordered)
        if ordered:
            checked[weekday] = ordered
    if not checked:
        raise CalendarError("Give opening hours for at least one weekday.", "hours")
    return checked


def _refuse_bad_periods(ordered: Iterable[Period]) -> None:
    previous: time | None = None
    for opens, closes in ordered:
        if closes <= opens:
            raise CalendarError(f"Opening hours {opens} to {closes} run backwards.", "hours")
        if previous is not None and opens < previous:
            raise CalendarError(f"Opening hours overlap at {opens}.", "hours")
        previous = closes


__all__ = [
    "BeyondCalendar",
    "CalendarError",
    "Receipt",
    "Rule",
    "Step",
    "Unit",
    "WorkingCalendar",
]
