"""A formal matter keeps its own clock, whatever becomes of the message that brought it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Role
from cases.answer_actions import answer_contact
from cases.calendar_actions import change_calendar
from cases.decision_actions import (
    close_formal_matter,
    recognise_formal,
    strike_through,
    withdraw_formal_matter,
)
from cases.matter_actions import file_contact, join_to, pass_on
from cases.matters import chased_by_mail
from cases.models import Contact, FormalMatter
from clocks.models import Clock, Closure
from mailroom.models import IncomingMail
from notices.models import Notice
from tests.cases.contacts import DUE, email, log, refused
from tests.factories import CaseFactory, RelatedPersonFactory, UserFactory
from tests.mailroom.writing import NGOZI, bring, later, written

# Wednesday 4 November 2026, 10am.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
STRANGER = "stranger@example.org"
Category = Contact.Category


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, reference="EHC-000042", person__date_of_birth=date(2014, 2, 3))


@pytest.fixture
def contact(case):
    return log(case)


@pytest.fixture
def tray(north):
    """The north team's lead looks after what belongs to no case."""
    north.takes_unfiled = True
    north.save(update_fields=["takes_unfiled"])
    return north.lead


@pytest.mark.rule("H68")
@pytest.mark.parametrize("received_at", [NOW, DUE + timedelta(days=2)])
def test_nothing_chases_a_formal_matter_before_or_after_its_date(case, received_at):
    formal = log(case, email(category=Category.ASSESSMENT_REQUEST))
    again = email(received_at=received_at)

    assert chased_by_mail(case, again, formal) is None
    assert chased_by_mail(case, again, None) is None
    assert refused(log, case=case, received=again, chases=formal).code == "formal"


@pytest.mark.rule("H68")
def test_an_email_in_a_formal_matters_thread_is_a_matter_of_its_own(case, tray, cora):
    RelatedPersonFactory(person=case.person, email=NGOZI)
    first = bring(written(Message_ID="<one@example.org>")).contact
    recognise_formal(contact=first, category=Category.COMPLAINT, by=cora, now=NOW)

    again = written("Any news?", subject="Re: The taxi", In_Reply_To="<one@example.org>")
    mail = bring(again, at=NOW)

    assert mail.state == IncomingMail.State.FILED
    assert (mail.contact.link, mail.contact.case, mail.contact.is_open) == ("", case, True)


@pytest.mark.rule("H68")
def test_an_email_in_a_formal_matters_thread_in_the_tray_is_filed_too(case, tray, lena):
    first = bring(written(sender=STRANGER, Message_ID="<one@example.org>")).contact
    recognise_formal(contact=first, category=Category.COMPLAINT, by=lena, now=later(30))

    again = written("Any news?", sender=STRANGER, In_Reply_To="<one@example.org>")
    mail = bring(again, at=later(60))

    assert (mail.state, mail.last_error) == (IncomingMail.State.FILED, "")
    assert (mail.contact.link, mail.contact.is_open) == ("", True)


@pytest.mark.rule("S3")
def test_an_email_in_the_thread_of_advice_about_no_child_is_filed_too(policy, tray, asif):
    advice = log(
        None,
        email(category=Category.ADVICE_LINE, sender_email=STRANGER, message_id="<one@example.org>"),
    )

    mail = bring(written("Thank you", sender=STRANGER, In_Reply_To="<one@example.org>"), at=NOW)

    assert (mail.state, mail.last_error) == (IncomingMail.State.FILED, "")
    assert mail.contact.original is None
    assert advice.linked.count() == 0


@pytest.mark.rule("H8")
def test_what_is_joined_to_a_formal_matter_is_refused_either_way(case, cora):
    formal = log(case, email(category=Category.COMPLAINT))
    other = log(case, email(received_at=NOW, subject="Other"))

    assert refused(join_to, contact=other, matter=formal, by=cora, now=NOW).code == "formal"
    assert refused(join_to, contact=formal, matter=other, by=cora, now=NOW).code == "formal"
    assert Clock.objects.open().count() == 3


@pytest.mark.rule("H11")
@pytest.mark.rule("H68")
def test_a_wrong_formal_matter_is_withdrawn_and_the_right_one_begins(contact, cora):
    wrong = recognise_formal(contact=contact, category=Category.COMPLAINT, by=cora, now=NOW)

    withdrawn = withdraw_formal_matter(matter=wrong, reason="He asks for more", by=cora, now=NOW)
    contact.refresh_from_db()
    assert contact.category == Category.INFORMAL
    right = recognise_formal(
        contact=contact, category=Category.ASSESSMENT_REQUEST, by=cora, now=NOW
    )

    assert (withdrawn.withdrawn, withdrawn.outcome) == (True, "He asks for more")
    assert Clock.objects.get(pk=wrong.clock.pk).state == Clock.State.CANCELLED
    assert right.clock.is_open
    contact.refresh_from_db()
    assert contact.category == Category.ASSESSMENT_REQUEST


