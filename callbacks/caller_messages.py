"""What a caller is told about their call, where they gave us an address (H18, H36).

No child's name in any of it: whoever reads over their shoulder learns a reference.
"""

from datetime import datetime

from callbacks.invitations import called_off_for_caller, entry_for_caller
from callbacks.links import address_of
from callbacks.models import Booking
from cases.contact_messages import promised_day
from clocks.wording import moment_in_words
from notices import texts
from notices.actions import Message
from notices.models import Notice


def booked_words(booking: Booking) -> list[Message]:
    """When somebody rings, who and at which number; with an entry for their calendar."""
    if not booking.caller_email:
        return []
    written = texts.current().write(
        "callback.booked",
        reference=booking.contact.reference,
        person=booking.owner.full_name,
        call_at=moment_in_words(booking.starts_at),
        number=booking.caller_phone,
        instead_line=_instead(booking),
        link_line=f"To choose another time, or to call it off: {address_of(booking)}",
    )
    return [_message(booking, "booked", written, entry_for_caller(booking))]


def cancelled_words(booking: Booking, reason: str) -> list[Message]:
    """It is called off; the matter is still ours to answer."""
    if not booking.caller_email:
        return []
    ours = booking.ended_how == Booking.Whose.OURS
    written = texts.current().write(
        "callback.cancelled",
        reference=booking.contact.reference,
        call_at=moment_in_words(booking.starts_at),
        reason_line=f"This is why: {reason.strip()}" if ours else "",
        next_line=_next_line(booking),
    )
    return [_message(booking, "cancelled", written, called_off_for_caller(booking))]


def missed_words(booking: Booking, now: datetime) -> list[Message]:
    """We did not ring: we are sorry, and this is what happens next."""
    if not booking.caller_email:
        return []
    written = texts.current().write(
        "callback.missed",
        reference=booking.contact.reference,
        person=booking.owner.full_name,
        call_at=moment_in_words(booking.starts_at),
        next_line=_next_line(booking, now),
        link_line=f"You can choose another time here: {address_of(booking)}",
    )
    return [_message(booking, "missed", written)]


def not_reached_words(booking: Booking, number: int) -> list[Message]:
    """We rang and nobody answered: we try again."""
    if not booking.caller_email:
        return []
    written = texts.current().write(
        "callback.not_reached",
        reference=booking.contact.reference,
        person=booking.owner.full_name,
        number=booking.caller_phone,
        link_line=f"You can choose a time that suits you here: {address_of(booking)}",
    )
    return [_message(booking, f"not-reached:{number}", written)]


def _next_line(booking: Booking, now: datetime | None = None) -> str:
    """By when they hear all the same; nothing when that day is over or it is answered."""
    clock = booking.contact.promise
    if not clock.is_open:
        return ""
    if now and clock.due_at <= now:
        return "We will ring you as soon as we can."
    return f"You will still hear from us by {promised_day(clock)}."


def _instead(booking: Booking) -> str:
    before = booking.follows
    return f"This is instead of {moment_in_words(before.starts_at)}." if before else ""


def _message(booking: Booking, part: str, written: texts.Written, calendar: str = "") -> Message:
    return Message(
        # Among the e-mails of its contact: listed there, and told of when it comes back.
        key=f"contact:{booking.contact_id}:call:{booking.pk}:{part}",
        kind=Notice.Kind.CALLBACK,
        subject=written.subject,
        body=written.body,
        address=booking.caller_email,
        calendar=calendar,
    )
