"""The calendar entries that go with e-mails about a booked call (RFC 5545, RFC 5546)."""

from dataclasses import replace

from callbacks.calendar_words import appointment_of, unique_id
from callbacks.models import Booking
from notices.appointments import Appointment, cancel, published, request


def entry_for_owner(booking: Booking) -> str:
    """An invitation for whoever rings."""
    return request(_invited(booking))


def called_off_for_owner(booking: Booking) -> str:
    """Takes the invitation back."""
    return cancel(_invited(booking))


def entry_for_caller(booking: Booking) -> str:
    """A file to keep: nobody is asked to accept anything. Of a call that was moved it is the
    same entry as before, so that the caller's calendar does not show both."""
    return published(_for_caller(booking))


def called_off_for_caller(booking: Booking) -> str:
    """Takes that entry back."""
    return published(replace(_for_caller(booking), cancelled=True))


def _invited(booking: Booking) -> Appointment:
    """Moved, but still the same person's, it is the same entry once more: Outlook moves it."""
    first, moves = booking, 0
    while first.follows is not None and first.follows.owner_id == booking.owner_id:
        first, moves = first.follows, moves + 1
    return replace(
        appointment_of(booking, booking.ended_at or booking.booked_at),
        uid=unique_id("booking", first.pk),
        sequence=moves,
        attendee_name=booking.owner.full_name,
        attendee_email=booking.owner.email,
    )


def _for_caller(booking: Booking) -> Appointment:
    """Not even initials: the caller may share a calendar with the child's friends."""
    first, moves = booking, 0
    while first.follows is not None:
        first, moves = first.follows, moves + 1
    return replace(
        appointment_of(booking, booking.ended_at or booking.booked_at),
        uid=unique_id("call", first.pk),
        sequence=moves + booking.sequence,
        summary=f"Call from the SEND service, {booking.contact.reference}",
        description=f"{booking.owner.full_name} rings you.",
        url="",
    )
