"""The advice line: calls about no named child, kept apart from children's records (S3)."""

import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from accounts.errors import RuleBroken
from accounts.models import AccessEntry, Role
from cases.advice import ANONYMOUS, Theme, report_on, term_of
from cases.advice_actions import Advice, log_advice
from cases.matter_actions import file_contact
from cases.models import Contact
from clocks.models import Clock
from tests.factories import CaseFactory, EstablishmentFactory, TeamFactory, UserFactory

# A Wednesday, 10 in the morning.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def school(db):
    return EstablishmentFactory(urn=9_100_001, name="Thornley Grange School", town="Wexmoor")


def advice(**changes) -> Advice:
    given: dict[str, Any] = {
        "sender": Contact.Sender.ESTABLISHMENT,
        "theme": Theme.REVIEW,
        "question": "When is an interim review needed?",
        "received_at": NOW,
        "answer": "When needs have changed.",
    }
    return Advice(**given | changes)


def log(by, submission=None, **changes) -> Contact:
    return log_advice(advice=advice(**changes), submission=submission or uuid4(), by=by, now=NOW)


def call_back(by, **changes) -> Contact:
    given = {"answer": "", "sender_name": "Jo Fern", "sender_phone": "01632 960301"}
    return log(by, **given | changes)


def typed(**changes):
    given = {
        "sender": "establishment",
        "theme": "review",
        "question": "When is an interim review needed?",
        "outcome": "answered",
        "answer": "When needs have changed.",
        "received_on_day": "4",
        "received_on_month": "11",
        "received_on_year": "2026",
        "received_time": "9:45am",
        "submission": str(uuid4()),
    }
    return given | changes


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- Writing it down --------------------------------------------------------------------------


@pytest.mark.rule("S3")
def test_advice_is_logged_without_a_child_or_a_name(policy, cora, school):
    contact = log(cora, establishment=school)

    assert (contact.case, contact.sender_name, contact.theme) == (None, ANONYMOUS, "review")
    assert contact.category == Contact.Category.ADVICE_LINE
    assert contact.filing_clock is None
    assert contact.establishment == school


@pytest.mark.rule("S3")
def test_advice_given_at_once_meets_its_clock(policy, cora):
    contact = log(cora)

    assert (contact.answered_by, contact.answer_note) == (cora, "When needs have changed.")
    clock = Clock.objects.get()
    assert (clock.state, clock.owner, clock.stopped_at) == (Clock.State.MET, cora, NOW)


@pytest.mark.rule("S3")
def test_a_call_back_has_a_date_and_is_owed_by_who_took_it(policy, cora):
    contact = call_back(cora)

    assert contact.is_open
    # Five working days, by the close of the fifth.
    assert contact.promise.due_at == datetime(2026, 11, 11, 17, 30, tzinfo=UTC)
    assert list(Contact.objects.owed_by(cora.pk)) == [contact]


@pytest.mark.rule("S3")
def test_whoever_owns_no_promises_leaves_the_call_back_to_the_lead_of_the_tray(
    policy, north, lena, asif
):
    TeamFactory(lead=UserFactory(role=Role.TEAM_LEAD))
    north.takes_unfiled = True
    north.save()

    assert call_back(asif).promise.owner == lena


def test_the_same_form_twice_is_one_contact(policy, cora):
    submission = uuid4()

    assert log(cora, submission) == log(cora, submission)
    with pytest.raises(RuleBroken) as broken:
        log(cora, submission, question="Another question")

    assert broken.value.code == "submission_used"
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"sender_name": ""}, "name_missing"), ({"sender_phone": ""}, "phone_missing")],
)
def test_a_call_back_needs_a_name_and_a_number(policy, cora, changes, code):
    with pytest.raises(RuleBroken) as broken:
        call_back(cora, **changes)

    assert broken.value.code == code
    assert not Contact.objects.exists()


@pytest.mark.rule("H22")
def test_an_adviser_takes_a_call_back_but_gives_no_advice(policy, north, lena, asif):
    with pytest.raises(RuleBroken) as broken:
        log(asif)
    assert broken.value.code == "may_not_answer"

    assert call_back(asif).logged_by == asif


