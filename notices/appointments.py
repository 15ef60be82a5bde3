"""Appointments as iCalendar objects (RFC 5545), for e-mails (RFC 5546) and for a feed.

Pure Python: no Django, no database, no "now". Times are written in UTC: an appointment here never
repeats, so every calendar shows the right local time without a description of our clock changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from unicodedata import category
from urllib.parse import quote

from icalendar import Calendar, Component, Event, vCalAddress, vDuration, vText

PRODUCT = "-//SEND Portal//Callbacks//EN"

# What RFC 5545 asks of a calendar: at least one component. One without appointments has this.
LONDON = """BEGIN:VTIMEZONE
TZID:Europe/London
BEGIN:STANDARD
DTSTART:19701025T020000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:GMT
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T010000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:BST
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
END:DAYLIGHT
END:VTIMEZONE
"""

# No calendar program agrees with another on how these are written in a name.
NOT_IN_A_NAME = str.maketrans({'"': "'", "\\": "/", "^": " "})

# RFC 6068 lets these stand as they are; everything else in an address is percent-encoded.
IN_AN_ADDRESS = "@!$'*+-._~"


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """One time in somebody's calendar.

    ``uid`` is the same for ever and ``sequence`` one higher with each change. ``starts``, ``ends``
    and ``stamp``, when it was last changed, are aware; with ``all_day`` the first two are midnights
    on the clock they are given in, the second the one after the last day. ValueError for a time
    that is naive or runs backwards.
    """

    uid: str
    starts: datetime
    ends: datetime
    summary: str
    stamp: datetime
    description: str = ""
    location: str = ""
    url: str = ""
    sequence: int = 0
    organizer_name: str = ""
    organizer_email: str = ""
    attendee_name: str = ""
    attendee_email: str = ""
    cancelled: bool = False
    all_day: bool = False

    def __post_init__(self) -> None:
        if None in {moment.utcoffset() for moment in (self.starts, self.ends, self.stamp)}:
            raise ValueError("An appointment's times are aware.")
        # Two times of one zone are compared by their clock, which shows 1:30 twice in October.
        if self.ends.astimezone(UTC) <= self.starts.astimezone(UTC):
            raise ValueError("An appointment ends after it starts.")


def request(appointment: Appointment) -> str:
    """An invitation, or the change of one: METHOD:REQUEST to one attendee.

    ValueError without an organizer's and an attendee's address.
    """
    return _to_attendee("REQUEST", appointment, sequence=appointment.sequence, cancelled=False)


def cancel(appointment: Appointment) -> str:
    """Takes an invitation back: METHOD:CANCEL, its sequence higher than the appointment's.

    ValueError without an organizer's and an attendee's address.
    """
    return _to_attendee("CANCEL", appointment, sequence=appointment.sequence + 1, cancelled=True)


def published(appointment: Appointment) -> str:
    """A file to keep, with nobody invited and nothing to answer: METHOD:PUBLISH.

    One that is cancelled is taken back with METHOD:CANCEL (RFC 5546, 4.1.3).
    """
    event = _event(appointment, sequence=appointment.sequence, cancelled=appointment.cancelled)
    method = "CANCEL" if appointment.cancelled else "PUBLISH"
    return _written(_calendar(method, [event])).decode()


def feed(name: str, appointments: Iterable[Appointment], refresh: int) -> bytes:
    """A calendar ``name`` to subscribe to, asked for again after ``refresh`` minutes."""
    events: list[Component] = [
        _event(each, sequence=each.sequence, cancelled=each.cancelled) for each in appointments
    ]
    calendar = _calendar("PUBLISH", events or [_london()])
    wait = vDuration(timedelta(minutes=refresh))
    # RFC 7986 names both; Outlook and older phones know only the second of each pair.
    calendar.add("NAME", _text(name))
    calendar.add("X-WR-CALNAME", _text(name))
    calendar.add("REFRESH-INTERVAL", wait, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", wait.to_ical().decode())
    return _written(calendar)


def _to_attendee(method: str, appointment: Appointment, *, sequence: int, cancelled: bool) -> str:
    if not (appointment.organizer_email and appointment.attendee_email):
        raise ValueError("An invitation says who invites and who is invited.")
    event = _event(appointment, sequence=sequence, cancelled=cancelled)
    event.add("ATTENDEE", _attendee(appointment))
    return _written(_calendar(method, [event])).decode()


def _calendar(method: str, components: list[Component]) -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    for component in components:
        calendar.add_component(component)
    return calendar


def _event(appointment: Appointment, *, sequence: int, cancelled: bool) -> Event:
    event = Event()
    event.add("UID", _text(appointment.uid))
    event.add("DTSTAMP", appointment.stamp.astimezone(UTC))
    event.add("SEQUENCE", sequence)
    event.add("STATUS", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("SUMMARY", _text(appointment.summary))
    for name, value in _times(appointment).items():
        event.add(name, value)
    for name in ("description", "location"):
        if words := getattr(appointment, name):
            event.add(name.upper(), _text(words))
    if appointment.url:
        event.add("URL", appointment.url)
    if appointment.organizer_email:
        event.add("ORGANIZER", _address(appointment.organizer_name, appointment.organizer_email))
    return event


def _times(appointment: Appointment) -> dict[str, Any]:
    """A whole day keeps nobody busy: it says what the day is, not that it is full."""
    if appointment.all_day:
        return {
            "DTSTART": appointment.starts.date(),
            "DTEND": appointment.ends.date(),
            "TRANSP": "TRANSPARENT",
        }
    return {
        "DTSTART": appointment.starts.astimezone(UTC),
        "DTEND": appointment.ends.astimezone(UTC),
        "TRANSP": "OPAQUE",
    }


def _attendee(appointment: Appointment) -> vCalAddress:
    address = _address(appointment.attendee_name, appointment.attendee_email)
    # Nobody reads the answers of calendar programs: the time is agreed already.
    answers = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
    address.params.update(answers)
    return address


def _address(name: str, email: str) -> vCalAddress:
    address = vCalAddress("mailto:" + quote(email, safe=IN_AN_ADDRESS))
    if shown := " ".join(_clean(name).translate(NOT_IN_A_NAME).split()):
        address.params["CN"] = shown
    return address


class _Text(vText):
    """The library reads a backslash before an N as the end of a line, also in ``C:\\Notes``."""

    def to_ical(self) -> bytes:
        written = str(self)
        for letter in "\\;,":
            written = written.replace(letter, f"\\{letter}")
        return written.replace("\n", "\\n").encode()


def _text(words: str) -> _Text:
    return _Text(_clean(words))


def _clean(words: str) -> str:
    """``words`` without what no iCalendar text may hold; every kind of line end becomes one."""
    lines = "\n".join(words.splitlines())
    return "".join(letter for letter in lines if letter in "\n\t" or category(letter) != "Cc")


@cache
def _london() -> Component:
    return Component.from_ical(LONDON)


def _written(calendar: Calendar) -> bytes:
    """With CRLF, folded at 75 octets, in the order it was put together."""
    return calendar.to_ical(sorted=False)
