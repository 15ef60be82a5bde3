"""Nobody is written to who must not be, nobody is locked out, and nothing promised is left."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from accounts.errors import RuleBroken
from accounts.models import Role, User
from cases import conduct_actions, restriction_actions
from cases.advice import Theme
from cases.advice_actions import Advice, log_advice
from cases.allocation_actions import allocate_case
from cases.conduct import plan_shown
from cases.conduct_actions import PlanDetails
from cases.edits import all_plain
from cases.lead_actions import end_lead, name_lead, put_in_force, tick_told
from cases.merge_actions import merge, separate
from cases.models import (
    Case,
    ConductReferral,
    Contact,
    ContactPlan,
    Involvement,
    LeadProfessional,
    LeadTelling,
    RelatedPerson,
)
from cases.restriction_actions import restriction_of
from cases.who_to_speak_to import who_to_speak_to
from notices.models import Notice
from tests.factories import CaseFactory, ContactFactory, RelatedPersonFactory, UserFactory

# A Wednesday, 10 in the morning.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TODAY = date(2026, 11, 4)
SINCE = date(2026, 9, 1)
SAM = "sam@example.org"


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(policy, cora):
    made = CaseFactory(reference="EHC-000042", owner=cora)
    Involvement.objects.create(
        case=made, worker=cora, role="owner", team=cora.team, started_on=SINCE
    )
    return made


@pytest.fixture
def other(policy, cora):
    return CaseFactory(reference="EHC-000043", owner=cora)


@pytest.fixture
def dan(north):
    return UserFactory(full_name="Dan Reed", team=north)


@pytest.fixture
def maya(db):
    return UserFactory(full_name="Maya Stone", role=Role.SENIOR_MANAGER, team=None)


@pytest.fixture
def sue(oscar):
    """Leads Oscar's team."""
    oscar.team.lead = UserFactory(full_name="Sue South", role=Role.TEAM_LEAD, team=oscar.team)
    oscar.team.save()
    return oscar.team.lead


def father(case, **changes) -> RelatedPerson:
    given = {"name": "Sam Okafor", "relation": "father", "email": SAM}
    return RelatedPersonFactory.create(person=case.person, **given | changes)


def must_not_be_contacted(case, **changes) -> RelatedPerson:
    return father(case, **{"receives_letters": False, "no_contact": True} | changes)


def merged(case, other, by):
    return merge(keep=case, other=other, reason="Same UPN", by=by, now=NOW)


def restrict(case, by, *staff) -> None:
    shown = all_plain(restriction_of(Case.objects.get(pk=case.pk)))
    restriction_actions.restrict(
        case=case, shown=shown, reason="Threats", staff=staff, by=by, now=NOW
    )


def allocate(case, to, by, **changes):
    given: dict[str, Any] = {"team": case.team, "reason": "Left", "on": TODAY, "now": NOW}
    return allocate_case(case=case, to=to, by=by, **given | changes)


def leave(*people: User) -> None:
    User.objects.filter(pk__in=[one.pk for one in people]).update(is_active=False)


def name(case, user, by) -> LeadProfessional:
    return name_lead(case=case, user=user, reason="Many write.", by=by, now=NOW)


def outside() -> list[str]:
    """The addresses outside the service to which something was written, in order."""
    notices = Notice.objects.filter(recipient=None).order_by("address")
    return list(notices.values_list("address", flat=True))


# --- Who must not be written to -----------------------------------------------------------------


@pytest.mark.rule("E4")
def test_allocation_writes_to_nobody_whom_either_merged_record_bars(case, other, cora, dan, lena):
    father(case)
    must_not_be_contacted(other, email=SAM.upper())
    merged(case, other, cora)

    allocate(case, dan, lena)

    assert outside() == []


@pytest.mark.rule("H89")
def test_naming_a_lead_writes_to_nobody_whom_either_merged_record_bars(
    case, other, cora, dan, lena
):
    father(case)
    must_not_be_contacted(other)
    merged(case, other, cora)

    name(case, dan, lena)

    assert outside() == []


def test_address_shared_with_who_must_not_be_contacted_is_not_written_to(case, dan, lena):
    RelatedPersonFactory(person=case.person, email=SAM)
    must_not_be_contacted(case)

    allocate(case, dan, lena)

    assert outside() == []