@pytest.mark.rule("S3")
def test_advice_is_never_filed_with_a_child(policy, cora):
    contact, case = call_back(cora), CaseFactory(owner=cora)

    with pytest.raises(RuleBroken) as broken:
        file_contact(contact=contact, case=case, by=cora, now=NOW)

    assert broken.value.code == "advice_stays_apart"
    contact.refresh_from_db()
    assert contact.case is None


def test_advice_waits_in_no_tray(policy, cora):
    call_back(cora)

    assert not Contact.objects.unfiled().exists()


# --- The form ---------------------------------------------------------------------------------


@pytest.mark.rule("S3")
def test_a_call_is_logged_on_the_page(policy, cora, school, as_person):
    client = as_person(cora)

    done = client.post(
        "/advice-line/new/", typed(establishment="grange wexmoor", sender_name="Jo"), follow=True
    )

    contact = Contact.objects.get()
    assert done.redirect_chain == [(f"/contacts/{contact.reference}/", 302)]
    assert f"Advice {contact.reference} is logged and answered." in text(done)
    assert (contact.establishment, contact.sender_name) == (school, "Jo")
    assert contact.received_at == datetime(2026, 11, 4, 9, 45, tzinfo=UTC)


def test_the_form_asks_for_no_childs_name(policy, cora, as_person):
    page = text(as_person(cora).get("/advice-line/new/"))

    assert "Do not write a child’s name" in page


def test_an_establishment_is_found_by_its_urn(policy, cora, school, as_person):
    as_person(cora).post("/advice-line/new/", typed(establishment=" 9100001 "))

    assert Contact.objects.get().establishment == school


def test_several_that_fit_are_offered_and_nothing_is_lost(policy, cora, school, as_person):
    EstablishmentFactory(urn=9_100_002, name="Thornley Green School")
    client, sent = as_person(cora), typed(establishment="Thornley")

    page = client.post("/advice-line/new/", sent)

    assert "Select which of these it is" in text(page)
    assert "Thornley Grange School, Wexmoor (URN 9100001)" in text(page)
    assert "When is an interim review needed?" in text(page)
    assert client.post("/advice-line/new/", sent | {"which": str(school.pk)}).status_code == 302
    assert Contact.objects.get().establishment == school


def test_more_than_can_be_offered_asks_for_another_word(policy, cora, as_person):
    for number in range(11):
        EstablishmentFactory(name=f"Thornley {number}")

    page = as_person(cora).post("/advice-line/new/", typed(establishment="Thornley"))

    assert "More than 10 are called that." in text(page)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sender": ""}, "Select who is calling"),
        ({"sender": "staff"}, "Select who is calling from the list"),
        ({"theme": ""}, "Select what it is about"),
        ({"question": " "}, "Enter what they asked"),
        ({"question": "x" * 20_001}, "What they asked must be 20,000 characters or less"),
        ({"outcome": ""}, "Select whether it was answered"),
        ({"answer": " "}, "Write what you advised"),
        ({"outcome": "call_back", "sender_name": "Jo"}, "Enter the number to call back"),
        ({"outcome": "call_back", "sender_phone": "1"}, "Enter the name of whom to call back"),
        ({"establishment": "Nowhere"}, "Nothing is called that. Try one word of its name"),
        ({"establishment": "a\0b"}, "Null characters are not allowed"),
        ({"received_on_day": "5"}, "The date of the call must not be in the future"),
        ({"received_time": "10:01am"}, "The time of the call must not be in the future"),
        ({"received_on_year": "2013"}, "No response standard was in force on that day"),
    ],
)
def test_a_form_filled_in_wrongly_says_what_is_wrong(policy, cora, as_person, changes, message):
    page = text(as_person(cora).post("/advice-line/new/", typed(**changes)))

    assert "There is a problem" in page
    assert message in page
    assert not Contact.objects.exists()


def test_sent_a_second_time_with_other_words_it_offers_to_log_that_too(policy, cora, as_person):
    client, sent = as_person(cora), typed()
    client.post("/advice-line/new/", sent)

    again = client.post("/advice-line/new/", sent | {"question": "And who pays?"})

    renewed = re.search(r'name="submission" value="([^"]+)"', again.content.decode())
    assert "press the button again to log it too" in text(again)
    assert renewed
    assert renewed[1] != sent["submission"]


