"""Aggressive contact: referred by staff, decided by leadership alone (H45, H65, H66)."""

import re
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connections

from accounts.errors import RuleBroken
from accounts.models import AccessEntry, Role
from cases import conduct_actions as actions
from cases.actions import log_contact
from cases.conduct import ShownPlan, leadership, plan_shown
from cases.conduct_actions import PlanDetails
from cases.models import Case, ConductReferral, Contact, ContactPlan, NamedStaff
from cases.received import Received
from clocks.enforcement import tick
from clocks.models import Clock, ClockEvent
from notices.models import Notice
from tests.factories import CaseFactory, ContactFactory, UserFactory

# A Wednesday, 10 in the morning.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TODAY = date(2026, 11, 4)
REVIEW = date(2026, 12, 2)
END = date(2027, 1, 29)
SECRET = "He shouted and swore at me."


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def contact(policy, cora):
    return ContactFactory(reference="CON-000042", case__reference="EHC-000042", case__owner=cora)


@pytest.fixture
def maya(db):
    return UserFactory(
        email="maya@wexmoor.example.org",
        full_name="Maya Stone",
        role=Role.SENIOR_MANAGER,
        team=None,
    )


@pytest.fixture
def ruth(db):
    return UserFactory(
        email="ruth@wexmoor.example.org", full_name="Ruth Vale", role=Role.SENIOR_MANAGER, team=None
    )


def refer(contact, by, **changes) -> ConductReferral:
    given = {"kind": ConductReferral.Kind.CALL, "words": SECRET, "by": by, "now": NOW}
    return actions.refer(contact=contact, **given | changes)


def details(**changes) -> PlanDetails:
    given: dict[str, Any] = {
        "who": "Sam Okafor",
        "arrangement": "Calls on Tuesdays with Lena Marsh.",
        "reason": "Three abusive calls in a week.",
        "told_how": "Letter of 4 November",
        "appeal": "Write to the head of service.",
        "starts_on": TODAY,
        "review_on": REVIEW,
        "ends_on": END,
    }
    return PlanDetails(**given | changes)


def make_plan(contact, raiser, decider, words=SECRET, **changes) -> ContactPlan:
    referral = refer(contact, raiser, words=words)
    return actions.decide_plan(referral=referral, details=details(**changes), by=decider, now=NOW)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def code_of(action, **given) -> str:
    with pytest.raises(RuleBroken) as broken:
        action(**given)
    return broken.value.code


# --- Referring --------------------------------------------------------------------------------


@pytest.mark.rule("H65")
def test_leadership_is_told_without_any_details(contact, asif, maya, ruth):
    UserFactory(role=Role.SENIOR_MANAGER, is_active=False)

    referral = refer(contact, asif)

    told = Notice.objects.filter(kind=Notice.Kind.CONDUCT).order_by("recipient__full_name")
    assert [notice.recipient for notice in told] == [maya, ruth]
    assert {notice.address for notice in told} == {maya.email, ruth.email}
    for notice in told:
        assert "CON-000042" in notice.subject
        assert notice.path == f"/leadership/referrals/{referral.pk}/"
        said = notice.subject + notice.body
        for word in ("shouted", "Okafor", "Amara", "call", "EHC-"):
            assert word not in said


def test_a_second_click_makes_one_referral(contact, asif, maya):
    assert refer(contact, asif) == refer(contact, asif, words=f" {SECRET}\n")

    assert Notice.objects.filter(kind=Notice.Kind.CONDUCT).count() == 1
    refer(contact, asif, words="And again the next day.")
    assert ConductReferral.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_make_one_referral(contact, asif, maya):
    together = threading.Barrier(3)

    def click() -> None:
        together.wait()
        refer(contact, asif)
        connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ConductReferral.objects.count() == Notice.objects.filter(kind="conduct").count() == 1


