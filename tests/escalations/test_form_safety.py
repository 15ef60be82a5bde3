"""The public form: nothing typed is lost, nobody is trapped, nothing is learned from it."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from escalations.form_drafts import LASTS, Draft, unfinished
from escalations.models import Submission
from escalations.submission_actions import work_through_due
from tests.escalations.form_steps import (
    NOW,
    PARENT,
    START,
    answers_of,
    check,
    fill,
    form_of,
    last_page,
    page,
    press,
    read,
    send,
    sent,
)
from tests.factories import CaseFactory, PersonFactory, RelatedPersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_sent_too_often(policy, north):
    cache.clear()


def drafts_in(client: Client, now: datetime = NOW) -> list[Draft]:
    """What the browser's session holds at that time."""
    with time_machine.travel(now, tick=False):
        return list(unfinished(client.session, now))


# --- Nothing typed is lost ------------------------------------------------------------------


def test_answers_are_deleted_after_some_hours_and_the_last_one_typed_is_kept(client):
    form = fill(client)
    later = NOW + LASTS

    assert "not here any more" in read(client, page(form, "words"), later)
    to = press(client, page(form, "words"), {"words": "A long letter"}, later).url
    html = read(client, to, later)

    again = form_of(to)
    assert again != form
    assert to == page(again, "about")
    assert "We have kept the answer that you have just given" in html
    [kept] = drafts_in(client, later)
    assert (kept.form, kept.kept) == (again, {"words": "A long letter", "wanted": ""})


def test_a_lost_session_keeps_what_was_typed(client):
    form = fill(client)
    client.cookies.clear()

    response = press(client, page(form, "words"), {"words": "A long letter"})

    [kept] = drafts_in(client)
    assert kept.kept == {"words": "A long letter", "wanted": ""}
    assert form_of(response.url) == kept.form != form


def test_another_browser_sees_nothing_of_a_form(client):
    form = sent(client).form

    for address in (check(form), page(form, "name"), reverse("escalations:form_sent", args=[form])):
        with time_machine.travel(NOW, tick=False):
            response = Client().get(address)
        assert response.status_code == 404
        assert "not here any more" in response.content.decode()


def test_a_page_without_its_token_shows_what_was_typed(client):
    form = fill(client)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies

    response = strict.post(page(form, "words"), {"words": "A long letter <b>"})

    html = response.content.decode()
    assert response.status_code == 403
    assert "A long letter &lt;b&gt;" in html
    assert f'href="{page(form, "words")}"' in html
    assert "sign-in" not in html


def test_a_form_with_its_token_is_taken_from_anybody(client):
    strict = Client(enforce_csrf_checks=True)
    strict.get(START)

    response = strict.post(START, {"csrfmiddlewaretoken": strict.cookies["csrftoken"].value})

    assert response.url.endswith("/about/")


def test_too_many_words_are_kept_in_the_box(client):
    form = fill(client)
    words = "é" * 10_001

    response = press(client, page(form, "words"), {"words": words})

    html = response.content.decode()
    assert "What is wrong must be 10,000 characters or less" in html
    assert words in html


def test_ten_thousand_characters_with_line_ends_are_taken(client):
    words = ("x" * 98 + "\r\n") * 101 + "y"

    told = answers_of(sent(client, words={"words": words}))

    assert len(told.words) == 10_000
    assert told.words.endswith("\ny")


@pytest.mark.parametrize(
    "name",
    [
        "👩‍👧 Zoë",
        "محمد عبد الله",
        "שרה כהן",
        "Robert'); DROP TABLE escalations_submission;--",
        "<script>alert(1)</script>",
        "O’Brien & {{ 7 }} {% now %}",
        "李小龍",
        "%s %(name)s \\u0000",
    ],
)
def test_any_name_is_kept_as_it_is(client, name):
    submission = sent(client, name={"name": name}, words={"words": f"{name} says"})

    told = answers_of(submission)
    assert (told.name, told.words) == (name, f"{name} says")
    work_through_due(clock=lambda: NOW)
    submission.refresh_from_db()
    assert (submission.state, submission.contact.sender_name) == ("done", name)


def test_control_characters_are_taken_out(client):
    told = answers_of(
        sent(client, name={"name": "Ng\x00o\x1bzi"}, words={"words": "One\x07\x00\ttwo\r\nthree"})
    )

    assert (told.name, told.words) == ("Ngozi", "One\ttwo\nthree")


# --- Nobody is trapped ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "said"), [("1999", "they are 25 or older"), ("1926", "they are 25 or older")]
)
def test_an_odd_date_of_birth_is_asked_about_once_and_then_believed(client, year, said):
    form = fill(client)
    odd = PARENT["child"] | {"child_born_year": year}

    html = press(client, page(form, "child"), odd).content.decode()
    assert said in html
    [sure] = re.findall(r'name="sure" value="([^"]*)"', html)

    assert press(client, page(form, "child"), odd | {"sure": sure}).url == check(form)
    send(client, form)
    assert answers_of(Submission.objects.get()).child_born.year == int(year)


def test_a_date_that_is_no_date_can_be_left_out(client):
    form = fill(client)
    wrong = PARENT["child"] | {"child_born_day": "31"}
    nothing = {"child_name": "Amara Okafor"}

    assert "must be a real date" in press(client, page(form, "child"), wrong).content.decode()
    assert press(client, page(form, "child"), nothing).url == check(form)