@pytest.mark.rule("H22")
def test_an_adviser_is_offered_the_call_back_only(policy, lena, asif, as_person):
    client = as_person(asif)

    page = text(client.get("/advice-line/new/"))
    assert "Number to call back" in page
    assert "What did you advise?" not in page
    sent = typed(sender_name="Jo Fern", sender_phone="01632 960301")
    done = client.post("/advice-line/new/", sent, follow=True)

    assert "is logged." in text(done)
    assert Contact.objects.get().is_open
    refused = text(client.post("/advice-line/new/", typed()))
    assert "Enter the number to call back" in refused


# --- The list and the report ------------------------------------------------------------------


@pytest.mark.rule("S3")
def test_the_list_is_newest_first_and_narrowed_by_theme(policy, cora, school, as_person):
    call_back(cora, theme=Theme.FUNDING, received_at=datetime(2026, 11, 3, 10, tzinfo=UTC))
    log(cora, establishment=school, sender_name="Ash Reed")
    client = as_person(cora)

    page = text(client.get("/advice-line/"))
    assert page.index("Ash Reed") < page.index("Jo Fern")
    assert "Thornley Grange School, Wednesday 4 November 2026 at 10am. Answered by Cora" in page
    narrowed = text(client.get("/advice-line/?theme=funding"))
    assert "Jo Fern" in narrowed
    assert "Ash Reed" not in narrowed
    assert "Ash Reed" in text(client.get("/advice-line/?theme=rubbish"))
    entry = AccessEntry.objects.filter(kind="listed").order_by("id")[0]
    assert entry.records == sorted(Contact.objects.values_list("reference", flat=True))


@pytest.mark.rule("S3")
def test_another_teams_advice_is_counted_but_not_shown(policy, cora, oscar, as_person):
    log(cora, sender_name="Ash Reed")

    page = text(as_person(oscar).get("/advice-line/"))

    assert "Ash Reed" not in page
    assert "Annual reviews 0 1" in page


@pytest.mark.parametrize(
    ("day", "name", "first", "last"),
    [
        (date(2026, 9, 1), "Autumn term", date(2026, 9, 1), date(2026, 12, 31)),
        (date(2026, 12, 31), "Autumn term", date(2026, 9, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), "Spring term", date(2027, 1, 1), date(2027, 3, 31)),
        (date(2028, 2, 29), "Spring term", date(2028, 1, 1), date(2028, 3, 31)),
        (date(2027, 8, 31), "Summer term", date(2027, 4, 1), date(2027, 8, 31)),
    ],
)
def test_the_term_of_a_day(day, name, first, last):
    term = term_of(day)

    assert (term.name, term.first, term.last) == (name, first, last)
    assert term_of(term.before.last) == term.before


@pytest.mark.rule("S3")
def test_advice_is_counted_by_theme_and_kind_for_last_term_and_this(
    policy, cora, school, django_assert_num_queries
):
    # The last moment of the summer term in London, which is British Summer Time, and the next.
    summer = datetime(2026, 8, 31, 22, 59, 59, tzinfo=UTC)
    log(cora, received_at=summer, establishment=school)
    log(cora, received_at=datetime(2026, 8, 31, 23, tzinfo=UTC))
    log(cora, received_at=summer, theme=Theme.FUNDING)
    log(cora, received_at=datetime(2026, 3, 31, 22, 59, tzinfo=UTC))
    struck = log(cora, theme=Theme.OTHER)
    Contact.objects.filter(pk=struck.pk).update(
        struck_at=NOW, struck_by=cora, struck_reason="Logged twice"
    )

    with django_assert_num_queries(1):
        report = report_on(NOW.date())

    assert (report.last_term.name, report.this_term.name) == ("Summer term", "Autumn term")
    counts = {row.label: (row.last_term, row.this_term) for row in report.by_theme}
    assert counts == {"Annual reviews": (1, 1), "Funding and personal budgets": (1, 0)}
    kinds = {row.label: (row.last_term, row.this_term) for row in report.by_kind}
    assert kinds == {"Mainstream primary school": (1, 0), "No establishment named": (1, 1)}


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_advice(
    policy, cora, school, as_person, django_assert_num_queries, number
):
    for _ in range(number):
        log(cora, establishment=school)
    client = as_person(cora)
    client.get("/advice-line/")

    with django_assert_num_queries(11):
        client.get("/advice-line/")
