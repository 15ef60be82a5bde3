"""Whose a contact is, where it belongs, what it is, and mistakes."""

from datetime import UTC, date, datetime

import pytest

from accounts.errors import RuleBroken
from accounts.models import Role
from cases.answer_actions import answer_contact
from cases.decision_actions import (
    close_formal_matter,
    close_without_answer,
    recognise_formal,
    strike_through,
    withdraw_formal_matter,
)
from cases.matter_actions import file_contact, join_to, pass_on
from cases.models import Case, Contact, FormalMatter, NamedStaff
from clocks.models import Clock
from notices.models import Notice
from tests.cases.contacts import CAME, DUE, email, log
from tests.factories import CaseFactory, RelatedPersonFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
Category = Contact.Category


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, person__date_of_birth=date(2014, 2, 3))


@pytest.fixture
def contact(case):
    mother = RelatedPersonFactory(person=case.person, name="Ngozi Okafor")
    return log(case, email(sender_person=mother))


# --- Passing on -----------------------------------------------------------------------------


@pytest.mark.rule("H59")
def test_passing_on_keeps_the_date_and_tells_sender_old_owner_and_new(contact, cora, dan, lena):
    passed = pass_on(contact=contact, to=dan, reason="Knows the firm", by=lena, now=NOW)

    assert (passed.clock.owner, passed.clock.due_at) == (dan, DUE)
    told = {
        (notice.recipient or notice.address, notice.kind)
        for notice in Notice.objects.filter(created_at=NOW)
    }
    assert told == {
        ("ngozi@example.org", "passed_on"),
        (cora, "passed_on"),
        (dan, "reassigned"),
    }
    mail = Notice.objects.get(address="ngozi@example.org", kind="passed_on")
    assert "Dan Reed in the North team" in mail.body
    assert "Tuesday 17 November 2026" in mail.body


@pytest.mark.rule("H59")
def test_passing_on_without_an_address_needs_how_the_sender_was_told(case, dan, cora):
    contact = log(case, email(sender_email=""))

    with pytest.raises(RuleBroken) as broken:
        pass_on(contact=contact, to=dan, reason="Knows the firm", by=cora, now=NOW)

    assert (broken.value.code, broken.value.field) == ("tell_sender", "told_how")
    contact.clock.refresh_from_db()
    assert contact.clock.owner == cora


def test_whoever_is_given_a_restricted_case_may_see_it(contact, cora, dan):
    Case.objects.filter(pk=contact.case_id).update(restricted=True, restricted_reason="Safety")
    assert not Contact.objects.visible_to(dan).exists()

    pass_on(contact=contact, to=dan, reason="Named for it", by=cora, now=NOW)

    assert NamedStaff.objects.get().user == dan
    assert Contact.objects.visible_to(dan).get() == contact


@pytest.mark.parametrize("changes", [{"is_active": False}, {"role": Role.CSC_ADVISER}])
def test_it_is_not_passed_to_somebody_who_cannot_answer(contact, cora, changes):
    other = UserFactory(**changes)

    with pytest.raises(RuleBroken) as broken:
        pass_on(contact=contact, to=other, reason="x", by=cora, now=NOW)

    assert broken.value.code == "may_not_own"


# --- Filing ---------------------------------------------------------------------------------


@pytest.mark.rule("H67")
def test_filing_gives_it_to_whoever_answers_and_keeps_the_date(case, cora, lena):
    contact = log(None)
    due = contact.clock.due_at

    filed = file_contact(contact=contact, case=case, by=lena, now=NOW)

    assert (filed.case, filed.clock.owner, filed.clock.due_at) == (case, cora, due)
    filed.filing_clock.refresh_from_db()
    assert filed.filing_clock.state == Clock.State.MET
    assert not Contact.objects.unfiled().exists()
    assert "Cora Hill" in Notice.objects.get(address="ngozi@example.org", kind="passed_on").body


