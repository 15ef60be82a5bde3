"""Working time by literal tables and by properties, against an independent oracle."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from govuk_bank_holidays.bank_holidays import BankHolidays
from hypothesis import given
from hypothesis import strategies as st

from clocks.working_time import (
    BeyondCalendar,
    CalendarError,
    Receipt,
    Rule,
    Unit,
    WorkingCalendar,
)

LONDON = ZoneInfo("Europe/London")
OFFICE = {
    **{weekday: [(time(9), time(17, 30))] for weekday in range(4)},
    4: [(time(9), time(16, 30))],
}
SHIPPED = {
    holiday["date"]: holiday["title"]
    for holiday in BankHolidays(use_cached_holidays=True).get_holidays(division="england-and-wales")
}
COUNCIL = WorkingCalendar(
    OFFICE, SHIPPED, first=date(2012, 1, 1), last=date(2028, 12, 31), zone=LONDON
)
FIVE = Rule(amount=5)
TEN = Rule(amount=10)


def london(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON)  # type: ignore[arg-type, misc]


@pytest.mark.rule("H21")
@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (london(2026, 11, 19, 17, 29), True),  # Thursday
        (london(2026, 11, 19, 17, 30), False),
        (london(2026, 11, 20, 16, 29), True),  # Friday closes an hour earlier
        (london(2026, 11, 20, 16, 30), False),
        (london(2026, 11, 21, 11, 0), False),  # Saturday
        (london(2026, 5, 4, 11, 0), False),  # Early May bank holiday
        (london(2026, 3, 30, 9, 0), True),  # the Monday after the clocks go forward
        (datetime(2026, 3, 30, 8, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 27, 8, 59, tzinfo=UTC), False),
        (datetime(2026, 10, 26, 9, 0, tzinfo=UTC), True),  # after they go back
    ],
)
def test_is_open_follows_the_hours_of_the_weekday(at, is_open):
    assert COUNCIL.is_open(at) is is_open


@pytest.mark.rule("H29")
@pytest.mark.parametrize(
    ("received", "due"),
    [
        # Friday 16:45 is after closing; Monday 4 May 2026 is a bank holiday: day 0 is Tuesday.
        (london(2026, 5, 1, 16, 45), london(2026, 5, 12, 17, 30)),
        # Friday 15:00 counts itself as day 0.
        (london(2026, 5, 1, 15, 0), london(2026, 5, 11, 17, 30)),
        # Over Christmas 2026: 25 December, and 28 December as the substitute for Saturday 26.
        (london(2026, 12, 23, 10, 0), london(2027, 1, 4, 17, 30)),
        (london(2026, 12, 24, 18, 0), london(2027, 1, 6, 17, 30)),
        # Over Easter 2026: Good Friday 3 April, Easter Monday 6 April.
        (london(2026, 4, 1, 12, 0), london(2026, 4, 10, 16, 30)),
        # Over a leap day.
        (london(2028, 2, 24, 9, 0), london(2028, 3, 2, 17, 30)),
        # The night before the clocks go back: counted on the local clock.
        (london(2026, 10, 23, 16, 0), london(2026, 10, 30, 16, 30)),
    ],
)
def test_due_in_five_working_days(received, due):
    assert COUNCIL.due(received, FIVE) == due


@pytest.mark.rule("H46")
@pytest.mark.parametrize(
    ("received", "due"),
    [
        (london(2026, 11, 16, 10, 0), london(2026, 11, 30, 17, 30)),
        (london(2026, 11, 16, 20, 0), london(2026, 12, 1, 17, 30)),
        (london(2026, 11, 21, 23, 0), london(2026, 12, 7, 17, 30)),  # Saturday night
        (london(2026, 12, 24, 9, 0), london(2027, 1, 12, 17, 30)),  # Christmas Eve
        (london(2026, 4, 2, 9, 0), london(2026, 4, 20, 17, 30)),  # over Easter
    ],
)
def test_due_in_ten_working_days(received, due):
    assert COUNCIL.due(received, TEN) == due


@pytest.mark.rule("H106")
def test_due_in_48_elapsed_hours_is_48_real_hours_over_a_clock_change():
    rule = Rule(amount=48, unit=Unit.ELAPSED_HOURS, receipt=Receipt.SAME_DAY)
    received = london(2026, 10, 24, 16, 0)

    due = COUNCIL.due(received, rule)

    assert due == london(2026, 10, 26, 15, 0)
    assert due.astimezone(UTC) - received.astimezone(UTC) == timedelta(hours=48)


@pytest.mark.rule("H106")
def test_due_in_48_hours_from_friday_is_sunday_and_staff_act_by_friday():
    rule = Rule(amount=48, unit=Unit.ELAPSED_HOURS, receipt=Receipt.SAME_DAY)

    due = COUNCIL.due(london(2026, 11, 20, 16, 0), rule)

    assert due == london(2026, 11, 22, 16, 0)
    assert COUNCIL.act_by(due) == london(2026, 11, 20, 16, 30)


def test_elapsed_hours_follow_the_receipt_rule():
    rule = Rule(amount=24, unit=Unit.ELAPSED_HOURS)

    assert COUNCIL.due(london(2026, 11, 20, 18, 0), rule) == london(2026, 11, 24, 9, 0)
    assert COUNCIL.counted_from(london(2026, 11, 23, 7, 0), rule) == london(2026, 11, 23, 9, 0)
    assert [
        (step.day.day, step.reason) for step in COUNCIL.explain(london(2026, 11, 20, 18, 0), rule)
    ] == [
        (20, "Received after closing time"),
        (21, "Weekend"),
        (22, "Weekend"),
        (23, "Counts as received when the service opens: hours count from then"),
        (24, "Every hour counts"),
    ]


def test_explain_says_when_a_date_moved_to_a_working_day():
    rule = Rule(amount=2, unit=Unit.WEEKS, receipt=Receipt.SAME_DAY, roll_to_working_day=True)

    steps = COUNCIL.explain(london(2026, 12, 11, 10, 0), rule)

    assert [(step.day.day, step.number, step.reason) for step in steps[-4:]] == [
        (26, None, "Weekend"),
        (27, None, "Weekend"),
        (28, None, "Boxing Day"),
        (29, None, "Moved to the next working day"),
    ]


def test_a_receipt_before_the_first_loaded_day_is_refused_whatever_the_unit():
    rule = Rule(amount=2, unit=Unit.WEEKS, receipt=Receipt.SAME_DAY)

    with pytest.raises(BeyondCalendar):
        COUNCIL.due(london(2011, 12, 30, 10, 0), rule)


def test_due_in_working_hours_runs_over_the_weekend():
    rule = Rule(amount=4, unit=Unit.WORKING_HOURS)

    assert COUNCIL.due(london(2026, 11, 20, 14, 0), rule) == london(2026, 11, 23, 10, 30)


def test_due_with_same_day_receipt_counts_monday_as_day_one():
    rule = Rule(amount=5, receipt=Receipt.SAME_DAY)

    assert COUNCIL.due(london(2026, 11, 21, 11, 0), rule) == london(2026, 11, 27, 16, 30)


def test_due_with_cut_off_counts_an_afternoon_message_from_tomorrow():
    rule = Rule(amount=5, receipt=Receipt.CUT_OFF, cut_off=time(15))

    assert COUNCIL.due(london(2026, 11, 16, 14, 59), rule) == london(2026, 11, 23, 17, 30)
    assert COUNCIL.due(london(2026, 11, 16, 15, 0), rule) == london(2026, 11, 24, 17, 30)


@pytest.mark.parametrize(
    ("rule", "last_day"),
    [
        (Rule(amount=6, unit=Unit.WEEKS, receipt=Receipt.SAME_DAY), date(2026, 12, 28)),
        (
            Rule(
                amount=15,
                unit=Unit.CALENDAR_DAYS,
                receipt=Receipt.SAME_DAY,
                beginning_with_day=True,
            ),
            date(2026, 11, 30),
        ),
        (
            Rule(amount=15, receipt=Receipt.SAME_DAY, beginning_with_day=True),
            date(2026, 12, 4),
        ),
        (Rule(amount=2, unit=Unit.CALENDAR_MONTHS, receipt=Receipt.SAME_DAY), date(2027, 1, 16)),
        (
            Rule(
                amount=6,
                unit=Unit.WEEKS,
                receipt=Receipt.SAME_DAY,
                roll_to_working_day=True,
            ),
            date(2026, 12, 29),
        ),
    ],
)
def test_due_in_statutory_units(rule, last_day):
    assert COUNCIL.due(london(2026, 11, 16, 10, 0), rule).date() == last_day


def test_months_end_on_the_last_day_of_a_shorter_month():
    rule = Rule(amount=1, unit=Unit.CALENDAR_MONTHS, receipt=Receipt.SAME_DAY)

    assert COUNCIL.due(london(2027, 1, 31, 10, 0), rule).date() == date(2027, 2, 28)


@pytest.mark.rule("H29")
def test_explain_gives_each_day_its_reason():
    steps = COUNCIL.explain(london(2026, 5, 1, 16, 45), FIVE)

    assert [(step.day, step.number, step.reason) for step in steps] == [
        (date(2026, 5, 1), None, "Received after closing time"),
        (date(2026, 5, 2), None, "Weekend"),
        (date(2026, 5, 3), None, "Weekend"),
        (date(2026, 5, 4), None, "Early May bank holiday"),
        (date(2026, 5, 5), 0, "Counts as received when the service opens"),
        (date(2026, 5, 6), 1, "Working day 1"),
        (date(2026, 5, 7), 2, "Working day 2"),
        (date(2026, 5, 8), 3, "Working day 3"),
        (date(2026, 5, 9), None, "Weekend"),
        (date(2026, 5, 10), None, "Weekend"),
        (date(2026, 5, 11), 4, "Working day 4"),
        (date(2026, 5, 12), 5, "Working day 5"),
    ]


def test_a_date_beyond_the_loaded_holidays_is_refused():
    with pytest.raises(BeyondCalendar, match="loaded from 2012-01-01 to 2028-12-31"):
        COUNCIL.due(london(2028, 12, 27, 10, 0), TEN)
    with pytest.raises(BeyondCalendar):
        COUNCIL.is_working_day(date(2029, 1, 1))
    with pytest.raises(BeyondCalendar):
        COUNCIL.next_opening(london(2028, 12, 29, 16, 30))
    with pytest.raises(BeyondCalendar):
        COUNCIL.add_working_days(date(2012, 1, 2), -1)


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ({}, "at least one weekday"),
        ({0: [(time(9), time(9))]}, "backwards"),
        ({0: [(time(9), time(13)), (time(12), time(17))]}, "overlap"),
    ],
)
def test_hours_that_make_no_sense_are_refused(hours, message):
    with pytest.raises(CalendarError, match=message) as refused:
        WorkingCalendar(hours, {}, first=date(2026, 1, 1), last=date(2026, 12, 31), zone=LONDON)
    assert refused.value.field == "hours"


@pytest.mark.parametrize("zone", ["Europe/Londn", "", "../etc", "London\0"])
def test_an_unknown_zone_is_refused_and_named(zone):
    with pytest.raises(CalendarError) as refused:
        WorkingCalendar(OFFICE, {}, first=date(2026, 1, 1), last=date(2026, 12, 31), zone=zone)
    assert refused.value.field == "zone"


def test_counting_is_on_the_local_clock_on_both_clock_change_nights():
    forward, back = london(2026, 3, 28, 12, 0), london(2026, 10, 24, 12, 0)
    day = Rule(amount=24, unit=Unit.ELAPSED_HOURS, receipt=Receipt.SAME_DAY)

    # One real day over the night that is an hour short, and over the one that is an hour long.
    assert COUNCIL.due(forward, day) == london(2026, 3, 29, 13, 0)
    assert COUNCIL.due(back, day) == london(2026, 10, 25, 11, 0)
    # Working days and hours end at the same time on the wall whichever clock is in force.
    assert COUNCIL.due(london(2026, 3, 27, 10, 0), FIVE) == london(2026, 4, 7, 17, 30)
    assert COUNCIL.due(london(2026, 10, 23, 10, 0), FIVE) == london(2026, 10, 30, 16, 30)
    hours = Rule(amount=8, unit=Unit.WORKING_HOURS)
    assert COUNCIL.due(london(2026, 3, 27, 14, 0), hours) == london(2026, 3, 30, 14, 30)
    assert COUNCIL.due(london(2026, 10, 23, 14, 0), hours) == london(2026, 10, 26, 14, 30)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(CalendarError, match="no time zone"):
        COUNCIL.is_open(datetime(2026, 11, 16, 10, 0))  # noqa: DTZ001


def test_a_lunch_closure_is_not_open_and_is_not_counted():
    hours = {weekday: [(time(9), time(12)), (time(13), time(17))] for weekday in range(5)}
    calendar = WorkingCalendar(
        hours, {}, first=date(2026, 1, 1), last=date(2026, 12, 31), zone=LONDON
    )

    assert not calendar.is_open(london(2026, 11, 16, 12, 30))
    assert calendar.next_opening(london(2026, 11, 16, 12, 30)) == london(2026, 11, 16, 13, 0)
    assert calendar.previous_close(london(2026, 11, 16, 12, 30)) == london(2026, 11, 16, 12, 0)
    assert calendar.add_working_hours(london(2026, 11, 16, 11, 0), 2) == london(2026, 11, 16, 14, 0)


def test_shipped_holidays_agree_with_an_independent_list_on_every_weekday():
    years = range(2012, 2029)
    independent = holidays.country_holidays("GB", subdiv="ENG", years=years)
    weekdays = [
        date(2012, 1, 1) + timedelta(days=offset)
        for offset in range((date(2029, 1, 1) - date(2012, 1, 1)).days)
    ]

    assert [day for day in weekdays if day.weekday() < 5 and day in SHIPPED] == [
        day for day in weekdays if day.weekday() < 5 and day in independent
    ]


days = st.dates(date(2013, 1, 1), date(2027, 12, 31))
moments = st.datetimes(
    datetime(2013, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    datetime(2027, 10, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
amounts = st.integers(1, 60)


def day_by_day(day: date, n: int) -> date:
    """The oracle: walk the calendar one day at a time."""
    step = timedelta(days=1 if n > 0 else -1)
    left = abs(n)
    while left:
        day += step
        left -= day.weekday() < 5 and day not in SHIPPED
    return day


@given(days, st.integers(-60, 60).filter(bool))
def test_adding_working_days_agrees_with_walking(day, n):
    assert COUNCIL.add_working_days(day, n) == day_by_day(day, n)


@given(days, amounts)
def test_adding_and_taking_away_working_days_are_inverse(day, n):
    start = COUNCIL.add_working_days(day, 0)

    assert COUNCIL.add_working_days(COUNCIL.add_working_days(start, n), -n) == start


@given(days, amounts, amounts)
def test_adding_working_days_is_additive(day, first, second):
    together = COUNCIL.add_working_days(day, first + second)

    assert COUNCIL.add_working_days(COUNCIL.add_working_days(day, first), second) == together


@given(moments, moments, amounts)
def test_due_is_monotone_in_the_moment_received(one, other, amount):
    earlier, later = sorted([one, other])
    rule = Rule(amount=amount)

    assert COUNCIL.due(earlier, rule) <= COUNCIL.due(later, rule)


@given(moments, amounts)
def test_due_is_a_closing_moment_of_a_working_day(at, amount):
    due = COUNCIL.due(at, Rule(amount=amount))

    assert due == COUNCIL.closing(due.date())
    assert not COUNCIL.is_open(due)
    assert COUNCIL.is_open(due - timedelta(microseconds=1))


@given(moments, amounts, st.sampled_from(Receipt))
def test_explain_ends_on_the_due_day_having_counted_every_working_day(at, amount, receipt):
    cut_off = time(15) if receipt is Receipt.CUT_OFF else None
    rule = Rule(amount=amount, receipt=receipt, cut_off=cut_off)

    steps = COUNCIL.explain(at, rule)

    assert steps[-1].day == COUNCIL.due(at, rule).date()
    assert [step.number for step in steps if step.counted] == list(range(1, amount + 1))


@given(moments, st.floats(0, 80), st.floats(0, 80))
def test_adding_working_hours_is_additive_and_lands_in_working_time(at, first, second):
    halfway = COUNCIL.add_working_hours(at, first)
    end = COUNCIL.add_working_hours(halfway, second)

    assert abs(end - COUNCIL.add_working_hours(at, first + second)) < timedelta(milliseconds=1)
    assert COUNCIL.is_open(end) or COUNCIL.is_open(end - timedelta(milliseconds=1)) or not second