def test_what_cannot_be_referred(contact, cora, asif):
    auditor = UserFactory(role=Role.AUDITOR)
    assert code_of(refer, contact=contact, by=auditor) == "may_not_refer"
    assert code_of(refer, contact=contact, by=cora, words=" \n") == "words_missing"
    contact.internal = True
    assert code_of(refer, contact=contact, by=cora) == "not_from_outside"


@pytest.mark.rule("H45")
@pytest.mark.rule("H65")
def test_a_referral_changes_no_clock_and_closes_nothing(contact, asif, maya):
    before = Clock.objects.values().get()

    refer(contact, asif)

    assert Clock.objects.values().get() == before
    assert not ClockEvent.objects.exists()
    contact.refresh_from_db()
    assert (contact.is_open, contact.struck_at, contact.answered_at) == (True, None, None)


@pytest.mark.rule("H45")
def test_a_call_taker_refers_and_reads_whom_to_talk_to(contact, cora, lena, as_person):
    client = as_person(cora)

    form = text(client.get("/contacts/CON-000042/refer/"))
    assert "I want to help you, but I cannot while you speak to me in this way." in form
    done = client.post(
        "/contacts/CON-000042/refer/", {"kind": "call", "words": SECRET}, follow=True
    )

    page = text(done)
    assert done.redirect_chain == [("/contacts/CON-000042/referred/", 302)]
    assert "You can talk to Lena Marsh, your team lead, 01632 960200" in page
    assert SECRET not in page
    assert ConductReferral.objects.get().raised_by == cora


@pytest.mark.parametrize("who", ["asif", "lena"])
def test_somebody_without_a_lead_of_their_own_is_told_to_ask_a_manager(
    contact, request, who, as_person
):
    refer(contact, request.getfixturevalue(who))

    page = text(as_person(request.getfixturevalue(who)).get("/contacts/CON-000042/referred/"))

    assert "You can talk to your team lead or manager" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": ""}, "Select what kind of contact it was"),
        ({"kind": "pigeon"}, "Select the kind of contact from the list"),
        ({"words": " "}, "Enter what happened"),
        ({"words": "x" * 20_001}, "What happened must be 20,000 characters or less"),
    ],
)
def test_a_referral_filled_in_wrongly_says_what_is_wrong(
    contact, cora, as_person, changes, message
):
    given = {"kind": "call", "words": SECRET} | changes

    page = text(as_person(cora).post("/contacts/CON-000042/refer/", given))

    assert "There is a problem" in page
    assert message in page
    assert not ConductReferral.objects.exists()


@pytest.mark.rule("H65")
def test_others_do_not_see_that_it_was_referred(contact, asif, cora, lena, as_person):
    refer(contact, asif)

    for person in (cora, lena):
        assert as_person(person).get("/contacts/CON-000042/referred/").status_code == 404
        assert SECRET not in text(as_person(person).get("/cases/EHC-000042/"))


def test_what_went_out_is_not_referred(contact, cora, as_person):
    Contact.objects.filter(pk=contact.pk).update(direction="out")

    assert as_person(cora).get("/contacts/CON-000042/refer/").status_code == 404


def test_a_referral_of_a_restricted_case_reaches_those_named(contact, asif, maya, ruth):
    Case.objects.update(restricted=True, restricted_reason="A court order")
    contact = Contact.objects.select_related("case").get()
    NamedStaff.objects.create(case=contact.case, user=ruth)

    refer(contact, asif)

    assert Notice.objects.get(kind="conduct").recipient == ruth
    assert list(ConductReferral.objects.visible_to(maya)) == []


def test_nobody_named_on_a_restricted_case_means_all_are_told_to_ask(contact, asif, maya):
    Case.objects.update(restricted=True, restricted_reason="A court order")
    contact = Contact.objects.select_related("case").get()

    refer(contact, asif)

    notice = Notice.objects.get(kind="conduct")
    assert (notice.recipient, notice.path) == (maya, "")
    assert "ask its owner to name you" in notice.body
    assert leadership(contact.case) == [maya]


# --- Deciding ---------------------------------------------------------------------------------


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


