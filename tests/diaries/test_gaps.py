"""A team's lead is told of gaps of the duty line before they hurt (H39)."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Team, User
from clocks.models import Closure
from diaries.gap_actions import tell_of_gaps
from diaries.tasks import tell_of_duty_gaps
from notices.models import Notice
from tests.diaries.making import at, shift
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 9)


def subjects(lead: User) -> list[str]:
    found = Notice.objects.filter(recipient=lead).order_by("key")
    return [notice.subject.removeprefix("Duty line of North team: ") for notice in found]


@pytest.mark.rule("H39")
def test_the_lead_is_told_once_of_each_gap_in_five_working_days(
    policy: None, north: Team, lena: User, cora: User, bea: User
) -> None:
    shift(north, bea, MONDAY)
    shift(north, cora, MONDAY)
    shift(north, cora, date(2026, 11, 10))

    # In the night as at noon: it waits for the summary, which leaves at opening time.
    assert tell_of_gaps(now=at(MONDAY, 3)) == 4
    tell_of_gaps(now=at(MONDAY, 12))

    assert subjects(lena) == [
        "Tuesday 10 November 2026",
        "Wednesday 11 November 2026",
        "Thursday 12 November 2026",
        "Friday 13 November 2026",
    ]
    notice = Notice.objects.get(key=f"duty-gap:{north.pk}:2026-11-10")
    assert notice.mail == Notice.Mail.DIGEST
    assert notice.body.startswith("No business support on Tuesday 10 November 2026.")
    assert notice.path == f"/duty/{north.pk}/2026-11-10/"

    # The day after, one more working day comes into sight: the Monday.
    tell_of_gaps(now=at(date(2026, 11, 10), 9))
    assert subjects(lena)[-1] == "Monday 16 November 2026"
    assert len(subjects(lena)) == 5


@pytest.mark.rule("H39")
def test_a_weekend_and_holidays_are_not_counted(policy: None, north: Team, lena: User) -> None:
    Closure.objects.create(first_day=MONDAY, last_day=MONDAY, name="A day off")

    tell_of_gaps(now=at(date(2026, 11, 7), 12))

    assert subjects(lena) == [
        "Tuesday 10 November 2026",
        "Wednesday 11 November 2026",
        "Thursday 12 November 2026",
        "Friday 13 November 2026",
        "Monday 16 November 2026",
    ]


@pytest.mark.rule("H39")
def test_nobody_is_told_where_there_is_no_lead_or_no_calendar(north: Team, lena: User) -> None:
    assert tell_of_gaps(now=at(MONDAY, 9)) == 0
    assert tell_of_duty_gaps() == 0

    TeamFactory.create(lead=UserFactory.create(is_active=False))
    assert not Notice.objects.exists()


@pytest.mark.rule("H39")
def test_a_lead_who_left_is_not_written_to(policy: None, north: Team, lena: User) -> None:
    User.objects.filter(pk=lena.pk).update(is_active=False)
    TeamFactory.create()

    assert tell_of_gaps(now=at(MONDAY, 9)) == 0


@pytest.mark.parametrize("number", [1, 3])
def test_the_queries_do_not_grow_with_teams_and_gaps(
    policy: None, north: Team, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(number):
        team = TeamFactory.create(lead=UserFactory.create())
        for offset in range(number):
            shift(team, UserFactory.create(team=team), MONDAY + timedelta(days=offset))

    # Teams, the calendar (4), shifts, absences, the notices, and the transaction's two marks.
    with django_assert_num_queries(10):
        assert tell_of_gaps(now=at(MONDAY, 9)) == 5 * (number + 1)
