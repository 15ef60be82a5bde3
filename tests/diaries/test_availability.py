"""Who takes calls now, and what an adviser is told if not (H40, H41)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Absence, Team, User
from clocks.working_time import WorkingCalendar
from diaries.availability import Availability, takes_calls
from tests.diaries.making import at, block, protect, shift
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY = date(2026, 11, 9), date(2026, 11, 10)


def asked(person: User, now: datetime, calendar: WorkingCalendar | None) -> Availability:
    return takes_calls([person], now, calendar)[person.pk]


@pytest.mark.rule("H41")
@pytest.mark.parametrize(
    ("now", "code", "words"),
    [
        # Friday closes an hour earlier; the closing moment itself is closed.
        (at(date(2026, 11, 6), 16, 29), "open", "Open until 4:30pm"),
        (at(date(2026, 11, 6), 16, 30), "closed", "Closed. Opens Monday 9 November 2026 at 9am"),
        (at(MONDAY, 8, 59), "closed", "Closed. Opens Monday 9 November 2026 at 9am"),
        (at(MONDAY, 9), "open", "Open until 5:30pm"),
        # Friday 25 December 2026 and Monday 28 December, its substitute day for Boxing Day.
        (at(date(2026, 12, 28), 10), "closed", "Closed. Opens Tuesday 29 December 2026 at 9am"),
        # Monday 31 August 2026, the summer bank holiday.
        (at(date(2026, 8, 31), 10), "closed", "Closed. Opens Tuesday 1 September 2026 at 9am"),
    ],
)
def test_takes_calls_in_opening_hours(
    cora: User, calendar: WorkingCalendar, now: datetime, code: str, words: str
) -> None:
    found = asked(cora, now, calendar)

    assert (found.code, found.words, found.takes_calls) == (code, words, code == "open")


@pytest.mark.rule("H41")
@pytest.mark.parametrize(
    ("now", "words"),
    [
        # Both Mondays after a clock change: 9am on the wall is another moment each time.
        (datetime(2026, 3, 30, 7, 59, tzinfo=UTC), "Closed. Opens Monday 30 March 2026 at 9am"),
        (datetime(2026, 3, 30, 8, 0, tzinfo=UTC), "Open until 5:30pm"),
        (datetime(2026, 10, 26, 8, 59, tzinfo=UTC), "Closed. Opens Monday 26 October 2026 at 9am"),
        (datetime(2026, 10, 26, 9, 0, tzinfo=UTC), "Open until 5:30pm"),
        # The Fridays before.
        (datetime(2026, 3, 27, 16, 29, tzinfo=UTC), "Open until 4:30pm"),
        (datetime(2026, 10, 23, 15, 29, tzinfo=UTC), "Open until 4:30pm"),
        (datetime(2026, 10, 23, 15, 30, tzinfo=UTC), "Closed. Opens Monday 26 October 2026 at 9am"),
    ],
)
def test_takes_calls_by_the_clock_on_the_wall_around_a_change(
    cora: User, calendar: WorkingCalendar, now: datetime, words: str
) -> None:
    assert asked(cora, now, calendar).words == words


@pytest.mark.rule("H40", "H41")
@pytest.mark.parametrize(
    ("sunday", "now", "code", "words"),
    [
        # 29 March 2026: 9:30am is 8:30 UTC. 25 October 2026: it is 9:30 UTC.
        (date(2026, 3, 29), "2026-03-29T08:30Z", "protected", "In protected time until 10am"),
        (date(2026, 3, 29), "2026-03-29T09:00Z", "open", "Open until 1pm"),
        (date(2026, 10, 25), "2026-10-25T09:30Z", "protected", "In protected time until 10am"),
        (date(2026, 10, 25), "2026-10-25T10:00Z", "open", "Open until 1pm"),
        # Both of the two times at which the clock shows 1:30am lie before the opening.
        (date(2026, 10, 25), "2026-10-25T00:30Z", "closed", "Closed. Opens {} at 9am"),
        (date(2026, 10, 25), "2026-10-25T01:30Z", "closed", "Closed. Opens {} at 9am"),
    ],
)
def test_takes_calls_on_the_days_of_a_clock_change(
    cora: User, lena: User, north: Team, sunday: date, now: str, code: str, words: str
) -> None:
    cora.working_days = [6]
    cora.save()
    protect(north, lena, 6, time(9), time(10))
    open_on_sundays = WorkingCalendar(
        {6: [(time(9), time(13))]},
        {},
        first=date(2026, 1, 1),
        last=date(2026, 12, 31),
        zone="Europe/London",
    )

    found = asked(cora, datetime.fromisoformat(now), open_on_sundays)

    assert found.code == code
    assert found.words == words.format(f"{sunday:%A %-d %B %Y}")


@pytest.mark.rule("H40")
def test_protected_time_ends_calls_until_it_is_over(
    cora: User, lena: User, north: Team, calendar: WorkingCalendar
) -> None:
    protect(north, lena, 0, time(13), time(14))

    assert asked(cora, at(MONDAY, 12, 59), calendar).words == "Open until 1pm"
    found = asked(cora, at(MONDAY, 13), calendar)
    assert found == Availability(
        False, "protected", "In protected time until 2pm", at(MONDAY, 14), None
    )
    assert asked(cora, at(MONDAY, 14), calendar).words == "Open until 5:30pm"


@pytest.mark.rule("H41")
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("meeting", "In a meeting until 11:30am"),
        ("casework", "Busy until 11:30am"),
        ("training", "Busy until 11:30am"),
        ("other", "Busy until 11:30am"),
    ],
)
def test_a_block_is_named_by_its_kind_and_never_by_its_words(
    cora: User, calendar: WorkingCalendar, kind: str, words: str
) -> None:
    block(cora, at(MONDAY, 11), at(MONDAY, 11, 30), kind)

    found = asked(cora, at(MONDAY, 11, 15), calendar)

    assert (found.code, found.words, found.until) == ("meeting", words, at(MONDAY, 11, 30))
    assert asked(cora, at(MONDAY, 10), calendar).words == "Open until 11am"


@pytest.mark.rule("H40", "H41")
def test_what_follows_on_is_said_with_it(
    cora: User, lena: User, north: Team, calendar: WorkingCalendar
) -> None:
    protect(north, lena, 0, time(10, 30), time(12))
    block(cora, at(MONDAY, 10), at(MONDAY, 10, 30))
    block(cora, at(MONDAY, 10, 30), at(MONDAY, 11))

    found = asked(cora, at(MONDAY, 10, 45), calendar)

    assert found.words == "In a meeting until 11am, then busy until midday"
    assert found.until == at(MONDAY, 12)


@pytest.mark.rule("H41")
@pytest.mark.parametrize(
    ("end", "words"),
    [
        (at(MONDAY, 17, 29), "In a meeting until 5:29pm"),
        (at(MONDAY, 17, 30), "In a meeting until 5:30pm, when we close"),
        (at(MONDAY, 18), "In a meeting until 5:30pm, when we close"),
        (at(TUESDAY, 12), "In a meeting until Tuesday 10 November 2026 at midday"),
    ],
)
def test_a_meeting_past_closing_time(
    cora: User, calendar: WorkingCalendar, end: datetime, words: str
) -> None:
    block(cora, at(MONDAY, 15), end)

    assert asked(cora, at(MONDAY, 16), calendar).words == words


@pytest.mark.rule("H41", "H62")
@pytest.mark.parametrize(
    ("cover", "words"),
    [
        (None, "On leave until Friday 4 December 2026"),
        (
            {"full_name": "Dev Hart", "phone": "01632 960201"},
            "On leave until Friday 4 December 2026. Cover is Dev Hart, 01632 960201",
        ),
        (
            {"full_name": "Dev Hart", "phone": ""},
            "On leave until Friday 4 December 2026. Cover is Dev Hart",
        ),
        ({"is_active": False}, "On leave until Friday 4 December 2026"),
    ],
)
def test_leave_names_the_cover_who_is_there(
    cora: User, calendar: WorkingCalendar, cover: dict[str, object] | None, words: str
) -> None:
    Absence.objects.create(
        person=cora,
        first_day=MONDAY,
        last_day=date(2026, 12, 4),
        cover=UserFactory.create(**cover) if cover is not None else None,
    )

    found = asked(cora, at(MONDAY, 8), calendar)

    assert (found.code, found.words) == ("leave", words)
    assert found.until == at(date(2026, 12, 5), 0)
    assert (found.cover is not None) == ("Cover" in words)


@pytest.mark.rule("H41")
def test_a_day_not_worked_says_when_they_are_back(cora: User, calendar: WorkingCalendar) -> None:
    cora.working_days = [1, 3]
    cora.save()

    found = asked(cora, at(MONDAY, 10), calendar)
    assert found.code == "not_working"
    assert found.words == "Does not work on Mondays. Back on Tuesday 10 November 2026"
    assert found.until == at(TUESDAY, 0)

    Absence.objects.create(person=cora, first_day=TUESDAY, last_day=TUESDAY)
    words = "Does not work on Mondays. Back on Thursday 12 November 2026"
    assert asked(cora, at(MONDAY, 10), calendar).words == words

    Absence.objects.filter(person=cora).update(last_day=MONDAY + timedelta(days=60))
    assert asked(cora, at(MONDAY, 10), calendar).words == "Does not work on Mondays"


@pytest.mark.rule("H41")
def test_a_booked_call_keeps_from_others_until_it_ends(
    cora: User, calendar: WorkingCalendar
) -> None:
    ends = at(MONDAY, 10, 30)

    during = takes_calls([cora], at(MONDAY, 10, 29), calendar, {cora.pk: ends})[cora.pk]
    after = takes_calls([cora], ends, calendar, {cora.pk: ends})[cora.pk]

    assert during == Availability(False, "engaged", "On a booked call until 10:30am", ends)
    assert after.code == "open"


@pytest.mark.rule("H41")
def test_without_a_number_or_after_leaving_nobody_takes_calls(
    cora: User, oscar: User, calendar: WorkingCalendar
) -> None:
    cora.phone = ""
    oscar.is_active = False

    found = takes_calls([cora, oscar], at(MONDAY, 10), calendar)

    assert found == {
        cora.pk: Availability(False, "no_number", "No contact number is recorded"),
        oscar.pk: Availability(False, "left", "Has left"),
    }


@pytest.mark.rule("H39", "H41")
def test_a_turn_on_the_duty_line_leaves_the_own_line_open(
    cora: User, north: Team, calendar: WorkingCalendar
) -> None:
    shift(north, cora, MONDAY)

    assert asked(cora, at(MONDAY, 10), calendar).words == "Open until 5:30pm"


@pytest.mark.rule("H41")
def test_without_known_hours_nobody_is_said_to_take_calls(
    cora: User, calendar: WorkingCalendar
) -> None:
    unknown = Availability(False, "closed", "Opening hours are not known")

    assert asked(cora, at(MONDAY, 10), None) == unknown
    assert asked(cora, at(date(2099, 1, 5), 10), calendar) == unknown


def test_between_two_openings_of_a_day(cora: User) -> None:
    lunch = WorkingCalendar(
        {0: [(time(9), time(12)), (time(13), time(17))]},
        {},
        first=date(2026, 1, 1),
        last=date(2026, 12, 31),
        zone="Europe/London",
    )

    assert asked(cora, at(MONDAY, 11), lunch).words == "Open until midday"
    assert asked(cora, at(MONDAY, 12), lunch).words == "Closed. Opens Monday 9 November 2026 at 1pm"


@pytest.mark.parametrize("number", [1, 3])
def test_the_queries_do_not_grow_with_the_people(
    north: Team,
    calendar: WorkingCalendar,
    number: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = [UserFactory.create(team=north) for _ in range(number)]
    for person in people:
        block(person, at(MONDAY, 9), at(MONDAY, 10))
        Absence.objects.create(
            person=person, first_day=TUESDAY, last_day=TUESDAY, cover=UserFactory.create()
        )

    for day in (MONDAY, TUESDAY):
        with django_assert_num_queries(5):
            found = takes_calls(people, at(day, 9, 30), calendar)
        assert len(found) == number
