"""Where slots fall, for any hours and any diary (H28, H124)."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callbacks.slot_times import Weekly, slot_periods

pytestmark = pytest.mark.rule("H28")

LONDON = ZoneInfo("Europe/London")
FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
# The weeks of both clock changes.
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)

minutes_of_day = st.integers(7 * 12, 20 * 12).map(lambda fives: 5 * fives)
periods = st.tuples(minutes_of_day, minutes_of_day).filter(lambda two: two[0] < two[1])


def clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


@st.composite
def weeklies(draw, first: date, last: date) -> Weekly:
    starts, ends = draw(periods)
    begins = draw(st.dates(first - timedelta(days=20), last))
    stops = draw(st.none() | st.dates(begins, last + timedelta(days=20)))
    return Weekly(draw(st.integers(0, 6)), clock(starts), clock(ends), begins, stops)


@st.composite
def diaries(draw):
    """Hours, the days looked at, the length of a slot, days not worked, and what is busy."""
    around = draw(st.sampled_from([SPRING, AUTUMN]) | st.dates(FIRST, LAST))
    first = around - timedelta(days=draw(st.integers(0, 6)))
    last = first + timedelta(days=draw(st.integers(0, 13)))
    weekly = draw(st.lists(weeklies(first, last), max_size=6))
    minutes = draw(st.sampled_from([5, 15, 20, 30, 45, 120]))
    shut = draw(st.sets(st.dates(first, last), max_size=5))
    busy = []
    for _ in range(draw(st.integers(0, 4))):
        begins = datetime.combine(
            draw(st.dates(first, last)), clock(draw(minutes_of_day)), tzinfo=LONDON
        )
        length = timedelta(minutes=draw(st.integers(1, 3000)))
        busy.append((begins, (begins.astimezone(UTC) + length).astimezone(LONDON)))
    return weekly, first, last, minutes, shut, busy


def made(weekly, first, last, minutes, shut, busy):
    return slot_periods(
        weekly,
        first=first,
        last=last,
        minutes=minutes,
        works=lambda day: day not in shut,
        busy=busy,
        zone=LONDON,
    )


def overlap(one, other) -> bool:
    a, b, c, d = (at.astimezone(UTC) for at in (*one, *other))
    return a < d and c < b


def candidates(weekly, first, last, minutes, shut, busy):
    """Counted another way: every minute of every day at which a slot of some hours begins."""
    day = first
    while day <= last:
        for one in weekly:
            kept = one.first_day <= day <= (one.last_day or date.max)
            if not kept or one.weekday != day.weekday() or day in shut:
                continue
            opens = one.starts.hour * 60 + one.starts.minute
            closes = one.ends.hour * 60 + one.ends.minute
            for number in range((closes - opens) // minutes):
                begins = opens + number * minutes
                slot = tuple(
                    datetime.combine(day, clock(at), tzinfo=LONDON)
                    for at in (begins, begins + minutes)
                )
                if not any(overlap(slot, other) for other in busy):
                    yield slot
        day += timedelta(days=1)


@pytest.mark.rule("H124")
@settings(deadline=None)
@given(diaries())
def test_slots_are_in_the_hours_never_over_anything_and_never_over_one_another(diary):
    slots = made(*diary)

    allowed = set(candidates(*diary))
    assert set(slots) <= allowed
    assert all(a[1] <= b[0] for a, b in pairwise(slots))


@settings(deadline=None)
@given(diaries())
def test_no_time_that_could_be_a_slot_is_wasted(diary):
    slots = made(*diary)

    for candidate in candidates(*diary):
        assert any(overlap(candidate, slot) for slot in slots)


@settings(deadline=None)
@given(diaries())
def test_the_clock_on_the_wall_and_the_length_are_kept_whatever_the_season(diary):
    weekly, _, _, minutes, _, _ = diary

    for start, end in made(*diary):
        assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(minutes=minutes)
        begins = start.hour * 60 + start.minute
        assert any(
            one.weekday == start.weekday()
            and one.starts <= start.time()
            and end.time() <= one.ends
            and (begins - one.starts.hour * 60 - one.starts.minute) % minutes == 0
            for one in weekly
        )


def nine_o_clock(*days: date) -> list[datetime]:
    """The first slots, in UTC, of somebody who rings at 9am on the weekdays of ``days``."""
    weekly = [Weekly(day.weekday(), time(9), time(9, 30), days[0]) for day in days]
    slots = made(weekly, days[0], days[-1], 30, set(), [])
    return [start.astimezone(UTC) for start, _ in slots]


def test_nine_o_clock_stays_nine_o_clock_when_clocks_go_forward():
    assert nine_o_clock(date(2026, 3, 27), date(2026, 3, 30)) == [
        datetime(2026, 3, 27, 9, tzinfo=UTC),
        datetime(2026, 3, 30, 8, tzinfo=UTC),
    ]


def test_nine_o_clock_stays_nine_o_clock_when_clocks_go_back():
    assert nine_o_clock(date(2026, 10, 23), date(2026, 10, 26)) == [
        datetime(2026, 10, 23, 8, tzinfo=UTC),
        datetime(2026, 10, 26, 9, tzinfo=UTC),
    ]


def test_what_is_left_of_the_hours_is_no_slot():
    weekly = [Weekly(0, time(9), time(10, 15), date(2026, 11, 2))]
    slots = made(weekly, date(2026, 11, 2), date(2026, 11, 2), 30, set(), [])

    assert [start.time() for start, _ in slots] == [time(9), time(9, 30)]


def test_a_meeting_that_ends_as_a_slot_begins_leaves_it():
    monday = date(2026, 11, 2)
    weekly = [Weekly(0, time(9), time(10), monday)]
    meeting = (
        datetime.combine(monday, time(8), tzinfo=LONDON),
        datetime.combine(monday, time(9, 30), tzinfo=LONDON),
    )

    [(start, _)] = made(weekly, monday, monday, 30, set(), [meeting])
    assert start.time() == time(9, 30)
