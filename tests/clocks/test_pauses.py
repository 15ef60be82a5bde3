"""The arithmetic beneath a pause: by how much the date moves."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from clocks import pauses
from clocks.pauses import Paused
from clocks.rules import Rule, Unit
from tests.clocks.test_working_time import COUNCIL

LONDON = ZoneInfo("Europe/London")
moments = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
RULES = st.sampled_from(
    [
        Rule(amount=5),
        Rule(amount=10),
        Rule(amount=15, unit=Unit.CALENDAR_DAYS, beginning_with_day=True),
        Rule(amount=6, unit=Unit.WEEKS),
        Rule(amount=2, unit=Unit.CALENDAR_MONTHS, roll_to_working_day=True),
        Rule(amount=48, unit=Unit.ELAPSED_HOURS),
        Rule(amount=20, unit=Unit.WORKING_HOURS),
    ]
)


def test_a_date_that_rolls_to_a_working_day_rolls_after_the_pause():
    rule = Rule(amount=3, unit=Unit.CALENDAR_DAYS, roll_to_working_day=True)
    received = datetime(2026, 11, 4, 10, tzinfo=LONDON)  # three days on is a Saturday

    due = pauses.due(COUNCIL, rule, received, Paused(days=2))

    assert due.date() == date(2026, 11, 9)


@given(moments, RULES)
def test_a_pause_of_no_length_moves_nothing(at, rule):
    due = COUNCIL.due(at, rule)

    assert pauses.moved(COUNCIL, rule, due, pauses.length(COUNCIL, rule, at, at)) == due


@given(moments, RULES, st.timedeltas(timedelta(), timedelta(days=30)))
def test_a_pause_never_brings_a_date_nearer(at, rule, lasted):
    due = COUNCIL.due(at, rule)

    assert pauses.moved(COUNCIL, rule, due, pauses.length(COUNCIL, rule, at, at + lasted)) >= due


@given(moments, st.integers(1, 30), st.integers(0, 40))
def test_pausing_from_one_working_day_to_another_moves_by_the_days_between(at, amount, k):
    rule = Rule(amount=amount)
    since = COUNCIL.next_opening(at)
    until = COUNCIL.add_working_days(since.date(), k) if k else since.date()
    paused = pauses.length(COUNCIL, rule, since, datetime.combine(until, time(12), tzinfo=LONDON))

    due = COUNCIL.due(at, rule)
    assert paused == Paused(days=k)
    assert pauses.moved(COUNCIL, rule, due, paused).date() == (
        COUNCIL.add_working_days(due.date(), k) if k else due.date()
    )


@given(moments, st.timedeltas(timedelta(), timedelta(days=20)))
def test_opening_time_between_is_what_adding_hours_undoes(at, lasted):
    opening = COUNCIL.opening_time_between(at, at + lasted)

    reached = COUNCIL.add_working_hours(at, opening / timedelta(hours=1))
    assert COUNCIL.opening_time_between(at, reached) - opening < timedelta(milliseconds=1)
