"""What a caller sees with the link in their confirmation, without an account."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse
from icalendar import Calendar

from callbacks.links import address_of, token_of
from callbacks.models import Booking
from callbacks.outcome_actions import mark_missed, not_reached, reached
from cases.answer_actions import answer_contact
from cases.models import Contact
from notices.models import Notice
from tests.callbacks.callers import choose, path, press, read
from tests.callbacks.cast import NGOZI, NOW, booked, slots
from tests.factories import RelatedPersonFactory

pytestmark = pytest.mark.django_db

# Tuesday 3 November 2026, 2pm to 2:30pm: Cora's first slot.
BEGINS = datetime(2026, 11, 3, 14, tzinfo=UTC)
ENDS = datetime(2026, 11, 3, 14, 30, tzinfo=UTC)
PAGES = ["callbacks:mine", "callbacks:another_time", "callbacks:not_needed", "callbacks:call_file"]


@pytest.fixture(autouse=True)
def _nobody_has_tried_too_often(db):
    cache.clear()


@pytest.fixture
def booking(case) -> Booking:
    return booked(case)


# --- Who may look ---------------------------------------------------------------------------


@pytest.mark.rule("H36")
def test_the_link_in_the_mail_opens_the_call_without_an_account(client, booking):
    mail = Notice.objects.get(address=NGOZI.email, kind="callback")
    assert address_of(booking) in mail.body

    page = read(client, booking)

    assert "Cora Hill will ring you on Tuesday 3 November 2026 at 2pm." in page
    assert "The number that ends in 123" in page
    assert "Tuesday 3 November 2026, 2pm to 2:30pm" in page
    assert booking.contact.reference in page


@pytest.mark.parametrize("name", PAGES)
def test_no_page_names_the_child_the_caller_or_the_number(client, booking, name):
    page = read(client, booking, name.partition(":")[2])

    hidden = ["Amara", "Okafor", "Ngozi", "EHC-", "07700", "900123", "ngozi@", "taxi", "sign-in"]
    assert [word for word in hidden if word in page] == []


@pytest.mark.parametrize("name", PAGES)
def test_nobody_else_is_told_or_keeps_the_address(client, booking, name):
    with time_machine.travel(NOW, tick=False):
        response = client.get(reverse(name, args=[token_of(booking)]))

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response.cookies == {}


@pytest.mark.parametrize("name", PAGES)
def test_staff_who_look_see_what_the_caller_sees(as_person, cora, client, booking, name):
    name = name.partition(":")[2]
    seen = read(client, booking, name)

    again = read(as_person(cora), booking, name)

    # Each form has a submission of its own.
    assert len(again) == len(seen)
    assert "Find a case" not in again


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("wrong", ["cut", "changed", "other number", "made up", "barred"])
def test_every_address_that_leads_to_no_call_reads_the_same(client, booking, case, name, wrong):
    token = token_of(booking)
    if wrong == "cut":
        token = token[:-1]
    if wrong == "changed":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    if wrong == "other number":
        token = f"{booking.pk + 1}{token[token.index('.') :]}"
    if wrong == "made up":
        token = "x"
    if wrong == "barred":
        RelatedPersonFactory(
            person=case.person, email="NGOZI@example.org", no_contact=True, receives_letters=False
        )

    found = client.get(reverse(name, args=[token]))
    unknown = client.get(reverse("callbacks:mine", args=["42.nobody-made-this"]))

    assert (found.status_code, unknown.status_code) == (404, 404)
    assert found.content == unknown.content
    page = found.content.decode()
    assert "We cannot find this call" in page
    assert "01632 960100" in page
    assert "We are open Monday" in page
    assert "Page not found" not in page


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (datetime(2026, 12, 3, 14, 29, 59, tzinfo=UTC), 200),
        (datetime(2026, 12, 3, 14, 30, tzinfo=UTC), 410),
    ],
)
def test_the_link_works_until_thirty_days_after_the_call(client, booking, now, status):
    with time_machine.travel(now, tick=False):
        response = client.get(path("mine", booking))
        sent = client.post(path("not_needed", booking))

    assert response.status_code == status
    booking.refresh_from_db()
    assert (sent.status_code, booking.state) == ({200: 302, 410: 410}[status], "booked")
    if status == 410:
        assert "This link has ended" in response.content.decode()
        assert "01632 960100" in response.content.decode()
        assert response["Cache-Control"] == "no-store"


def test_to_look_changes_nothing(client, booking):
    before = list(Booking.objects.values())
    for name in PAGES:
        address = reverse(name, args=[token_of(booking)])
        with time_machine.travel(NOW, tick=False):
            assert client.get(address).status_code == 200
            assert client.head(address).status_code == 200

    assert list(Booking.objects.values()) == before
    for method in ("put", "delete", "patch"):
        assert getattr(client, method)(path("not_needed", booking)).status_code == 405
    assert client.post(path("mine", booking)).status_code == 405


# --- How it stands --------------------------------------------------------------------------


def test_a_call_whose_time_has_begun_is_left_alone(client, booking):
    page = read(client, booking, now=BEGINS)
    assert "It is time for your call" in page
    assert "between 2pm and 2:30pm" in page
    assert "after 2:45pm" in page
    assert "not-needed" not in page

    response = press(client, booking, "not_needed", now=BEGINS)

    booking.refresh_from_db()
    assert booking.state == "booked"
    assert "It is time for your call" in response.content.decode()


@pytest.mark.rule("H36")
def test_a_missed_call_is_an_apology_and_a_choice(client, booking, cora):
    after = ENDS + timedelta(minutes=16)
    mark_missed(now=after)

    page = read(client, booking, now=after)
    assert "We are sorry that we did not ring" in page
    assert "You will still hear from us by Monday 9 November 2026." in page

    response = choose(client, booking, slots(cora, now=after)[2], now=after)

    assert "Your call has a new time" in response.content.decode()
    made = Booking.objects.get(follows=booking)
    booking.refresh_from_db()
    assert (booking.state, booking.missed_at) == ("moved", after)
    # Whom we did not ring did not ask for a later time.
    assert (made.breach, made.promised_by) == ("outside", booking.promised_by)
    assert made.breach_reason == "We did not ring on Tuesday 3 November 2026 at 2pm."


def test_after_a_try_without_an_answer_another_time_can_be_chosen(client, booking, cora):
    after = BEGINS + timedelta(minutes=10)
    not_reached(booking=booking, note="", submission=uuid4(), by=cora, now=after)

    page = read(client, booking, now=after)

    assert "Cora Hill rang you, and nobody answered." in page
    assert "You will still hear from us by" in page
    assert "Choose another time" in page


def test_a_call_that_was_made_is_done(client, booking, cora):
    reached(booking=booking, note="Taxi", submission=uuid4(), by=cora, now=BEGINS)

    page = read(client, booking, now=BEGINS)

    assert "Cora Hill has spoken to you." in page
    assert "another-time" not in page
    assert "not-needed" not in page
    for name in ("another_time", "not_needed"):
        with time_machine.travel(BEGINS, tick=False):
            assert client.get(path(name, booking)).status_code == 302


def test_what_was_answered_meanwhile_needs_no_other_time(client, booking, cora):
    answer = Contact.Answer.EMAIL
    answer_contact(contact=booking.contact, answer=answer, note="Monday", by=cora, now=NOW)

    page = read(client, booking)
    assert "We have answered your question since you asked for this call." in page
    assert "another-time" not in page
    response = choose(client, booking, slots(cora)[0])

    assert "Your call has changed" in response.content.decode()
    booking.refresh_from_db()
    assert booking.state == "booked"


# --- The file -------------------------------------------------------------------------------


def test_the_calendar_file_is_the_call_as_it_stands_now(client, booking, cora):
    choose(client, booking, slots(cora)[1])

    with time_machine.travel(NOW, tick=False):
        response = client.get(path("call_file", booking))

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="call.ics"'
    calendar = Calendar.from_ical(response.content)
    (event,) = calendar.walk("VEVENT")
    assert event.start == datetime(2026, 11, 3, 15, tzinfo=UTC)
    assert str(calendar["METHOD"]) == "PUBLISH"
