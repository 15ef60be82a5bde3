"""Working time against other libraries: `make prove`.

First the proof: a million random cases agree with numpy's busday functions, day for day.
Then the measure: adding 10 working days, one call at a time, beside what others offer, over the
same random days and the same bank holidays, in one run. Exit status 1 when a case disagrees.
"""

import random
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter_ns
from zoneinfo import ZoneInfo

import businesstimedelta
import numpy as np
import pytz
from govuk_bank_holidays.bank_holidays import BankHolidays
from workalendar.europe import UnitedKingdom

from clocks.working_time import Rule, WorkingCalendar

FIRST, LAST = date(2012, 1, 1), date(2028, 12, 31)
LONDON = ZoneInfo("Europe/London")
SHIPPED = BankHolidays(use_cached_holidays=True).get_holidays(division="england-and-wales")
HOLIDAYS = {holiday["date"]: holiday["title"] for holiday in SHIPPED}
HOURS = {weekday: [(time(9), time(17, 30))] for weekday in range(5)}
COUNCIL = WorkingCalendar(HOURS, HOLIDAYS, first=FIRST, last=LAST, zone=LONDON)
NUMPY = np.busdaycalendar(holidays=np.array(sorted(HOLIDAYS), dtype="datetime64[D]"))
CASES = 1_000_000


def random_days(count: int, rng: random.Random) -> list[date]:
    """Days far enough from both ends that 120 working days away is still known."""
    span = (LAST - FIRST).days - 400
    return [FIRST + timedelta(days=200 + rng.randrange(span)) for _ in range(count)]


def prove(rng: random.Random) -> int:
    """How many of the cases disagree with numpy; prints each kind's count."""
    starts, ends = random_days(CASES, rng), random_days(CASES, rng)
    amounts = [rng.choice((-1, 1)) * rng.randint(1, 120) for _ in range(CASES)]
    start, end = (np.array(days, dtype="datetime64[D]") for days in (starts, ends))
    n = np.array(amounts)
    # numpy rolls a non-working start first; forward for going back, and the other way round.
    theirs = np.where(
        n > 0,
        np.busday_offset(start, n, roll="backward", busdaycal=NUMPY),
        np.busday_offset(start, n, roll="forward", busdaycal=NUMPY),
    ).tolist()
    kinds = {
        "add_working_days": [
            COUNCIL.add_working_days(day, amount) != other
            for day, amount, other in zip(starts, amounts, theirs, strict=True)
        ],
        "working_days_between": [
            COUNCIL.working_days_between(a, b) != other
            for a, b, other in zip(starts, ends, _numpy_between(start, end), strict=True)
        ],
        "is_working_day": [
            COUNCIL.is_working_day(day) != other
            for day, other in zip(starts, np.is_busday(start, busdaycal=NUMPY), strict=True)
        ],
    }
    for name, wrong in kinds.items():
        print(f"{name:22} {len(wrong):>9,} cases, {sum(wrong)} disagree with numpy")
    return sum(sum(wrong) for wrong in kinds.values())


def _numpy_between(start: "np.ndarray", end: "np.ndarray") -> list[int]:
    """Half-open both ways: numpy counts a backward range from the other side."""
    forward = np.busday_count(np.minimum(start, end), np.maximum(start, end), busdaycal=NUMPY)
    return np.where(start <= end, forward, -forward).tolist()


def measure(rng: random.Random) -> None:
    """Nanoseconds a call, the best of five rounds, and the ratio to ours."""
    days = [COUNCIL.add_working_days(day, 0) for day in random_days(2_000, rng)]
    moments = [datetime.combine(day, time(10), tzinfo=UTC) for day in days]
    ten = Rule(amount=10)
    uk, london = UnitedKingdom(), pytz.timezone("Europe/London")
    workday = businesstimedelta.WorkDayRule(
        start_time=time(9), end_time=time(17, 30), working_days=[0, 1, 2, 3, 4], tz=london
    )
    closed = businesstimedelta.HolidayRule(HOLIDAYS, tz=london)
    eighty_five_hours = businesstimedelta.BusinessTimeDelta(
        businesstimedelta.Rules([workday, closed]), hours=85
    )
    calls: list[tuple[str, Callable[[int], object], int]] = [
        ("ours: add_working_days", lambda i: COUNCIL.add_working_days(days[i], 10), 2_000),
        ("ours: due (with receipt)", lambda i: COUNCIL.due(moments[i], ten), 2_000),
        ("numpy busday_offset", lambda i: np.busday_offset(days[i], 10, busdaycal=NUMPY), 2_000),
        ("workalendar", lambda i: uk.add_working_days(days[i], 10), 300),
        ("businesstimedelta", lambda i: moments[i] + eighty_five_hours, 100),
    ]
    ours = 0.0
    for name, call, count in calls:
        each = min(_round(call, count) for _ in range(5))
        ours = ours or each
        print(f"{name:26} {each / 1000:>10.2f} microseconds a call, {each / ours:>8.1f} times ours")


def _round(call: Callable[[int], object], count: int) -> float:
    begun = perf_counter_ns()
    for i in range(count):
        call(i)
    return (perf_counter_ns() - begun) / count


if __name__ == "__main__":
    rng = random.Random(20261121)
    disagreements = prove(rng)
    measure(rng)
    sys.exit(1 if disagreements else 0)
