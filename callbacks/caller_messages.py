"""What a caller is told about their call, where they gave us an address (H18, H36).

No child's name in any of it: whoever reads over their shoulder learns a reference. Nothing goes
to somebody who must not be contacted.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from callbacks.barred import Barred, Telling, barred_around, how_told
from callbacks.calendar_words import last_digits
from callbacks.invitations import called_off_for_caller, entry_for_caller
from callbacks.links import address_of
from callbacks.models import Booking, SlotPolicy
from cases.contact_messages import matter_of, promised_day
from clocks.calendars import LONDON
from clocks.wording import day_in_words, moment_in_words
from notices import texts
from notices.actions import Message
from notices.models import Notice

# --- Whether anything goes ------------------------------------------------------------------


@dataclass(frozen=True)
class Wording:
    """What the messages about many calls need, read once: the texts, and who is barred."""

    texts: texts.Texts
    barred: Barred

    def writes_to(self, booking: Booking) -> bool:
        return self.barred.telling(booking) == Telling.BY_EMAIL


def wording(bookings: Collection[Booking]) -> Wording:
    """As things stand now, in a fixed number of queries."""
    return Wording(texts.current(), barred_around(bookings))


def writes_to_caller(booking: Booking) -> bool:
    """Whether e-mails may go to the caller by themselves, as things stand now."""
    return how_told(booking) == Telling.BY_EMAIL


# --- The messages ---------------------------------------------------------------------------


def booked_words(booking: Booking) -> list[Message]:
    """When somebody rings, who and at which number; with an entry for their calendar."""
    if not writes_to_caller(booking):
        return []
    written = texts.current().write("callback.booked", **_call(booking))
    return [_message(booking, "booked", written, entry_for_caller(booking))]


def moved_words(booking: Booking, reason: str) -> list[Message]:
    """The new time, instead of which, and why when it was us who moved it (H18).

    Or that somebody else rings at the same time.
    """
    if not writes_to_caller(booking):
        return []
    ours = booking.follows is not None and booking.follows.ended_how == Booking.Whose.OURS
    written = texts.current().write(
        "callback.other_person" if booking.changes_person_only else "callback.moved",
        **_call(booking),
        instead_line=_instead(booking),
        reason_line=_sorry_late(booking) + _why(reason) if ours else "",
    )
    return [_message(booking, "booked", written, entry_for_caller(booking))]


def cancelled_words(booking: Booking, reason: str) -> list[Message]:
    """It is called off; the matter is still ours to answer."""
    if not writes_to_caller(booking):
        return []
    ours = booking.ended_how == Booking.Whose.OURS
    written = texts.current().write(
        "callback.cancelled",
        reference=booking.contact.reference,
        call_at=moment_in_words(booking.starts_at),
        reason_line=_why(reason) if ours else "",
        next_line=next_line(booking, booking.ended_at),
        phone_line=_phone_line(booking),
    )
    return [_message(booking, "cancelled", written, called_off_for_caller(booking))]


def missed_words(booking: Booking, words: Wording, now: datetime) -> list[Message]:
    """We did not ring: we are sorry, and this is what happens next."""
    if not words.writes_to(booking):
        return []
    written = words.texts.write(
        "callback.missed",
        reference=booking.contact.reference,
        person=booking.owner.full_name,
        call_at=moment_in_words(booking.starts_at),
        next_line=next_line(booking, now),
        link_line=f"You can choose another time here: {address_of(booking)}",
        phone_line=_phone_line(booking),
    )
    return [_message(booking, f"missed:{now.isoformat()}", written)]


def not_reached_words(booking: Booking, number: int, now: datetime) -> list[Message]:
    """We rang and nobody answered, for the ``number``-th time: what we do next, and by when."""
    if not writes_to_caller(booking):
        return []
    written = texts.current().write(
        "callback.not_reached",
        reference=booking.contact.reference,
        person=booking.owner.full_name,
        number=_number(booking),
        again_line=_again(booking, number, now),
        link_line=f"You can choose a time that suits you here: {address_of(booking)}",
        phone_line=_phone_line(booking),
    )
    return [_message(booking, f"not-reached:{number}", written)]


# --- Their parts ----------------------------------------------------------------------------


def next_line(booking: Booking, now: datetime | None = None) -> str:
    """By when they hear all the same at ``now``; that we are late, and who looks at it, when
    that date is over; nothing when it is answered already."""
    clock = matter_of(booking.contact).promise
    if not clock.is_open:
        return ""
    if now and clock.due_at <= now:
        return (
            f"You should have heard from us by {promised_day(clock)}. We are sorry that you have "
            f"not. {clock.owner.full_name} is looking at it."
        )
    return f"You will still hear from us by {promised_day(clock)}."


def duty_line_of(booking: Booking) -> str:
    """The number of the team whose matter it is; empty when it has none."""
    return matter_of(booking.contact).promise.team.duty_line


def _call(booking: Booking) -> dict[str, str]:
    return {
        "reference": booking.contact.reference,
        "person": booking.owner.full_name,
        "call_at": moment_in_words(booking.starts_at),
        "number": _number(booking),
        "link_line": f"To choose another time, or to call it off: {address_of(booking)}",
        "phone_line": _phone_line(booking),
    }


def _number(booking: Booking) -> str:
    """ "the one that ends in 123": a slip in the address must not give a number away."""
    end = last_digits(booking.caller_phone)
    return f"the one that ends in {end}" if end else "the one that you gave us"


def _instead(booking: Booking) -> str:
    before = booking.follows
    if before is None:
        return ""
    if booking.changes_person_only:
        return f"{before.owner.full_name} was going to ring you. The time stays the same."
    whose = f"{before.owner.full_name}’s call" if before.owner != booking.owner else "the call"
    return f"It is instead of {whose} on {moment_in_words(before.starts_at)}."


def promised_to(booking: Booking) -> str:
    """The day by which the caller was to be rung."""
    return day_in_words(booking.promised_by.astimezone(LONDON).date())


def _sorry_late(booking: Booking) -> str:
    """We moved the call past the day promised: it is said (H29)."""
    if not booking.passes_promise:
        return ""
    return f"We had promised to ring you by {promised_to(booking)}. The new time is after that. "


def _why(reason: str) -> str:
    return f"We are sorry. This is why: {reason.strip()}"


def _again(booking: Booking, number: int, now: datetime) -> str:
    """What we do next, and by when; nobody rings again about what is settled meanwhile."""
    nothing_to_do = "You do not need to do anything."
    by_when = next_line(booking, now)
    if not by_when:
        return nothing_to_do
    if number < SlotPolicy.current().attempts_before_writing:
        return f"We will try again. {by_when} {nothing_to_do}"
    return f"We have rung {number} times now. So we will write to you. {by_when}"


def _phone_line(booking: Booking) -> str:
    number = duty_line_of(booking)
    return f"You can ring our team on {number} when our office is open." if number else ""


def _message(booking: Booking, part: str, written: texts.Written, calendar: str = "") -> Message:
    return Message(
        # The contact's: what the caller replies is filed with it, and whoever answers it hears
        # when this cannot be delivered.
        key=f"contact:{booking.contact_id}:booking:{booking.pk}:{part}",
        kind=Notice.Kind.CALLBACK,
        subject=written.subject,
        body=written.body,
        address=booking.caller_email,
        calendar=calendar,
    )
