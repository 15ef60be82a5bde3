"""The pages of the contact log, as coordinators and advisers press their buttons."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Absence
from cases.answer_actions import add_note
from cases.models import Contact, FormalMatter
from notices.models import Notice
from tests.cases.contact_pages import LOG, call, page, words
from tests.cases.contacts import email, log
from tests.factories import CaseFactory, RelatedPersonFactory

pytestmark = pytest.mark.usefixtures("on_a_wednesday")


# Wednesday 4 November 2026, 10am.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, reference="EHC-000042")


@pytest.fixture
def contact(case):
    return log(case)


# --- Logging --------------------------------------------------------------------------------


@pytest.mark.rule("H8")
def test_an_open_matter_is_offered_and_choosing_it_logs_a_chaser(contact, as_person, asif):
    client = as_person(asif)
    assert contact.reference in words(client.get(LOG))

    response = client.post(LOG, call(chases=contact.reference), follow=True)

    chaser = Contact.objects.get(channel="telephone")
    assert (chaser.link, chaser.original) == (Contact.Link.CHASER, contact)
    assert f"{chaser.reference} is with {contact.reference}. Its date stays." in words(response)


def test_the_second_of_two_clicks_leads_to_the_one_contact(case, as_person, asif):
    client = as_person(asif)

    first = client.post(LOG, call())
    second = client.post(LOG, call())

    assert (first.status_code, first.url) == (second.status_code, second.url)
    assert Contact.objects.count() == 1


@pytest.mark.rule("H1")
@pytest.mark.parametrize(
    "channel",
    ["telephone", "voicemail", "email", "letter", "face_to_face", "video", "portal_message"],
)
def test_every_channel_that_comes_in_can_be_logged(case, as_person, cora, channel):
    as_person(cora).post(LOG, call(channel=channel))

    assert Contact.objects.get().clock.standard.code == f"contact.{channel}"


def test_somebody_known_is_taken_over_with_number_and_address(case, as_person, asif):
    mother = RelatedPersonFactory(
        person=case.person, name="Ngozi Okafor", phone="07700 900123", email="n@example.org"
    )

    as_person(asif).post(LOG, call(sender_name="", sender_person=mother.pk))

    contact = Contact.objects.get()
    assert (contact.sender_person, contact.sender_name) == (mother, "Ngozi Okafor")
    assert (contact.sender_phone, contact.sender_email) == ("07700 900123", "n@example.org")


def test_somebody_of_another_child_is_no_choice(case, as_person, asif):
    stranger = RelatedPersonFactory()

    response = as_person(asif).post(LOG, call(sender_person=stranger.pk))

    assert "There is a problem" in words(response)
    assert not Contact.objects.exists()


@pytest.mark.rule("H67")
def test_a_child_that_cannot_be_found_is_logged_into_the_tray(policy, as_person, asif, lena):
    client = as_person(asif)
    response = client.post(
        "/contacts/new/", call(told_child="Amara, about 12, Thornley School"), follow=True
    )

    contact = Contact.objects.get()
    assert (contact.case, contact.filing_clock.owner) == (None, lena)
    assert "Amara, about 12, Thornley School" in words(response)
    assert contact.reference in words(as_person(lena).get("/tray/"))


def test_without_a_word_about_the_child_the_tray_takes_nothing(policy, as_person, asif, lena):
    response = as_person(asif).post("/contacts/new/", call())

    assert "Enter what you know about the child" in words(response)


@pytest.mark.rule("H44")
def test_a_call_we_made_needs_a_note_and_with_whom(case, as_person, cora):
    response = as_person(cora).post("/cases/EHC-000042/sent/", call(message="", with_whom=""))

    said = words(response)
    assert "Enter a note" in said
    assert "Enter with whom" in said
    assert not Contact.objects.exists()


@pytest.mark.rule("H12")
def test_a_note_is_internal_and_not_shown_to_advisers(case, as_person, cora, asif):
    as_person(cora).post("/cases/EHC-000042/sent/", call(channel="note", message="Be gentle."))

    note = Contact.objects.get()
    assert (note.internal, note.clock) == (True, None)
    assert "Be gentle." in words(as_person(cora).get("/cases/EHC-000042/"))
    assert "Be gentle." not in words(as_person(asif).get("/cases/EHC-000042/"))
    assert as_person(asif).get(page(note)).status_code == 404


# --- The timeline ---------------------------------------------------------------------------


@pytest.mark.rule("H1")
def test_the_timeline_mixes_everything_in_order_and_narrows_by_kind(contact, as_person, cora, asif):
    log(contact.case, email(received_at=NOW, subject="Re: Taxi", message="Hello?"), chases=contact)
    client = as_person(cora)
    client.post("/cases/EHC-000042/sent/", call(channel="note", message="Rang the firm."))

    everything = words(client.get("/cases/EHC-000042/"))
    first, second, third = (
        everything.index(part) for part in ("Hello?", "Rang the firm.", "When does the taxi start?")
    )
    assert first < second < third
    only_notes = words(client.get("/cases/EHC-000042/?show=notes"))
    assert "Rang the firm." in only_notes
    assert "When does the taxi start?" not in only_notes
    only_chasers = words(client.get("/cases/EHC-000042/?show=chasers"))
    assert "Hello?" in only_chasers
    assert "Rang the firm." not in only_chasers
    assert "Rang the firm." in words(client.get("/cases/EHC-000042/?show=rubbish"))


def test_what_is_struck_through_stays_to_be_read(contact, as_person, cora):
    as_person(cora).post(page(contact, "strike"), {"text": "Logged twice"})

    said = as_person(cora).get("/cases/EHC-000042/")
    assert "<s>When does the taxi start?</s>" in said.content.decode()
    assert "by Cora Hill: Logged twice" in words(said)


# --- What the page of a contact says --------------------------------------------------------


@pytest.mark.rule("H64")
def test_a_chaser_that_says_urgent_offers_the_decision(contact, as_person, cora):
    chaser = log(contact.case, email(received_at=NOW, subject="URGENT taxi"), chases=contact)
    plain = log(contact.case, email(received_at=NOW, subject="Re: Taxi"), chases=contact)
    client = as_person(cora)

    assert page(chaser, "urgency") in client.get(page(chaser)).content.decode()
    assert page(plain, "urgency") not in client.get(page(plain)).content.decode()


@pytest.mark.rule("H62")
def test_a_chaser_that_the_cover_has_opened_is_read(contact, as_person, cora, lena, oscar):
    chaser = log(contact.case, email(received_at=NOW), chases=contact)
    as_person(lena).get(page(chaser))
    chaser.refresh_from_db()
    assert chaser.seen_at is None
    Absence.objects.create(
        person=cora, cover=lena, first_day=date(2026, 11, 1), last_day=date(2026, 11, 10)
    )

    as_person(lena).get(page(chaser))

    chaser.refresh_from_db()
    assert chaser.seen_at == NOW


@pytest.mark.rule("H48")
def test_a_follow_up_without_an_address_does_not_say_that_the_sender_was_told(
    case, as_person, cora
):
    first = log(case, email(sender_email=""))
    late = datetime(2026, 11, 19, 10, tzinfo=UTC)
    again = log(case, email(sender_email="", received_at=late), chases=first)

    with time_machine.travel(late, tick=False):
        said = words(as_person(cora).get(page(again)))

    assert "It came after the date." in said
    assert "has been told" not in said
    assert not Notice.objects.filter(recipient=None).exists()


@pytest.mark.rule("H68")
def test_a_formal_matter_is_withdrawn_through_the_page_and_another_begun(contact, as_person, cora):
    client = as_person(cora)
    client.post(page(contact, "formal"), {"category": "complaint"})
    matter = FormalMatter.objects.get()
    withdraw = reverse("cases:withdraw_formal", args=[contact.reference, matter.pk])
    assert withdraw in client.get(page(contact)).content.decode()

    client.post(withdraw, {"text": "She asks for an assessment."})
    client.post(page(contact, "formal"), {"category": "assessment_request"})

    said = words(client.get(page(contact)))
    assert "Withdrawn as a mistake on Wednesday 4 November 2026 at 10am" in said
    assert "She asks for an assessment." in said
    assert [one.category for one in FormalMatter.objects.owed()] == ["assessment_request"]


@pytest.mark.rule("H68")
@pytest.mark.parametrize("act", ["end_formal", "withdraw_formal"])
def test_the_formal_matter_of_another_contact_is_not_there(contact, as_person, cora, act):
    log(contact.case, email(category="complaint", subject="Complaint"))
    matter = FormalMatter.objects.get()
    client = as_person(cora)

    address = reverse(f"cases:{act}", args=[contact.reference, matter.pk])
    assert client.get(address).status_code == 404
    assert client.post(address, {"text": "x"}).status_code == 404
    assert matter.clock.is_open


@pytest.mark.parametrize(
    ("act", "data"),
    [
        ("file", {"case": "EHC-000042", "sure": "EHC-000042"}),
        ("urgency", {"decision": "no", "note": "In turn"}),
    ],
)
def test_for_a_caller_the_page_asks_how_they_were_told(case, as_person, lena, act, data):
    filed = None if act == "file" else case
    contact = log(filed, email(channel="telephone", sender_email="", told_child="A"))
    client = as_person(lena)

    assert "Say how you have told them" in words(client.post(page(contact, act), data))
    done = client.post(page(contact, act), data | {"told_how": "by telephone"})

    assert done.status_code == 302


@pytest.mark.rule("H55")
def test_what_named_somebody_second_is_listed_for_information(case, as_person, cora, oscar):
    contact = log(case, email(to=(cora, oscar)))

    said = words(as_person(oscar).get("/copies/"))

    assert contact.reference in said
    assert contact.reference not in words(as_person(cora).get("/copies/"))


def test_a_contact_and_its_case_ask_the_same_however_much_belongs_to_them(contact, as_person, cora):
    client = as_person(cora)
    counts = []
    for number in (1, 4):
        for nth in range(number):
            again = email(received_at=NOW, subject=f"Number {number}.{nth}")
            log(contact.case, again, chases=contact)
            add_note(contact=contact, text="x", submission=uuid4(), by=cora, now=NOW)
        counts.append(
            [queries_of(client, url) for url in (page(contact), "/cases/EHC-000042/", LOG)]
        )

    assert counts[0] == counts[1]


def queries_of(client, url) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_opening_a_note_about_no_promise_shows_no_date(contact, as_person, cora):
    note = add_note(contact=contact, text="A note", submission=uuid4(), by=cora, now=NOW)

    assert "Why this date" not in words(as_person(cora).get(page(note)))
