"""Being away: who covers sees the promises, and their dates stay."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from accounts import actions
from accounts.errors import RuleBroken
from accounts.models import Absence, Role
from cases.models import Case
from clocks.models import Clock
from tests.factories import ContactFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TODAY = date(2026, 11, 4)


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def away(person, cover, by=None, first=TODAY, last=TODAY):
    return actions.enter_absence(
        person=person, first_day=first, last_day=last, cover=cover, by=by or person
    )


@pytest.mark.rule("H62")
def test_the_cover_sees_what_the_absent_owe_with_the_date_unchanged(policy, as_person, cora, oscar):
    contact = ContactFactory(case__owner=cora)
    away(cora, oscar)

    page = text(as_person(oscar).get("/"))

    assert contact.reference in page
    assert "Cora Hill answers" in page
    assert "looking after the answers of colleagues" in page
    assert list(Case.objects.visible_to(oscar)) == [contact.case]
    assert Clock.objects.get().due_at == contact.clock.due_at


@pytest.mark.parametrize("days", [-1, 1])
def test_before_and_after_the_absence_the_cover_sees_nothing(policy, as_person, cora, oscar, days):
    contact = ContactFactory(case__owner=cora)
    day = TODAY + timedelta(days=days)
    away(cora, oscar, first=day, last=day)

    assert contact.reference not in text(as_person(oscar).get("/"))
    assert not Case.objects.visible_to(oscar).exists()


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (TODAY, TODAY - timedelta(days=1), "backwards"),
        (TODAY, TODAY, "cover_self"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused(cora, oscar, first, last, code):
    with pytest.raises(RuleBroken) as broken:
        away(cora, cora if code == "cover_self" else oscar, first=first, last=last)

    assert broken.value.code == code


def test_an_absence_that_overlaps_another_is_refused(cora, oscar):
    away(cora, oscar, last=TODAY + timedelta(days=3))

    with pytest.raises(RuleBroken) as broken:
        away(cora, oscar, first=TODAY + timedelta(days=3), last=TODAY + timedelta(days=5))

    assert broken.value.code == "overlap"


@pytest.mark.rule("H62")
def test_resolution_officers_cover_for_each_other_and_for_nobody_else(cora):
    rosa = UserFactory(role=Role.RESOLUTION_OFFICER, team=None)
    iris = UserFactory(role=Role.RESOLUTION_OFFICER, team=None)
    assert away(rosa, iris).cover == iris
    with pytest.raises(RuleBroken) as broken:
        away(cora, iris)
    assert broken.value.code == "cover_cannot"


def test_somebody_who_does_not_answer_cannot_cover(cora, asif):
    with pytest.raises(RuleBroken) as broken:
        away(cora, asif)

    assert broken.value.code == "cover_cannot"


@pytest.mark.parametrize("by", ["lena", "manager", "oscar"])
def test_a_lead_enters_absences_of_the_team_and_a_manager_of_everybody(cora, lena, oscar, by):
    people = {"lena": lena, "oscar": oscar, "manager": UserFactory(role=Role.SENIOR_MANAGER)}
    if by == "oscar":
        with pytest.raises(RuleBroken, match="your own team"):
            away(cora, oscar, by=oscar)
    else:
        assert away(cora, oscar, by=people[by]).person == cora


def test_an_absence_is_entered_and_taken_back_on_the_page(policy, as_person, cora, oscar):
    client = as_person(cora)
    form = {
        "person": cora.pk,
        "cover": oscar.pk,
        **dict(
            zip(("first_day_day", "first_day_month", "first_day_year"), (9, 11, 2026), strict=True)
        ),
        **dict(
            zip(("last_day_day", "last_day_month", "last_day_year"), (13, 11, 2026), strict=True)
        ),
    }

    saved = text(client.post("/account/absences/new/", form, follow=True))
    assert "from Monday 9 November 2026 to Friday 13 November 2026" in saved
    again = text(client.post("/account/absences/new/", form))
    assert "Cora Hill is already away on some of these days." in again

    back = client.post(f"/account/absences/{Absence.objects.get().pk}/end/", follow=True)
    assert "None of them is away today or later." in text(back)


def test_an_absence_that_has_begun_keeps_the_days_gone_by(as_person, cora, oscar):
    away(cora, oscar, first=TODAY - timedelta(days=2), last=TODAY + timedelta(days=2))

    as_person(cora).post(f"/account/absences/{Absence.objects.get().pk}/end/")

    assert Absence.objects.get().last_day == TODAY - timedelta(days=1)


def test_somebody_elses_absence_does_not_exist(as_person, cora, oscar):
    absence = away(cora, oscar)

    assert as_person(oscar).post(f"/account/absences/{absence.pk}/end/").status_code == 404


def test_the_form_offers_only_those_one_may_enter_for(as_person, cora, lena, oscar):
    own = as_person(cora).get("/account/absences/new/").content.decode()
    person = own[own.index('name="person"') : own.index('name="first_day_day"')]
    assert "Cora Hill" in person
    assert "Lena Marsh" not in person
