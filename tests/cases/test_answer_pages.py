"""Answering, holding, passing on and filing through their pages."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from cases.models import Contact, FormalMatter
from clocks.models import Clock
from notices.models import Notice
from tests.cases.contact_pages import SUBMISSION, page, words
from tests.cases.contacts import DUE, email, log
from tests.factories import CaseFactory, RelatedPersonFactory, UserFactory

pytestmark = pytest.mark.usefixtures("on_a_wednesday")


# Wednesday 4 November 2026, 10am.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, reference="EHC-000042")


@pytest.fixture
def contact(case):
    return log(case)


def test_a_reply_is_sent_from_the_contacts_page(contact, as_person, cora):
    client = as_person(cora)
    client.get(page(contact, "reply"))

    response = client.post(
        page(contact, "reply"), {"text": "On Monday.", "submission": SUBMISSION, "now": ""}
    )

    assert response.status_code == 302
    assert Notice.objects.get(kind="reply").next_try_at == NOW
    said = words(client.get(page(contact)))
    assert "Answered on Wednesday 4 November 2026 at 10am by Cora Hill" in said
    assert "Reply by Cora Hill" in said


@pytest.mark.rule("H61")
@pytest.mark.rule("H114")
def test_out_of_hours_the_page_offers_the_next_opening(contact, as_person, cora):
    with time_machine.travel(datetime(2026, 11, 6, 15, tzinfo=UTC), tick=False):
        client = as_person(cora)
        said = words(client.get(page(contact, "reply")))
        assert "It is Friday afternoon" in said
        assert "Send on Monday 9 November 2026 at 9am" in said

        client.post(
            page(contact, "reply"), {"text": "On Monday.", "submission": SUBMISSION, "later": ""}
        )

    assert Notice.objects.get(kind="reply").next_try_at == datetime(2026, 11, 9, 9, tzinfo=UTC)


@pytest.mark.rule("H14")
def test_the_page_says_what_became_of_each_email(contact, as_person, cora):
    client = as_person(cora)
    client.post(page(contact, "reply"), {"text": "On Monday.", "submission": SUBMISSION, "now": ""})
    assert "Acknowledgement to ngozi@example.org: on its way" in words(client.get(page(contact)))

    Notice.objects.filter(kind="acknowledgement").update(mail="sent", sent_at=NOW)
    Notice.objects.filter(kind="reply").update(mail="failed", next_try_at=None)

    said = words(client.get(page(contact)))
    assert "Acknowledgement to ngozi@example.org: sent Wednesday 4 November 2026 at 10am" in said
    assert "Reply to ngozi@example.org: Not delivered Tell them in another way." in said


@pytest.mark.rule("H54")
@pytest.mark.rule("H113")
def test_a_reply_to_many_asks_once_whether_each_needs_it(contact, as_person, cora):
    others = [
        RelatedPersonFactory(
            person=contact.case.person, email=f"p{number}@example.org", receives_letters=True
        )
        for number in range(2)
    ]
    data = {
        "text": "On Monday.",
        "submission": SUBMISSION,
        "also_to": [other.pk for other in others],
    }
    client = as_person(cora)

    asked = client.post(page(contact, "reply"), data | {"now": ""})
    assert "This goes to several people." in words(asked)
    assert "On Monday." in words(asked)
    assert not Notice.objects.filter(kind="reply").exists()

    client.post(page(contact, "reply"), data | {"asked": "on", "now": ""})
    assert Notice.objects.filter(kind="reply").count() == 3


@pytest.mark.rule("H8")
def test_who_answers_second_is_told_and_keeps_the_words_as_a_note(contact, as_person, cora, lena):
    as_person(cora).post(page(contact, "answer"), {"answer": "telephone", "note": "I rang."})
    client = as_person(lena)

    refused = client.post(page(contact, "answer"), {"answer": "email", "note": "I wrote\nas well."})
    assert "Cora Hill answered this" in words(refused)
    kept = re.search(r'name="text" value="([^"]+)"', refused.content.decode())
    spare = re.search(r'name="submission" value="([^"]+)"', refused.content.decode())
    assert kept
    assert spare
    client.post(page(contact, "note"), {"text": unescape(kept[1]), "submission": spare[1]})

    note = Contact.objects.get(link="note")
    assert (note.message, note.logged_by) == ("I wrote\nas well.", lena)


def test_holding_through_the_page_shows_the_new_date(contact, as_person, cora):
    client = as_person(cora)
    client.post(
        page(contact, "hold"),
        {
            "until_day": "24",
            "until_month": "11",
            "until_year": "2026",
            "reason": "We wait for the firm.",
        },
    )

    assert "Cora Hill answers by Tuesday 24 November 2026" in words(client.get(page(contact)))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"until_day": ""}, "must include a day"),
        ({"until_day": "22"}, "Choose a working day"),
        ({"until_day": "3"}, "Choose a later date, or answer sooner."),
        ({"until_year": "2028"}, "Choose a date within the next six months"),
        ({"reason": ""}, "Say why"),
    ],
)
def test_a_holding_reply_without_a_good_date_or_reason_is_refused(
    contact, as_person, cora, changes, problem
):
    data = {"until_day": "24", "until_month": "11", "until_year": "2026", "reason": "Waiting"}

    response = as_person(cora).post(page(contact, "hold"), data | changes)

    assert problem in words(response)
    assert Clock.objects.get().due_at == DUE


def test_passing_on_through_the_page(contact, as_person, cora, north):
    dan = UserFactory(full_name="Dan Reed", team=north)

    response = as_person(cora).post(
        page(contact, "pass_on"), {"to": dan.pk, "reason": "Knows it"}, follow=True
    )

    assert f"Dan Reed now answers {contact.reference}." in words(response)


def test_a_formal_matter_is_recognised_and_ended_through_the_pages(contact, as_person, cora):
    client = as_person(cora)
    client.post(page(contact, "formal"), {"category": "complaint"})
    assert "This formal matter has a date of its own" in words(client.get(page(contact)))

    matter = FormalMatter.objects.get()
    end = reverse("cases:end_formal", args=[contact.reference, matter.pk])
    client.post(end, {"text": "Upheld."})

    assert FormalMatter.objects.get().outcome == "Upheld."
    assert "Upheld." in words(client.get(page(contact)))


def test_a_case_that_may_not_be_seen_is_no_place_to_file(policy, as_person, lena):
    contact = log(None)
    hidden = CaseFactory(reference="EHC-000077")

    response = as_person(lena).post(page(contact, "file"), {"case": hidden.reference})

    assert "There is no case with this reference that you may see" in words(response)
    contact.refresh_from_db()
    assert contact.case is None


def test_filing_through_the_page_takes_a_reference_typed_in_small_letters(case, as_person, lena):
    contact = log(None)

    client = as_person(lena)
    asked = client.post(page(contact, "file"), {"case": " ehc-000042 "})
    assert "Is this the child? Amara Okafor, EHC-000042. Born 3 February 2014" in words(asked)
    contact.refresh_from_db()
    assert contact.case is None

    client.post(page(contact, "file"), {"case": "EHC-000042", "sure": "EHC-000042"})

    contact.refresh_from_db()
    assert contact.case == case


def test_another_reference_than_the_one_shown_is_shown_first(case, as_person, lena, cora):
    contact = log(None)
    CaseFactory(reference="EHC-000043", owner=cora)

    asked = as_person(lena).post(
        page(contact, "file"), {"case": "EHC-000043", "sure": "EHC-000042"}
    )

    assert "Is this the child?" in words(asked)
    contact.refresh_from_db()
    assert contact.case is None


def test_children_of_the_sender_and_as_told_are_suggested(case, as_person, lena, cora):
    RelatedPersonFactory(person=case.person, email="ngozi@example.org")
    told = CaseFactory(
        reference="EHC-000044",
        owner=cora,
        person__given_name="Zephyrine",
        person__family_name="Quill",
    )
    contact = log(None, email(told_child="Zephyrine Quill"))

    said = words(as_person(lena).get(page(contact, "file")))

    assert "EHC-000042" in said
    assert told.reference in said
