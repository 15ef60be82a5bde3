"""Appointments, read again with the parser of a maintained library."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from notices.appointments import Appointment, cancel, feed, published, request

LONDON = ZoneInfo("Europe/London")
STAMP = datetime(2026, 12, 1, 9, 15, tzinfo=UTC)


def appointment(**changes: Any) -> Appointment:
    given: dict[str, Any] = {
        "uid": "booking-7@send.wexmoor.example.org",
        "starts": datetime(2026, 12, 8, 14, tzinfo=LONDON),
        "ends": datetime(2026, 12, 8, 14, 30, tzinfo=LONDON),
        "stamp": STAMP,
        "summary": "Callback: A. O., EHC-000123",
        "organizer_name": "SEND Portal",
        "organizer_email": "send@wexmoor.example.org",
        "attendee_name": "Cora Obi",
        "attendee_email": "cora@example.org",
    }
    return Appointment(**given | changes)


def read(written: str | bytes) -> tuple[Calendar, Event]:
    calendar = Calendar.from_ical(written)
    assert isinstance(calendar, Calendar)
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, Event)
    assert (calendar.errors, event.errors) == ([], [])
    return calendar, event


def properties(event: Event) -> dict[str, str]:
    return {name: value.to_ical().decode() for name, value in event.items()}


def test_an_invitation_holds_what_the_standard_asks_for():
    calendar, event = read(request(appointment()))

    assert (str(calendar["METHOD"]), str(calendar["VERSION"])) == ("REQUEST", "2.0")
    assert str(calendar["PRODID"]) == "-//SEND Portal//Callbacks//EN"
    assert properties(event) == {
        "UID": "booking-7@send.wexmoor.example.org",
        "DTSTAMP": "20261201T091500Z",
        "SEQUENCE": "0",
        "STATUS": "CONFIRMED",
        "SUMMARY": "Callback: A. O.\\, EHC-000123",
        "DTSTART": "20261208T140000Z",
        "DTEND": "20261208T143000Z",
        "TRANSP": "OPAQUE",
        "ORGANIZER": "mailto:send@wexmoor.example.org",
        "ATTENDEE": "mailto:cora@example.org",
    }
    assert dict(event["ORGANIZER"].params) == {"CN": "SEND Portal"}
    # The time is agreed: nobody waits for an answer.
    assert dict(event["ATTENDEE"].params) == {
        "CN": "Cora Obi",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "FALSE",
    }


def test_what_else_is_known_goes_with_it():
    told = {"description": "Look it up.", "location": "Desk", "url": "https://x.example.org/?a=1,2"}
    _, event = read(request(appointment(**told)))

    found = (event["DESCRIPTION"], event["LOCATION"], event["URL"])
    assert tuple(map(str, found)) == ("Look it up.", "Desk", "https://x.example.org/?a=1,2")


def test_calling_off_is_of_the_same_appointment_and_newer():
    _, asked = read(request(appointment(sequence=2)))
    calendar, event = read(cancel(appointment(sequence=2)))

    assert str(calendar["METHOD"]) == "CANCEL"
    assert (str(event["STATUS"]), event["UID"]) == ("CANCELLED", asked["UID"])
    assert (asked["SEQUENCE"], event["SEQUENCE"]) == (2, 3)


def test_a_published_appointment_invites_nobody():
    calendar, event = read(published(appointment()))

    assert str(calendar["METHOD"]) == "PUBLISH"
    assert "ATTENDEE" not in event
    assert (str(event["STATUS"]), event["ORGANIZER"]) == (
        "CONFIRMED",
        "mailto:send@wexmoor.example.org",
    )


def test_a_published_appointment_is_taken_back_as_the_standard_says():
    calendar, event = read(published(appointment(cancelled=True, sequence=1)))

    assert (str(calendar["METHOD"]), str(event["STATUS"])) == ("CANCEL", "CANCELLED")
    assert (event["SEQUENCE"], "ATTENDEE" in event) == (1, False)


@pytest.mark.parametrize("missing", ["organizer_email", "attendee_email"])
@pytest.mark.parametrize("write", [request, cancel])
def test_an_invitation_from_nobody_or_to_nobody_is_refused(write, missing):
    with pytest.raises(ValueError, match="who invites"):
        write(appointment(**{missing: ""}))


@pytest.mark.parametrize("which", ["starts", "ends", "stamp"])
def test_a_time_without_a_zone_is_refused(which):
    with pytest.raises(ValueError, match="aware"):
        appointment(**{which: datetime(2026, 12, 8, 14)})  # noqa: DTZ001


def test_an_appointment_that_runs_backwards_is_refused():
    with pytest.raises(ValueError, match="ends after"):
        appointment(ends=datetime(2026, 12, 8, 14, tzinfo=LONDON))


@pytest.mark.parametrize(
    ("starts", "utc"),
    [
        # The last working time before the clocks go back, and both 1:30s of the night.
        (datetime(2026, 10, 23, 14, tzinfo=LONDON), "20261023T130000Z"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=LONDON), "20261025T003000Z"),
        (datetime(2026, 10, 25, 1, 30, fold=1, tzinfo=LONDON), "20261025T013000Z"),
        (datetime(2026, 10, 26, 14, tzinfo=LONDON), "20261026T140000Z"),
        # And when they go forward.
        (datetime(2027, 3, 26, 14, tzinfo=LONDON), "20270326T140000Z"),
        (datetime(2027, 3, 28, 2, 30, tzinfo=LONDON), "20270328T013000Z"),
        (datetime(2027, 3, 29, 14, tzinfo=LONDON), "20270329T130000Z"),
    ],
)
def test_a_time_on_the_london_clock_stays_that_moment(starts, utc):
    ends = (starts.astimezone(UTC) + timedelta(minutes=30)).astimezone(LONDON)
    _, event = read(request(appointment(starts=starts, ends=ends)))

    assert event["DTSTART"].to_ical().decode() == utc
    assert event.start == starts.astimezone(UTC)
    assert event.end - event.start == timedelta(minutes=30)


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28), date(2026, 12, 8)])
def test_a_whole_day_is_that_day_also_when_the_clocks_change(day):
    midnights = [
        datetime(each.year, each.month, each.day, tzinfo=LONDON)
        for each in (day, day + timedelta(days=1))
    ]
    whole = appointment(starts=midnights[0], ends=midnights[1], all_day=True)
    _, event = read(feed("Duty", [whole], 30))

    assert (event.start, event.end) == (day, day + timedelta(days=1))
    assert str(event["TRANSP"]) == "TRANSPARENT"


def test_a_feed_says_its_name_and_when_to_ask_again():
    shown = [appointment(), appointment(uid="booking-8@x.example.org", cancelled=True)]
    calendar = Calendar.from_ical(feed("Callbacks, and duty", shown, 30))

    assert isinstance(calendar, Calendar)
    names = ["METHOD", "NAME", "X-WR-CALNAME", "REFRESH-INTERVAL", "X-PUBLISHED-TTL"]
    assert [calendar[name].to_ical().decode() for name in names] == [
        "PUBLISH",
        "Callbacks\\, and duty",
        "Callbacks\\, and duty",
        "PT30M",
        "PT30M",
    ]
    assert [(str(event["UID"]), str(event["STATUS"])) for event in calendar.walk("VEVENT")] == [
        ("booking-7@send.wexmoor.example.org", "CONFIRMED"),
        ("booking-8@x.example.org", "CANCELLED"),
    ]
    assert not any("ATTENDEE" in event for event in calendar.walk("VEVENT"))


def test_an_empty_feed_is_still_a_calendar():
    calendar = Calendar.from_ical(feed("Callbacks", [], 30))

    # RFC 5545, 3.6: at least one component.
    assert [component.name for component in calendar.subcomponents] == ["VTIMEZONE"]
    (zone,) = calendar.walk("VTIMEZONE")
    rules = zone.to_tz()
    for day in (datetime(2026, 12, 8, 12), datetime(2027, 7, 1, 12)):  # noqa: DTZ001
        assert day.replace(tzinfo=rules).utcoffset() == day.replace(tzinfo=LONDON).utcoffset()


# Any text a person can type or paste; the parser reads a backslash by rules of its own, below.
TYPED = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\\"))


@given(TYPED, TYPED, TYPED)
def test_every_text_comes_back_as_it_was(summary, description, name):
    given = appointment(
        summary=summary, description=description, attendee_name=f"Z{name}", organizer_name=""
    )
    written = request(given)
    _, event = read(written)

    assert (str(event["SUMMARY"]), str(event.get("DESCRIPTION", ""))) == (summary, description)
    assert event["ATTENDEE"].params["CN"] == " ".join(
        f"Z{name}".replace('"', "'").replace("^", " ").split()
    )
    lines = written.encode().split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    # Lines are folded between characters, never inside one.
    assert [line.decode() for line in lines][-2:] == ["END:VCALENDAR", ""]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Callback: ع. م., EHC-000123", "Callback: ع. م.\\, EHC-000123"),
        ("One; two, three", "One\\; two\\, three"),
        ("👩‍👧 family", "👩‍👧 family"),
        ("One\r\ntwo\rthree\n", "One\\ntwo\\nthree"),
        ("C:\\Notes\\new", "C:\\\\Notes\\\\new"),
        ("Bell\x07 and\x00 null\x85next", "Bell and null\\nnext"),
        ("END:VEVENT\r\nBEGIN:VEVENT", "END:VEVENT\\nBEGIN:VEVENT"),
    ],
)
def test_what_needs_care_is_written_as_the_standard_says(typed, written):
    lines = request(appointment(summary=typed)).replace("\r\n ", "").split("\r\n")

    assert [line for line in lines if line.startswith("SUMMARY:")] == [f"SUMMARY:{written}"]


def test_an_address_cannot_become_another_property():
    odd = "o'brien+send%0d@example.org"
    lines = request(appointment(attendee_email=odd, attendee_name='A"\r\nX-EVIL:1')).replace(
        "\r\n ", ""
    )

    assert 'CN="A\' X-EVIL:1"' in lines
    assert ":mailto:o'brien+send%250d@example.org\r\n" in lines
