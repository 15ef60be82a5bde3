"""The sentence that ends a call: what becomes of it, and that there is no need to ring (H30)."""

from callbacks.models import Attempt, DeskCall
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words, moment_in_words

Outcome = DeskCall.Outcome
NO_NEED = "You do not need to ring before then."


def closing_words(call: DeskCall) -> str:
    """What to say last to the caller of a ``call`` that has just been written down."""
    match call.outcome:
        case Outcome.BOOKED:
            return _booked(call)
        case Outcome.MESSAGE:
            return _message(call)
        case Outcome.TRANSFERRED:
            return f"I am putting you through to {_who_took_it(call)} now."
        case Outcome.SIGNPOSTED if call.signpost:
            reach = ", ".join(filter(None, [call.signpost.phone, call.signpost.url]))
            return f"{call.signpost} can help you with this: {reach}."
        case Outcome.ANSWERED if call.contact:
            return f"If you ring about this again, your reference is {call.contact.reference}."
    return "Thank you for ringing."


def rings_words(who: str, when: str) -> str:
    return f"{who} will ring you on {when}. {NO_NEED}"


def hears_words(who: str, day: str) -> str:
    return f"{who} will answer you by {day}. {NO_NEED}"


def _booked(call: DeskCall) -> str:
    booking = call.bookings.select_related("owner").latest("pk")
    when = f"{moment_in_words(booking.starts_at)}, on {booking.caller_phone}"
    return rings_words(booking.owner.full_name, when)


def _message(call: DeskCall) -> str:
    if call.contact is None:
        return "Thank you for ringing."
    clock = (call.contact.original or call.contact).promise
    if call.ended_at and clock.due_at < call.ended_at:
        return f"I am sorry that you are still waiting. {clock.owner} learns today that you rang."
    return hears_words(_answers(call, clock), _day(clock))


def _answers(call: DeskCall, clock: Clock) -> str:
    """Of a child whom nobody knows yet, a team looks after the message, not one person."""
    return clock.owner.full_name if call.case else "Our team"


def _day(clock: Clock) -> str:
    return day_in_words(clock.due_at.astimezone(LONDON).date())


def _who_took_it(call: DeskCall) -> str:
    took = call.attempts.filter(result=Attempt.Result.ANSWERED).select_related("person").last()
    return took.person.full_name if took and took.person else "the duty line"
