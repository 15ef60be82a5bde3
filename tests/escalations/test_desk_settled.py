"""Settled at the desk: the sender reads what was agreed, once, and nothing more is owed (H107)."""

import re
from html import unescape

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from cases.answer_actions import answer_contact
from cases.decision_actions import strike_through
from cases.models import Contact
from clocks.models import ClockEvent
from escalations.links import token_of
from escalations.models import DeskEntry
from escalations.resolution_actions import confirm_check, send_on
from escalations.response_actions import answer_and_respond, awaits_answer, resolve, respond
from notices.models import Notice
from tests.escalations.making import AFTER, NOW, case_of, further, managed, matter, on_desk
from tests.escalations.making import officer as new_officer

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H107")]
TELEPHONE = DeskEntry.Answer.TELEPHONE
AGREED = "Rosa Quill rang you. The taxi starts on Monday."


@pytest.fixture
def maya(policy, north):
    cache.clear()
    return managed(north)


@pytest.fixture
def rosa(db):
    return new_officer()


@pytest.fixture
def asked(maya, rosa, cora) -> Contact:
    return matter(case_of(cora))


@pytest.fixture
def responded(asked, maya, rosa) -> DeskEntry:
    """The first response was given, by telephone."""
    return respond(entry=on_desk(asked, maya), how=TELEPHONE, text="Rang.", by=rosa, now=NOW)


def settled(entry: DeskEntry, by, **given) -> DeskEntry:
    return resolve(
        entry=entry, **{"outcome": "It comes.", "agreed": AGREED} | given, by=by, now=NOW
    )


def mails_that_say(words: str) -> list[Notice]:
    return list(Notice.objects.filter(recipient=None, body__contains=words))