def test_filed_wrongly_it_moves_with_its_reason_and_its_chasers(contact, cora):
    chaser = log(contact.case, email(received_at=NOW), chases=contact)
    other = CaseFactory(owner=UserFactory(team=cora.team))
    with pytest.raises(RuleBroken) as broken:
        file_contact(contact=contact, case=other, by=cora, now=NOW)
    assert broken.value.field == "reason"

    file_contact(contact=contact, case=other, by=cora, now=NOW, reason="It is about a sister")

    chaser.refresh_from_db()
    assert chaser.case == other
    contact.refresh_from_db()
    assert contact.clock.owner == other.owner
    assert contact.clock.events.get(kind="reassigned").reason == "It is about a sister"


@pytest.mark.rule("S3")
def test_advice_about_no_child_is_filed_with_none(case, lena):
    advice = log(None, email(category=Category.ADVICE_LINE))
    assert advice.filing_clock is None

    with pytest.raises(RuleBroken) as broken:
        file_contact(contact=advice, case=case, by=lena, now=NOW)

    assert broken.value.code == "advice_stays_apart"


@pytest.mark.rule("S3")
def test_advice_joins_nothing_and_is_no_formal_matter(policy, lena):
    advice = log(None, email(category=Category.ADVICE_LINE))
    stray = log(None, email(received_at=NOW))
    with pytest.raises(RuleBroken) as joined:
        join_to(contact=stray, matter=advice, by=lena, now=NOW)
    with pytest.raises(RuleBroken) as formal:
        recognise_formal(contact=advice, category=Category.COMPLAINT, by=lena, now=NOW)

    assert joined.value.code == formal.value.code == "advice_stays_apart"


def test_a_message_older_than_the_child_is_not_filed_with_it(case, lena):
    young = CaseFactory(owner=case.owner, person__date_of_birth=date(2026, 11, 10))
    contact = log(None)

    with pytest.raises(RuleBroken) as broken:
        file_contact(contact=contact, case=young, by=lena, now=NOW)

    assert broken.value.code == "before_birth"


# --- Formal matters -------------------------------------------------------------------------


@pytest.mark.rule("H68")
def test_an_email_that_asks_for_an_assessment_starts_the_six_weeks(case, cora):
    contact = log(case, email(category=Category.ASSESSMENT_REQUEST))

    matter = FormalMatter.objects.get()
    assert (matter.contact, matter.clock.owner) == (contact, cora)
    # Six weeks after Tuesday 3 November 2026, closing time.
    assert matter.clock.due_at.date() == date(2026, 12, 15)
    assert contact.clock.due_at == DUE
    assert "Tuesday 15 December 2026" in Notice.objects.get(kind="acknowledgement").body


@pytest.mark.rule("H68")
def test_recognised_later_the_six_weeks_count_from_the_day_it_came_whatever_inbox(case, cora):
    contact = log(None)
    file_contact(contact=contact, case=case, by=cora, now=NOW)

    matter = recognise_formal(
        contact=contact, category=Category.ASSESSMENT_REQUEST, by=cora, now=NOW
    )

    assert matter.clock.due_at.date() == date(2026, 12, 15)
    assert matter.clock.received_at == CAME
    contact.refresh_from_db()
    assert contact.clock.due_at == DUE
    mail = Notice.objects.get(key=f"contact:{contact.pk}:formal:{matter.pk}")
    assert "Tuesday 15 December 2026" in mail.body


