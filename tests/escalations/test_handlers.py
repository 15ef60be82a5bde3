"""Who handles a step: found, never chosen, and never about themselves."""

from datetime import UTC, date, datetime

import pytest

from accounts.errors import RuleBroken
from accounts.models import Absence, Role, User
from cases.models import Contact
from escalations.handlers import handler_for
from escalations.ladder import Step
from escalations.ladder_state import involved
from tests.escalations.senders import service
from tests.factories import CaseFactory, ClockFactory, ContactFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 10, 10, tzinfo=UTC)
TODAY = date(2026, 11, 10)


@pytest.fixture
def matter(policy, cora, north) -> Contact:
    service(north)
    return ContactFactory.create(case__owner=cora, case__team=north)


@pytest.fixture
def maya(matter) -> User:
    return User.objects.get(full_name="Maya Stone")


@pytest.fixture
def rosa(matter) -> User:
    return User.objects.get(full_name="Rosa Quill")


def found(step: int, matter: Contact, *about: User) -> User:
    return handler_for(Step(step), matter, [*involved(matter, None), *about], NOW)


def away(person: User, cover: User | None) -> None:
    Absence.objects.create(person=person, first_day=TODAY, last_day=TODAY, cover=cover)


@pytest.mark.rule("H97")
@pytest.mark.rule("H99")
@pytest.mark.rule("H101")
def test_each_step_is_the_teams_own(matter, lena, maya, rosa):
    assert [found(step, matter) for step in (2, 3, 4)] == [lena, maya, rosa]


def test_a_lead_who_owns_the_case_does_not_handle_it(policy, north, lena):
    service(north)
    matter = ContactFactory(case__owner=lena, case__team=north)
    assert found(2, matter).full_name == "Maya Stone"


def test_a_lead_who_owns_the_case_does_not_even_when_somebody_else_answers(matter, lena, maya):
    matter.case.owner = lena
    matter.case.save()
    assert found(2, matter) == maya


def test_whoever_answered_handles_no_step_about_it(matter, lena, maya, rosa):
    matter.answered_by = lena
    assert found(2, matter) == maya
    assert found(2, matter, maya) == rosa


@pytest.mark.rule("H62")
def test_leave_means_cover(matter, lena):
    cover = UserFactory(full_name="Dan Reed")
    away(lena, cover)
    assert found(2, matter) == cover


def test_a_cover_who_owns_the_case_is_passed_over(matter, lena, maya, cora):
    away(lena, cora)
    assert found(2, matter) == maya


@pytest.mark.parametrize("cover", [None, "left", "administrator", "away"])
def test_away_without_anybody_who_could_cover_it_stays_theirs(matter, lena, cover):
    person = None
    if cover:
        role = Role.ADMINISTRATOR if cover == "administrator" else Role.COORDINATOR
        person = UserFactory(is_active=cover != "left", role=role)
    if cover == "away":
        away(person, None)
    away(lena, person)
    assert found(2, matter) == lena


@pytest.mark.parametrize("why", ["none", "left", "another role"])
def test_without_a_lead_it_is_the_senior_managers(matter, north, lena, maya, why):
    if why == "none":
        north.lead = None
        north.save()
    if why == "left":
        lena.is_active = False
    if why == "another role":
        lena.role = Role.ADMINISTRATOR
    lena.save()
    assert found(2, matter) == maya


def test_without_a_manager_it_is_the_resolution_team(matter, north, rosa):
    north.manager = None
    north.save()
    assert found(3, matter) == rosa


def test_the_officer_with_the_fewest_open_promises(matter, rosa):
    ClockFactory(owner=rosa, team=matter.clock.team, due_at=NOW)
    other = UserFactory(role=Role.RESOLUTION_OFFICER, team=None)
    assert found(4, matter) == other


def test_without_officers_any_senior_manager_who_is_not_concerned(matter, rosa, maya):
    rosa.is_active = False
    rosa.save()
    other = UserFactory(role=Role.SENIOR_MANAGER, team=None)
    assert found(4, matter, maya) == other


def test_with_nobody_left_it_is_said_so(matter, lena, maya, rosa):
    with pytest.raises(RuleBroken) as broken:
        found(2, matter, lena, maya, rosa)
    assert broken.value.code == "nobody_responsible"


def test_of_a_merged_record_the_team_of_the_kept_one(matter, north, maya):
    elsewhere = TeamFactory(manager=None)
    kept = matter.case
    merged = CaseFactory(owner=UserFactory(), team=elsewhere, merged_into=kept)
    old = ContactFactory(case=merged)
    assert found(3, old) == maya


def test_of_an_unfiled_message_the_team_whose_promise_it_is(matter, north, maya):
    matter.case = None
    assert found(3, matter) == maya
