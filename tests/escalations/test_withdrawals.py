"""What was taken for a complaint and is none: everything about it ends, at any moment (H11)."""

import threading
import time
from datetime import UTC, date, datetime
from html import unescape

import pytest
from django.db import OperationalError, connection, transaction
from django.urls import reverse

from accounts.errors import RuleBroken
from cases.decision_actions import withdraw_formal_matter
from cases.matter_actions import pass_on
from cases.models import Contact
from clocks.actions import meet
from clocks.models import Clock
from escalations.agreement_actions import Terms, agree
from escalations.models import Agreement, Complaint
from escalations.stage_two_actions import end_complaint
from notices.models import Notice
from tests.escalations.complaining import NOW, looked_at, opened, settled, transport
from tests.escalations.making import managed
from tests.factories import CaseFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H11")]

# Thursday 5 November 2026, 10am: the day after it was acknowledged.
THEN = datetime(2026, 11, 5, 10, tzinfo=UTC)


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, reference="EHC-000042")


@pytest.fixture
def maya(north):
    return managed(north)


@pytest.fixture
def complaint(case, cora) -> Complaint:
    return opened(case, cora)


def withdraw(complaint: Complaint, by, reason="A question.") -> None:
    withdraw_formal_matter(matter=complaint.matter, reason=reason, by=by, now=THEN)
    complaint.refresh_from_db()


def refused(complaint: Complaint, by) -> str:
    with pytest.raises(RuleBroken) as broken:
        withdraw(complaint, by)
    return broken.value.code


def test_what_was_never_a_complaint_can_be_withdrawn_after_its_acknowledgement(
    complaint, cora, maya
):
    looked_at(complaint, maya, cora)
    running = complaint.clock
    terms = Terms(
        channel=Agreement.Channel.TELEPHONE,
        often=Agreement.Often.WEEKLY,
        person=cora,
        agreed_with="Ngozi Okafor, by telephone",
        agreed_on=date(2026, 11, 4),
        review_on=date(2026, 12, 10),
    )
    agree(complaint=complaint, terms=terms, by=cora, now=NOW)

    for _ in range(2):
        withdraw(complaint, cora)

    running.refresh_from_db()
    assert (running.state, complaint.clock) == (Clock.State.CANCELLED, None)
    assert complaint.matter.clock.state == Clock.State.MET
    assert complaint.matter.contact.category == Contact.Category.INFORMAL
    assert Agreement.objects.get().ended_at == THEN
    [told] = Notice.objects.filter(recipient=maya, subject__startswith="Withdrawn: ")
    assert "nothing more to do" in told.body


def test_before_its_acknowledgement_and_when_that_was_met_elsewhere(complaint, case, cora):
    withdraw(complaint, cora)
    assert complaint.matter.clock.state == Clock.State.CANCELLED

    other = opened(case, cora, subject="Other")
    meet(clock=other.matter.clock, at=NOW, by=cora, now=NOW)
    withdraw(other, cora)
    assert (other.matter.withdrawn, other.clock) == (True, None)


def test_what_was_answered_or_taken_back_as_a_complaint_stays_one(complaint, case, cora):
    assert refused(settled(complaint, cora), cora) == "answered"

    other = opened(case, cora, subject="Other")
    end_complaint(complaint=other, reason="Solved.", themes=[transport()], by=cora, now=NOW)
    assert refused(other, cora) == "not_open"
    assert not Complaint.objects.filter(matter__withdrawn=True).exists()


def test_another_reason_for_what_was_withdrawn_already_is_refused(complaint, cora, lena):
    withdraw(looked_at(complaint, cora, cora), cora, reason="An appeal.")
    assert refused(complaint, lena) == "not_open"
    assert complaint.matter.outcome == "An appeal."


def test_the_complaints_page_leads_there_and_says_so_afterwards(complaint, as_person, cora):
    looked_at(complaint, cora, cora)
    client, page = as_person(cora), reverse("escalations:complaint", args=[complaint.pk])
    contact = complaint.matter.contact
    there = reverse("cases:withdraw_formal", args=[contact.reference, complaint.matter.pk])
    assert there in client.get(page).content.decode()

    client.post(there, {"text": "A question."})

    said = unescape(client.get(page).content.decode())
    assert "Withdrawn as a mistake: A question." in said
    assert "Nothing more is owed" in said
    assert there not in said


@pytest.mark.django_db(transaction=True)
def test_withdrawing_a_complaint_and_passing_it_on_do_not_lock_each_other_up(complaint, cora, lena):
    contact, held, errors = complaint.matter.contact, threading.Event(), []

    def withdrawing() -> None:
        held.wait()
        withdraw(complaint, cora)

    def passing() -> None:
        with transaction.atomic():
            # The first lock of passing on, a moment earlier.
            Contact.objects.select_for_update(of=("self",)).only("pk").get(pk=contact.pk)
            held.set()
            time.sleep(1)
            given = {"to": lena, "reason": "Knows it.", "told_how": "I rang."}
            pass_on(contact=contact, by=cora, now=THEN, **given)

    def run(act) -> None:
        try:
            act()
        except OperationalError as error:
            errors.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in (withdrawing, passing)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Complaint.objects.get().matter.withdrawn
