"""Changes of hours, closures and holidays: what is refused and what is written."""

from datetime import UTC, date, datetime, time

import pytest

from accounts.errors import RuleBroken
from accounts.models import Role
from clocks.calendar_changes import (
    add_closure,
    add_holiday,
    hours_in_words,
    opening_week,
    remove_closure,
    set_hours,
)
from clocks.calendars import council_calendar
from clocks.models import CalendarYear, Closure, OpeningPeriod
from tests.factories import UserFactory

# A Monday morning.
NOW = datetime(2026, 12, 14, 10, tzinfo=UTC)
SHIPPED = (
    "Monday 9am to 5:30pm; Tuesday 9am to 5:30pm; Wednesday 9am to 5:30pm; "
    "Thursday 9am to 5:30pm; Friday 9am to 4:30pm"
)
LUNCH = {0: [(time(9), time(12)), (time(13), time(17))]}


@pytest.fixture
def ada(policy):
    return UserFactory(role=Role.ADMINISTRATOR, team=None)


def close(ada, first_day, last_day, name="Christmas shutdown"):
    return add_closure(name=name, first_day=first_day, last_day=last_day, by=ada, now=NOW)


def open_at(ada, week, instead_of=SHIPPED):
    return set_hours(week=week, instead_of=instead_of, by=ada, now=NOW)


def broken_by(act):
    with pytest.raises(RuleBroken) as broken:
        act()
    return broken.value.code, broken.value.field


def test_a_closure_is_said_in_words_and_not_worked(ada):
    said = close(ada, date(2026, 12, 29), date(2026, 12, 31))

    assert said == (
        "Closed: Christmas shutdown, Tuesday 29 December 2026 to Thursday 31 December 2026"
    )
    assert not council_calendar().is_working_day(date(2026, 12, 30))


def test_the_same_closure_sent_twice_is_made_once(ada):
    day = date(2026, 12, 29)

    assert close(ada, day, day) == "Closed: Christmas shutdown, Tuesday 29 December 2026"
    assert close(ada, day, day) == ""
    assert Closure.objects.count() == 1


@pytest.mark.parametrize(
    ("first_day", "last_day", "expected"),
    [
        (date(2026, 12, 7), date(2026, 12, 8), ("past", "first_day")),
        (date(2026, 12, 11), date(2026, 12, 15), ("past", "first_day")),
        (date(2026, 12, 16), date(2026, 12, 15), ("backwards", "last_day")),
        (date(2026, 12, 16), date(2027, 12, 17), ("too_long", "last_day")),
        (date(2028, 12, 29), date(2029, 1, 1), ("beyond_calendar", "last_day")),
    ],
)
def test_days_that_cannot_be_closed_are_refused_at_their_field(ada, first_day, last_day, expected):
    assert broken_by(lambda: close(ada, first_day, last_day)) == expected
    assert not Closure.objects.exists()


def test_a_closure_from_today_on_is_allowed(ada):
    assert close(ada, date(2026, 12, 14), date(2026, 12, 14), "Snow")


def test_a_closure_over_another_is_refused(ada):
    close(ada, date(2026, 12, 29), date(2026, 12, 31))

    assert broken_by(lambda: close(ada, date(2026, 12, 31), date(2027, 1, 4), "More")) == (
        "overlap",
        "first_day",
    )


def test_no_closure_before_holidays_are_loaded(ada):
    CalendarYear.objects.all().delete()

    assert broken_by(lambda: close(ada, date(2026, 12, 29), date(2026, 12, 29))) == (
        "beyond_calendar",
        None,
    )


def test_a_closure_to_come_is_removed_whole_and_twice_is_harmless(ada):
    close(ada, date(2026, 12, 29), date(2026, 12, 31))
    closure = Closure.objects.get()

    said = remove_closure(closure_id=closure.pk, by=ada, now=NOW)

    assert said.startswith("No longer closed: Christmas shutdown")
    assert not Closure.objects.exists()
    assert remove_closure(closure_id=closure.pk, by=ada, now=NOW) == ""


def test_of_a_closure_that_has_begun_the_days_that_have_passed_stay(ada):
    closure = Closure.objects.create(
        name="Flood", first_day=date(2026, 12, 10), last_day=date(2026, 12, 18)
    )

    remove_closure(closure_id=closure.pk, by=ada, now=NOW)

    closure.refresh_from_db()
    assert (closure.first_day, closure.last_day) == (date(2026, 12, 10), date(2026, 12, 13))


def test_a_closure_that_is_over_stays(ada):
    closure = Closure.objects.create(
        name="Flood", first_day=date(2026, 12, 10), last_day=date(2026, 12, 13)
    )

    assert broken_by(lambda: remove_closure(closure_id=closure.pk, by=ada, now=NOW)) == (
        "past",
        None,
    )
    assert Closure.objects.get() == closure


def test_a_holiday_announced_later_is_not_worked(ada):
    add_holiday(name="Coronation", day=date(2027, 6, 7), by=ada, now=NOW)

    assert council_calendar().why_closed(date(2027, 6, 7)) == "Coronation"


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 12, 25), "holiday_already"),
        (date(2026, 12, 7), "past"),
        (date(2029, 6, 4), "beyond_calendar"),
    ],
)
def test_a_holiday_that_is_known_past_or_in_no_loaded_year_is_refused(ada, day, code):
    assert broken_by(lambda: add_holiday(name="X", day=day, by=ada, now=NOW))[0] == code
    assert not Closure.objects.exists()


@pytest.mark.rule("H21")
def test_hours_with_a_lunch_closure_replace_all_others(ada):
    said = open_at(ada, LUNCH)

    assert said == "New opening hours: Monday 9am to midday and 1pm to 5pm"
    assert opening_week()[0] == LUNCH[0]
    assert OpeningPeriod.objects.count() == 2


def test_the_same_hours_sent_twice_change_nothing_the_second_time(ada):
    open_at(ada, LUNCH)
    rows = set(OpeningPeriod.objects.values_list("pk", flat=True))

    assert open_at(ada, LUNCH) == ""
    assert set(OpeningPeriod.objects.values_list("pk", flat=True)) == rows


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        ({}, ("no_hours", "monday")),
        ({2: []}, ("no_hours", "monday")),
        ({2: [(time(17), time(9))]}, ("backwards", "wednesday")),
        ({4: [(time(9), time(9))]}, ("backwards", "friday")),
        ({1: [(time(9), time(13)), (time(12), time(17))]}, ("overlap", "tuesday")),
        ({1: [(time(12), time(17)), (time(9), time(13))]}, ("overlap", "tuesday")),
    ],
)
def test_hours_that_make_no_sense_are_refused_and_nothing_is_half_saved(ada, week, expected):
    assert broken_by(lambda: open_at(ada, week)) == expected
    assert hours_in_words(opening_week()) == SHIPPED


def test_hours_that_somebody_else_has_changed_are_not_overwritten(ada):
    open_at(ada, LUNCH)

    assert broken_by(lambda: open_at(ada, {3: [(time(9), time(17))]})) == (
        "changed_meanwhile",
        None,
    )
    assert opening_week()[0] == LUNCH[0]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_change_the_calendar(ada, role):
    somebody = UserFactory(role=role)
    day = date(2027, 6, 7)
    attempts = [
        lambda: close(somebody, day, day),
        lambda: remove_closure(closure_id=1, by=somebody, now=NOW),
        lambda: add_holiday(name="X", day=day, by=somebody, now=NOW),
        lambda: open_at(somebody, LUNCH),
    ]

    assert {broken_by(act) for act in attempts} == {("may_not_change", None)}