def words_of(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def posted(client, contact: Contact, **post) -> str:
    address = f"/resolution/{contact.reference}/settle/"
    with time_machine.travel(NOW, tick=False):
        return words_of(client.post(address, post, follow=True))


def theirs(contact: Contact) -> str:
    """The sender's own page."""
    born = {"born_day": "3", "born_month": "2", "born_year": "2014"}
    with time_machine.travel(NOW, tick=False):
        address = reverse("escalations:follow", args=[token_of(contact)])
        return words_of(Client().post(address, born, follow=True))


# --- While a step is open -------------------------------------------------------------------


@pytest.fixture
def sent_on(responded, rosa) -> DeskEntry:
    """With the team lead, who has not answered."""
    confirm_check(entry=responded, until=1, reason="As she says.", by=rosa, now=NOW)
    send_on(entry=responded, by=rosa, now=NOW)
    return responded


def test_with_an_open_step_the_sender_reads_what_was_agreed_once(sent_on, asked, rosa, lena):
    settled(sent_on, rosa)
    settled(sent_on, rosa)

    [mail] = mails_that_say(AGREED)
    assert mail.subject.startswith("Your concern is settled: ESC-")
    assert "It comes." not in mail.body
    [said] = Contact.objects.filter(original=asked, message=AGREED)
    assert (said.link, said.direction, said.channel) == ("reply", "out", "email")
    assert AGREED in theirs(asked)


def test_the_page_asks_for_it_while_a_step_is_open(sent_on, asked, rosa, as_person):
    client = as_person(rosa)
    refused = posted(client, asked, text="It comes.")
    assert "Write what was agreed, and with whom: the sender reads it" in refused
    assert "It comes." in refused

    for _ in range(2):
        posted(client, asked, text="It comes.", agreed=AGREED)
    assert len(mails_that_say(AGREED)) == 1


def test_after_the_answer_of_the_step_nothing_more_has_to_be_said(sent_on, asked, rosa, lena):
    sent_on.refresh_from_db()
    answer_and_respond(step=sent_on.sent_to, text="On Monday.", by=lena, now=NOW)
    sent_on.refresh_from_db()

    assert not awaits_answer(sent_on)
    settled(sent_on, rosa, agreed="")
    [mail] = Notice.objects.filter(recipient=None, subject__startswith="Your concern is settled")
    assert "On Monday." not in mail.body


# --- Without a concern ----------------------------------------------------------------------


def test_without_a_concern_what_the_case_owner_owes_ends_and_says_who(responded, asked, rosa, cora):
    settled(responded, rosa)

    asked.refresh_from_db()
    assert not asked.is_open
    ended = asked.promise.events.get(kind=ClockEvent.Kind.CANCELLED)
    assert (ended.by, ended.reason) == (rosa, "Settled: It comes.")
    [heard] = Notice.objects.filter(recipient=cora)
    assert heard.subject == f"Settled: {asked.reference}"
    assert heard.body == (
        "Rosa Quill has settled this for the resolution team. You have nothing more to do for it."
    )


def test_without_a_concern_the_sender_reads_what_was_agreed_once(responded, asked, rosa):
    settled(responded, rosa)
    settled(responded, rosa)

    [mail] = mails_that_say(AGREED)
    assert mail.subject == f"What you asked us is settled: {asked.reference}"
    assert "Rosa Quill\n" in mail.body
    assert "If you do not agree, please tell us." in mail.body
    assert "/concern/" in mail.body
    said = theirs(asked)
    assert AGREED in said
    assert "Your concern is settled Nobody has to do anything more." in said
    assert "It is not settled" in said
    assert "Cora Hill has answered you" not in said


def test_by_telephone_it_is_noted_and_nothing_is_sent(maya, rosa, cora):
    asked = matter(case_of(cora), sender_email="")
    entry = respond(entry=on_desk(asked, maya), how=TELEPHONE, text="Rang.", by=rosa, now=NOW)
    settled(entry, rosa)

    assert mails_that_say(AGREED) == []
    assert Contact.objects.get(original=asked, message=AGREED).channel == "telephone"


@pytest.mark.rule("H68")
def test_a_formal_matter_keeps_its_date(responded, asked, rosa, cora, as_person):
    Contact.objects.filter(pk=asked.pk).update(category=Contact.Category.COMPLAINT)
    responded.contact.refresh_from_db()
    with time_machine.travel(NOW, tick=False):
        form = words_of(as_person(rosa).get(f"/resolution/{asked.reference}/settle/"))
    assert "It is a formal matter, which keeps its own dates." in form
    assert not awaits_answer(responded)
    settled(responded, rosa, agreed="")

    asked.refresh_from_db()
    assert (asked.is_open, asked.promise.owner) == (True, cora)


def test_what_the_case_owner_has_answered_needs_no_more_words(responded, asked, rosa, cora):
    answer_contact(contact=asked, answer=Contact.Answer.TELEPHONE, note="Rang.", by=cora, now=NOW)
    responded.contact.refresh_from_db()

    assert not awaits_answer(responded)
    settled(responded, rosa, agreed="")
    assert Contact.objects.get(pk=asked.pk).promise.state == "met"


def test_not_settled_after_all_it_goes_on(responded, asked, rosa, lena):
    settled(responded, rosa)

    step = further(asked, satisfied=False, now=AFTER).step
    assert step
    assert (step.number, step.handler) == (2, lena)


def test_what_was_struck_through_is_settled_without_a_word_to_anybody(
    asked, maya, rosa, lena, as_person
):
    entry = on_desk(asked, maya)
    strike_through(contact=asked, reason="Logged twice.", by=lena, now=NOW)
    with time_machine.travel(NOW, tick=False):
        form = words_of(as_person(rosa).get(f"/resolution/{asked.reference}/settle/"))
    assert "What was agreed" not in form
    before = Notice.objects.filter(recipient=None).count()
    settled(entry, rosa, agreed="")

    assert Notice.objects.filter(recipient=None).count() == before


def test_before_the_first_response_the_page_says_what_comes_first(asked, maya, rosa, as_person):
    on_desk(asked, maya)
    with time_machine.travel(NOW, tick=False):
        said = words_of(as_person(rosa).get(f"/resolution/{asked.reference}/settle/", follow=True))

    assert "Give the first response before you settle it." in said
    assert "How was it settled?" not in said
