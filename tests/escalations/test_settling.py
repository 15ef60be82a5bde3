"""Settled: what is owed ends with it, its sender reads why, and the record stays true."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Absence
from cases.answer_actions import keep_words
from cases.models import Contact
from clocks.models import ClockEvent
from escalations.follow_actions import say_it_did_not_help, say_it_helped
from escalations.links import token_of
from escalations.models import Escalation, EscalationStep
from escalations.pass_back_actions import pass_back
from escalations.step_actions import answer_step, close
from notices.models import Notice
from tests.escalations.senders import LATE, NOW, family, sent, service, told
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H102")]

DAY = timedelta(days=1)


@pytest.fixture
def first(policy, cora, north) -> Contact:
    cache.clear()
    service(north)
    family(cora, north)
    contact = sent().contact
    assert contact
    return contact


@pytest.fixture
def step(first) -> EscalationStep:
    """Nobody answered by the date: the lead has it."""
    escalation = sent(LATE, answered="no").escalation
    assert escalation
    return escalation.steps.get()


def page_of(contact: Contact, now) -> str:
    born = {"born_day": "3", "born_month": "2", "born_year": "2014"}
    with time_machine.travel(now, tick=False):
        address = reverse("escalations:follow", args=[token_of(contact)])
        page = Client().post(address, born, follow=True).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def staff_page(client, escalation: Escalation, act: str = "", **post) -> str:
    address = f"/concerns/{escalation.reference}/{act}"
    with time_machine.travel(LATE, tick=False):
        answer = client.post(address, post, follow=True) if post else client.get(address)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


# --- What is owed ends with it --------------------------------------------------------------


def test_the_first_date_ends_when_the_sender_says_that_it_is_settled(step, first, lena):
    answer_step(step=step, text="On Monday.", by=lena, now=LATE)
    say_it_helped(contact=first, now=LATE + DAY)

    first.refresh_from_db()
    assert not first.is_open
    ended = first.promise.events.get(kind=ClockEvent.Kind.CANCELLED)
    assert (ended.by, ended.happened_at) == (None, LATE + DAY)
    assert ended.reason.startswith("The sender says: It helped")
    page = page_of(first, LATE + DAY)
    assert "Nobody has to do anything more." in page
    assert "Answers you by" not in page


def test_it_ends_when_staff_settle_it_and_says_who(step, first, lena):
    close(escalation=step.escalation, outcome="It came.", by=lena, now=LATE)
    ended = first.promise.events.get(kind=ClockEvent.Kind.CANCELLED)
    assert (ended.by, ended.reason) == (lena, "Settled: It came.")


@pytest.mark.rule("H68")
def test_a_formal_matter_keeps_its_date_and_the_page_says_why(step, first, lena):
    Contact.objects.filter(pk=first.pk).update(category=Contact.Category.COMPLAINT)
    close(escalation=step.escalation, outcome="It came.", by=lena, now=LATE)

    first.refresh_from_db()
    assert first.is_open
    page = page_of(first, LATE)
    assert "What you asked us for at first has a date of its own" in page
    assert "Cora Hill answers it by Monday 16 November 2026." in page


# --- What the sender reads of it ------------------------------------------------------------


def test_closing_before_an_answer_warns_and_tells_the_sender_what_was_agreed(
    step, first, as_person, lena
):
    client = as_person(lena)
    asked = staff_page(client, step.escalation, "close/")
    assert "Nobody has answered step 2 yet: Lena Marsh owes an answer by" in asked
    refused = staff_page(client, step.escalation, "close/", text="It came.")
    assert "Write what was agreed, and with whom" in refused

    given = {"text": "Rang her.", "agreed": "Lena Marsh rang you. The taxi starts on Monday."}
    for _ in range(2):
        staff_page(client, step.escalation, "close/", **given)

    [said] = Contact.objects.filter(link="reply")
    mail = told_of(said)
    assert mail.subject == f"Your concern is settled: {step.escalation.reference}"
    assert "The taxi starts on Monday." in mail.body
    assert "Rang her." not in mail.body
    assert "Lena Marsh rang you. The taxi starts on Monday." in page_of(first, LATE)


def told_of(said: Contact) -> Notice:
    return Notice.objects.get(key__startswith=f"contact:{said.pk}:")


def test_after_an_answer_nothing_more_has_to_be_said(step, as_person, lena):
    answer_step(step=step, text="On Monday.", by=lena, now=LATE)
    client = as_person(lena)
    assert "Nobody has answered" not in staff_page(client, step.escalation, "close/")
    staff_page(client, step.escalation, "close/", text="She agrees.")
    assert told(step.contact, "closed").subject.startswith("Your concern is settled")


def test_not_settled_after_all_is_not_called_an_answer_that_did_not_help(
    step, first, as_person, lena
):
    close(escalation=step.escalation, outcome="It came.", by=lena, now=LATE)
    say_it_did_not_help(contact=first, words="", submission=uuid4(), now=LATE)

    assert Contact.objects.filter(message="It is not settled.").exists()
    page = page_of(first, LATE)
    assert "a senior manager’s, because you told us that it is not settled" in page
    assert "did not help" not in page
    said = staff_page(as_person(lena), step.escalation)
    assert "They say that it is not settled" in said
    assert "The answer did not settle it" not in said


# --- Who answers, and what is theirs to read ------------------------------------------------


def test_who_stands_in_is_not_called_the_team_lead(first, lena):
    away = LATE.date()
    cover = UserFactory.create(full_name="Lynne Thurlow", role="senior_manager", team=None)
    Absence.objects.create(person=lena, cover=cover, first_day=away, last_day=away + 5 * DAY)
    sent(LATE, answered="no")
    page = page_of(first, LATE)

    assert "Step 2, the team lead’s: Lynne Thurlow Now" in page
    assert "Lynne Thurlow is a senior manager of the SEND service." in page


def test_passed_back_the_page_says_who_sees_to_it(step, first, lena):
    pass_back(step=step, reason="She knows.", by=lena, now=LATE)
    page = page_of(first, LATE)
    assert "Step 2, the team lead’s: Cora Hill Now" in page
    assert "Cora Hill looks after the plan." in page
    assert "Lena Marsh sees that you hear from us." in page


@pytest.mark.parametrize("channel", ["email", "telephone"])
def test_what_staff_noted_of_their_own_letters_and_calls_is_not_shown(first, cora, channel):
    keep_words(
        contact=first,
        text="Sent by secure e-mail this morning. She was rude.",
        channel=Contact.Channel(channel),
        submission=uuid4(),
        by=cora,
        now=NOW,
    )
    page = page_of(first, NOW)
    assert "rude" not in page
    assert ("Cora Hill wrote to you" in page) == (channel == "email")
    assert ("Cora Hill spoke to you" in page) == (channel == "telephone")


def test_after_an_answer_something_can_be_added_without_going_up(step, first, lena):
    answer_step(step=step, text="On Monday.", by=lena, now=LATE)
    assert "Add this" in page_of(first, LATE)
    client = Client()
    born = {"born_day": "3", "born_month": "2", "born_year": "2014"}
    with time_machine.travel(LATE, tick=False):
        address = reverse("escalations:follow", args=[token_of(first)])
        client.post(address, born)
        given = {"do": "add", "words": "Thank you, at eight?", "submission": uuid4()}
        said = client.post(f"{address}say/", given, follow=True).content.decode()
    assert "We have added what you wrote" in said
    assert "You have an answer" in said
    assert EscalationStep.objects.count() == 1