def test_what_was_withdrawn_by_mistake_may_be_recognised_again(contact, cora):
    given = {"contact": contact, "category": Category.COMPLAINT, "by": cora, "now": NOW}
    first = recognise_formal(**given)
    assert refused(recognise_formal, **given).code == "formal"

    withdraw_formal_matter(matter=first, reason="Pressed wrongly", by=cora, now=NOW)

    assert recognise_formal(**given).clock.is_open
    assert FormalMatter.objects.count() == 2


@pytest.mark.rule("H68")
def test_one_message_may_be_two_formal_matters_and_one_ends_alone(contact, cora):
    complaint = recognise_formal(contact=contact, category=Category.COMPLAINT, by=cora, now=NOW)
    data = recognise_formal(contact=contact, category=Category.SUBJECT_ACCESS, by=cora, now=NOW)

    close_formal_matter(matter=complaint, outcome="Upheld.", by=cora, now=NOW)

    assert set(Clock.objects.open()) == {contact.clock, data.clock}
    again = refused(close_formal_matter, matter=complaint, outcome="No.", by=cora, now=NOW)
    assert again.code == "not_open"
    complaint.refresh_from_db()
    assert complaint.outcome == "Upheld."


def answered(case, by, **changes):
    contact = log(case, email(category=Category.ASSESSMENT_REQUEST, **changes))
    given = {"answer": Contact.Answer.EMAIL, "note": "We have it", "by": by, "now": NOW}
    return answer_contact(contact=contact, **given)


@pytest.mark.rule("H59")
def test_a_formal_matter_is_passed_on_after_its_message_was_answered(case, cora, dan):
    contact = answered(case, cora)
    before = FormalMatter.objects.get().clock.due_at

    pass_on(contact=contact, to=dan, reason="Panel", by=cora, now=NOW)

    clock = FormalMatter.objects.get().clock
    assert (clock.owner, clock.due_at) == (dan, before)
    assert Clock.objects.get(pk=contact.clock_id).owner == cora


@pytest.mark.rule("H67")
def test_filing_an_answered_message_gives_its_formal_matter_to_the_case(case, tray, cora, lena):
    contact = answered(None, lena, told_child="Amara")
    assert FormalMatter.objects.get().clock.owner == lena

    file_contact(contact=contact, case=case, by=lena, now=NOW)

    assert FormalMatter.objects.get().clock.owner == cora


@pytest.mark.rule("H17")
def test_a_formal_matter_recognised_late_is_not_given_to_a_leaver(contact, cora, lena):
    given = {"answer": Contact.Answer.EMAIL, "note": "We have it", "by": cora, "now": NOW}
    answer_contact(contact=contact, **given)
    cora.is_active = False
    cora.save(update_fields=["is_active"])

    fresh = Contact.objects.get(pk=contact.pk)
    recognise_formal(contact=fresh, category=Category.COMPLAINT, by=lena, now=NOW)

    assert FormalMatter.objects.get().clock.owner == lena


@pytest.mark.rule("H68")
def test_an_adviser_strikes_through_nothing_that_has_become_formal(case, asif, cora):
    contact = log(case, by=asif)
    recognise_formal(contact=contact, category=Category.COMPLAINT, by=cora, now=NOW)

    broken = refused(strike_through, contact=contact, reason="Oops", by=asif, now=NOW)

    assert broken.code == "may_not_strike"
    assert FormalMatter.objects.get().clock.is_open


@pytest.mark.rule("H18")
def test_a_closure_moves_the_formal_date_too_and_both_are_told(case):
    log(case, email(category=Category.REPRESENTATION))
    before = FormalMatter.objects.get().clock.due_at
    monday = date(2026, 11, 9)

    def close() -> str:
        Closure.objects.create(first_day=monday, last_day=monday, name="Training day")
        return "Closed on 9 November"

    administrator = UserFactory(role=Role.ADMINISTRATOR, team=None)
    change_calendar(change=close, by=administrator, now=NOW, apply=True)

    assert FormalMatter.objects.get().clock.due_at > before
    mails = Notice.objects.filter(kind=Notice.Kind.MOVED, address="ngozi@example.org")
    assert mails.count() == mails.values("key").distinct().count() == 2