# --- While a plan is in force -----------------------------------------------------------------


@pytest.mark.rule("H66")
def test_a_plan_holds_from_its_start_until_its_end_and_lapses_by_itself(contact, asif, maya):
    make_plan(contact, asif, maya, starts_on=date(2026, 11, 9))

    def shown(on: date) -> int:
        return len(plan_shown(contact.case, on))

    assert [shown(TODAY), shown(date(2026, 11, 9)), shown(date(2027, 1, 28))] == [0, 1, 1]
    assert shown(END) == 0


@pytest.mark.rule("H65")
def test_staff_are_shown_the_arrangement_and_not_the_reason(contact, asif, maya):
    make_plan(contact, asif, maya)

    assert plan_shown(contact.case, TODAY) == [
        ShownPlan("Sam Okafor", "Calls on Tuesdays with Lena Marsh.", END)
    ]


@pytest.mark.rule("H65")
@pytest.mark.parametrize("path", ["/cases/EHC-000042/", "/contacts/CON-000042/"])
def test_the_case_and_the_contact_say_how_to_be_in_touch_but_not_why(
    contact, cora, asif, maya, as_person, path
):
    make_plan(contact, asif, maya)

    for person in (cora, UserFactory(role=Role.AUDITOR, team=None)):
        page = text(as_person(person).get(path))
        assert "Being in touch with Sam Okafor Calls on Tuesdays with Lena Marsh." in page
        assert "abusive" not in page


@pytest.mark.rule("H22")
@pytest.mark.rule("H65")
@pytest.mark.parametrize("path", ["/cases/EHC-000042/", "/contacts/CON-000042/"])
def test_an_adviser_is_told_whom_to_ask_and_no_more(contact, asif, cora, maya, as_person, path):
    make_plan(contact, cora, maya)

    page = text(as_person(asif).get(path))

    assert "Being in touch with Sam Okafor Take their message and log it as always." in page
    assert "Ask the team before you call back or put a call through: North team" in page
    assert "Calls on Tuesdays" not in page


def test_a_contact_offers_to_be_referred_until_it_is(contact, cora, lena, as_person):
    refer(contact, cora)

    mine = text(as_person(cora).get("/contacts/CON-000042/"))
    assert "You referred this contact to SEND leadership on Wednesday 4 November 2026." in mine
    assert SECRET not in mine
    other = as_person(lena).get("/contacts/CON-000042/")
    assert 'href="/contacts/CON-000042/refer/"' in other.content.decode()
    assert "You referred" not in text(other)
    auditor = as_person(UserFactory(role=Role.AUDITOR, team=None))
    assert "Refer to SEND" not in text(auditor.get("/contacts/CON-000042/"))


def test_a_plan_of_a_merged_record_is_shown_on_the_one_kept(contact, asif, maya):
    make_plan(contact, asif, maya)
    kept = CaseFactory()
    Case.objects.filter(pk=contact.case_id).update(merged_into=kept)

    assert len(plan_shown(kept, TODAY)) == 1


@pytest.mark.rule("H66")
def test_a_new_plan_for_a_merged_record_is_made_on_the_one_kept(contact, asif, maya):
    kept = CaseFactory()
    Case.objects.filter(pk=contact.case_id).update(merged_into=kept)

    assert make_plan(contact, asif, maya).case == kept


@pytest.mark.rule("H45")
@pytest.mark.rule("H65")
@pytest.mark.rule("H66")
def test_clocks_run_and_messages_are_acknowledged_while_a_plan_is_in_force(
    contact, cora, asif, maya
):
    make_plan(contact, asif, maya)
    received = Received(
        channel=Contact.Channel.EMAIL,
        sender=Contact.Sender.PARENT,
        sender_name="Sam Okafor",
        sender_email="sam@example.org",
        message="Where is the plan?",
        received_at=NOW,
    )

    new = log_contact(case=contact.case, received=received, submission=uuid4(), by=cora, now=NOW)

    assert Notice.objects.get(kind=Notice.Kind.ACKNOWLEDGEMENT).address == "sam@example.org"
    assert new.is_open
    assert tick(now=datetime(2026, 12, 1, 10, tzinfo=UTC)).breached == 2


