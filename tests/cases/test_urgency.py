"""What is said to be urgent waits for a decision, which moves the date or leaves it (H63, H64)."""

from datetime import UTC, date, datetime

import pytest

from accounts.errors import RuleBroken
from cases.decision_actions import decide_urgency
from cases.models import Contact, UrgentReason
from clocks.account import account_of
from clocks.calendars import council_calendar
from clocks.models import Clock, ClockEvent
from notices.models import Notice
from tests.cases.contacts import DUE, email, log
from tests.factories import CaseFactory, RelatedPersonFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, person__date_of_birth=date(2014, 2, 3))


@pytest.fixture
def contact(case):
    mother = RelatedPersonFactory(person=case.person, name="Ngozi Okafor")
    return log(case, email(sender_person=mother))


@pytest.mark.rule("H63")
def test_the_word_urgent_sets_nothing_by_itself(case):
    contact = log(case, email(subject="URGENT taxi"))

    assert (contact.urgent_claimed, contact.urgency, contact.clock.due_at) == (True, "", DUE)
    assert contact.needs_triage


def test_an_ordinary_subject_claims_nothing(case):
    assert not log(case, email(subject="Insurgents in history lessons")).urgent_claimed


@pytest.mark.rule("H64")
def test_accepted_the_date_comes_forward_and_the_sender_is_told(contact, cora):
    reason = UrgentReason.objects.first()

    decided = decide_urgency(
        contact=contact, accepted=True, reason=reason, note="", by=cora, now=NOW
    )

    assert (decided.urgency, decided.urgent_reason) == (Contact.Urgency.ACCEPTED, reason)
    clock = Clock.objects.get(pk=contact.clock.pk)
    # One working day after the decision.
    assert clock.due_at == datetime(2026, 11, 5, 17, 30, tzinfo=UTC)
    event = clock.events.get(kind=ClockEvent.Kind.HASTENED)
    assert (event.due_before, event.due_after, event.by) == (DUE, clock.due_at, cora)
    mail = Notice.objects.get(kind=Notice.Kind.URGENCY)
    assert "Thursday 5 November 2026" in mail.body
    account = account_of(clock, council_calendar())
    assert account.complete
    assert account.steps[-1].day == date(2026, 11, 5)


@pytest.mark.rule("H64")
def test_declined_the_date_stays_and_the_sender_is_told_why(contact, cora):
    decide_urgency(
        contact=contact,
        accepted=False,
        reason=None,
        note="The taxi starts only next week.",
        by=cora,
        now=NOW,
    )

    mail = Notice.objects.get(kind=Notice.Kind.URGENCY)
    assert "The taxi starts only next week." in mail.body
    assert "Tuesday 17 November 2026" in mail.body
    assert Clock.objects.get(pk=contact.clock.pk).due_at == DUE


@pytest.mark.parametrize(
    ("accepted", "note", "field"), [(True, "It sounds bad", "why"), (False, "  ", "note")]
)
def test_a_decision_needs_a_reason_from_the_list_or_words_for_the_sender(
    contact, cora, accepted, note, field
):
    with pytest.raises(RuleBroken) as broken:
        decide_urgency(contact=contact, accepted=accepted, reason=None, note=note, by=cora, now=NOW)

    assert broken.value.field == field


def test_it_is_decided_once(contact, cora, lena):
    given = {"contact": contact, "reason": None, "now": NOW}
    decide_urgency(accepted=False, note="In its turn.", by=cora, **given)

    with pytest.raises(RuleBroken) as broken:
        decide_urgency(accepted=False, note="Also no.", by=lena, **given)

    assert "Cora Hill has decided already" in broken.value.message


@pytest.mark.rule("H48")
@pytest.mark.rule("H64")
def test_an_urgent_chaser_brings_its_matters_date_forward(contact, cora):
    chaser = log(contact.case, email(received_at=NOW, subject="URGENT"), chases=contact)

    decide_urgency(
        contact=chaser,
        accepted=True,
        reason=UrgentReason.objects.first(),
        note="",
        by=cora,
        now=NOW,
    )

    assert Clock.objects.get(pk=contact.clock.pk).due_at == datetime(
        2026, 11, 5, 17, 30, tzinfo=UTC
    )


def test_a_date_that_is_sooner_already_stays(contact, cora):
    sooner = datetime(2026, 11, 4, 17, 30, tzinfo=UTC)
    Clock.objects.filter(pk=contact.clock.pk).update(due_at=sooner)

    decide_urgency(
        contact=contact,
        accepted=True,
        reason=UrgentReason.objects.first(),
        note="",
        by=cora,
        now=NOW,
    )

    assert Clock.objects.get(pk=contact.clock.pk).due_at == sooner
