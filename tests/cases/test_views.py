"""The pages of a case and a contact, used as an adviser and a coordinator use them."""

import re
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import time_machine
from django.utils.html import escape

from accounts.models import AccessEntry
from cases.forms import LogContactForm
from cases.models import Contact
from clocks.models import Closure
from tests.factories import CaseFactory, ContactFactory

# A Friday in British Summer Time, 16:50 in London, before the Early May bank holiday.
NOW = datetime(2026, 5, 1, 15, 50, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _friday_before_a_bank_holiday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(policy, cora):
    return CaseFactory(reference="EHC-000042", owner=cora)


def form(**changes):
    given = {
        "channel": "telephone",
        "sender": "parent",
        "sender_name": "Ngozi Okafor",
        "message": "When is the annual review?",
        "received_on_day": "1",
        "received_on_month": "5",
        "received_on_year": "2026",
        "received_time": "4:45pm",
        "submission": str(uuid4()),
    }
    return given | changes


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def find(client, words: str):
    """Search as the form does: post, then follow to the results."""
    return client.post("/cases/", {"q": words}, follow=True)


LOG = "/cases/EHC-000042/contacts/new/"


@pytest.mark.rule("H29")
def test_an_adviser_logs_a_call_and_reads_out_the_date(case, as_person, asif):
    response = as_person(asif).post(LOG, form(), follow=True)

    contact = Contact.objects.get()
    assert response.redirect_chain == [(f"/contacts/{contact.reference}/", 302)]
    page = text(response)
    assert f"You will hear by Tuesday 12 May 2026. Your reference is {contact.reference}." in page
    assert "Early May bank holiday" in page
    assert "Working day 5: answer due by 5:30pm" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"channel": ""}, "Select how it came"),
        ({"channel": "pigeon"}, "pigeon"),
        ({"sender": ""}, "Select who it is from"),
        ({"sender_name": ""}, "Enter the name of the person who made contact"),
        ({"sender_name": "x" * 121}, "120 characters or less"),
        ({"sender_email": "ngozi"}, "Enter an e-mail address in the correct format"),
        ({"sender_email": "n" * 250 + "@example.org"}, "254 characters or less"),
        ({"message": "  "}, "Enter what they said or asked"),
        ({"received_on_month": ""}, "Date received must include a month"),
        ({"received_on_day": "31", "received_on_month": "4"}, "Date received must be a real date"),
        ({"received_on_day": "2"}, "Date received must be today or in the past"),
        ({"received_time": "4:51pm"}, "The time received must be in the past"),
        ({"received_time": "teatime"}, "Time received must be a time"),
        ({"received_on_year": "2014"}, "No response standard was in force on that day"),
        ({"received_on_year": "2013"}, "The date received is before the child was born"),
        ({"message": "a\0b"}, "Null characters are not allowed"),
    ],
)
def test_a_form_filled_in_wrongly_says_what_is_wrong_and_saves_nothing(
    case, as_person, asif, changes, message
):
    response = as_person(asif).post(LOG, form(**changes))

    assert response.status_code == 200
    assert "There is a problem" in text(response)
    assert escape(message) in response.content.decode()
    assert "<title>Error: " in response.content.decode()
    assert not Contact.objects.exists()


def test_logging_a_second_time_with_other_words_offers_to_log_it_too(case, as_person, asif):
    client = as_person(asif)
    sent = form()
    client.post(LOG, sent)

    again = client.post(LOG, sent | {"message": "The taxi did not come."})

    assert "press the button again to log it too" in text(again)
    renewed = re.search(r'name="submission" value="([^"]+)"', again.content.decode())
    assert renewed
    assert renewed[1] != sent["submission"]
    other = {"message": "The taxi did not come.", "submission": renewed[1]}
    # The first one is open now, so the form asks whether this is about it.
    assert "Is it about something still open?" in text(client.post(LOG, sent | other))
    client.post(LOG, sent | other | {"chases": "new"})
    assert Contact.objects.count() == 2


