"""The second person at a contact's page is told of the first and keeps what was typed."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine

from cases.models import Contact
from notices.models import Notice
from tests.cases.contact_pages import LOG, SUBMISSION, call, page, words
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


HOLD = {
    "until_day": "1",
    "until_month": "12",
    "until_year": "2026",
    "reason": "We wait for\nthe firm.",
}


def hidden(response, name) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())
    assert found, name
    return unescape(found[1])


@pytest.mark.rule("H54")
@pytest.mark.rule("H113")
@pytest.mark.rule("H114")
@pytest.mark.parametrize(
    ("button", "leaves_at"),
    [
        ("now", datetime(2026, 11, 7, 12, tzinfo=UTC)),
        ("later", datetime(2026, 11, 9, 9, tzinfo=UTC)),
    ],
)
def test_a_reply_to_many_is_asked_about_once_and_then_leaves_by_either_button(
    contact, as_person, cora, button, leaves_at
):
    others = [
        RelatedPersonFactory(person=contact.case.person, email=f"p{number}@example.org")
        for number in range(2)
    ]
    data = {"text": "On Monday.", "submission": SUBMISSION, "also_to": [one.pk for one in others]}
    # A Saturday.
    with time_machine.travel(datetime(2026, 11, 7, 12, tzinfo=UTC), tick=False):
        client = as_person(cora)
        asked = client.post(page(contact, "reply"), data | {button: ""})
        assert "Send to everybody ticked" in words(asked)
        assert "Send on Monday 9 November 2026 at 9am" in words(asked)
        assert asked.content.decode().count(" checked") == 2
        client.post(page(contact, "reply"), data | {button: "", "asked": hidden(asked, "asked")})

    replies = Notice.objects.filter(kind="reply")
    assert {one.next_try_at for one in replies} == {leaves_at}
    assert replies.count() == 3


def test_who_replies_second_by_email_reads_what_they_wrote_and_by_whom_it_was_answered(
    contact, as_person, cora, lena
):
    as_person(cora).post(page(contact, "answer"), {"answer": "telephone", "note": "I rang."})

    data = {"text": "An hour\nof writing", "submission": SUBMISSION, "now": ""}
    refused = as_person(lena).post(page(contact, "reply"), data)

    assert "Cora Hill answered this on Wednesday 4 November 2026 at 10am" in words(refused)
    assert hidden(refused, "text") == "An hour\nof writing"
    assert not Notice.objects.filter(kind="reply").exists()


def test_who_answers_what_was_closed_is_told_by_whom_and_keeps_the_words(
    contact, as_person, cora, lena
):
    as_person(cora).post(page(contact, "close"), {"text": "Thanks only"})

    refused = as_person(lena).post(page(contact, "answer"), {"answer": "email", "note": "I wrote."})

    assert "Cora Hill closed this on Wednesday 4 November 2026 at 10am: Thanks only" in words(
        refused
    )
    assert hidden(refused, "text") == "I wrote."


def test_who_holds_what_was_answered_keeps_the_reason_as_a_note(contact, as_person, cora, lena):
    as_person(cora).post(page(contact, "answer"), {"answer": "telephone", "note": "I rang."})

    refused = as_person(lena).post(page(contact, "hold"), HOLD)

    assert "Add what I wrote as a note" in words(refused)
    assert hidden(refused, "text") == HOLD["reason"]


@pytest.mark.rule("H18")
def test_a_holding_reply_clicked_twice_is_one(contact, as_person, cora):
    client = as_person(cora)
    seen = hidden(client.get(page(contact, "hold")), "instead_of")

    for _ in range(2):
        response = client.post(page(contact, "hold"), HOLD | {"instead_of": seen})
        assert response.status_code == 302

    assert Contact.objects.get().clock.promises_in_a_row == 1
    assert Notice.objects.filter(kind="promised").count() == 1


@pytest.mark.rule("H18")
def test_who_holds_second_is_told_of_the_first_and_may_press_again(contact, as_person, cora, lena):
    client = as_person(lena)
    old = hidden(client.get(page(contact, "hold")), "instead_of")
    as_person(cora).post(page(contact, "hold"), HOLD | {"instead_of": old})
    client = as_person(lena)
    mine = HOLD | {"until_day": "8", "reason": "The panel meets then."}

    told = client.post(page(contact, "hold"), mine | {"instead_of": old})
    assert "Cora Hill has promised Tuesday 1 December 2026 meanwhile" in words(told)
    assert "The panel meets then." in words(told)
    assert Notice.objects.filter(kind="promised").count() == 1

    again = client.post(page(contact, "hold"), mine | {"instead_of": hidden(told, "instead_of")})
    assert again.status_code == 302
    assert Contact.objects.get().clock.due_at == datetime(2026, 12, 8, 17, 30, tzinfo=UTC)


@pytest.mark.rule("H44")
def test_a_note_written_after_going_back_is_refused_once_and_then_kept(contact, as_person, cora):
    client = as_person(cora)
    client.post(page(contact, "note"), {"text": "One", "submission": SUBMISSION})

    refused = client.post(page(contact, "note"), {"text": "Two", "submission": SUBMISSION})
    assert "This form has already been used" in words(refused)
    fresh = hidden(refused, "submission")
    client.post(page(contact, "note"), {"text": "Two", "submission": fresh})

    assert set(contact.linked.values_list("message", flat=True)) == {"One", "Two"}


@pytest.mark.rule("H8")
def test_another_parents_matter_is_refused_on_the_form_and_the_words_stay(contact, as_person, asif):
    data = call(sender_name="Bob Okafor", message="Where is she?", chases=contact.reference)

    response = as_person(asif).post(LOG, data)

    assert f"{contact.reference} is from Ngozi Okafor" in words(response)
    assert "Where is she?" in words(response)
    assert Contact.objects.count() == 1


@pytest.mark.rule("H68")
def test_a_formal_matter_is_not_offered_to_be_chased_or_joined(contact, as_person, cora, asif):
    formal = log(contact.case, email(category="complaint", subject="Complaint"))

    assert formal.reference not in words(as_person(asif).get(LOG))
    assert formal.reference not in words(as_person(cora).get(page(contact, "join")))


@pytest.mark.rule("H11")
@pytest.mark.parametrize("act", ["close", "strike"])
def test_a_long_reason_is_kept_whole(contact, as_person, cora, act):
    reason = "because " * 200 + "END"

    as_person(cora).post(page(contact, act), {"text": reason})

    clock = Contact.objects.get().clock
    assert not clock.is_open
    assert clock.events.get(kind="cancelled").reason.endswith(reason)
    assert Contact.objects.get().struck_reason == (reason if act == "strike" else "")


def test_striking_what_was_chased_says_what_to_do_first(contact, as_person, cora):
    log(contact.case, email(received_at=NOW), chases=contact)

    response = as_person(cora).post(page(contact, "strike"), {"text": "Logged twice"})

    assert "Make what they asked a matter of its own first" in words(response)
    assert Contact.objects.get(pk=contact.pk).struck_at is None