@pytest.mark.rule("H65")
def test_an_answer_is_written_down_while_a_plan_is_in_force(contact, cora, asif, maya, as_person):
    make_plan(contact, asif, maya)

    as_person(cora).post(
        "/contacts/CON-000042/answer/", {"answer": "letter", "note": "Wrote to him."}
    )

    assert Clock.objects.get().state == Clock.State.MET


# --- Reviews ----------------------------------------------------------------------------------


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


@pytest.mark.rule("H66")
def test_leadership_is_told_once_on_the_review_date(contact, asif, maya, ruth):
    plan = make_plan(contact, asif, maya)
    Notice.objects.all().delete()

    actions.tell_of_plans(now=at(REVIEW - timedelta(days=1)))
    assert not Notice.objects.exists()
    for day in (REVIEW, REVIEW, REVIEW + timedelta(days=3)):
        actions.tell_of_plans(now=at(day))

    told = Notice.objects.order_by("recipient__full_name")
    assert [notice.recipient for notice in told] == [maya, ruth]
    assert told[0].path == f"/leadership/plans/{plan.pk}/"
    assert "Okafor" not in told[0].subject + told[0].body
    assert "by Wednesday 2 December 2026" in told[0].body


@pytest.mark.rule("H66")
def test_leadership_is_told_once_that_a_plan_has_lapsed_even_days_later(contact, asif, maya):
    make_plan(contact, asif, maya)
    Notice.objects.all().delete()

    for day in (END + timedelta(days=2), END + timedelta(days=3), END + timedelta(days=60)):
        actions.tell_of_plans(now=at(day))

    assert "ended on Friday 29 January 2027" in Notice.objects.get().body


def test_nobody_is_told_of_the_lapse_of_a_plan_that_was_ended(contact, asif, maya):
    plan = make_plan(contact, asif, maya)
    actions.end_plan(plan=plan, reason="All is well.", by=maya, now=NOW)
    Notice.objects.all().delete()

    assert actions.tell_of_plans(now=at(TODAY)) == 0


def test_telling_costs_the_same_however_many_plans_are_not_due(
    contact, asif, maya, django_assert_num_queries
):
    for number in range(3):
        make_plan(contact, asif, maya, words=f"{number}", review_on=END)

    # Two queries inside a savepoint of the test's transaction.
    with django_assert_num_queries(4):
        actions.tell_of_plans(now=NOW)


# --- Changing and ending ----------------------------------------------------------------------


def change(plan, by, **changes) -> ContactPlan:
    given = {
        "arrangement": "Letters only on Mondays; calls with Lena Marsh.",
        "review_on": date(2027, 1, 5),
        "ends_on": date(2027, 2, 26),
        "reason": "It goes well.",
        "version": actions.plan_version(plan),
        "by": by,
        "now": NOW,
    }
    return actions.change_plan(plan=plan, **given | changes)


@pytest.mark.rule("H66")
def test_a_plan_is_changed_with_a_reason_and_keeps_what_it_was(contact, asif, maya):
    plan = make_plan(contact, asif, maya)

    changed = change(plan, maya, version=0)

    assert changed.review_on == date(2027, 1, 5)
    assert changed.reason.endswith(
        "Changed on Wednesday 4 November 2026 by Maya Stone: It goes well."
    )
    assert plan.events.get().arrangement == "Calls on Tuesdays with Lena Marsh."
    # The same sent twice is one change.
    assert change(plan, maya, version=0).events.count() == 1