def test_a_day_to_come_was_not_the_last_time(client):
    form = fill(client)
    tomorrow = {"last_on_day": "6", "last_on_month": "11", "last_on_year": "2026"}

    html = press(client, page(form, "when"), tomorrow).content.decode()

    assert "The date must be today or in the past" in html


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("about", "Select what it is about"),
        ("who", "Select who you are"),
        ("name", "Enter your name"),
        ("child", "Enter the child’s name"),
        ("before", "Select if you have told us before"),
        ("answered", "Select if anybody answered"),
        ("words", "Enter what is wrong"),
        ("urgent", "Select one, or “None of these”"),
        ("reach", "Select how we shall answer you"),
    ],
)
def test_a_page_left_empty_says_what_is_missing(client, name, said):
    form = fill(client)

    html = press(client, page(form, name), {}).content.decode()

    assert "There is a problem" in html
    assert said in unescape(html)


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("email", "Enter your e-mail address"),
        ("phone", "Enter your phone number"),
        ("letter", "Enter your address"),
    ],
)
def test_the_way_that_was_chosen_needs_its_address(client, way, said):
    form = fill(client)
    press(client, page(form, "reach"), {"reach": "letter" if way != "letter" else "phone"})

    to = press(client, page(form, "reach"), {"reach": way}).url
    html = press(client, to, {}).content.decode()

    assert to == page(form, "where")
    assert said in html


def test_an_address_that_cannot_be_right_can_be_left_for_another_way(client):
    form = fill(client)

    html = press(client, page(form, "where"), {"email": "ngozi at home"}).content.decode()
    assert "Enter an e-mail address in the correct format" in html
    assert 'value="ngozi at home"' in html

    press(client, page(form, "reach"), {"reach": "phone"})
    assert press(client, page(form, "where"), {"phone": "07700 900123"}).url == check(form)
    send(client, form)
    told = answers_of(Submission.objects.get())
    assert (told.reach, told.phone, told.email) == ("phone", "07700 900123", "")


# --- Nothing is learned ---------------------------------------------------------------------


def test_a_known_and_an_unknown_child_read_the_same_after_the_same_queries(client, cora, north):
    person = PersonFactory()
    RelatedPersonFactory(person=person, email="ngozi@example.org")
    CaseFactory(person=person, owner=cora, team=north)
    seen = []
    for child, email in (("Amara Okafor", "ngozi@example.org"), ("Nobody Atall", "no@example.org")):
        parent = Client()
        known = PARENT["child"] | {"child_name": child}
        form = fill(parent, child=known, where={"email": email})
        # What was counted for the first must not be there for the second.
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            send(parent, form)
            html = last_page(parent, form)
        queries = [without_values(query["sql"]) for query in captured.captured_queries]
        seen.append((without_values(html), queries))

    assert seen[0] == seen[1]


def without_values(text: str) -> str:
    """References, ids and tokens differ for everybody."""
    text = re.sub(r"ASK-\d+|[0-9a-f-]{36}|csrfmiddlewaretoken\" value=\"\w+", "…", text)
    return re.sub(r"'[^']*'|\b\d+\b|\bs\d+_x\d+\b", "…", text)


def test_staff_who_look_see_what_everybody_sees(as_person, cora, client):
    own = read(Client(), START)

    seen = read(as_person(cora), START)

    token = r'value="\w{64}"'
    assert re.sub(token, "", seen) == re.sub(token, "", own)


# --- Robots and crowds ----------------------------------------------------------------------


def test_a_filled_trap_gives_the_same_page_and_waits_a_day(client, policy):
    form = fill(client)

    send(client, form, website="https://spam.example.org")

    submission = Submission.objects.get()
    assert submission.reference in last_page(client, form)
    assert "people cannot see" in submission.last_error
    assert answers_of(submission).words == "The taxi does not come."
    day_later = NOW + timedelta(days=1)
    assert work_through_due(clock=lambda: day_later - timedelta(minutes=1)) == 0
    assert work_through_due(clock=lambda: day_later) == 1
    submission.refresh_from_db()
    assert submission.contact.received_at == submission.received_at


def test_one_browser_sends_so_many_in_ten_minutes_and_then_waits(client):
    for _ in range(10):
        sent(client)
    form = fill(client)

    response = send(client, form)
    assert response.status_code == 429
    assert "Your answers are safe" in response.content.decode()
    assert Submission.objects.count() == 10

    later = NOW + timedelta(minutes=11)
    assert send(client, form, later).status_code == 302
    assert Submission.objects.count() == 11


def test_one_address_sends_so_many_and_then_waits(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"concern_sent": "1/m/ip", "concern_begun": "9/m/ip"}
    sent(client)
    neighbour = Client()
    form = fill(neighbour)

    assert send(neighbour, form).status_code == 429
    assert "The taxi does not come." in read(neighbour, check(form))


# --- What happens next ----------------------------------------------------------------------


@pytest.mark.rule("H95")
def test_the_date_goes_into_a_calendar_without_a_name(client):
    form = sent(client).form
    reference = Submission.objects.get().reference
    html = last_page(client, form)
    assert "is due an answer by Tuesday 17 November 2026." in html
    assert "you can ask the team lead from Wednesday 18 November 2026." in html
    assert "What if we cannot find it? You will hear from us by Thursday 19 November" in html

    with time_machine.travel(NOW, tick=False):
        response = client.get(reverse("escalations:form_calendar", args=[form]))

    [event] = Calendar.from_ical(response.content).walk("VEVENT")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert event["DTSTART"].dt == date(2026, 11, 18)
    assert event["SUMMARY"] == f"Hear from Wexmoor County Council by today: {reference}"
    assert b"Okafor" not in response.content


@pytest.mark.rule("H61")
def test_at_night_it_is_taken_and_they_read_when_it_is_seen(client):
    # Saturday 7 November 2026, 11pm.
    night = datetime(2026, 11, 7, 23, tzinfo=UTC)

    form = sent(client, now=night).form

    html = read(client, reverse("escalations:form_sent", args=[form]), night)
    assert "Our office is closed now. We will see this on Monday 9 November 2026." in html