@pytest.mark.rule("H22")
@pytest.mark.rule("H31")
def test_an_adviser_sees_dates_but_not_words_or_notes(case, as_person, asif, cora):
    ContactFactory(
        reference="CON-000007",
        case=case,
        message="He was hurt at school.",
        answered_at=NOW,
        answered_by=cora,
        answer=Contact.Answer.EMAIL,
        answer_note="Confidential note.",
    )
    client = as_person(asif)

    for path in ["/contacts/CON-000007/", "/cases/EHC-000042/"]:
        page = text(client.get(path))
        assert "CON-000007" in page or "Ngozi Okafor" in page
        assert "hurt at school" not in page
        assert "Confidential" not in page
        assert "Primary need" not in page


@pytest.mark.rule("H22")
def test_an_adviser_is_not_shown_where_a_child_learns_or_their_need(policy, as_person, asif, cora):
    CaseFactory(
        reference="EHC-000042",
        owner=cora,
        primary_need="Autistic spectrum disorder",
        establishment__name="Thornley Grange School",
    )
    for person, sees in ((asif, False), (cora, True)):
        client = as_person(person)
        pages = text(find(client, "okafor")) + text(client.get("/cases/EHC-000042/"))
        assert ("Thornley Grange" in pages) is sees
        assert ("Autistic" in pages) is sees


def test_a_promise_made_before_the_calendar_changed_is_shown_without_a_wrong_count(
    case, as_person, cora
):
    ContactFactory(
        reference="CON-000007",
        case=case,
        received_at=datetime(2026, 4, 27, 9, tzinfo=UTC),
        clock__due_at=datetime(2026, 5, 5, 16, 30, tzinfo=UTC),
    )
    client = as_person(cora)
    assert "Working day 5" in text(client.get("/contacts/CON-000007/"))

    Closure.objects.create(name="Flood", first_day=date(2026, 4, 29), last_day=date(2026, 4, 30))

    page = text(client.get("/contacts/CON-000007/"))
    assert "The calendar has been changed since" in page
    assert "Working day" not in page
    assert "Tuesday 5 May 2026" in page


def test_an_adviser_sees_what_they_took_down_themselves(case, as_person, asif):
    client = as_person(asif)
    client.post(LOG, form())

    page = text(client.get(f"/contacts/{Contact.objects.get().reference}/"))
    assert "When is the annual review?" in page


@pytest.mark.rule("H57")
def test_a_coordinator_answers_from_the_worklist(case, as_person, cora, asif):
    as_person(asif).post(LOG, form())
    reference = Contact.objects.get().reference
    client = as_person(cora)

    worklist = client.get("/").content.decode()
    assert f'href="/contacts/{reference}/answer/"' in worklist
    answered = client.post(
        f"/contacts/{reference}/answer/",
        {"answer": "telephone", "note": "Rang back."},
        follow=True,
    )

    assert answered.redirect_chain == [("/", 302)]
    assert f"{reference} is answered." in text(answered)
    assert "You owe no answers." in text(answered)
    assert "Rang back." in text(client.get("/cases/EHC-000042/"))


def test_answering_what_a_colleague_has_answered_keeps_the_note(case, as_person, cora, lena):
    ContactFactory(reference="CON-000007", case=case, received_at=NOW)
    as_person(lena).post("/contacts/CON-000007/answer/", {"answer": "email", "note": "Wrote."})

    second = as_person(cora).post(
        "/contacts/CON-000007/answer/", {"answer": "telephone", "note": "I rang as well."}
    )

    assert "Lena Marsh answered this on Friday 1 May 2026 at 4:50pm" in text(second)
    assert "I rang as well." in second.content.decode()


@pytest.mark.rule("H11")
@pytest.mark.rule("H23")
def test_every_read_and_search_is_written_down(case, as_person, asif):
    ContactFactory(reference="CON-000007", case=case, received_at=NOW)
    client = as_person(asif)
    find(client, "Okafor")
    client.get("/cases/ehc-000042/")
    client.get("/contacts/CON-000007/")
    client.get(LOG)
    client.post(LOG, {})

    entries = AccessEntry.objects.order_by("id").values_list("user", "kind", "records", "detail")
    assert list(entries) == [
        (asif.pk, "search", ["EHC-000042"], "Okafor"),
        (asif.pk, "read", ["EHC-000042"], ""),
        (asif.pk, "read", ["EHC-000042"], "CON-000007"),
        (asif.pk, "read", ["EHC-000042"], ""),
        (asif.pk, "read", ["EHC-000042"], ""),
    ]


