"""Callers who must not be contacted, and how each caller learns what becomes of their call (H18).

Whom the adviser chose is who they are. Of anybody else their address, their name around the child
and their number say it, unless somebody else around the child has that number too.

Read-only. Read once for many calls, so that a list costs no more than a line.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from callbacks.models import Booking
from cases.barred_numbers import barred_with
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
    """Everybody around each child of whom somebody must not be contacted; the keys are the cases
    that are kept."""

    around: Mapping[int, Collection[RelatedPerson]]

    def includes(self, booking: Booking) -> bool:
        """Whether the caller is one of them, or the person whom the adviser chose is.

        By address, and by name or number when nobody was chosen: whichever record of the child
        says so.
        """
        chosen = _chosen(booking)
        if chosen is not None and chosen.no_contact:
            return True
        unknown = chosen is None
        found = recognised(
            self._around(booking),
            email=booking.caller_email,
            name=booking.caller_name if unknown else "",
            phone=booking.caller_phone if unknown else "",
        )
        return found is not None

    def caution(self, booking: Booking) -> str:
        """What to know first of a caller who may be rung, on a number that is not theirs alone."""
        if self.includes(booking):
            return ""
        return shared_words(self._around(booking), booking.caller_phone)

    def _around(self, booking: Booking) -> Collection[RelatedPerson]:
        told = _told_by(booking)
        return self.around.get(told.case.kept_id, ()) if told.case else ()

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
    people = RelatedPerson.objects.filter(person__in=records.values("person"))
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


def _chosen(booking: Booking) -> RelatedPerson | None:
    """The person whom the adviser said that the caller is."""
    told = _told_by(booking)
    return told.sender_person if booking.call_id or _is_sender(booking, told) else None


def recognised(
    people: Collection[RelatedPerson], *, name: str, phone: str, email: str
) -> RelatedPerson | None:
    """Who of ``people``, everybody around one child, must not be contacted and rings, whatever
    they say: the address, the name or the number, each "" where it says nothing."""
    address, plain = email.casefold(), plain_name(name)
    for one in (one for one in people if one.no_contact):
        if address and address == one.email.casefold():
            return one
        if plain and plain == plain_name(one.name):
            return one
    match = barred_with(people, phone)
    return match.person if match and not match.shared else None


def shared_words(people: Iterable[RelatedPerson], phone: str) -> str:
    """A caution where ``phone`` is also the number of somebody who must not be contacted."""
    match = barred_with(people, phone)
    return f"{match.person} {HAS_IT_TOO}" if match else ""


HAS_IT_TOO = (
    "has this number too, and must not be contacted. Make sure who it is before you say anything."
)
