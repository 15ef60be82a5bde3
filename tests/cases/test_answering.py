"""Answering by e-mail, holding, adding to the record; and two people at once."""

import threading
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from django.db import connections

from accounts.errors import RuleBroken
from cases import answer_actions
from cases.answer_actions import add_note, answer_contact, promise_contact, reply_by_email
from cases.matter_actions import pass_on
from cases.models import Contact
from cases.policy_actions import load_urgent_reasons
from clocks.models import Clock, ClockEvent
from clocks.policy_actions import load_policy
from notices.models import Notice
from tests.cases.contacts import DUE, email, log
from tests.factories import CaseFactory, RelatedPersonFactory, UserFactory

WEDNESDAY = datetime(2026, 11, 4, 10, tzinfo=UTC)
EVENING = datetime(2026, 11, 4, 20, tzinfo=UTC)
SUBMISSION = UUID("00000000-0000-4000-8000-000000000008")


@pytest.fixture
def contact(policy, cora):
    return log(CaseFactory(owner=cora), email(message_id="<a1@mail.example.org>"))


def reply(contact, by, **changes):
    given = {"text": "The taxi starts on Monday.", "submission": uuid4(), "now": WEDNESDAY}
    return reply_by_email(contact=contact, by=by, **given | changes)


@pytest.mark.rule("H57")
def test_a_reply_answers_the_contact_and_is_kept_as_one_itself(contact, cora):
    sent = reply(contact, cora)

    contact.refresh_from_db()
    assert (contact.answer, contact.answered_by) == (Contact.Answer.EMAIL, cora)
    assert contact.clock.state == Clock.State.MET
    assert (sent.direction, sent.link, sent.original) == ("out", Contact.Link.REPLY, contact)
    assert sent.message == "The taxi starts on Monday."


def test_a_reply_leaves_in_the_senders_thread_with_the_reference(contact, cora):
    sent = reply(contact, cora)

    mail = Notice.objects.get(kind=Notice.Kind.REPLY)
    assert (mail.address, mail.in_reply_to) == ("ngozi@example.org", "<a1@mail.example.org>")
    assert mail.subject == f"Re: Taxi [{contact.reference}]"
    assert mail.body.startswith("The taxi starts on Monday.")
    assert "Cora Hill" in mail.body
    assert sent.in_reply_to == "<a1@mail.example.org>"


def test_each_person_gets_a_mail_of_their_own_and_sees_no_other_address(contact, cora):
    person = contact.case.person
    father = RelatedPersonFactory(
        person=person, name="Obi Okafor", email="obi@example.org", receives_letters=True
    )

    reply(contact, cora, also_to=[father])

    mails = Notice.objects.filter(kind=Notice.Kind.REPLY)
    assert {mail.address for mail in mails} == {"ngozi@example.org", "obi@example.org"}
    assert not any("example.org" in mail.body for mail in mails)


@pytest.mark.parametrize(
    "changes",
    [{"receives_letters": False}, {"email": ""}, {"ended_on": date(2026, 11, 1)}],
)
def test_somebody_who_may_not_be_written_to_stops_the_reply_whole(contact, cora, changes):
    given = {"email": "obi@example.org", "receives_letters": True}
    person = RelatedPersonFactory(person=contact.case.person, **given | changes)

    with pytest.raises(RuleBroken) as broken:
        reply(contact, cora, also_to=[person])

    assert broken.value.code == "may_not_be_written_to"
    contact.refresh_from_db()
    assert contact.answered_at is None
    assert not Notice.objects.filter(kind=Notice.Kind.REPLY).exists()


def test_somebody_around_another_child_is_not_written_to(contact, cora):
    stranger = RelatedPersonFactory(email="s@example.org", receives_letters=True)

    with pytest.raises(RuleBroken) as broken:
        reply(contact, cora, also_to=[stranger])

    assert broken.value.code == "may_not_be_written_to"


@pytest.mark.rule("H61")
@pytest.mark.rule("H114")
def test_out_of_hours_a_reply_may_wait_for_the_next_opening(contact, cora):
    reply(contact, cora, now=EVENING, at_next_opening=True)

    mail = Notice.objects.get(kind=Notice.Kind.REPLY)
    assert mail.next_try_at == datetime(2026, 11, 5, 9, tzinfo=UTC)


def test_a_reply_that_need_not_wait_leaves_at_once(contact, cora):
    reply(contact, cora, at_next_opening=True)

    assert Notice.objects.get(kind=Notice.Kind.REPLY).next_try_at == WEDNESDAY


def test_a_reply_does_not_wait_past_the_date_promised(contact, cora):
    Clock.objects.filter(pk=contact.clock.pk).update(due_at=datetime(2026, 11, 4, 21, tzinfo=UTC))

    with pytest.raises(RuleBroken) as broken:
        reply(contact, cora, now=EVENING, at_next_opening=True)

    assert broken.value.code == "too_late_to_wait"
    contact.refresh_from_db()
    assert contact.answered_at is None


