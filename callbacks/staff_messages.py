"""What staff are told about booked calls: initials and reference, no names (H36, H53)."""

from dataclasses import replace

from accounts.models import User
from callbacks.calendar_words import initials
from callbacks.invitations import called_off_for_owner, entry_for_owner
from callbacks.models import Booking
from cases.references import contact_path
from clocks.wording import moment_in_words
from notices.actions import Message
from notices.models import Notice


def booked_messages(booking: Booking, by: User | None) -> list[Message]:
    """The invitation for whoever rings: also their own, so that it is in their calendar."""
    who = "The caller" if by is None else str(by)
    body = f"{who} booked a call with you for {moment_in_words(booking.starts_at)}."
    invitation = _message(
        booking, booking.owner, "invitation", f"Callback booked: {_about(booking)}", body
    )
    return [_with_calendar(invitation, entry_for_owner(booking))]


def called_off_messages(booking: Booking, by: User | None, *, moved: bool) -> list[Message]:
    """Whoever was to ring then no longer does."""
    who = "The caller" if by is None else str(by)
    what = "moved" if moved else "called off"
    body = (
        f"{who} {what} the call of {moment_in_words(booking.starts_at)}."
        f"{'' if moved else ' The question stays open, and its date stays.'}"
    )
    message = _message(
        booking, booking.owner, "called-off", f"Callback {what}: {_about(booking)}", body
    )
    return [_with_calendar(message, called_off_for_owner(booking))]


def outside_message(booking: Booking) -> list[Message]:
    """The lead hears that nobody could ring in time (H29)."""
    lead = booking.contact.promise.team.lead
    if lead is None:
        return []
    body = (
        f"The call was promised by {moment_in_words(booking.promised_by)}. The first that could "
        f"be booked is with {booking.owner} on {moment_in_words(booking.starts_at)}.\n"
        f"Reason given: {booking.breach_reason}"
    )
    return [_message(booking, lead, "outside", f"No slot in time: {_about(booking)}", body)]


def missed_messages(booking: Booking) -> list[Message]:
    """Owner and lead: the time is over, and nobody wrote down what became of it."""
    told = "The caller has been told by e-mail." if booking.caller_email else _ring_them(booking)
    body = (
        f"{booking.owner} was to ring on {moment_in_words(booking.starts_at)}, and nothing is "
        f"written down about it.\n{told}\nIf you have rung, write it down: it counts as reached."
    )
    team = booking.owner.team
    people = {
        person.pk: person for person in (booking.owner, team.lead if team else None) if person
    }
    return [
        _message(booking, person, f"missed:{person.pk}", f"Missed: {_about(booking)}", body)
        for person in people.values()
    ]


def write_message(booking: Booking, number: int) -> list[Message]:
    """Enough tries: write to them (H36)."""
    body = (
        f"Nobody answered {number} calls. Please write to the caller: a letter or an e-mail keeps "
        "the promise now."
    )
    subject = f"Write instead: {_about(booking)}"
    return [_message(booking, booking.owner, f"write:{number}", subject, body)]


def _ring_them(booking: Booking) -> str:
    return "We have no e-mail address of the caller: please ring them."


def _about(booking: Booking) -> str:
    """ "A. O., EHC-000123"."""
    case = booking.contact.case
    return f"{initials(case.person)}, {case.reference}" if case else booking.contact.reference


def _message(booking: Booking, person: User, part: str, subject: str, body: str) -> Message:
    return Message(
        key=f"booking:{booking.pk}:{part}",
        kind=Notice.Kind.CALLBACK,
        subject=subject,
        body=body,
        path=contact_path(booking.contact.reference),
        recipient=person,
        address=person.email if person.is_active else "",
    )


def _with_calendar(message: Message, calendar: str) -> Message:
    return replace(message, calendar=calendar)
