"""Answering, holding, passing on and filing through their pages; and second people."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from cases.models import Contact, FormalMatter
from clocks.models import Clock
from notices.models import Notice
from tests.cases.contacts import DUE, email, log
from tests.factories import CaseFactory, RelatedPersonFactory, UserFactory

# Wednesday 4 November 2026, 10am.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
SUBMISSION = "00000000-0000-4000-8000-00000000000a"


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(policy, cora):
    return CaseFactory(owner=cora, reference="EHC-000042")


@pytest.fixture
def contact(case):
    return log(case)


def words(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def page(contact, act="contact") -> str:
    return reverse(f"cases:{act}", args=[contact.reference])


def call(**changes):
    return {
        "channel": "telephone",
        "sender": "parent",
        "sender_name": "Ngozi Okafor",
        "message": "Any news?",
        "received_on_day": "4",
        "received_on_month": "11",
        "received_on_year": "2026",
        "received_time": "9:30am",
        "submission": SUBMISSION,
    } | changes


LOG = "/cases/EHC-000042/contacts/new/"


# --- Answering ------------------------------------------------------------------------------


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


# --- Second people, and what was typed -------------------------------------------------------


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
