"""The directory of staff: two clicks from any case to owner, team lead and senior manager."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts.directory_views import line_manager
from accounts.models import Absence, Role, Team
from tests.factories import TeamFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def mira(north):
    """The senior manager above the north team."""
    north.manager = UserFactory(full_name="Mira Stone", role=Role.SENIOR_MANAGER, team=None)
    north.save()
    return north.manager


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def links(response) -> set[str]:
    return set(re.findall(r'href="(/people/\d+/)"', response.content.decode()))


def page_of(person) -> str:
    return reverse("person", args=[person.pk])


@pytest.mark.rule("H4")
@pytest.mark.parametrize("role", Role)
def test_everybody_reads_the_numbers_of_everybody(as_person, cora, lena, mira, role):
    client = as_person(UserFactory(role=role))

    for person in (cora, lena, mira):
        assert "01632 960200" in text(client.get(page_of(person)))


@pytest.mark.rule("H4")
def test_a_persons_page_says_what_they_do_and_who_is_above_them(as_person, cora, lena, mira):
    page = as_person(cora).get(page_of(cora))

    words = text(page)
    for said in (
        "EHC coordinator",
        "01632 960200",
        "cora@wexmoor.example.org",
        "North team",
        "School age SEND",
        "Duty line 01632 960100",
        "Line manager Lena Marsh",
    ):
        assert said in words
    assert "Line manager Mira Stone" in text(as_person(cora).get(page_of(lena)))


@pytest.mark.rule("H4")
def test_above_a_lead_is_the_senior_manager_and_above_that_nobody_known(cora, lena, mira, oscar):
    managers = [line_manager(person) for person in (cora, lena, mira, oscar)]

    assert managers == [lena, mira, None, None]


def test_a_manager_who_leads_a_team_is_not_above_themselves(mira, north):
    north.lead = mira
    north.save()
    mira.team = north

    assert line_manager(mira) is None


@pytest.mark.rule("H62")
def test_who_is_away_is_shown_with_until_when_and_who_covers(as_person, cora, oscar):
    Absence.objects.create(
        person=cora, first_day=date(2026, 11, 2), last_day=date(2026, 11, 6), cover=oscar
    )
    client = as_person(oscar)
    said = "Away until Friday 6 November 2026; Oscar Pine looks after their answers"

    assert said in text(client.get(page_of(cora)))
    assert said in text(client.get(f"/people/?team={cora.team_id}"))
    with time_machine.travel(datetime(2026, 11, 7, 10, tzinfo=UTC), tick=False):
        assert "Away" not in text(client.get(page_of(cora)))


def test_who_has_left_is_marked_and_not_in_the_team_any_more(as_person, cora, oscar):
    cora.is_active = False
    cora.save()
    client = as_person(oscar)

    page = text(client.get(page_of(cora)))
    assert "Cora Hill has left and answers nothing any more." in page
    assert cora.email not in page
    assert "Cora Hill Has left" in text(client.get("/people/?name=hill"))
    assert page_of(cora) not in links(client.get(f"/people/?team={cora.team_id}"))


def test_a_missing_number_is_said_plainly(as_person, cora):
    cora.phone = ""
    cora.save()
    Team.objects.update(duty_line="")
    client = as_person(cora)

    page = text(client.get(page_of(cora)))
    assert "No contact number is recorded" in page
    assert "No duty line is recorded" in page
    assert "No contact number is recorded" in text(client.get("/people/"))


def test_the_list_begins_with_ones_own_team_and_leads_to_the_others(as_person, cora, lena, oscar):
    client = as_person(cora)
    own = client.get("/people/")

    assert links(own) == {page_of(cora), page_of(lena)}
    assert f'href="/people/?team={oscar.team_id}"' in own.content.decode()
    assert page_of(oscar) in links(client.get(f"/people/?team={oscar.team_id}"))


@pytest.mark.parametrize("query", ["?name=OSC", "?name=pine", "?name=%20Oscar%20Pine%20"])
def test_somebody_is_found_by_a_part_of_the_name(as_person, cora, oscar, query):
    found = as_person(cora).get(f"/people/{query}")

    assert "1 found" in text(found)
    assert page_of(oscar) in links(found)


def test_of_very_many_the_first_fifty_are_shown(as_person, cora, north):
    UserFactory.create_batch(51, team=north)

    assert "The first 50 with this name" in text(as_person(cora).get("/people/?name=person"))


@pytest.mark.parametrize(
    "query", ["?team=9999", "?team=x", "?name=%00", "?team=-1", "?name=" + 200 * "x"]
)
def test_a_broken_address_is_no_crash(as_person, cora, query):
    assert as_person(cora).get(f"/people/{query}").status_code == 200


@pytest.mark.parametrize("role", Role)
def test_everybody_has_the_directory_in_the_navigation(policy, as_person, role):
    page = as_person(UserFactory(role=role)).get("/people/")

    assert '<a class="moj-primary-navigation__link" aria-current="page" href="/people/">' in (
        page.content.decode()
    )


@pytest.mark.parametrize("path", ["/people/", "/people/?name=person"])
def test_the_list_takes_the_same_queries_for_one_and_three_people(
    as_person, north, django_assert_num_queries, path
):
    client = as_person(UserFactory(team=north))
    for _ in range(2):
        with django_assert_num_queries(7):
            assert client.get(path).status_code == 200
        for person in UserFactory.create_batch(2, team=TeamFactory()):
            Absence.objects.create(
                person=person, first_day=date(2026, 11, 4), last_day=date(2026, 11, 4)
            )
            UserFactory(team=north)