@pytest.mark.rule("H68")
@pytest.mark.rule("H103")
def test_a_chaser_that_is_a_complaint_becomes_a_matter_of_its_own(contact, cora):
    chaser = log(contact.case, email(received_at=NOW), chases=contact)

    matter = recognise_formal(contact=chaser, category=Category.COMPLAINT, by=cora, now=NOW)

    chaser.refresh_from_db()
    assert (chaser.link, chaser.original) == ("", None)
    assert chaser.clock is not None
    assert matter.clock.due_at == datetime(2026, 11, 11, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize("category", [Category.INFORMAL, Category.ADVICE_LINE])
def test_what_is_not_formal_starts_nothing(contact, cora, category):
    with pytest.raises(RuleBroken) as broken:
        recognise_formal(contact=contact, category=category, by=cora, now=NOW)

    assert broken.value.code == "not_formal"


def test_every_formal_matter_has_a_standard_of_its_own(case, cora):
    formal = [one for one in Category if one not in (Category.INFORMAL, Category.ADVICE_LINE)]

    for category in formal:
        assert log(case, email(category=category)).formal_matters.get().clock.due_at > CAME

    assert FormalMatter.objects.count() == len(formal) == 9


def test_the_answer_leaves_the_formal_clock_running_and_its_end_meets_it(case, cora):
    contact = log(case, email(category=Category.COMPLAINT))
    answer_contact(contact=contact, answer=Contact.Answer.EMAIL, note="Sent", by=cora, now=NOW)
    matter = FormalMatter.objects.get()
    assert matter.clock.is_open

    close_formal_matter(matter=matter, outcome="Upheld in part.", by=cora, now=NOW)

    matter.clock.refresh_from_db()
    assert matter.clock.state == Clock.State.MET


# --- Endings and mistakes -------------------------------------------------------------------


@pytest.mark.rule("H11")
def test_a_mistake_is_struck_through_and_keeps_who_when_and_why(contact, cora):
    struck = strike_through(contact=contact, reason="Logged twice", by=cora, now=NOW)

    assert (struck.struck_by, struck.struck_at, struck.struck_reason) == (
        cora,
        NOW,
        "Logged twice",
    )
    assert Clock.objects.get(pk=contact.clock.pk).state == Clock.State.CANCELLED
    assert Contact.objects.get(pk=contact.pk).message == "When does the taxi start?"


@pytest.mark.rule("H11")
def test_striking_through_ends_every_promise_of_it(policy, lena):
    contact = log(None)

    strike_through(contact=contact, reason="Spam", by=lena, now=NOW)

    assert set(Clock.objects.values_list("state", flat=True)) == {Clock.State.CANCELLED}
    assert Clock.objects.count() == 2


@pytest.mark.rule("H68")
def test_a_formal_matter_is_withdrawn_before_its_message_is_struck_through(case, cora):
    contact = log(case, email(category=Category.ASSESSMENT_REQUEST))
    with pytest.raises(RuleBroken) as broken:
        strike_through(contact=contact, reason="Wrong", by=cora, now=NOW)
    assert broken.value.code == "formal"

    matter = FormalMatter.objects.get()
    withdraw_formal_matter(matter=matter, reason="He is assessed", by=cora, now=NOW)
    strike_through(contact=contact, reason="Wrong", by=cora, now=NOW)

    matter.refresh_from_db()
    assert (matter.withdrawn, matter.clock.state) == (True, Clock.State.CANCELLED)
    contact.refresh_from_db()
    assert contact.category == Category.INFORMAL


def test_struck_through_twice_the_second_is_told(contact, cora, lena):
    strike_through(contact=contact, reason="Logged twice", by=cora, now=NOW)

    with pytest.raises(RuleBroken) as broken:
        strike_through(contact=contact, reason="Yes", by=lena, now=NOW)

    assert broken.value.code == "struck"


def test_an_adviser_strikes_through_only_what_they_logged(case, asif):
    theirs = log(case, by=asif)
    others = log(case)

    strike_through(contact=theirs, reason="Wrong child", by=asif, now=NOW)
    with pytest.raises(RuleBroken) as broken:
        strike_through(contact=others, reason="Wrong child", by=asif, now=NOW)

    assert broken.value.code == "may_not_strike"


@pytest.mark.rule("H11")
def test_thanks_are_closed_without_an_answer_and_with_a_reason(contact, cora):
    close_without_answer(contact=contact, reason="A word of thanks", by=cora, now=NOW)

    clock = Clock.objects.get(pk=contact.clock.pk)
    assert clock.state == Clock.State.CANCELLED
    assert clock.events.get(kind="cancelled").reason == "A word of thanks"


@pytest.mark.rule("H68")
def test_a_formal_matter_is_not_closed_without_an_answer(case, cora):
    contact = log(case, email(category=Category.COMPLAINT))

    with pytest.raises(RuleBroken) as broken:
        close_without_answer(contact=contact, reason="Nothing to do", by=cora, now=NOW)

    assert broken.value.code == "formal"