@pytest.mark.rule("E4")
def test_mother_in_both_merged_records_is_told_once(case, other, cora, dan, lena):
    for record in (case, other):
        RelatedPersonFactory(person=record.person, email="ngozi@example.org")
    merged(case, other, cora)

    allocate(case, dan, lena)

    assert outside() == ["ngozi@example.org"]


@pytest.mark.rule("H89")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, 2),
        ({"no_contact": True, "receives_letters": False}, 1),
        ({"ended_on": date(2026, 11, 1)}, 1),
    ],
    ids=["still there", "must not be contacted", "ended"],
)
def test_end_of_a_lead_is_told_to_whom_we_may_still_write(case, dan, lena, changes, told):
    sam = father(case)
    lead = name(case, dan, lena)
    RelatedPerson.objects.filter(pk=sam.pk).update(**changes)

    end_lead(lead=lead, reason="Dan has left.", by=lena, now=NOW)

    assert outside() == [SAM] * told


@pytest.mark.rule("E4")
@pytest.mark.parametrize(("barred", "told"), [(True, []), (False, ["new@example.org"])])
def test_sender_who_must_not_be_contacted_is_not_told_at_another_address(
    case, dan, lena, barred, told
):
    sam = father(case, email="", receives_letters=False, no_contact=barred)
    RelatedPersonFactory(
        person=case.person, name="Ada Barr", email="new@example.org", receives_letters=False
    )
    ContactFactory(case=case, sender_email="new@example.org", sender_person=sam)

    allocate(case, dan, lena)

    assert outside() == told


# --- Who may open what --------------------------------------------------------------------------


@pytest.mark.rule("H89")
def test_lead_professional_of_another_team_opens_the_case(case, lena, oscar, as_person):
    name(case, oscar, lena)
    Notice.objects.filter(mail="waiting").update(mail="sent", sent_at=NOW, next_try_at=None)
    for telling in LeadTelling.objects.filter(told_at=None):
        tick_told(telling=telling, by=lena, now=NOW)
    put_in_force(now=NOW)

    told = Notice.objects.get(recipient=oscar)

    assert LeadProfessional.objects.get().in_force_at == NOW
    assert as_person(oscar).get(told.path).status_code == 200


@pytest.mark.rule("H89")
def test_lead_professional_of_another_team_does_not_open_it_any_more(case, lena, oscar):
    lead = name(case, oscar, lena)
    assert Case.objects.visible_to(oscar).filter(pk=case.pk).exists()

    end_lead(lead=lead, reason="Oscar has moved.", by=lena, now=NOW)

    assert not Case.objects.visible_to(oscar).filter(pk=case.pk).exists()


@pytest.mark.parametrize(("owes", "status"), [(True, 200), (False, 404)])
def test_who_owes_an_answer_on_a_merged_record_opens_the_one_that_is_kept(
    case, cora, oscar, as_person, owes, status
):
    theirs = CaseFactory(reference="EHC-000077", owner=oscar)
    if owes:
        ContactFactory(case=theirs)
    merged(case, theirs, cora)

    assert as_person(oscar).get("/cases/EHC-000042/").status_code == status


@pytest.mark.rule("H17")
def test_restricted_case_whose_new_owner_left_is_listed_for_their_lead(
    case, lena, oscar, sue, as_person
):
    restrict(case, lena)
    allocate(case, oscar, lena, team=oscar.team)
    leave(oscar)

    listed = as_person(sue).get("/cases/without-owner/").content.decode()

    assert "EHC-000042" in listed
    assert as_person(sue).get("/cases/EHC-000042/allocate/").status_code == 200


def test_worker_who_may_not_see_a_restricted_case_hears_of_no_lead(case, dan, lena, oscar):
    Involvement.objects.create(
        case=case, worker=oscar, role="support", team=oscar.team, started_on=SINCE
    )
    restrict(case, lena, dan)

    name(case, dan, lena)

    assert Notice.objects.filter(recipient=dan).exists()
    assert not Notice.objects.filter(recipient=oscar).exists()


def test_whoever_owes_an_answer_sees_it_after_restricted_records_are_separated(
    case, other, cora, lena, dan
):
    for record in (case, other):
        restrict(record, lena)
    merged(case, other, cora)
    contact = ContactFactory(case=other, clock__owner=cora)
    allocate(case, dan, lena)

    separate(merged=other, reason="Twins", by=cora, now=NOW)

    contact.clock.refresh_from_db()
    assert contact.clock.owner == dan
    assert Contact.objects.visible_to(dan).filter(pk=contact.pk).exists()


