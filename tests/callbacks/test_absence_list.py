"""Whose absences the list has, and what everybody may do with them (H62)."""

import pytest

from accounts.models import Absence, Role
from tests.callbacks.absences import TUESDAY, WEDNESDAY, calls
from tests.callbacks.cast import booked
from tests.callbacks.pages import text
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_a_monday")]
LIST = "/account/absences/"


def away(person, cover=None) -> Absence:
    return Absence.objects.create(person=person, first_day=TUESDAY, last_day=WEDNESDAY, cover=cover)


@pytest.mark.rule("H62")
def test_a_coordinator_sees_who_of_their_team_is_away_and_ends_only_their_own(
    as_person, case, cora, dan
):
    booked(case)
    absence = away(cora)
    page = as_person(dan).get(LIST)

    assert f"the absences of your team, {cora.team}, and those whose" in text(page)
    assert "Cora Hill Away from Tuesday 3 November 2026" in text(page)
    assert "End or take back" not in text(page)
    assert calls(absence) not in page.content.decode()

    own = as_person(cora).get(LIST)
    assert "End or take back" in text(own)
    assert calls(absence) in own.content.decode()
    assert as_person(dan).post(f"{LIST}{absence.pk}/end/").status_code == 404


@pytest.mark.rule("H62")
def test_whoever_covers_for_another_team_sees_it_and_its_calls(as_person, case, cora, oscar):
    booked(case)
    absence = away(cora, cover=oscar)

    page = as_person(oscar).get(LIST)

    assert "Oscar" in text(page)
    assert "Cora Hill Away from" in text(page)
    assert calls(absence) in page.content.decode()


@pytest.mark.rule("H62")
def test_other_teams_are_not_listed_and_nobody_away_says_of_whom(as_person, cora, oscar):
    away(oscar)

    page = text(as_person(cora).get(LIST))

    assert "Away from" not in page
    assert "None of them is away today or later." in page


@pytest.mark.parametrize("role", [Role.SENIOR_MANAGER, Role.ADMINISTRATOR])
def test_who_enters_absences_for_everybody_sees_everybody(as_person, cora, oscar, role):
    away(cora)
    away(oscar)

    page = text(as_person(UserFactory(role=role, team=None)).get(LIST))

    assert "the absences of everybody, from today on" in page
    assert page.count("End or take back") == 2


def test_without_a_team_the_list_says_whose_it_has(as_person):
    officer = UserFactory(role=Role.RESOLUTION_OFFICER, team=None)

    page = text(as_person(officer).get(LIST))

    assert "the absences of yourself and those whose answers you look after" in page
