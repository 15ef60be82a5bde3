"""Exactly one person is responsible, whoever was named and copied in."""

from datetime import UTC, datetime

import pytest

from accounts.errors import RuleBroken
from accounts.models import Role, User
from cases.models import Case, LeadProfessional, NamedStaff, Recipient
from clocks.models import Clock
from notices.models import Notice
from tests.cases.contacts import CAME, email, log
from tests.factories import CaseFactory, RelatedPersonFactory, TeamFactory, UserFactory

NAMED_AT = datetime(2026, 10, 1, 9, tzinfo=UTC)


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora)


@pytest.fixture
def dan(north):
    return UserFactory(email="dan@wexmoor.example.org", full_name="Dan Reed", team=north)


def in_force(case: Case, user: User) -> LeadProfessional:
    return LeadProfessional.objects.create(
        case=case,
        user=user,
        reason="Many services are involved",
        named_at=NAMED_AT,
        named_by=user,
        in_force_at=NAMED_AT,
    )


def test_a_message_to_nobody_by_name_is_the_case_owners(case, cora):
    assert log(case).clock.owner == cora


@pytest.mark.rule("H55")
def test_the_one_person_named_is_responsible(case, dan):
    assert log(case, email(to=(dan,))).clock.owner == dan


@pytest.mark.rule("H56")
def test_of_several_named_the_case_owner_is_responsible(case, cora, dan, lena):
    assert log(case, email(to=(dan, lena, cora))).clock.owner == cora


@pytest.mark.rule("H56")
def test_of_several_named_without_the_owner_the_first_is_responsible(case, dan, lena):
    assert log(case, email(to=(lena, dan))).clock.owner == lena


@pytest.mark.rule("H56")
def test_one_who_holds_no_cases_or_has_left_is_passed_over(case, dan, asif):
    left = UserFactory(is_active=False)

    assert log(case, email(to=(asif, left, dan))).clock.owner == dan


@pytest.mark.rule("H88")
@pytest.mark.rule("H90")
def test_the_lead_professional_answers_whoever_was_named_and_the_sender_is_told(
    case, cora, dan, asif
):
    in_force(case, dan)
    RelatedPersonFactory(person=case.person, email="ngozi@example.org")

    contact = log(case, email(to=(cora,)), by=asif)

    assert contact.clock.owner == dan
    told = Notice.objects.get(kind=Notice.Kind.PASSED_ON)
    assert told.address == "ngozi@example.org"
    assert "Dan Reed" in told.body


@pytest.mark.rule("H91")
def test_a_lead_professional_who_has_left_leaves_the_case_to_its_owner(case, cora, dan):
    in_force(case, dan)
    dan.is_active = False
    dan.save()

    assert log(case).clock.owner == cora


@pytest.mark.rule("H89")
def test_a_lead_professional_not_yet_in_force_answers_for_nothing(case, cora, dan):
    LeadProfessional.objects.create(
        case=case, user=dan, reason="Proposed", named_at=NAMED_AT, named_by=dan
    )

    assert log(case).clock.owner == cora


@pytest.mark.rule("H55")
def test_one_named_and_four_copied_make_one_clock_and_four_told_for_information(case, dan, north):
    copied = UserFactory.create_batch(4, team=north)

    contact = log(case, email(to=(dan,), copied=tuple(copied)))

    assert Clock.objects.count() == 1
    assert [row.kind for row in contact.recipients.all()] == ["to", *["copy"] * 4]
    told = Notice.objects.filter(kind=Notice.Kind.COPY)
    assert {notice.recipient for notice in told} == set(copied)
    assert {notice.mail for notice in told} == {Notice.Mail.DIGEST}
    assert Notice.objects.filter(kind=Notice.Kind.NEW_WORK).get().recipient == dan


def test_somebody_named_and_copied_is_kept_once(case, dan):
    contact = log(case, email(to=(dan, dan), copied=(dan,)))

    assert list(contact.recipients.values_list("user", "kind")) == [(dan.pk, Recipient.Kind.TO)]


def test_somebody_who_may_not_see_a_restricted_case_does_not_answer_on_it(case, cora, dan):
    Case.objects.filter(pk=case.pk).update(restricted=True, restricted_reason="Safety")
    case.refresh_from_db()

    assert log(case, email(to=(dan,))).clock.owner == cora

    NamedStaff.objects.create(case=case, user=dan)
    assert log(case, email(to=(dan,))).clock.owner == dan


def test_the_lead_who_answers_on_a_restricted_case_without_owner_may_see_it(policy, lena):
    case = CaseFactory(owner=None, team=lena.team, restricted=True, restricted_reason="Safety")
    assert not Case.objects.visible_to(lena).exists()

    assert log(case).clock.owner == lena

    assert Case.objects.visible_to(lena).get() == case


def test_without_owner_and_lead_nothing_is_taken_without_somebody_to_answer(policy):
    case = CaseFactory(owner=None, team=TeamFactory(lead=None))

    with pytest.raises(RuleBroken) as broken:
        log(case)

    assert broken.value.code == "nobody_responsible"


@pytest.mark.rule("H67")
def test_a_message_about_no_known_child_waits_in_the_tray_on_a_clock_of_its_own(policy, lena):
    contact = log(None, email(told_child="Amara, at Thornley School"))

    assert contact.case is None
    assert (contact.clock.owner, contact.clock.team) == (lena, lena.team)
    assert contact.clock.due_at == datetime(2026, 11, 17, 17, 30, tzinfo=UTC)
    assert contact.filing_clock.owner == lena
    assert contact.filing_clock.due_at == datetime(2026, 11, 4, 17, 30, tzinfo=UTC)


def test_the_tray_is_the_chosen_teams(policy, lena):
    other = TeamFactory(takes_unfiled=True)
    other.lead = UserFactory(role=Role.TEAM_LEAD, team=other)
    other.save()

    assert log(None).clock.owner == other.lead


def test_without_any_lead_nothing_is_taken_into_the_tray(policy):
    with pytest.raises(RuleBroken) as broken:
        log(None, now=CAME)

    assert broken.value.code == "nobody_responsible"
