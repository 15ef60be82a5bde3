"""The calendar entries that go with e-mails about a booked call (RFC 5545, RFC 5546)."""

from dataclasses import replace
from email.utils import parseaddr

from django.conf import settings

from callbacks.calendar_words import appointment_of
from callbacks.models import Booking
from notices.appointments import Appointment, cancel, published, request


def entry_for_owner(booking: Booking) -> str:
    """An invitation for whoever rings."""
    return request(_invited(booking))


def called_off_for_owner(booking: Booking) -> str:
    """Takes the invitation back."""
    return cancel(_invited(booking))


def entry_for_caller(booking: Booking) -> str:
    """A file to keep: nobody is asked to accept anything."""
    return published(_for_caller(booking))


def called_off_for_caller(booking: Booking) -> str:
    return published(replace(_for_caller(booking), cancelled=True))


def _invited(booking: Booking) -> Appointment:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return replace(
        appointment_of(booking, booking.ended_at or booking.booked_at),
        organizer_name=name or settings.SERVICE_NAME,
        organizer_email=address,
        attendee_name=booking.owner.full_name,
        attendee_email=booking.owner.email,
    )


def _for_caller(booking: Booking) -> Appointment:
    """Not even initials: the caller may share a calendar with the child's friends."""
    return replace(
        appointment_of(booking, booking.ended_at or booking.booked_at),
        summary=f"Call from the SEND service, {booking.contact.reference}",
        description=f"{booking.owner.full_name} rings you.",
        url="",
    )
