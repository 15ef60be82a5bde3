"""What goes into calendars with each booking, read again with the parser."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from icalendar import Calendar, Event

from callbacks import booking_actions
from callbacks.booking_actions import Whose
from notices.models import Notice
from tests.callbacks.cast import NOW, booked, hours, slots
from tests.factories import CaseFactory

LATER = NOW + timedelta(hours=1)
CALLER = "ngozi@example.org"


@pytest.fixture
def case(policy, cora):
    hours(cora)
    return CaseFactory(owner=cora, team=cora.team, reference="EHC-000123")


def sent_to(address: str) -> list[tuple[str, Event]]:
    """Method and event of every calendar entry mailed to ``address``, in order."""
    found = []
    for notice in Notice.objects.filter(address=address).exclude(calendar="").order_by("id"):
        calendar = Calendar.from_ical(notice.calendar)
        (event,) = calendar.walk("VEVENT")
        assert isinstance(event, Event)
        found.append((str(calendar["METHOD"]), event))
    return found


def test_a_booking_invites_whoever_rings(case, cora):
    booking = booked(case)

    [(method, event)] = sent_to(cora.email)
    assert (method, str(event["UID"])) == ("REQUEST", f"booking-{booking.pk}@127.0.0.1")
    assert str(event["SUMMARY"]) == "Callback: A. O., EHC-000123"
    assert (event.start, event.end) == (booking.starts_at, booking.ends_at)
    assert str(event["ORGANIZER"]) == "mailto:send-portal@example.org"
    assert str(event["ATTENDEE"]) == f"mailto:{cora.email}"


def test_the_caller_gets_an_entry_to_keep_without_the_child(case):
    booking = booked(case)

    [(method, event)] = sent_to(CALLER)
    reference = booking.contact.reference
    assert (method, event["SEQUENCE"], "ATTENDEE" in event) == ("PUBLISH", 0, False)
    assert str(event["SUMMARY"]) == f"Call from the SEND service, {reference}"
    assert str(event["DESCRIPTION"]) == "Cora Hill rings you."
    written = Notice.objects.get(address=CALLER, kind="callback").calendar
    hidden = ["Amara", "Okafor", "A. O.", "EHC-", "07700"]
    assert [word for word in hidden if word in written] == []


def test_calling_off_takes_both_entries_back(case, cora):
    booking = booked(case)
    booking_actions.cancel(booking=booking, how=Whose.CALLER, reason="", by=None, now=LATER)

    for address in (cora.email, CALLER):
        (_, before), (method, event) = sent_to(address)
        assert (method, str(event["STATUS"])) == ("CANCEL", "CANCELLED")
        assert event["UID"] == before["UID"]
        assert event["SEQUENCE"] > before["SEQUENCE"]
        assert event["DTSTAMP"].dt == LATER


def test_a_moved_call_is_one_entry_of_the_callers_and_of_whoever_still_rings(case, cora):
    first = booked(case)
    second = booking_actions.move(
        booking=first,
        slot=slots(cora)[1],
        how=Whose.CALLER,
        submission=uuid4(),
        by=None,
        now=LATER,
    )
    booking_actions.cancel(
        booking=second, how=Whose.CALLER, reason="", by=None, now=LATER + timedelta(hours=1)
    )

    callers = sent_to(CALLER)
    assert [(method, event["SEQUENCE"]) for method, event in callers] == [
        ("PUBLISH", 0),
        ("PUBLISH", 1),
        ("CANCEL", 2),
    ]
    assert {str(event["UID"]) for _, event in callers} == {f"call-{first.pk}@127.0.0.1"}
    assert [event.start for _, event in callers] == [
        datetime(2026, 11, 3, 14, tzinfo=UTC),
        datetime(2026, 11, 3, 15, tzinfo=UTC),
        datetime(2026, 11, 3, 15, tzinfo=UTC),
    ]
    coras = sent_to(cora.email)
    assert [(method, event["SEQUENCE"]) for method, event in coras] == [
        ("REQUEST", 0),
        ("REQUEST", 1),
        ("CANCEL", 2),
    ]
    assert {str(event["UID"]) for _, event in coras} == {f"booking-{first.pk}@127.0.0.1"}
    moved = Notice.objects.exclude(calendar="").filter(recipient=cora).order_by("pk")[1]
    assert moved.subject == "Callback moved: A. O., EHC-000123"
    assert moved.body == (
        "The caller moved a call to Tuesday 3 November 2026 at 3pm. It was on Tuesday 3 November "
        "2026 at 2pm, and you ring."
    )


def test_a_call_that_goes_to_somebody_else_and_back_is_a_new_entry(case, cora, lena):
    hours(lena)
    calls = [booked(case)]
    for number, slot in enumerate([slots(cora)[0], slots(lena)[-1], slots(cora)[-1]]):
        calls.append(
            booking_actions.move(
                booking=calls[-1],
                slot=slot,
                how=Whose.OURS,
                reason="A hearing",
                submission=uuid4(),
                by=lena,
                now=LATER + number * timedelta(minutes=1),
            )
        )

    first, back = (f"booking-{call.pk}@127.0.0.1" for call in (calls[0], calls[3]))
    coras = [
        (method, event["SEQUENCE"], str(event["UID"])) for method, event in sent_to(cora.email)
    ]
    assert coras == [
        ("REQUEST", 0, first),
        ("REQUEST", 1, first),
        ("CANCEL", 2, first),
        ("REQUEST", 0, back),
    ]
