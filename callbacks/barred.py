"""Callers who must not be contacted, and how each caller learns what becomes of their call (H18).

Read-only. Read once for many calls, so that a list costs no more than a line.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from callbacks.models import Booking
from cases.matters import plain_name
from cases.models import Case, Contact, RelatedPerson


class Telling(StrEnum):
    """How a caller learns of what we do with their call."""

    BY_EMAIL = "by_email"
    # We cannot write to them by ourselves: somebody has to ring.
    BY_PHONE = "by_phone"
    # They must not be contacted.
    NOT = "not"


@dataclass(frozen=True)
class Barred:
    """Who around each child must not be contacted; the keys are the cases that are kept."""

    around: Mapping[int, Collection[RelatedPerson]]

    def includes(self, booking: Booking) -> bool:
        """Whether the caller is one of them, or the person whom the adviser chose is.

        By address, and by name when nobody was chosen: whichever record of the child says so.
        """
        told = _told_by(booking)
        chosen = told.sender_person if booking.call_id or _is_sender(booking, told) else None
        if chosen is not None and chosen.no_contact:
            return True
        people = self.around.get(told.case.kept_id, ()) if told.case else ()
        if any(_has_address_of(booking, person) for person in people):
            return True
        return chosen is None and any(_has_name_of(booking, person) for person in people)

    def telling(self, booking: Booking) -> Telling:
        """How the caller is told, as things stand now."""
        if self.includes(booking):
            return Telling.NOT
        told = _told_by(booking)
        silent = told.no_mail and _is_sender(booking, told)
        return Telling.BY_EMAIL if booking.caller_email and not silent else Telling.BY_PHONE


def barred_around(bookings: Collection[Booking]) -> Barred:
    """Everybody around the children of ``bookings`` who must not be contacted, in one query.

    Of lists read with BookingQuerySet.with_callers.
    """
    cases = {told.case.kept_id for told in map(_told_by, bookings) if told.case}
    if not cases:
        return Barred({})
    # By way of the cases, each found by an index: an "or" over the join would use none.
    records = Case.objects.filter(Q(pk__in=cases) | Q(merged_into__in=cases))
    people = RelatedPerson.objects.filter(no_contact=True, person__in=records.values("person"))
    around: dict[int, list[RelatedPerson]] = {}
    for person in people.select_related("person__case"):
        around.setdefault(person.person.case.kept_id, []).append(person)
    return Barred(around)


def is_barred(booking: Booking) -> bool:
    """Whether the caller is somebody around the child who must not be contacted."""
    return barred_around([booking]).includes(booking)


def how_told(booking: Booking) -> Telling:
    """How the caller learns of what becomes of ``booking``, as things stand now."""
    return barred_around([booking]).telling(booking)


def _told_by(booking: Booking) -> Contact:
    """What was written down of the call in which it was booked, or what it is about."""
    noted = booking.call.contact if booking.call else None
    return noted or booking.contact


def _is_sender(booking: Booking, contact: Contact) -> bool:
    if booking.caller_email:
        return booking.caller_email.casefold() == contact.sender_email.casefold()
    return plain_name(booking.caller_name) == plain_name(contact.sender_name)


def _has_address_of(booking: Booking, person: RelatedPerson) -> bool:
    address = booking.caller_email.casefold()
    return bool(address) and address == person.email.casefold()


def _has_name_of(booking: Booking, person: RelatedPerson) -> bool:
    return bool(name := plain_name(booking.caller_name)) and name == plain_name(person.name)
