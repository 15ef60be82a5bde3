"""Leadership alone decides on a referral: no plan, or a plan with all its parts (H65, H66)."""

import threading
from datetime import date

import pytest
from django.db import connections

from accounts.errors import RuleBroken
from accounts.models import Role
from cases import conduct_actions as actions
from cases.models import ConductReferral, Contact, ContactPlan
from tests.cases.conduct import END, NOW, REVIEW, TODAY, code_of, details, make_plan, refer
from tests.factories import ContactFactory, UserFactory

pytestmark = pytest.mark.usefixtures("on_a_wednesday")


@pytest.fixture
def contact(policy, cora):
    return ContactFactory(reference="CON-000042", case__reference="EHC-000042", case__owner=cora)


@pytest.mark.rule("H65")
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SENIOR_MANAGER}))
def test_only_leadership_decides(contact, asif, maya, role):
    referral, plan = refer(contact, asif, words="First"), make_plan(contact, asif, maya)
    by = UserFactory(role=role, team=contact.case.team)
    end = {"reason": "x", "by": by, "now": NOW}

    assert (
        code_of(actions.decide_no_plan, referral=referral, reasons="x", by=by, now=NOW)
        == "may_not_decide"
    )
    assert (
        code_of(actions.decide_plan, referral=referral, details=details(), by=by, now=NOW)
        == "may_not_decide"
    )
    assert code_of(actions.end_plan, plan=plan, **end) == "may_not_decide"
    assert ContactPlan.objects.count() == 1


def test_a_decision_without_a_plan_needs_reasons(contact, asif, maya):
    referral = refer(contact, asif)
    given = {"referral": referral, "by": maya, "now": NOW}

    assert code_of(actions.decide_no_plan, reasons=" ", **given) == "reasons_missing"
    decided = actions.decide_no_plan(reasons="One bad day.", **given)

    assert (decided.decision, decided.decided_by) == ("One bad day.", maya)
    assert actions.decide_no_plan(reasons="One bad day.", **given) == decided
    assert code_of(actions.decide_no_plan, reasons="Other words", **given) == "already_decided"
    plan = {"referral": referral, "details": details(), "by": maya, "now": NOW}
    assert code_of(actions.decide_plan, **plan) == "already_decided"


@pytest.mark.rule("H66")
def test_a_plan_is_kept_with_all_its_parts(contact, asif, maya):
    plan = make_plan(contact, asif, maya)

    assert (plan.case, plan.decided_by) == (contact.case, maya)
    assert (plan.starts_on, plan.review_on, plan.ends_on) == (TODAY, REVIEW, END)
    referral = ConductReferral.objects.get()
    assert referral.decision == "Contact plan. Three abusive calls in a week."
    again = {"referral": referral, "details": details(), "by": maya, "now": NOW}
    assert actions.decide_plan(**again) == plan


@pytest.mark.rule("H66")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"review_on": None}, "review_on_missing"),
        ({"ends_on": None}, "ends_on_missing"),
        ({"reason": ""}, "reason_missing"),
        ({"appeal": " "}, "appeal_missing"),
        ({"told_how": ""}, "told_how_missing"),
        ({"arrangement": ""}, "arrangement_missing"),
        ({"who": ""}, "who_missing"),
        ({"starts_on": date(2026, 11, 3)}, "start_past"),
        ({"ends_on": TODAY}, "end_before_start"),
        ({"review_on": date(2026, 11, 3)}, "review_before_start"),
        ({"review_on": date(2027, 1, 30)}, "review_after_end"),
    ],
)
def test_a_plan_that_lacks_something_is_refused(contact, asif, maya, changes, code):
    given = {"referral": refer(contact, asif), "by": maya, "now": NOW}

    assert code_of(actions.decide_plan, details=details(**changes), **given) == code
    assert not ContactPlan.objects.exists()
    assert ConductReferral.objects.undecided().exists()


@pytest.mark.django_db(transaction=True)
def test_two_managers_deciding_at_once_leave_one_decision_and_one_told(contact, asif, maya, ruth):
    referral = refer(contact, asif)
    together = threading.Barrier(2)
    outcomes, told = [], []

    def decide(person) -> None:
        together.wait()
        try:
            actions.decide_plan(
                referral=referral, details=details(reason=f"{person}"), by=person, now=NOW
            )
            outcomes.append("decided")
        except RuleBroken as broken:
            outcomes.append(broken.code)
            told.append(broken.message)
        connections.close_all()

    threads = [threading.Thread(target=decide, args=[person]) for person in (maya, ruth)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["already_decided", "decided"]
    plan = ContactPlan.objects.get()
    assert told[0].startswith(f"{plan.decided_by} decided this on Wednesday 4 November 2026")


def test_a_plan_belongs_to_a_case(contact, asif, maya):
    Contact.objects.update(case=None)
    referral = refer(Contact.objects.get(), asif)
    given = {"referral": referral, "details": details(), "by": maya, "now": NOW}

    assert code_of(actions.decide_plan, **given) == "no_case"
