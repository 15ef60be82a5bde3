"""What a booked call is called in a calendar: initials and a reference, never a name (H53).

A calendar is open to more people than the portal is: colleagues it is shared with, whoever looks
at a telephone's screen, the company that runs it.
"""

import unicodedata
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings

from callbacks.models import Booking
from cases.models import Contact, Person
from cases.references import contact_path
from notices.appointments import Appointment

# Fewer digits say too much when three of them are shown.
SHORTEST_NUMBER, SHOWN_DIGITS = 7, 3


def initials(person: Person) -> str:
    """ "A. O.": the first letters of a child's given and family name."""
    letters = [_first_letter(name) for name in (person.given_name, person.family_name)]
    return " ".join(f"{letter}." for letter in letters if letter)


def _first_letter(name: str) -> str:
    composed = unicodedata.normalize("NFC", name)
    return next((letter.upper() for letter in composed if letter.isalpha()), "")


def unique_id(what: str, pk: int) -> str:
    """The same for ever, and unlike that of any other calendar: "booking-42@portal.example.org"."""
    return f"{what}-{pk}@{urlsplit(settings.PORTAL_URL).hostname}"


def named_to_staff(contact: Contact) -> str:
    """ "A. O., EHC-000123" for a mail; of a restricted case neither: not everybody told may know
    of it (H53)."""
    case = contact.case
    if case is None or case.restricted:
        return contact.reference
    return f"{initials(case.person)}, {case.reference}"


def last_digits(phone: str) -> str:
    """ "123" of a whole number, to name it by; "" for one with too few digits to hide the rest."""
    digits = [digit for digit in phone if digit.isdigit()]
    return "".join(digits[-SHOWN_DIGITS:]) if len(digits) >= SHORTEST_NUMBER else ""


def number_in_words(phone: str) -> str:
    """ "the number that ends in 123", to be said to a caller: whoever rings may only pretend to be
    the person whose number is on record."""
    end = last_digits(phone)
    return f"the number that ends in {end}" if end else "the number that you gave us"


def organizer() -> tuple[str, str]:
    """Name and address in whose name entries are sent: those the portal's mail comes from."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return name or settings.SERVICE_NAME, address


def appointment_of(booking: Booking, stamp: datetime) -> Appointment:
    """The call in the calendar of whoever rings; ``stamp`` (aware) is when it was last changed.

    Neither name nor number of anybody but staff: both are on the page that it leads to.
    """
    case, contact = booking.contact.case, booking.contact
    about = f"{initials(case.person)}, {case.reference}" if case else contact.reference
    page = f"{settings.PORTAL_URL}{contact_path(contact.reference)}"
    name, address = organizer()
    return Appointment(
        uid=unique_id("booking", booking.pk),
        starts=booking.starts_at,
        ends=booking.ends_at,
        summary=f"Callback: {about}",
        # Outlook shows an entry's words, not its address: so the address is in both.
        description=f"A booked call about {contact.reference}. Whom to ring is here: {page}",
        url=page,
        stamp=stamp,
        sequence=booking.sequence,
        organizer_name=name,
        organizer_email=address,
        cancelled=booking.sequence > 0,
    )