@pytest.mark.rule("H11")
def test_what_a_worklist_shows_is_written_down(case, as_person, cora):
    ContactFactory(reference="CON-000007", case=case, received_at=NOW)
    as_person(cora).get("/")

    [entry] = AccessEntry.objects.all()
    assert (entry.kind, entry.records, entry.detail) == ("listed", ["EHC-000042"], "promises")


def test_a_childs_name_is_in_no_address_and_no_title(case, as_person, asif, cora):
    ContactFactory(reference="CON-000007", case=case, received_at=NOW)
    client = as_person(cora)
    found = find(client, "Okafor")
    pages = [found] + [
        client.get(path)
        for path in (
            "/cases/EHC-000042/",
            "/contacts/CON-000007/",
            LOG,
            "/contacts/CON-000007/answer/",
        )
    ]

    assert "Okafor" not in found.redirect_chain[-1][0]
    for page in pages:
        title = re.search("<title>(.*?)</title>", page.content.decode(), re.DOTALL)
        assert title
        assert "Okafor" not in title[1]


def test_what_people_type_is_shown_as_typed(case, as_person, asif):
    client = as_person(asif)
    client.post(LOG, form(sender_name="<b>O'Neill</b>", message="<script>alert(1)</script>"))

    page = client.get(f"/contacts/{Contact.objects.get().reference}/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_search_results_name_the_officer_and_number(case, as_person, asif):
    page = text(find(as_person(asif), "okafor"))

    assert "1 found" in page
    assert "Case owner: Cora Hill, 01632 960200" in page


def test_search_says_when_there_are_more(policy, cora, as_person, asif):
    CaseFactory.create_batch(21, owner=cora)

    assert "The first 20 found" in text(find(as_person(asif), "okafor"))


def test_the_timeline_pages_by_key(case, as_person, cora):
    for minute in range(25):
        at = datetime(2026, 4, 20, 10, minute, tzinfo=UTC)
        ContactFactory(case=case, received_at=at, sender_name=f"Caller {minute:02d}")
    client = as_person(cora)

    first = client.get("/cases/EHC-000042/")
    following = re.search(r'href="(/cases/EHC-000042/\?after=[^"]+)"', first.content.decode())

    assert following
    shown = [
        re.findall(r"Telephone call from (Caller \d\d)", page)
        for page in (
            re.sub(r"<[^>]+>", " ", first.content.decode()),
            re.sub(
                r"<[^>]+>", " ", client.get(following[1].replace("&amp;", "&")).content.decode()
            ),
        )
    ]
    assert shown == [
        [f"Caller {minute:02d}" for minute in range(24, 4, -1)],
        [f"Caller {minute:02d}" for minute in range(4, -1, -1)],
    ]


@pytest.mark.parametrize(
    ("path", "queries"),
    [("/cases/EHC-000042/", 31), ("/cases/", 17), ("/contacts/CON-000007/", 22)],
)
def test_a_page_takes_the_same_queries_for_one_row_and_for_three(
    case, as_person, cora, django_assert_num_queries, path, queries
):
    client = as_person(cora)
    if path == "/cases/":
        path = find(client, "okafor").redirect_chain[-1][0]
    ContactFactory(reference="CON-000007", case=case, received_at=NOW)
    with django_assert_num_queries(queries):
        client.get(path)
    for _ in range(2):
        ContactFactory(case=case, received_at=NOW)
        CaseFactory(owner=cora)
    with django_assert_num_queries(queries):
        client.get(path)


def test_no_field_of_the_form_takes_more_than_its_column(policy):
    form = LogContactForm(now=NOW, case=CaseFactory())
    for column in Contact._meta.get_fields():
        limit = getattr(column, "max_length", None)
        if limit and column.name in form.fields and hasattr(form.fields[column.name], "max_length"):
            assert (form.fields[column.name].max_length or 0) <= limit, column.name


@pytest.mark.rule("H23")
@pytest.mark.parametrize("words", ["con-000007", "CON000007", "con 7"])
def test_a_contacts_reference_leads_to_its_case(case, as_person, asif, words):
    ContactFactory(reference="CON-000007", case=case, received_at=NOW)

    assert "1 found" in text(find(as_person(asif), words))
