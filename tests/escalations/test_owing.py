"""A restriction hides nothing from whoever has it to answer, and nor does lifting it."""

import threading

import pytest
from django.db import connection, transaction

from accounts.models import Role
from cases import owing, restriction_actions
from cases.models import Case, NamedStaff
from cases.owing import add_owing
from escalations.giving_actions import give_step
from escalations.models import Complaint, DeskEntry, Escalation, EscalationStep
from escalations.owing import owing_of_concerns
from escalations.pass_back_actions import pass_back
from escalations.resolution_actions import keep_jointly
from escalations.response_actions import respond
from escalations.step_actions import answer_step
from tests.escalations.complaining import looked_at, opened
from tests.escalations.making import (
    AFTER,
    case_of,
    further,
    leads,
    managed,
    matter,
    officer,
    on_desk,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya(north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return officer()


@pytest.fixture
def noor(db):
    """Leads another team."""
    return UserFactory.create(role=Role.TEAM_LEAD, full_name="Noor Finch")


@pytest.fixture
def case(policy, cora, lena, maya, rosa) -> Case:
    return case_of(cora)


@pytest.fixture
def step(case, lena) -> EscalationStep:
    taken = further(matter(case)).step
    assert taken
    assert taken.handler == lena
    return taken


def restrict(case, by, *staff) -> None:
    shown = {"reason": "", "staff": []}
    restriction_actions.restrict(
        case=case, shown=shown, reason="Safety.", staff=staff, by=by, now=AFTER
    )


def lift(case, by) -> None:
    restriction_actions.lift(case=case, reason="Over.", by=by, now=AFTER)


def given(step, to, by) -> None:
    give_step(step=step, to=to, reason="Leave.", by=by, now=AFTER)


def sees(person, concern) -> bool:
    return Escalation.objects.visible_to(person).filter(pk=concern.pk).exists()


def test_restricting_a_case_hides_no_step_from_its_handler(case, step, lena, maya):
    restrict(case, maya)
    assert sees(lena, step.escalation)
    assert EscalationStep.objects.owed_by(lena.pk).unrestricted_for(lena).exists()


def test_restricting_a_case_hides_it_from_whoever_has_answered(case, step, lena, maya):
    answer_step(step=step, text="It starts on Monday.", by=lena, now=AFTER)
    restrict(case, maya)
    assert not sees(lena, step.escalation)


@pytest.mark.rule("H5")
def test_restricting_a_case_hides_no_step_from_who_looks_on(case, step, lena, maya):
    pass_back(step=step, reason="Knows it best.", by=lena, now=AFTER)
    restrict(case, maya)
    assert sees(lena, step.escalation)


@pytest.mark.parametrize("responded", [False, True])
def test_restricting_a_case_hides_no_desk_entry_from_its_officer(case, lena, maya, rosa, responded):
    entry = on_desk(matter(case), maya)
    if responded:
        respond(entry=entry, how=DeskEntry.Answer.TELEPHONE, text="I rang.", by=rosa, now=AFTER)
    restrict(case, lena)
    assert DeskEntry.objects.open().unrestricted_for(rosa).filter(pk=entry.pk).exists()
    assert not Case.objects.visible_to(officer("Iris Holt")).exists()


@pytest.mark.rule("H110")
def test_restricting_a_case_hides_nothing_from_who_supports_the_desk(case, lena, maya, rosa, noor):
    entry = on_desk(matter(case), maya)
    leads(noor, case)
    keep_jointly(entry=entry, partner=noor, by=rosa, now=AFTER)
    restrict(case, lena)
    assert DeskEntry.objects.visible_to(noor).filter(pk=entry.pk).exists()


def test_restricting_a_case_hides_no_complaint_from_whoever_answers_it(case, cora, lena, maya):
    complaint = looked_at(opened(case, cora), maya, cora)
    restrict(case, lena)
    assert Complaint.objects.visible_to(maya).filter(pk=complaint.pk).exists()


def test_a_merged_records_step_is_hidden_no_more_than_any(case, cora, lena, maya):
    other = case_of(cora)
    step = further(matter(other)).step
    Case.objects.filter(pk=other.pk).update(merged_into=case)
    restrict(case, maya)
    assert sees(lena, step.escalation)


def test_lifting_a_restriction_hides_no_step_from_its_handler(case, step, lena, maya, noor):
    restrict(case, maya, lena)
    given(step, noor, maya)
    lift(case, maya)
    assert sees(noor, step.escalation)
    # Everybody else sees it without being named, or not at all.
    assert [row.user for row in NamedStaff.objects.all()] == [noor]


def test_added_twice_it_is_asked_once():
    before = list(owing._owing)
    add_owing(owing_of_concerns)
    assert owing._owing == before


@pytest.mark.django_db(transaction=True)
def test_given_to_another_while_the_case_is_restricted_it_is_hidden_from_neither(
    case, step, lena, maya, north
):
    """Gil sees the case for being in its team, so giving it to him names nobody."""
    gil = UserFactory.create(role=Role.TEAM_LEAD, full_name="Gil Rowe", team=north)
    began, goes_on = threading.Event(), threading.Event()

    def give() -> None:
        try:
            with transaction.atomic():
                given(step, gil, lena)
                began.set()
                goes_on.wait(1)
        finally:
            connection.close()

    thread = threading.Thread(target=give)
    thread.start()
    assert began.wait(20)
    restrict(case, maya)
    thread.join()
    assert sees(gil, step.escalation)