def test_a_second_click_sends_one_reply(contact, cora):
    first = reply(contact, cora, submission=SUBMISSION)

    assert reply(contact, cora, submission=SUBMISSION) == first
    assert Notice.objects.filter(kind=Notice.Kind.REPLY).count() == 1


def test_without_an_address_there_is_no_reply_by_email(policy, cora):
    contact = log(CaseFactory(owner=cora), email(sender_email=""))

    with pytest.raises(RuleBroken) as broken:
        reply(contact, cora)

    assert broken.value.code == "no_address"


def test_an_adviser_does_not_reply(contact, asif):
    with pytest.raises(RuleBroken) as broken:
        reply(contact, asif)

    assert broken.value.code == "may_not_answer"


# --- Holding replies ------------------------------------------------------------------------


@pytest.mark.rule("H18")
@pytest.mark.rule("H58")
def test_a_holding_reply_tells_the_sender_the_new_date_and_why(contact, cora):
    held = promise_contact(
        contact=contact,
        until=date(2026, 11, 24),
        reason="We are waiting for the taxi firm.",
        by=cora,
        now=WEDNESDAY,
    )

    assert held.clock.due_at == datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
    mail = Notice.objects.get(kind=Notice.Kind.PROMISED)
    assert mail.address == "ngozi@example.org"
    assert "Tuesday 17 November 2026" in mail.body
    assert "Tuesday 24 November 2026" in mail.body
    assert "We are waiting for the taxi firm." in mail.body


@pytest.mark.rule("H18")
def test_without_an_address_a_holding_reply_needs_how_they_were_told(policy, cora):
    contact = log(CaseFactory(owner=cora), email(sender_email=""))
    given = {"until": date(2026, 11, 24), "reason": "Waiting.", "by": cora, "now": WEDNESDAY}
    with pytest.raises(RuleBroken) as broken:
        promise_contact(contact=contact, **given)
    assert (broken.value.code, broken.value.field) == ("tell_sender", "told_how")

    promise_contact(contact=contact, told_how="by telephone", **given)

    event = ClockEvent.objects.get(kind=ClockEvent.Kind.PROMISED)
    assert event.reason == "Waiting. (told by telephone)"


# --- Two people -----------------------------------------------------------------------------


@pytest.mark.rule("H8")
def test_the_second_to_answer_is_told_who_was_first_and_adds_the_words_as_a_note(
    contact, cora, lena
):
    reply(contact, cora)
    with pytest.raises(RuleBroken) as broken:
        answer_contact(
            contact=contact,
            answer=Contact.Answer.TELEPHONE,
            note="I rang as well.",
            by=lena,
            now=WEDNESDAY,
        )
    assert "Cora Hill answered this on Wednesday 4 November 2026 at 10am" in broken.value.message

    note = add_note(
        contact=contact, text="I rang as well.", submission=SUBMISSION, by=lena, now=WEDNESDAY
    )

    assert (note.original, note.link, note.internal) == (contact, Contact.Link.NOTE, True)
    assert (note.message, note.logged_by) == ("I rang as well.", lena)


def test_a_second_click_adds_one_note(contact, cora):
    given = {"contact": contact, "text": "A note", "by": cora, "now": WEDNESDAY}

    assert add_note(submission=SUBMISSION, **given) == add_note(submission=SUBMISSION, **given)


def test_an_empty_note_is_refused(contact, cora):
    with pytest.raises(RuleBroken):
        add_note(contact=contact, text="  ", submission=SUBMISSION, by=cora, now=WEDNESDAY)


@pytest.mark.django_db(transaction=True)
def test_passing_on_while_somebody_answers_loses_neither(cora, lena, north):
    load_policy(now=WEDNESDAY)
    load_urgent_reasons()
    dan = UserFactory(team=north)
    contact = log(CaseFactory(owner=cora))
    together = threading.Barrier(2)
    outcomes = []

    def attempt(act) -> None:
        together.wait()
        try:
            act()
            outcomes.append("done")
        except RuleBroken as broken:
            outcomes.append(broken.code)
        connections.close_all()

    def answers() -> None:
        answer_contact(
            contact=contact,
            answer=Contact.Answer.EMAIL,
            note="Monday.",
            by=cora,
            now=WEDNESDAY,
        )

    def passes() -> None:
        pass_on(contact=contact, to=dan, reason="Knows the firm", by=lena, now=WEDNESDAY)

    threads = [threading.Thread(target=attempt, args=[act]) for act in (answers, passes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # Whoever came second found what the first had done: passed on and then answered, or
    # answered and therefore not passed on.
    assert sorted(outcomes) in (["already_answered", "done"], ["done", "done"])
    contact.refresh_from_db()
    assert contact.answered_by == cora
    assert contact.clock.state == Clock.State.MET
    assert (contact.clock.owner == dan) is (outcomes.count("done") == 2)
    assert contact.clock.due_at == DUE


def test_a_note_is_not_something_to_answer(contact, cora):
    note = add_note(contact=contact, text="A note", submission=SUBMISSION, by=cora, now=WEDNESDAY)

    # What is done with it is done with the matter it belongs to.
    assert answer_actions.held(note) == contact
