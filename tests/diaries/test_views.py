"""The pages of the duty rota and of protected time (H39, H40)."""

import re
from datetime import date, time, timedelta

import pytest
import time_machine
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Absence, Role, Team, User
from diaries.models import DutyShift, ProtectedTime
from tests.diaries.making import at, protect, shift
from tests.factories import TeamFactory, UserFactory

MONDAY, TUESDAY = date(2026, 11, 9), date(2026, 11, 10)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_a_monday(policy):
    with time_machine.travel(at(MONDAY, 12), tick=False):
        yield


def words(response) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text)


def day_path(team: Team, day: date = TUESDAY) -> str:
    return reverse("diaries:duty_day", args=[team.pk, day])


@pytest.mark.rule("H39")
def test_the_rota_shows_four_weeks_with_gaps_in_words(as_person, north, cora, bea, lena):
    shift(north, bea, MONDAY)
    shift(north, cora, MONDAY)
    shift(north, cora, TUESDAY)
    Absence.objects.create(person=bea, first_day=date(2026, 11, 11), last_day=date(2026, 11, 11))
    shift(north, bea, date(2026, 11, 11))

    said = words(as_person(lena).get("/duty/"))

    assert "Bea Frost and Cora Hill answer it today." in said
    assert "Monday 9 November 2026 to Sunday 6 December 2026" in said
    # Twenty working days, of which one is complete.
    assert "19 days with a gap." in said
    assert "Tuesday 10 November No business support Cora Hill Change" in said
    assert "Wednesday 11 November Nobody on duty Bea Frost On leave Change" in said
    assert "Friday 4 December Nobody on duty Change" in said


@pytest.mark.rule("H39")
def test_the_rota_is_turned_by_weeks(as_person, north, lena):
    client = as_person(lena)

    later = words(client.get("/duty/", {"week": "2026-12-07"}))
    assert "Friday 25 December Christmas Day" in later
    for odd in ("0001-01-01", "9999-12-31", "soon", "2026-11-11"):
        assert "Monday 9 November 2026 to" in words(client.get("/duty/", {"week": odd}))


@pytest.mark.rule("H39")
def test_the_own_team_comes_first_and_any_other_can_be_chosen(as_person, north, cora, lena):
    other = TeamFactory(name="Aardvark team")
    client = as_person(cora)

    own = client.get("/duty/").content.decode()
    assert own.index("North team</option>") < own.index("Aardvark team</option>")
    assert "Aardvark team" in words(client.get("/duty/", {"team": other.pk}))
    for odd in ("0", "x", "99999999999999999999"):
        assert client.get("/duty/", {"team": odd}).status_code == 404


@pytest.mark.rule("H27", "H39")
def test_an_adviser_sees_every_line_today_and_changes_nothing(
    as_person, north, asif, cora, bea, oscar
):
    shift(north, cora, MONDAY)
    shift(north, bea, MONDAY)
    client = as_person(asif)

    lines = words(client.get("/duty/"))
    assert "North team Duty line 01632 960100. Bea Frost and Cora Hill answer it today." in lines
    assert f"{oscar.team} Duty line 01632 960100. Nobody on duty today." in lines

    rota = client.get("/duty/", {"team": north.pk})
    assert "Cora Hill" in words(rota)
    assert day_path(north) not in rota.content.decode()
    assert '<form method="post" action="/duty' not in rota.content.decode()
    assert client.get(day_path(north)).status_code == 404


@pytest.mark.rule("H39")
@pytest.mark.parametrize("role", Role)
def test_who_reaches_the_day_of_a_line(as_person, north, role):
    client = as_person(UserFactory(role=role, team=north))
    keeps = {Role.BUSINESS_SUPPORT, Role.TEAM_LEAD, Role.SENIOR_MANAGER}
    expected = 200 if role in keeps else 404

    assert client.get(day_path(north)).status_code == expected
    outsider = as_person(UserFactory(role=role))
    assert outsider.get(day_path(north)).status_code == (
        200 if role == Role.SENIOR_MANAGER else 404
    )
    assert outsider.post(day_path(north), {"person": [1]}).status_code == (
        200 if role == Role.SENIOR_MANAGER else 404
    )


