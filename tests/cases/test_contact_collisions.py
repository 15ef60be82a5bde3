"""The second of two clicks, and the second of two people: nothing twice, nothing lost."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from cases.answer_actions import add_note, answer_contact, promise_contact, reply_by_email
from cases.decision_actions import (
    close_without_answer,
    decide_urgency,
    recognise_formal,
    strike_through,
)
from cases.matter_actions import join_to, pass_on, split_out
from cases.models import Contact, UrgentReason
from cases.sent_actions import log_sent
from clocks.models import Clock
from notices.models import Notice
from tests.cases.contacts import email, log, refused
from tests.factories import CaseFactory

# Wednesday 4 November 2026, 10am.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
SUBMISSION = UUID("00000000-0000-4000-8000-00000000000c")
DECEMBER_1, DECEMBER_8 = date(2026, 12, 1), date(2026, 12, 8)


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, reference="EHC-000042")


@pytest.fixture
def contact(case):
    return log(case)


def hold(contact, by, until=DECEMBER_1, **changes):
    given = {"contact": contact, "until": until, "reason": "Waiting for the firm", "by": by}
    return promise_contact(**given | {"now": NOW} | changes)


# --- Holding replies ------------------------------------------------------------------------


@pytest.mark.rule("H18")
@pytest.mark.rule("H58")
@pytest.mark.parametrize("shows_date", [True, False])
def test_a_holding_reply_sent_twice_by_the_same_person_is_one(contact, cora, shows_date):
    seen = {"instead_of": contact.clock.pk} if shows_date else {}

    first = hold(contact, cora, **seen)
    second = hold(contact, cora, **seen)

    assert first.clock == second.clock
    assert (second.clock.promises_in_a_row, Clock.objects.count()) == (1, 2)
    assert Notice.objects.filter(kind=Notice.Kind.PROMISED).count() == 1


@pytest.mark.rule("H18")
def test_another_day_by_the_same_person_is_a_new_promise(contact, cora):
    first = hold(contact, cora)

    second = hold(contact, cora, until=DECEMBER_8)

    assert second.clock.due_at.date() == DECEMBER_8
    assert (first.clock.pk == second.clock.pk, second.clock.promises_in_a_row) == (False, 2)
    assert Notice.objects.filter(kind=Notice.Kind.PROMISED).count() == 2


@pytest.mark.rule("H18")
@pytest.mark.parametrize("until", [DECEMBER_1, DECEMBER_8])
def test_the_second_of_two_who_hold_is_told_of_the_first_and_may_go_on(contact, cora, lena, until):
    seen = contact.clock.pk
    first = hold(contact, cora, instead_of=seen)

    broken = refused(hold, contact=contact, by=lena, until=until, instead_of=seen)

    assert broken.code == "promised_meanwhile"
    assert "Cora Hill has promised Tuesday 1 December 2026 meanwhile" in broken.message
    assert Contact.objects.get().clock == first.clock
    assert Notice.objects.filter(kind=Notice.Kind.PROMISED).count() == 1

    second = hold(contact, lena, until=DECEMBER_8, instead_of=first.clock.pk)
    assert second.clock.due_at.date() == DECEMBER_8


# --- The same form with other words ---------------------------------------------------------


@pytest.mark.rule("H44")
def test_a_note_with_other_words_from_a_used_form_is_refused_and_not_dropped(contact, cora):
    given = {"contact": contact, "submission": SUBMISSION, "by": cora, "now": NOW}
    add_note(text="One", **given)

    assert refused(add_note, text="Two, after Back", **given).code == "submission_used"
    assert Contact.objects.filter(link="note").get().message == "One"


def test_a_reply_with_other_words_from_a_used_form_is_refused(contact, cora):
    given = {"contact": contact, "submission": SUBMISSION, "by": cora, "now": NOW}
    sent = reply_by_email(text="On Monday.", **given)

    assert refused(reply_by_email, text="On Tuesday.", **given).code == "submission_used"
    assert reply_by_email(text=" On Monday. ", **given) == sent
    assert Notice.objects.filter(kind=Notice.Kind.REPLY).count() == 1


@pytest.mark.rule("H44")
@pytest.mark.parametrize(
    "changes",
    [{"note": "Two, after Back"}, {"channel": Contact.Channel.TELEPHONE, "with_whom": "Ngozi"}],
)
def test_what_we_did_with_other_words_from_a_used_form_is_refused(case, cora, changes):
    given = {
        "case": case,
        "channel": Contact.Channel.NOTE,
        "with_whom": "",
        "note": "One",
        "at": NOW,
        "submission": SUBMISSION,
        "by": cora,
        "now": NOW,
    }
    first = log_sent(**given)

    assert refused(log_sent, **given | changes).code == "submission_used"
    assert log_sent(**given) == first
    assert Contact.objects.count() == 1


# --- Answered, closed or struck meanwhile ---------------------------------------------------


def test_the_same_answer_sent_twice_is_one_and_another_is_told_of_it(contact, cora):
    given = {"contact": contact, "answer": Contact.Answer.TELEPHONE, "by": cora}
    first = answer_contact(note="I rang.", now=NOW, **given)

    again = answer_contact(note="I rang. ", now=datetime(2026, 11, 4, 10, 1, tzinfo=UTC), **given)

    assert again.answered_at == first.answered_at == NOW
    broken = refused(answer_contact, note="I rang twice.", now=NOW, **given)
    assert broken.code == "already_answered"


@pytest.mark.rule("H8")
def test_who_comes_after_a_closing_is_told_who_closed_it_and_why(contact, cora, lena):
    close_without_answer(contact=contact, reason="Thanks only", by=cora, now=NOW)
    given = {"contact": contact, "by": lena, "now": NOW}

    answered = refused(answer_contact, answer=Contact.Answer.EMAIL, note="I wrote.", **given)
    held = refused(promise_contact, until=DECEMBER_1, reason="x", **given)
    passed = refused(pass_on, to=cora, reason="x", **given)

    assert {answered.code, held.code, passed.code} == {"already_closed"}
    assert "Cora Hill closed this on Wednesday 4 November 2026 at 10am" in answered.message
    assert "Thanks only" in answered.message


@pytest.mark.rule("H64")
@pytest.mark.parametrize("accepted", [True, False])
def test_urgency_of_what_was_closed_meanwhile_promises_no_date(contact, cora, lena, accepted):
    close_without_answer(contact=contact, reason="Thanks only", by=cora, now=NOW)
    reason = UrgentReason.objects.first()
    given = {"accepted": accepted, "reason": reason, "note": "In turn", "by": lena, "now": NOW}

    assert refused(decide_urgency, contact=contact, **given).code == "already_closed"
    assert not Notice.objects.filter(kind=Notice.Kind.URGENCY).exists()
    assert Contact.objects.get().urgency == ""


def test_what_was_struck_through_meanwhile_is_not_formal_nor_split(contact, cora, lena):
    chaser = log(contact.case, email(received_at=NOW), chases=contact)
    strike_through(contact=chaser, reason="Logged twice", by=cora, now=NOW)
    category = Contact.Category.COMPLAINT

    formal = refused(recognise_formal, contact=chaser, category=category, by=lena, now=NOW)
    split = refused(split_out, contact=chaser, by=lena, now=NOW)

    assert formal.code == split.code == "struck"
    assert Clock.objects.count() == 1


@pytest.mark.rule("H48")
def test_the_sender_is_told_each_time_it_is_joined_and_split(contact, cora):
    second = log(contact.case, email(received_at=NOW, subject="Other"))
    joined_at = [datetime(2026, 11, 4, hour, tzinfo=UTC) for hour in (11, 13)]
    split_at = [datetime(2026, 11, 4, hour, tzinfo=UTC) for hour in (12, 14)]

    for together, apart in zip(joined_at, split_at, strict=True):
        join_to(contact=second, matter=contact, by=cora, now=together)
        split_out(contact=second, by=cora, now=apart)

    keys = Notice.objects.filter(address="ngozi@example.org").values_list("key", flat=True)
    first = f"contact:{second.pk}:acknowledgement"
    assert set(keys) == {
        f"contact:{contact.pk}:acknowledgement",
        first,
        *(f"{first}:joined:{at.isoformat()}" for at in joined_at),
        *(f"{first}:split:{at.isoformat()}" for at in split_at),
    }