def test_a_change_made_without_seeing_the_others_is_refused_once(contact, asif, maya, ruth):
    plan = make_plan(contact, asif, maya)
    change(plan, maya, version=0)

    other = {"plan": plan, "by": ruth, "arrangement": "E-mails only."}
    assert code_of(change, version=0, **other) == "changed_meanwhile"
    assert change(version=1, **other).arrangement == "E-mails only."


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": " "}, "reason_missing"),
        ({"arrangement": ""}, "arrangement_missing"),
        ({"review_on": date(2026, 11, 3)}, "review_past"),
        ({"review_on": date(2027, 2, 27)}, "review_after_end"),
        ({"ends_on": TODAY}, "end_past"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(contact, asif, maya, changes, code):
    plan = make_plan(contact, asif, maya)

    assert code_of(change, plan=plan, by=maya, **changes) == code


def test_a_plan_ends_early_with_a_reason(contact, asif, maya):
    plan = make_plan(contact, asif, maya)
    given = {"plan": plan, "by": maya, "now": NOW}

    assert code_of(actions.end_plan, reason="", **given) == "reason_missing"
    actions.end_plan(reason="All is well.", **given)

    assert plan_shown(contact.case, TODAY) == []
    assert actions.end_plan(reason="All is well.", **given).events.count() == 1
    assert code_of(actions.end_plan, reason="Other", **given) == "already_over"
    assert code_of(change, plan=plan, by=maya) == "already_over"


def test_a_plan_taken_back_before_it_starts_never_holds(contact, asif, maya):
    start = date(2026, 11, 9)
    plan = make_plan(contact, asif, maya, starts_on=start)

    actions.end_plan(plan=plan, reason="A mistake.", by=maya, now=NOW)

    assert [plan_shown(contact.case, day) for day in (TODAY, start)] == [[], []]


# --- Pages of leadership ----------------------------------------------------------------------

PLAN_FORM = {
    "who": "Sam Okafor",
    "arrangement": "Calls on Tuesdays.",
    "reason": "Three abusive calls.",
    "told_how": "Letter",
    "appeal": "Write to the head of service.",
    "starts_on_day": "4",
    "starts_on_month": "11",
    "starts_on_year": "2026",
    "review_on_day": "2",
    "review_on_month": "12",
    "review_on_year": "2026",
    "ends_on_day": "29",
    "ends_on_month": "1",
    "ends_on_year": "2027",
}


@pytest.mark.rule("H66")
def test_leadership_makes_changes_and_ends_a_plan(contact, asif, maya, as_person):
    referral = refer(contact, asif)
    client = as_person(maya)

    assert "Abusive call, CON-000042" in text(client.get("/leadership/referrals/"))
    assert SECRET in text(client.get(f"/leadership/referrals/{referral.pk}/"))
    made = client.post(f"/leadership/referrals/{referral.pk}/plan/", PLAN_FORM, follow=True)
    plan = ContactPlan.objects.get()
    path = f"/leadership/plans/{plan.pk}/"
    assert made.redirect_chain == [(path, 302)]
    assert "Review Wednesday 2 December 2026" in text(made)
    assert "No referral waits" in text(client.get("/leadership/referrals/"))
    assert "Decided Wednesday 4 November" in text(client.get("/leadership/referrals/?show=decided"))
    assert "Sam Okafor" in text(client.get("/leadership/plans/"))

    form = {name: PLAN_FORM[name] for name in PLAN_FORM if not name.startswith("starts")}
    changed = client.post(
        f"{path}change/", form | {"ends_on_day": "30", "version": "0"}, follow=True
    )
    assert "Ends Saturday 30 January 2027" in text(changed)
    ended = client.post(f"{path}end/", {"reason": "All is well."}, follow=True)
    assert "It was ended early: All is well." in text(ended)
    assert "Sam Okafor" in text(client.get("/leadership/plans/?show=ended"))
    assert "No contact plan is in force." in text(client.get("/leadership/plans/"))


def test_leadership_decides_against_a_plan(contact, asif, maya, as_person):
    referral = refer(contact, asif)
    client, path = as_person(maya), f"/leadership/referrals/{referral.pk}/"

    page = text(client.post(f"{path}no-plan/", {"reasons": "One bad day."}, follow=True))

    assert "No contact plan. One bad day." in page
    # Whoever opens the form afterwards is shown the decision.
    assert client.get(f"{path}no-plan/").url == client.get(f"{path}plan/").url == path
    late = text(client.post(f"{path}no-plan/", {"reasons": "Other words."}))
    assert "Maya Stone decided this on Wednesday 4 November 2026 at 10am" in late
    assert "Other words." in late


@pytest.mark.rule("H66")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"review_on_day": "", "review_on_month": "", "review_on_year": ""}, "the review date"),
        ({"review_on_year": "2028"}, "The review date must not be after the plan ends."),
        ({"ends_on_day": "", "ends_on_month": "", "ends_on_year": ""}, "Enter the day it ends"),
        ({"appeal": ""}, "Enter how they can ask for another decision"),
        ({"starts_on_day": "3"}, "The plan must start today or later."),
    ],
)
def test_a_plan_filled_in_wrongly_says_what_is_wrong(
    contact, asif, maya, as_person, changes, message
):
    path = f"/leadership/referrals/{refer(contact, asif).pk}/plan/"

    page = text(as_person(maya).post(path, PLAN_FORM | changes))

    assert "There is a problem" in page
    assert message in page
    assert "Three abusive calls." in page
    assert not ContactPlan.objects.exists()


