"""Two who act on one case at the same moment: the second acts on what the first has left."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import Role
from cases.allocation_actions import allocate_case
from cases.lead_actions import name_lead
from cases.matter_actions import pass_on
from cases.merge_actions import merge
from cases.models import Case, Contact, Involvement
from cases.restriction_actions import restrict
from clocks.policy_actions import load_policy
from notices.models import Notice
from tests.cases.same_moment import behind
from tests.factories import CaseFactory, ContactFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TODAY = date(2026, 11, 4)


@pytest.fixture
def case(transactional_db, cora, north):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    made = CaseFactory(reference="EHC-000042", owner=cora)
    Involvement.objects.create(
        case=made, worker=cora, role="owner", team=north, started_on=date(2026, 9, 1)
    )
    return made


@pytest.fixture
def dan(north):
    return UserFactory(full_name="Dan Reed", team=north)


@pytest.fixture
def maya(db):
    return UserFactory(full_name="Maya Stone", role=Role.SENIOR_MANAGER, team=None)


def allocates(case, to, by, **changes):
    given = {"case": case, "to": to, "team": to.team, "by": by, "on": TODAY, "now": NOW}
    return lambda: allocate_case(**given | {"reason": "Cora has left."} | changes)


def restricts(case, by):
    return lambda: restrict(
        case=case, shown={"reason": "", "staff": []}, reason="Threats", staff=[], by=by, now=NOW
    )


def passes_on(contact, to, by):
    return lambda: pass_on(
        contact=contact, to=to, reason="On leave", told_how="By call", by=by, now=NOW
    )


@pytest.mark.rule("H17")
def test_whoever_a_contact_is_passed_to_sees_the_case_that_is_restricted_meanwhile(
    case, cora, lena, dan
):
    contact = ContactFactory(case=case)

    assert behind(passes_on(contact, dan, cora), restricts(case, lena)) == "done"

    contact.clock.refresh_from_db()
    assert contact.clock.owner == dan
    assert Contact.objects.visible_to(dan).filter(pk=contact.pk).exists()


def test_restricting_while_a_record_is_merged_in_is_asked_again(case, cora, lena):
    other = CaseFactory(owner=cora)

    outcome = behind(
        lambda: merge(keep=case, other=other, reason="Same UPN", by=cora, now=NOW),
        restricts(case, lena),
    )

    assert outcome == "changed_just_now"
    assert not Case.objects.filter(restricted=True).exists()
    restricts(case, lena)()
    assert Case.objects.filter(restricted=True).count() == 2


@pytest.mark.rule("H17")
def test_allocating_while_a_contact_is_passed_on_leaves_it_with_the_colleague(
    case, cora, lena, dan, north
):
    contact = ContactFactory(case=case)
    eve = UserFactory(team=north)

    assert behind(passes_on(contact, dan, cora), allocates(case, eve, lena)) == "done"

    contact.clock.refresh_from_db()
    assert contact.clock.owner == dan


@pytest.mark.rule("E4")
@pytest.mark.parametrize("to_another_team", [True, False])
def test_second_of_two_who_allocate_hears_of_the_first(
    case, lena, maya, dan, oscar, north, to_another_team
):
    before = case.involvements.get().pk
    first = oscar if to_another_team else UserFactory(team=north)

    outcome = behind(
        allocates(case, first, lena, instead_of=before),
        allocates(case, dan, maya, instead_of=before),
    )

    assert outcome == "changed_meanwhile"
    case.refresh_from_db()
    assert case.owner == first


@pytest.mark.rule("H89")
def test_lead_named_while_the_case_changes_team_is_told_to_the_new_owner(
    case, lena, maya, dan, oscar
):
    named = {"case": case, "user": dan, "reason": "Many write.", "by": maya, "now": NOW}

    assert behind(allocates(case, oscar, lena), lambda: name_lead(**named)) == "done"

    told = Notice.objects.filter(recipient=oscar, subject__startswith="Lead professional")
    assert told.count() == 1
