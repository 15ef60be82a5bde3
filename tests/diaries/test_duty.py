"""Who answers the duty line, and on which days somebody is missing (H39)."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Absence, Role, Team, User
from clocks.working_time import WorkingCalendar
from diaries.duty import duty_days, duty_weeks, on_duty
from tests.diaries.making import at, shift
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY = date(2026, 11, 9), date(2026, 11, 10)
NOW = at(MONDAY, 8)


def gap(team: Team, day: date, calendar: WorkingCalendar | None) -> str:
    return duty_days([team], day, day, calendar)[team.pk][0].gap


@pytest.mark.rule("H39")
def test_a_day_needs_business_support_and_a_case_holder(
    north: Team, cora: User, bea: User, calendar: WorkingCalendar
) -> None:
    assert gap(north, MONDAY, calendar) == "Nobody on duty"

    shift(north, bea, MONDAY)
    assert gap(north, MONDAY, calendar) == "No case holder"

    shift(north, cora, MONDAY)
    assert gap(north, MONDAY, calendar) == ""

    shift(north, cora, TUESDAY)
    assert gap(north, TUESDAY, calendar) == "No business support"


@pytest.mark.rule("H39")
def test_two_of_business_support_without_a_case_holder_are_a_gap(
    north: Team, bea: User, calendar: WorkingCalendar
) -> None:
    shift(north, bea, MONDAY)
    shift(north, UserFactory.create(role=Role.BUSINESS_SUPPORT, team=north), MONDAY)

    assert gap(north, MONDAY, calendar) == "No case holder"


@pytest.mark.rule("H39")
def test_leave_and_coming_back_open_and_close_the_gap(
    north: Team, cora: User, bea: User, calendar: WorkingCalendar
) -> None:
    shift(north, bea, MONDAY)
    shift(north, cora, MONDAY)

    away = Absence.objects.create(person=cora, first_day=MONDAY, last_day=MONDAY)
    day = duty_days([north], MONDAY, MONDAY, calendar)[north.pk][0]
    assert day.gap == "No case holder"
    assert [(turn.shift.person, turn.why_not) for turn in day.turns] == [
        (bea, ""),
        (cora, "On leave"),
    ]

    away.delete()
    assert gap(north, MONDAY, calendar) == ""


@pytest.mark.rule("H39")
@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"is_active": False}, "Has left"),
        ({"working_days": [1, 2, 3]}, "Does not work on Mondays"),
        ({"role": Role.CSC_ADVISER}, "No longer takes turns"),
        ({"team": None}, "Not in the team"),
    ],
)
def test_who_cannot_answer_does_not_count(
    north: Team,
    cora: User,
    bea: User,
    calendar: WorkingCalendar,
    changed: dict[str, object],
    why: str,
) -> None:
    shift(north, bea, MONDAY)
    shift(north, cora, MONDAY)
    User.objects.filter(pk=cora.pk).update(**changed)

    day = duty_days([north], MONDAY, MONDAY, calendar)[north.pk][0]

    assert [turn.why_not for turn in day.turns] == ["", why]
    assert day.gap == "No case holder"
    assert on_duty([north.pk], MONDAY) == {north.pk: [bea]}


@pytest.mark.rule("H39")
def test_bank_holidays_and_weekends_need_nobody(north: Team, calendar: WorkingCalendar) -> None:
    # The week of Christmas Day 2026, a Friday, and the week after.
    first, second = duty_weeks(north, date(2026, 12, 21), 2, NOW, calendar)

    assert [day.day.day for day in first.days] == [21, 22, 23, 24, 25]
    assert [day.closed for day in first.days] == ["", "", "", "", "Christmas Day"]
    assert [day.day.day for day in first.gaps] == [21, 22, 23, 24]
    assert second.gaps[0].day == date(2026, 12, 29)


@pytest.mark.rule("H39")
def test_a_gap_is_not_claimed_where_holidays_are_not_known(
    north: Team, calendar: WorkingCalendar
) -> None:
    far = date(2099, 1, 5)

    assert gap(north, MONDAY, None) == ""
    assert duty_days([north], far, far, calendar)[north.pk][0].closed == (
        "Opening days are not known"
    )


@pytest.mark.rule("H39")
def test_weeks_show_a_saturday_only_with_somebody_on_it(
    north: Team, cora: User, calendar: WorkingCalendar
) -> None:
    shift(north, cora, date(2026, 11, 14))

    this, following = duty_weeks(north, MONDAY, 2, NOW, calendar)

    assert [day.day.day for day in this.days] == [9, 10, 11, 12, 13, 14]
    assert this.days[-1].closed == "Weekend"
    assert this.days[-1].turns[0].why_not == "Does not work on Saturdays"
    assert len(following.days) == 5
    assert following.monday == this.following


@pytest.mark.rule("H39")
def test_a_week_is_over_after_its_last_day(north: Team, calendar: WorkingCalendar) -> None:
    friday_night, saturday = at(date(2026, 11, 13), 23, 59), at(date(2026, 11, 14), 0)

    assert [w.over for w in duty_weeks(north, MONDAY, 2, friday_night, calendar)] == [False, False]
    assert [w.over for w in duty_weeks(north, MONDAY, 2, saturday, calendar)] == [True, False]


@pytest.mark.rule("H27", "H39")
def test_on_duty_names_who_answers_each_line(
    north: Team, cora: User, bea: User, oscar: User
) -> None:
    shift(north, cora, MONDAY)
    shift(north, bea, MONDAY)
    assert oscar.team is not None
    shift(oscar.team, oscar, MONDAY)
    empty = TeamFactory.create()
    Absence.objects.create(person=oscar, first_day=MONDAY, last_day=MONDAY)

    assert on_duty([north.pk, oscar.team.pk, empty.pk], MONDAY) == {north.pk: [bea, cora]}


@pytest.mark.parametrize("number", [1, 3])
def test_the_queries_do_not_grow_with_teams_and_people(
    calendar: WorkingCalendar, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    teams = [TeamFactory.create() for _ in range(number)]
    for team in teams:
        for _ in range(number):
            person = UserFactory.create(team=team)
            shift(team, person, MONDAY)
            Absence.objects.create(person=person, first_day=TUESDAY, last_day=TUESDAY)

    with django_assert_num_queries(2):
        found = duty_days(teams, MONDAY, MONDAY + timedelta(days=27), calendar)
    with django_assert_num_queries(2):
        assert len(on_duty([team.pk for team in teams], MONDAY)) == number
    with django_assert_num_queries(2):
        assert len(duty_weeks(teams[0], MONDAY, 4, NOW, calendar)) == 4

    assert [len(days) for days in found.values()] == [28] * number