def test_after_a_collision_the_next_press_saves(contact, asif, maya, ruth, as_person):
    plan = make_plan(contact, asif, maya)
    change(plan, ruth)
    client, path = as_person(maya), f"/leadership/plans/{plan.pk}/change/"
    form = {name: PLAN_FORM[name] for name in PLAN_FORM if not name.startswith("starts")}

    page = client.post(path, form | {"version": "0"})
    version = re.search(r'name="version" value="(\d+)"', page.content.decode())

    assert "Somebody has changed this plan" in text(page)
    assert "Calls on Tuesdays." in text(page)
    assert version
    assert client.post(path, form | {"version": version[1]}).status_code == 302
    plan.refresh_from_db()
    assert plan.arrangement == "Calls on Tuesdays."


@pytest.mark.rule("H65")
def test_what_leadership_reads_is_written_down(contact, asif, maya, as_person):
    plan = make_plan(contact, asif, maya)
    client = as_person(maya)

    client.get("/leadership/referrals/?show=decided")
    client.get(f"/leadership/referrals/{plan.referral_id}/")
    client.get(f"/leadership/plans/{plan.pk}/")

    entries = AccessEntry.objects.about("EHC-000042").order_by("id").values_list("kind", "detail")
    assert list(entries) == [
        ("listed", "conduct referrals"),
        ("read", "conduct referral"),
        ("read", "contact plan"),
    ]


def test_a_restricted_case_stays_closed_to_leadership_that_is_not_named(
    contact, asif, maya, as_person
):
    plan = make_plan(contact, asif, maya)
    Case.objects.update(restricted=True, restricted_reason="A court order")
    client = as_person(maya)

    for path in (f"/leadership/referrals/{plan.referral_id}/", f"/leadership/plans/{plan.pk}/"):
        assert client.get(path).status_code == 404
    assert "Sam Okafor" not in text(client.get("/leadership/plans/"))
    given = {"plan": plan, "reason": "x", "by": maya, "now": NOW}
    assert code_of(actions.end_plan, **given) == "may_not_decide"


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_referrals_and_plans(
    contact, asif, maya, as_person, django_assert_num_queries, number
):
    for n in range(number):
        make_plan(contact, asif, maya, words=f"{n}", review_on=TODAY)
        refer(contact, asif, words=f"To decide {n}")
    client = as_person(maya)
    client.get("/leadership/plans/")

    for path, queries in (
        ("/leadership/referrals/", 6),
        ("/leadership/referrals/?show=decided", 6),
        ("/leadership/plans/", 7),
    ):
        with django_assert_num_queries(queries):
            client.get(path)
