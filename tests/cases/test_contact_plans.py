"""A contact plan in force, at its review, changed and ended (H45, H65, H66)."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from accounts.models import Role
from cases import conduct_actions as actions
from cases.actions import log_contact
from cases.conduct import ShownPlan, plan_shown
from cases.models import Case, Contact
from cases.received import Received
from clocks.enforcement import tick
from clocks.models import Clock
from notices.models import Notice
from tests.cases.conduct import (
    END,
    NOW,
    REVIEW,
    SECRET,
    TODAY,
    change,
    code_of,
    make_plan,
    refer,
    text,
)
from tests.factories import CaseFactory, ContactFactory, UserFactory

pytestmark = pytest.mark.usefixtures("on_a_wednesday")


@pytest.fixture
def contact(policy, cora):
    return ContactFactory(reference="CON-000042", case__reference="EHC-000042", case__owner=cora)


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