@pytest.mark.rule("H39")
def test_people_are_put_on_duty_and_a_second_click_is_harmless(as_person, north, cora, bea):
    client = as_person(bea)
    Absence.objects.create(
        person=UserFactory(full_name="Dev Hart", team=north), first_day=TUESDAY, last_day=TUESDAY
    )

    page = words(client.get(day_path(north)))
    assert "Nobody on duty" in page
    assert "Not free that day: Dev Hart (On leave)." in page

    for _ in range(2):
        after = client.post(day_path(north), {"person": [cora.pk, bea.pk]}, follow=True)
        assert after.redirect_chain == [(day_path(north), 302)]
    assert "Bea Frost and Cora Hill are on duty on Tuesday 10 November 2026." in words(after)
    assert DutyShift.objects.filter(team=north, day=TUESDAY, made_by=bea).count() == 2
    assert "No business support" not in words(after)


@pytest.mark.rule("H39")
def test_who_went_on_leave_meanwhile_is_refused_with_the_reason(as_person, north, lena, oscar):
    client = as_person(lena)

    nobody = client.post(day_path(north), {"submit": "Put on duty"})
    assert "Select who answers the line" in words(nobody)
    stranger = client.post(day_path(north), {"person": [oscar.pk]})
    assert "Select people from the list" in words(stranger)
    assert not DutyShift.objects.exists()


@pytest.mark.rule("H39")
def test_after_a_mistake_nobody_on_duty_is_offered_again(as_person, north, cora, bea):
    client = as_person(bea)
    client.post(day_path(north), {"person": [bea.pk]})

    page = words(client.post(day_path(north), {"person": ""}))

    assert "There is a problem" in page
    form = page[page.index("Who answers the line?") :]
    assert "Cora Hill" in form
    assert "Bea Frost" not in form


def test_somebody_is_taken_off_duty(as_person, north, cora, lena):
    made = shift(north, cora, TUESDAY)
    client = as_person(lena)
    path = reverse("diaries:off_duty", args=[north.pk, TUESDAY, made.pk])

    said = words(client.post(path, follow=True))
    assert "Cora Hill is off duty on Tuesday 10 November 2026." in said
    again = client.post(path)
    assert (again.status_code, again.url) == (302, day_path(north))
    assert not DutyShift.objects.exists()
    assert client.get(path).status_code == 405


def test_an_outsider_takes_nobody_off_duty(as_person, north, cora, oscar):
    made = shift(north, cora, TUESDAY)
    client = as_person(oscar)

    for path in (
        reverse("diaries:off_duty", args=[north.pk, TUESDAY, made.pk]),
        reverse("diaries:copy_week", args=[north.pk, MONDAY]),
    ):
        assert client.post(path).status_code == 404
    assert DutyShift.objects.count() == 1


@pytest.mark.rule("H39")
def test_a_day_that_is_over_is_only_shown(as_person, north, cora, lena):
    made = shift(north, cora, date(2026, 11, 6))
    client = as_person(lena)

    page = client.get(day_path(north, made.day))
    assert "That day is over: the rota keeps who was on duty." in words(page)
    assert "Take off duty" not in words(page)
    path = reverse("diaries:off_duty", args=[north.pk, made.day, made.pk])
    assert "That day is over" in words(client.post(path, follow=True))
    refused = client.post(day_path(north, made.day), {"person": [lena.pk]})
    assert "That day is over" in words(refused)
    assert DutyShift.objects.count() == 1


