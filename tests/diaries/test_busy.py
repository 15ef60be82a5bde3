"""What fills a diary, by the day (H19, H39, H40, H41)."""

from datetime import UTC, date, datetime, time

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Absence, Team, User
from diaries.busy import Busy, busy_periods
from tests.diaries.making import MADE, at, block, protect, shift
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db

MONDAY, FRIDAY = date(2026, 11, 2), date(2026, 11, 6)


def utc(busy: Busy) -> tuple[datetime, datetime]:
    return busy.start.astimezone(UTC), busy.end.astimezone(UTC)


@pytest.mark.rule("H19", "H41")
def test_busy_of_somebody_with_an_empty_diary(cora: User) -> None:
    assert busy_periods([cora], MONDAY, FRIDAY) == {cora.pk: []}


@pytest.mark.rule("H19", "H40", "H41")
def test_busy_of_a_full_week_in_order_of_time(cora: User, lena: User, north: Team) -> None:
    tuesday, wednesday, thursday = (date(2026, 11, d) for d in (3, 4, 5))
    Absence.objects.create(person=cora, first_day=FRIDAY, last_day=date(2026, 11, 20))
    shift(north, cora, thursday)
    protect(north, lena, 2, time(13), time(14))
    block(cora, at(wednesday, 9), at(wednesday, 10), "casework")
    block(cora, at(tuesday, 11), at(tuesday, 11, 30))

    assert busy_periods([cora], MONDAY, FRIDAY)[cora.pk] == [
        Busy(at(tuesday, 11), at(tuesday, 11, 30), "meeting", "In a meeting"),
        Busy(at(wednesday, 9), at(wednesday, 10), "casework", "Casework"),
        Busy(at(wednesday, 13), at(wednesday, 14), "protected", "Protected time"),
        Busy(at(thursday, 0), at(FRIDAY, 0), "duty", "On the duty line"),
        Busy(at(FRIDAY, 0), at(date(2026, 11, 7), 0), "leave", "On leave"),
    ]


@pytest.mark.rule("H41")
def test_busy_on_the_days_that_are_not_worked(cora: User) -> None:
    cora.working_days = [1, 2, 3]
    cora.save()

    monday, friday = busy_periods([cora], MONDAY, FRIDAY)[cora.pk]

    assert monday == Busy(
        at(MONDAY, 0), at(date(2026, 11, 3), 0), "not_working", "Does not work on Mondays"
    )
    assert friday.words == "Does not work on Fridays"


@pytest.mark.rule("H41")
def test_busy_leaves_out_what_was_withdrawn_and_what_only_touches(cora: User) -> None:
    withdrawn = block(cora, at(MONDAY, 9), at(MONDAY, 10))
    withdrawn.withdrawn_at, withdrawn.withdrawn_by = MADE, cora
    withdrawn.save()
    block(cora, at(date(2026, 11, 1), 22), at(MONDAY, 0))
    block(cora, at(date(2026, 11, 3), 0), at(date(2026, 11, 3), 1))

    assert busy_periods([cora], MONDAY, MONDAY)[cora.pk] == []


@pytest.mark.rule("H40")
def test_busy_keeps_protected_time_of_other_teams_and_of_before_out(
    cora: User, lena: User, north: Team
) -> None:
    protect(TeamFactory.create(), lena, 0, time(9), time(10))
    protect(north, lena, 0, time(14), time(15), last_day=date(2026, 11, 1))

    assert busy_periods([cora], MONDAY, FRIDAY)[cora.pk] == []


@pytest.mark.rule("H39")
def test_busy_forgets_the_duty_of_a_team_that_was_left(cora: User, north: Team) -> None:
    shift(north, cora, MONDAY)
    cora.team = TeamFactory.create()
    cora.save()

    assert busy_periods([cora], MONDAY, MONDAY)[cora.pk] == []


@pytest.mark.rule("H40", "H41")
@pytest.mark.parametrize(
    ("day", "starts", "ends", "expected"),
    [
        # Sunday 25 October 2026: the clock goes back, and the day has 25 hours.
        (date(2026, 10, 25), time(0, 30), time(9), ("2026-10-24T23:30Z", "2026-10-25T09:00Z")),
        # Sunday 29 March 2026: it goes forward, and 1:15 to 2:30 is a quarter of an hour.
        (date(2026, 3, 29), time(1, 15), time(2, 30), ("2026-03-29T01:15Z", "2026-03-29T01:30Z")),
        # The Mondays after: the same clock on the wall, another moment.
        (date(2026, 3, 30), time(9), time(10), ("2026-03-30T08:00Z", "2026-03-30T09:00Z")),
        (date(2026, 10, 26), time(9), time(10), ("2026-10-26T09:00Z", "2026-10-26T10:00Z")),
    ],
)
def test_busy_keeps_the_clock_on_the_wall_when_it_changes(
    cora: User,
    lena: User,
    north: Team,
    day: date,
    starts: time,
    ends: time,
    expected: tuple[str, str],
) -> None:
    cora.working_days = [0, 1, 2, 3, 4, 5, 6]
    cora.save()
    protect(north, lena, day.weekday(), starts, ends)

    (busy,) = busy_periods([cora], day, day)[cora.pk]

    start, end = (datetime.fromisoformat(moment) for moment in expected)
    assert (busy.kind, utc(busy)) == ("protected", (start, end))


@pytest.mark.rule("H41")
@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 2), 24)]
)
def test_busy_day_of_leave_is_the_whole_local_day(cora: User, day: date, hours: int) -> None:
    Absence.objects.create(person=cora, first_day=day, last_day=day)

    start, end = utc(busy_periods([cora], day, day)[cora.pk][0])

    assert (end - start).total_seconds() == hours * 3600


@pytest.mark.rule("H41")
@pytest.mark.parametrize("number", [1, 3])
def test_busy_asks_the_same_number_of_times_for_any_number_of_people(
    north: Team, lena: User, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = [UserFactory.create(team=north) for _ in range(number)]
    for person in people:
        block(person, at(MONDAY, 9), at(MONDAY, 10))
        shift(north, person, FRIDAY)
    protect(north, lena, 0, time(13), time(14))

    with django_assert_num_queries(4):
        periods = busy_periods(people, MONDAY, FRIDAY)

    assert [len(periods[person.pk]) for person in people] == [3] * number
