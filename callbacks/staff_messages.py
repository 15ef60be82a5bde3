"""What staff are told about booked calls: initials and reference, no names (H36, H53)."""

from dataclasses import replace

from accounts.models import User
from callbacks.barred import Barred, Telling, how_told
from callbacks.calendar_words import named_to_staff
from callbacks.invitations import called_off_for_owner, entry_for_owner
from callbacks.models import Booking
from cases.contact_messages import matter_of
from cases.references import contact_path
from clocks.wording import moment_in_words
from notices.actions import Message
from notices.models import Notice


def booked_messages(booking: Booking, by: User | None) -> list[Message]:
    """The invitation for whoever rings: also their own, so that it is in their calendar."""
    who, at = _who(by), moment_in_words(booking.starts_at)
    said, before = f"{who} booked a call with you for {at}.", booking.follows
    if before and booking.changes_person_only:
        said = f"{who} asks you to ring on {at}, instead of {before.owner}."
    elif before:
        said = f"{who} moved a call to {at}. It was {_whose(before, booking)}, and you ring."
    what = "moved" if before and before.owner == booking.owner else "booked"
    subject = f"Callback {what}: {_about(booking)}"
    body = f"{said}{_not_written_to(booking)}"
    invitation = _message(booking, booking.owner, "invitation", subject, body)
    return [_with_calendar(invitation, entry_for_owner(booking))]


def colleague_message(booking: Booking, owner: User | None) -> list[Message]:
    """Whoever answers for the case learns in their summary that somebody else rings (H29)."""
    if owner is None or owner in (booking.owner, booking.booked_by):
        return []
    body = f"{booking.owner} rings on {moment_in_words(booking.starts_at)}. You have nothing to do."
    subject = f"A colleague rings: {_about(booking)}"
    return [replace(_message(booking, owner, "colleague", subject, body), in_summary=True)]


def called_off_messages(booking: Booking, by: User | None, *, moved: bool) -> list[Message]:
    """Whoever was to ring then no longer does."""
    what = "moved" if moved else "called off"
    body = (
        f"{_who(by)} {what} the call of {moment_in_words(booking.starts_at)}."
        f"{'' if moved else ' The question stays open, and its date stays.'}"
    )
    message = _message(
        booking, booking.owner, "called-off", f"Callback {what}: {_about(booking)}", body
    )
    return [_with_calendar(message, called_off_for_owner(booking))]


def to_tell_message(booking: Booking, teller: User, path: str) -> Message:
    """Somebody has to ring a caller whom we cannot write to; ``path`` is where it is ticked off."""
    before = booking.follows
    instead = f", instead of {_whose(before, booking)}" if before else ""
    if before and booking.changes_person_only:
        instead = f", instead of {before.owner}"
    body = (
        f"{booking.owner} rings on {moment_in_words(booking.starts_at)}{instead}. We cannot write "
        f"to the caller. Please ring them to say so, and tick it off.{_sorry(booking)}"
    )
    message = _message(booking, teller, "to-tell", f"Tell the caller: {_about(booking)}", body)
    return replace(message, path=path)


def _sorry(booking: Booking) -> str:
    """What else to say to a caller whose call was moved past the day promised (H29)."""
    if not booking.passes_promise:
        return ""
    due = moment_in_words(booking.promised_by)
    return f" The call was promised by {due}, and this is later: say that we are sorry."


def outside_message(booking: Booking) -> list[Message]:
    """The lead hears that nobody could ring in time, or that we moved the call past it (H29).

    Once: what was too late before is no news.
    """
    lead, before = matter_of(booking.contact).promise.team.lead, booking.follows
    if lead is None or (before and before.breach == Booking.Breach.OUTSIDE):
        return []
    at, due = moment_in_words(booking.starts_at), moment_in_words(booking.promised_by)
    if before:
        subject = f"Moved past the date: {_about(booking)}"
        said = f"It was moved to {at}, with {booking.owner}, after the date promised."
    else:
        subject = f"No slot in time: {_about(booking)}"
        said = f"The first that could be booked is with {booking.owner} on {at}."
    body = f"The call was promised by {due}. {said}\nReason given: {booking.breach_reason}"
    return [_message(booking, lead, "outside", subject, body)]


def missed_messages(booking: Booking, barred: Barred) -> list[Message]:
    """Owner and lead: the time is over, and nobody wrote down what became of it."""
    body = (
        f"{booking.owner} was to ring on {moment_in_words(booking.starts_at)}, and nothing is "
        f"written down about it.\n{CALLER_TOLD[barred.telling(booking)]}\n"
        "If you have rung, write it down: it counts as reached."
    )
    at = booking.missed_at.isoformat() if booking.missed_at else ""
    return [
        _message(booking, person, f"missed:{person.pk}:{at}", f"Missed: {_about(booking)}", body)
        for person in _who_looks_after(booking)
    ]


def write_message(booking: Booking, number: int) -> list[Message]:
    """Enough tries: write to them (H36)."""
    body = (
        f"Nobody answered {number} calls. Please write to the caller: a letter or an e-mail "
        "answers their question now."
    )
    subject = f"Write instead: {_about(booking)}"
    return [_message(booking, booking.owner, f"write:{number}", subject, body)]


def _who_looks_after(booking: Booking) -> list[User]:
    """Who was to ring and their lead; and whoever the matter was passed on to since."""
    team = booking.owner.team
    answers = matter_of(booking.contact).promise.owner
    found = (booking.owner, team.lead if team else None, answers)
    return list({person.pk: person for person in found if person}.values())


def _who(by: User | None) -> str:
    return str(by) if by else "The caller"


def _whose(before: Booking, booking: Booking) -> str:
    at = f"on {moment_in_words(before.starts_at)}"
    return at if before.owner == booking.owner else f"{before.owner}’s {at}"


def _not_written_to(booking: Booking) -> str:
    """Why the caller has no confirmation, for whoever rings them."""
    said = NOT_WRITTEN_TO[how_told(booking)]
    return f"\n{said}" if said else ""


# For whoever rings, on the pages of the call too.
READ_FIRST = (
    "the child’s record says that they must not be contacted. Read the record before you ring."
)
BARRED = f"Nothing was sent to the caller: {READ_FIRST}"
NOT_WRITTEN_TO = {
    Telling.BY_EMAIL: "",
    Telling.BY_PHONE: ("Nothing in writing went to the caller: we have no e-mail address to use."),
    Telling.NOT: BARRED,
}
CALLER_TOLD = {
    Telling.BY_EMAIL: "The caller has been told by e-mail.",
    Telling.BY_PHONE: "We cannot write to the caller: please ring them.",
    Telling.NOT: BARRED,
}


def _about(booking: Booking) -> str:
    return named_to_staff(booking.contact)


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