@pytest.mark.rule("H39")
def test_a_week_is_copied_to_the_next_and_what_was_left_out_is_said(
    as_person, north, cora, bea, lena
):
    shift(north, cora, MONDAY)
    shift(north, bea, TUESDAY)
    Absence.objects.create(person=bea, first_day=date(2026, 11, 17), last_day=date(2026, 11, 17))
    path = reverse("diaries:copy_week", args=[north.pk, MONDAY])

    client = as_person(lena)
    after = client.post(path, follow=True)

    assert after.redirect_chain == [(f"/duty/?team={north.pk}&week=2026-11-16", 302)]
    said = words(after)
    assert "1 turn copied into the gaps of the week of Monday 16 November 2026." in said
    assert "Not copied: Bea Frost, Tuesday 17 November 2026 (On leave)." in said
    assert DutyShift.objects.filter(day=date(2026, 11, 16), person=cora).exists()

    again = words(client.post(path, follow=True))
    assert "Nothing was copied to the week of Monday 16 November 2026." in again
    assert "Not added where somebody answers already: Monday 16 November 2026." in again
    assert DutyShift.objects.filter(day__gte=date(2026, 11, 16)).count() == 1


@pytest.mark.rule("H40")
def test_everybody_sees_protected_time_and_the_lead_agrees_it(as_person, north, lena, asif):
    client = as_person(lena)
    path = reverse("diaries:protect", args=[north.pk])
    given = {
        "weekdays": ["0", "2"],
        "starts": "1pm",
        "ends": "2:30pm",
        "first_day_day": "9",
        "first_day_month": "11",
        "first_day_year": "2026",
    }

    after = client.post(path, given, follow=True)
    assert after.redirect_chain == [(f"/duty/protected/?team={north.pk}", 302)]
    assert "Monday 1pm to 2:30pm End today" in words(after)
    client.post(path, given)
    assert ProtectedTime.objects.count() == 2

    overlap = client.post(path, {**given, "starts": "2pm", "ends": "3pm"})
    assert "The team has protected time on Mondays then." in words(overlap)
    assert 'value="2pm"' in overlap.content.decode()
    assert ProtectedTime.objects.count() == 2

    seen = words(as_person(asif).get("/duty/protected/", {"team": north.pk}))
    assert "Wednesday 1pm to 2:30pm" in seen
    assert "End today" not in seen


@pytest.mark.rule("H40")
def test_protected_time_is_ended_after_today_or_taken_back(as_person, north, lena, cora):
    running = protect(north, lena, 0, time(9), time(10))
    to_come = protect(north, lena, 1, time(9), time(10))
    ProtectedTime.objects.filter(pk=to_come.pk).update(first_day=date(2026, 12, 1))
    client = as_person(lena)
    paths = [
        reverse("diaries:end_protected", args=[north.pk, row.pk]) for row in (running, to_come)
    ]
    assert "Tuesday 9am to 10am, from Tuesday 1 December 2026 Take back" in words(
        client.get("/duty/protected/")
    )

    for _ in range(2):
        assert [client.post(path).status_code for path in paths] == [302, 302]

    assert ProtectedTime.objects.get().last_day == MONDAY
    assert "Monday 9am to 10am, last on Monday 9 November 2026" in words(
        client.get("/duty/protected/")
    )
    assert as_person(cora).post(paths[0]).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_the_queries_do_not_grow_with_rows(
    as_person,
    north: Team,
    lena: User,
    asif: User,
    number: int,
    django_assert_num_queries: DjangoAssertNumQueries,
):
    for hour in range(number):
        person = UserFactory.create(team=north)
        shift(TeamFactory.create(), person, MONDAY)
        for offset in range(number):
            shift(north, person, MONDAY + timedelta(days=offset))
        protect(north, lena, 0, time(9 + hour), time(10 + hour))

    own = as_person(lena)
    for path, queries in (("/duty/", 13), ("/duty/protected/", 6), (day_path(north, MONDAY), 13)):
        with django_assert_num_queries(queries):
            assert own.get(path).status_code == 200
    everywhere = as_person(asif)
    with django_assert_num_queries(10):
        assert everywhere.get("/duty/").status_code == 200
