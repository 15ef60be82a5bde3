"""Somebody who asked before writes from a new address: protected, told the truth, and not lost."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.errors import RuleBroken
from cases.actions import log_contact
from cases.models import Contact, RelatedPerson
from cases.received import Received
from escalations.likely import likely_matter
from escalations.links import birthdays, token_of
from escalations.models import EscalationStep
from escalations.same_matter_actions import say_it_is_the_same
from notices.models import Notice
from tests.escalations.senders import LATE, NOW, family, mails, sent, service, told

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H97")]

DAY = timedelta(days=1)
NEW = "ngozi.new@example.net"
ASKED = {
    "answered": "no",
    "last_how": "telephone",
    "last_on": date(2026, 11, 2),
    "email": NEW,
    "words": "You have not rung me.",
}
UNSURE = "The address you wrote from is not one that we have for this."


@pytest.fixture
def case(policy, cora, north):
    cache.clear()
    service(north)
    return family(cora, north)


@pytest.fixture
def rang(case, cora) -> Contact:
    """She rang on Monday 2 November: an answer was due by the next Monday."""
    return call(case, cora)


def call(case, by, now=NOW, **changes) -> Contact:
    given = {
        "channel": Contact.Channel.TELEPHONE,
        "sender": Contact.Sender.PARENT,
        "sender_name": "Ngozi Okafor",
        "message": "When does the taxi start?",
        "received_at": now,
    }
    received = Received(**given | changes)
    return log_contact(case=case, received=received, submission=uuid4(), by=by, now=now)


def written(now=LATE, **changes) -> Contact:
    contact = sent(now, **ASKED | changes).contact
    assert contact
    return Contact.objects.get(pk=contact.pk)


def page_of(as_person, person, contact: Contact, now=LATE) -> str:
    with time_machine.travel(now, tick=False):
        return as_person(person).get(f"/contacts/{contact.reference}/").content.decode()


def click(as_person, person, contact: Contact, matter: Contact, now=LATE) -> str:
    with time_machine.travel(now, tick=False):
        address = reverse("escalations:same_matter", args=[contact.reference])
        response = as_person(person).post(address, {"matter": matter.reference}, follow=True)
    return response.content.decode()


# --- What they are told ---------------------------------------------------------------------


@pytest.mark.rule("H22")
def test_whoever_writes_from_a_new_address_reads_the_same_whatever_we_know(rang):
    found = written()
    nothing = written(child_name="Nobody Known")
    bodies = {
        re.sub(r"(CON|ESC|ASK)-\d+|/concern/\S+", "#", told(one, "first").body)
        for one in (found, nothing)
    }
    assert len(bodies) == 1
    [body] = bodies
    assert UNSURE in body
    assert "we have not found" not in body


def test_whoever_is_known_is_told_that_there_is_none(case):
    contact = written(email="ngozi@example.org")
    assert "we have not found that message" in told(contact, "first").body


# --- What staff see -------------------------------------------------------------------------


def test_whoever_gets_it_sees_what_it_is_probably_about(as_person, rang, cora):
    contact = written()
    page = page_of(as_person, cora, contact)
    assert f"/contacts/{rang.reference}/" in page
    assert "Probably about" in page
    assert "Telephone call of Monday 2 November 2026, from the same name: Ngozi Okafor." in page
    assert f"It is the same person: count from {rang.reference}" in page


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Sam Lee"},
        {"answered": "never", "last_how": "", "last_on": None},
        {"email": "ngozi@example.org", "answered": "yes", "helped": True},
        {"formal": "complaint"},
    ],
)
def test_nothing_is_offered_that_nothing_shows(as_person, rang, cora, changes):
    contact = written(**changes)
    assert likely_matter(contact) is None
    assert "Probably about" not in page_of(as_person, cora, contact)


def test_the_nearest_to_the_day_they_give_is_offered(case, cora, rang):
    other = call(case, cora, NOW + 5 * DAY)
    assert likely_matter(written()) == rang
    again = written(last_on=date(2026, 11, 8), email="ngozi.again@example.net")
    assert likely_matter(again) == other


def test_a_stranger_is_not_taken_for_the_one_before_them(case):
    sent(email="sam@example.net")
    assert likely_matter(written()) is None


# --- One click ------------------------------------------------------------------------------


def test_in_one_click_the_ladder_counts_from_the_first_message(as_person, rang, cora, lena):
    contact = written()
    for _ in range(2):
        page = click(as_person, cora, contact, rang)

    [step] = EscalationStep.objects.all()
    assert (step.escalation.matter, step.number, step.handler) == (rang, 2, lena)
    assert (step.ground, step.contact.message) == ("no_answer", contact.message)
    assert f"It counts from {rang.reference}. Lena Marsh has it now." in page
    contact.refresh_from_db()
    assert (contact.original, contact.link, contact.promise.state) == (
        rang,
        "follow_up",
        "cancelled",
    )


@pytest.mark.rule("H22")
def test_they_are_told_at_the_address_on_the_record_and_at_no_other(as_person, rang, cora):
    contact = written()
    before = mails(NEW)
    page = click(as_person, cora, contact, rang)
    assert "They are told by e-mail, at the address on the record." in page
    assert mails(NEW) == before
    [mail] = Notice.objects.filter(address="ngozi@example.org", recipient=None)
    assert "Lena Marsh" in mail.body


@pytest.mark.rule("H22")
def test_the_link_at_the_new_address_opens_nothing_of_the_first_message(rang, cora):
    contact = written()
    assert birthdays(contact) == {date(2014, 2, 3)}
    say_it_is_the_same(contact=contact, matter=rang, by=cora, now=LATE)
    contact = Contact.objects.get(pk=contact.pk)
    assert birthdays(contact) == set()
    born = {"born_day": "3", "born_month": "2", "born_year": "2014"}
    with time_machine.travel(LATE, tick=False):
        address = reverse("escalations:follow", args=[token_of(contact)])
        page = Client().post(address, born, follow=True).content.decode()
    assert "We cannot open it with this date." in page


def test_without_an_address_on_the_record_somebody_has_to_ring(as_person, rang, cora):
    RelatedPerson.objects.update(email="")
    page = click(as_person, cora, written(), rang)
    assert "please ring them." in page
    assert EscalationStep.objects.get().escalation.matter == rang


def test_inside_the_window_it_waits_with_the_first_message(as_person, rang, cora):
    now = NOW + DAY
    contact = written(now)
    page = click(as_person, cora, contact, rang, now)
    assert not EscalationStep.objects.exists()
    assert "an answer comes by Monday 9 November 2026" in page
    contact.refresh_from_db()
    assert (contact.original, contact.link) == (rang, "chaser")


def test_only_what_is_offered_can_be_put_together(as_person, case, rang, cora):
    father = call(case, cora, sender_name="Emeka Okafor")
    contact = written()
    page = click(as_person, cora, contact, father)
    assert "Nothing shows that these two are from the same person." in page
    with pytest.raises(RuleBroken) as refused:
        say_it_is_the_same(contact=rang, matter=father, by=cora, now=LATE)
    assert refused.value.code == "not_alike"
    assert not EscalationStep.objects.exists()


@pytest.mark.rule("H22")
def test_nobody_does_it_who_may_not_answer_or_see_the_child(as_person, rang, asif, oscar):
    contact = written()
    address = reverse("escalations:same_matter", args=[contact.reference])
    statuses = []
    with time_machine.travel(LATE, tick=False):
        for person in (asif, oscar):
            statuses.append(as_person(person).post(address, {"matter": rang.reference}).status_code)
    assert statuses == [404, 404]
    assert not EscalationStep.objects.exists()
    assert "Probably about" not in page_of(as_person, asif, contact)
