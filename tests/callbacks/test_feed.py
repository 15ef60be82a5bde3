"""The secret address: what a calendar program reads there, and who can."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse
from icalendar import Calendar

from accounts.errors import RuleBroken
from accounts.models import AccessEntry, Role
from callbacks.calendar_words import initials
from callbacks.feed_actions import digest_of, make_feed, revoke_feed
from callbacks.invitations import entry_for_owner
from callbacks.models import Booking, CalendarFeed, Slot
from cases.models import Person
from clocks.calendars import LONDON
from diaries.models import Block, DutyShift
from tests.factories import ContactFactory, UserFactory

# A Wednesday.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
AT_TWO = datetime(2026, 11, 5, 14, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


def book(owner, starts_at: datetime = AT_TWO, number: int = 123, **changes: Any) -> Booking:
    """A booked call, in whatever state."""
    contact = ContactFactory(case__reference=f"EHC-{number:06d}", reference=f"CON-{number:06d}")
    ends_at = starts_at + HALF_AN_HOUR
    slot = Slot.objects.create(owner=owner, period=DateTimeTZRange(starts_at, ends_at), made_at=NOW)
    given: dict[str, Any] = {
        "slot": slot,
        "owner": owner,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "contact": contact,
        "caller_name": "Ngozi Okafor",
        "caller_phone": "01632 960555",
        "caller_email": "ngozi@example.org",
        "booked_by": owner,
        "booked_at": NOW,
        "promised_by": NOW + timedelta(days=7),
        "submission": uuid4(),
    }
    return Booking.objects.create(**given | changes)


def block(person, **changes: Any) -> Block:
    given: dict[str, Any] = {
        "person": person,
        "kind": Block.Kind.MEETING,
        "period": DateTimeTZRange(AT_TWO, AT_TWO + HALF_AN_HOUR),
        "made_by": person,
        "made_at": NOW,
    }
    return Block.objects.create(**given | changes)


def duty(person, day: date) -> DutyShift:
    return DutyShift.objects.create(
        team=person.team, day=day, person=person, made_by=person, made_at=NOW
    )


def path_of(secret: str) -> str:
    return reverse("feed:read", args=[secret])


@pytest.fixture
def secret(policy, cora) -> str:
    return make_feed(by=cora, now=NOW)[1]


def summaries(content: bytes) -> dict[str, str]:
    """Every entry: what it is called, by its identity."""
    calendar = Calendar.from_ical(content)
    return {str(event["UID"]): str(event["SUMMARY"]) for event in calendar.walk("VEVENT")}


def test_a_calendar_program_is_given_calls_meetings_and_duty(client, cora, secret):
    call = book(cora)
    meeting, training = block(cora, title="Panel, room 4"), block(cora, kind=Block.Kind.TRAINING)
    shift = duty(cora, date(2026, 11, 6))

    response = client.get(path_of(secret))

    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(response.content)
    assert str(calendar["METHOD"]) == "PUBLISH"
    assert str(calendar["X-WR-CALNAME"]) == "SEND Portal: Cora Hill"
    assert summaries(response.content) == {
        f"booking-{call.pk}@127.0.0.1": "Callback: A. O., EHC-000123",
        f"block-{meeting.pk}@127.0.0.1": "Meeting: Panel, room 4",
        f"block-{training.pk}@127.0.0.1": "Training",
        f"duty-{shift.pk}@127.0.0.1": "Duty: North team",
    }
    times = {str(event["UID"]).split("-")[0]: event for event in calendar.walk("VEVENT")}
    assert (times["booking"].start, times["booking"].end) == (AT_TWO, AT_TWO + HALF_AN_HOUR)
    assert (times["duty"].start, times["duty"].end) == (date(2026, 11, 6), date(2026, 11, 7))


def test_a_calendar_holds_no_name_and_no_number(client, cora, secret):
    book(cora, note="Rang about the taxi", best_time="After school")

    content = client.get(path_of(secret)).content.decode().replace("\r\n ", "")

    hidden = ["Amara", "Okafor", "Ngozi", "960555", "taxi", "school", "ngozi@example.org"]
    assert [word for word in hidden if word in content] == []
    assert "URL:http://127.0.0.1:8000/contacts/CON-000123/" in content


def test_what_was_called_off_or_withdrawn_is_not_in_it(client, cora, secret):
    for number, state in enumerate([Booking.State.MOVED, Booking.State.CANCELLED], 1):
        hour = AT_TWO + timedelta(hours=number)
        book(cora, hour, number, state=state, ended_at=NOW)
    block(cora, withdrawn_at=NOW, withdrawn_by=cora)

    assert summaries(client.get(path_of(secret)).content) == {}


@pytest.mark.parametrize("state", ["booked", "no_answer", "missed", "reached"])
def test_a_call_stays_in_it_whatever_came_of_it(client, cora, secret, state):
    book(cora, state=state, ended_at=NOW if state == "reached" else None)

    assert len(summaries(client.get(path_of(secret)).content)) == 1


@pytest.mark.parametrize(
    ("starts_at", "shown"),
    [
        # 14 days back and 90 ahead, in London's days: the clocks went back on 25 October.
        (datetime(2026, 10, 20, 22, 30, tzinfo=UTC), 0),
        (datetime(2026, 10, 20, 23, tzinfo=UTC), 1),
        (datetime(2027, 2, 2, 23, 30, tzinfo=UTC), 1),
        (datetime(2027, 2, 3, 0, tzinfo=UTC), 0),
    ],
)
def test_it_goes_two_weeks_back_and_three_months_ahead(client, cora, secret, starts_at, shown):
    book(cora, starts_at)
    block(cora, period=DateTimeTZRange(starts_at, starts_at + HALF_AN_HOUR))
    duty(cora, starts_at.astimezone(LONDON).date())

    assert len(summaries(client.get(path_of(secret)).content)) == 3 * shown


def test_somebody_elses_things_are_not_in_it(client, cora, oscar, secret):
    book(oscar)
    block(oscar)
    duty(oscar, date(2026, 11, 6))

    assert summaries(client.get(path_of(secret)).content) == {}


def test_a_call_about_a_case_that_was_closed_to_them_is_not_in_it(client, cora, secret):
    call = book(cora)
    case = call.contact.case
    assert case is not None
    case.restricted, case.restricted_reason = True, "A reason"
    case.save()

    assert summaries(client.get(path_of(secret)).content) == {}


@pytest.mark.parametrize("change", ["revoked", "renewed", "left", "no diary any more"])
def test_an_address_that_has_ended_is_as_unknown_as_one_that_never_was(
    client, cora, secret, change
):
    if change == "revoked":
        revoke_feed(by=cora, now=NOW)
    if change == "renewed":
        make_feed(by=cora, now=NOW)
    if change == "left":
        cora.is_active = False
    if change == "no diary any more":
        cora.role = Role.ADMINISTRATOR
    cora.save()

    ended, unknown = client.get(path_of(secret)), client.get(path_of("x" * 43))

    assert (ended.status_code, unknown.status_code) == (404, 404)
    assert ended.content == unknown.content


def test_the_digest_in_the_database_opens_nothing(client, secret):
    feed = CalendarFeed.objects.get()

    assert feed.digest == digest_of(secret)
    assert client.get(path_of(feed.digest)).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_it_is_only_read(client, secret, method):
    assert getattr(client, method)(path_of(secret)).status_code == 405


def test_a_head_request_says_the_same_without_the_content(client, cora, secret):
    book(cora)
    got, head = client.get(path_of(secret)), client.head(path_of(secret))

    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == got["ETag"]


def test_what_has_not_changed_is_not_sent_again(client, cora, secret):
    call = book(cora)
    first = client.get(path_of(secret))
    assert first["Cache-Control"] == "private, max-age=300"

    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        again = client.get(path_of(secret), headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        Booking.objects.filter(pk=call.pk).update(state="cancelled", ended_at=NOW)
        changed = client.get(path_of(secret), headers={"if-none-match": first["ETag"]})

    assert changed.status_code == 200
    assert summaries(changed.content) == {}


@pytest.mark.parametrize("rows", [1, 3])
def test_reading_takes_the_same_queries_however_much_there_is(
    client, cora, secret, django_assert_num_queries, rows
):
    for number in range(rows):
        hour = AT_TWO + timedelta(hours=number)
        book(cora, hour, number + 1)
        block(cora, period=DateTimeTZRange(hour, hour + HALF_AN_HOUR))
        duty(cora, date(2026, 11, 6 + number))
    client.get(path_of(secret))

    with django_assert_num_queries(4):
        response = client.get(path_of(secret))

    assert len(summaries(response.content)) == 3 * rows
    with django_assert_num_queries(4):
        client.get(path_of(secret), headers={"if-none-match": response["ETag"]})


@pytest.mark.rule("H23")
def test_a_reading_is_written_down_once_a_day(client, cora, secret):
    book(cora)
    moments = [NOW, NOW + timedelta(hours=23, minutes=59), NOW + timedelta(hours=24)]
    noted = []
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            client.get(path_of(secret))
        noted.append(CalendarFeed.objects.get().last_read_at)

    assert noted == [moments[0], moments[0], moments[2]]
    entries = AccessEntry.objects.order_by("at").values_list("user", "kind", "records", "at")
    assert list(entries) == [
        (cora.pk, "listed", ["EHC-000123"], moments[0]),
        (cora.pk, "listed", ["EHC-000123"], moments[2]),
    ]


def test_a_second_address_ends_the_first(client, cora):
    _, first = make_feed(by=cora, now=NOW)
    _, second = make_feed(by=cora, now=NOW + timedelta(minutes=1))

    assert first != second
    assert client.get(path_of(first)).status_code == 404
    assert client.get(path_of(second)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_leave_one_address(cora):
    ready = threading.Barrier(4)

    def click() -> None:
        ready.wait(timeout=20)
        make_feed(by=cora, now=NOW)
        connection.close()

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(timeout=20)

    assert CalendarFeed.objects.count() == 4
    assert CalendarFeed.objects.in_use().count() == 1


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_who_has_no_diary_gets_no_address(db, role):
    with pytest.raises(RuleBroken) as broken:
        make_feed(by=UserFactory(role=role), now=NOW)

    assert broken.value.code == "no_diary"
    assert not CalendarFeed.objects.exists()


def test_the_page_shows_a_new_address_once(as_person, cora, client):
    page = as_person(cora).post(reverse("feed:mine")).content.decode()

    [before, rest] = page.split('value="http://127.0.0.1:8000/calendar/')
    address = f"/calendar/{rest.partition(chr(34))[0]}"
    assert "Copy it now" in before
    client.logout()
    assert client.get(address).status_code == 200
    again = as_person(cora).get(reverse("feed:mine"))
    assert address not in again.content.decode()
    assert again["Cache-Control"] == "no-store"
    assert "last read it on Wednesday 4 November 2026" in again.content.decode()


def test_the_page_says_that_nothing_has_read_it_yet(as_person, cora, secret):
    page = as_person(cora).get(reverse("feed:mine")).content.decode()

    assert "You made an address on Wednesday 4 November 2026 at 10am" in page
    assert "No calendar has read it yet" in page


def test_stopping_ends_the_address_and_twice_is_harmless(as_person, cora, secret):
    client = as_person(cora)
    for _ in range(2):
        assert client.post(reverse("feed:stop")).status_code == 302

    page = client.get(reverse("feed:mine")).content.decode()
    assert "The address has stopped working" in page
    assert "Stop the address" not in page
    assert client.get(path_of(secret)).status_code == 404


def test_ones_own_address_is_the_only_one_that_is_stopped(as_person, oscar, secret):
    as_person(oscar).post(reverse("feed:stop"))

    assert CalendarFeed.objects.in_use().count() == 1


@pytest.mark.parametrize(
    ("given", "family", "letters"),
    [
        ("Amara", "Okafor", "A. O."),
        ("élodie", "o’Brien", "É. O."),
        ("’Ana", "-", "A."),
        ("Mary-Jane", "van der Berg", "M. V."),
        ("عبد", "محمد", "ع. م."),
        ("E\u0301va", "李", "É. 李."),
    ],
)
def test_initials_are_the_first_letters(given, family, letters):
    assert initials(Person(given_name=given, family_name=family)) == letters


def test_the_invitation_by_mail_is_the_same_entry_as_in_the_feed(client, cora, secret):
    call = book(cora)

    (asked,) = Calendar.from_ical(entry_for_owner(call)).walk("VEVENT")
    (shown,) = Calendar.from_ical(client.get(path_of(secret)).content).walk("VEVENT")

    assert str(asked["UID"]) == f"booking-{call.pk}@127.0.0.1"
    for name in ("UID", "SEQUENCE", "SUMMARY", "DESCRIPTION", "DTSTART", "DTEND", "ORGANIZER"):
        assert asked[name].to_ical() == shown[name].to_ical()
    assert (str(asked["ATTENDEE"]), "ATTENDEE" in shown) == (f"mailto:{cora.email}", False)