# --- What leavers promised ----------------------------------------------------------------------


@pytest.mark.rule("H17")
def test_promise_of_a_colleague_who_left_goes_along(case, lena, dan, north):
    gone = UserFactory(team=north)
    contact = ContactFactory(case=case, clock__owner=gone)
    leave(gone)

    allocate(case, dan, lena)

    contact.clock.refresh_from_db()
    assert contact.clock.owner == dan


@pytest.mark.rule("H17")
def test_promise_of_a_leaver_on_a_merged_record_goes_along(case, cora, lena, dan, oscar):
    contact = ContactFactory(case=CaseFactory(owner=oscar))
    merged(case, contact.case, cora)
    leave(oscar)

    allocate(case, dan, lena)

    contact.clock.refresh_from_db()
    assert contact.clock.owner == dan


@pytest.mark.rule("H17")
def test_promise_of_a_colleague_who_is_there_stays_with_them(case, lena, dan, north):
    colleague = UserFactory(team=north)
    contact = ContactFactory(case=case, clock__owner=colleague)

    allocate(case, dan, lena)

    contact.clock.refresh_from_db()
    assert contact.clock.owner == colleague


# --- Plans --------------------------------------------------------------------------------------


def planned(contact, lena, maya, **changes) -> ContactPlan:
    referral = conduct_actions.refer(
        contact=contact, kind=ConductReferral.Kind.CALL, words="He shouted.", by=lena, now=NOW
    )
    given: dict[str, Any] = {
        "who": "Sam Okafor",
        "arrangement": "Calls on Tuesdays.",
        "reason": "Abuse",
        "told_how": "Letter",
        "appeal": "Write to us",
        "starts_on": TODAY,
        "review_on": date(2026, 12, 2),
        "ends_on": date(2027, 1, 29),
    }
    return conduct_actions.decide_plan(
        referral=referral, details=PlanDetails(**given | changes), by=maya, now=NOW
    )


@pytest.mark.rule("H66")
def test_plan_that_was_ended_before_it_began_stays_ended(case, lena, maya):
    plan = planned(ContactFactory(case=case), lena, maya, starts_on=date(2026, 11, 9))
    conduct_actions.end_plan(plan=plan, reason="A mistake.", by=maya, now=NOW)

    with pytest.raises(RuleBroken) as broken:
        conduct_actions.change_plan(
            plan=plan,
            arrangement="Calls",
            review_on=date(2026, 12, 2),
            ends_on=date(2027, 1, 29),
            reason="Again",
            version=conduct_actions.plan_version(plan),
            by=maya,
            now=NOW,
        )

    assert broken.value.code == "already_over"
    assert plan_shown(case, date(2026, 12, 1)) == []


@pytest.mark.rule("H66")
def test_plan_is_shown_on_the_page_of_a_merged_records_contact(
    case, other, cora, lena, maya, as_person
):
    merged(case, other, cora)
    contact = ContactFactory(case=other, reference="CON-000099")
    planned(contact, lena, maya)

    page = as_person(cora).get("/contacts/CON-000099/").content.decode()

    assert "Being in touch with Sam" in page


# --- Days and words -----------------------------------------------------------------------------


@pytest.mark.rule("H88")
def test_lead_professional_is_there_since_a_london_day(case, dan, lena):
    LeadProfessional.objects.create(
        case=case,
        user=dan,
        reason="Many write.",
        named_at=datetime(2026, 6, 30, 9, tzinfo=UTC),
        named_by=lena,
        in_force_at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC),
    )
    found = Case.objects.with_people().get(pk=case.pk)

    assert who_to_speak_to(found, lena, NOW, None).people[0].since == date(2026, 7, 1)


@pytest.mark.parametrize("field", ["question", "answer"])
def test_advice_that_names_a_case_is_logged_there_instead(policy, cora, field):
    words = {"question": "How?", "answer": "So."} | {field: "See EHC-000042"}
    advice = Advice(sender="parent", theme=Theme.PLAN, received_at=NOW, **words)

    with pytest.raises(RuleBroken) as broken:
        log_advice(advice=advice, submission=uuid4(), by=cora, now=NOW)

    assert broken.value.code == "names_a_case"
    assert not Contact.objects.exists()
