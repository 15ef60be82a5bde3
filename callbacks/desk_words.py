"""The sentence that ends a call: what becomes of it, and that there is no need to ring (H30)."""

from datetime import datetime

from accounts.errors import RuleBroken
from callbacks.at_risk import is_report
from callbacks.calendar_words import number_in_words
from callbacks.desk import URGENT_KEPT
from callbacks.models import Attempt, Booking, DeskCall
from callbacks.offers import promised_by
from cases.contact_messages import SAFETY_SAID, matter_of
from cases.models import Contact
from cases.promises_above import promises_about, soonest_ahead
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words, moment_in_words

Outcome = DeskCall.Outcome
NO_NEED = "You do not need to ring before then."


def closing_words(call: DeskCall) -> str:
    """What to say last to the caller of a ``call`` that has just been written down.

    Whoever told us that a child may be at risk is not asked to wait (H68).
    """
    return f"{_of_report(call)} {SAFETY_SAID}" if is_report(call) else _becomes(call)


def _of_report(call: DeskCall) -> str:
    if call.outcome == Outcome.BOOKED:
        booking = _latest(call)
        return f"{booking.owner.full_name} will ring you on {_when(booking)}."
    if call.outcome == Outcome.MESSAGE:
        return "Thank you for telling us."
    return _becomes(call)


def _becomes(call: DeskCall) -> str:
    match call.outcome:
        case Outcome.BOOKED:
            return f"{_looked_at_first(call)}{_booked(call)}"
        case Outcome.MESSAGE:
            return _message(call)
        case Outcome.TRANSFERRED:
            return f"I am putting you through to {_who_took_it(call)} now."
        case Outcome.SIGNPOSTED if call.signpost:
            # An address of the web is for reading, not for saying.
            number = f": {call.signpost.phone}" if call.signpost.phone else ""
            return f"{call.signpost} can help you with this{number}."
        case Outcome.ANSWERED if call.contact:
            reference = matter_of(call.contact).reference
            return f"If you ring about this again, your reference is {reference}."
    return "Thank you for ringing."


def rings_words(who: str, when: str) -> str:
    return f"{who} will ring you on {when}. {NO_NEED}"


def hears_words(who: str, day: str) -> str:
    return f"{who} will answer you by {day}. {NO_NEED}"


def message_words(who: str, due_at: datetime, again: datetime | None, now: datetime) -> str:
    """Of a message taken at ``now``: the date that was given while it is ahead, else the end of
    the standard counted ``again`` from now; all moments aware."""
    if now <= due_at:
        return hears_words(who, _day(due_at))
    sorry = "I am sorry that you are still waiting."
    return f"{sorry} {hears_words(who, _day(again))}" if again else sorry


def standard_again(now: datetime) -> datetime | None:
    """By when a call taken at ``now`` is answered; None while no date can be given."""
    try:
        return promised_by(now)
    except RuleBroken:
        return None


def _booked(call: DeskCall) -> str:
    booking = _latest(call)
    words = rings_words(booking.owner.full_name, _when(booking))
    due_at = _promises(booking.contact)[0].due_at
    if call.matter is None or booking.ends_at <= due_at:
        return words
    if booking.breach == Booking.Breach.WISH:
        return f"{words} That is after {_day(due_at)}, because you asked for a later time."
    if due_at < booking.booked_at:
        return f"You should have heard by {_day(due_at)}. I am sorry that you have not. {words}"
    return f"{words} That is after {_day(due_at)}, the date that we gave you. I am sorry."


def _latest(call: DeskCall) -> Booking:
    return call.bookings.select_related("owner", "contact__clock").latest("pk")


def _when(booking: Booking) -> str:
    return f"{moment_in_words(booking.starts_at)}, on {number_in_words(booking.caller_phone)}"


def _message(call: DeskCall) -> str:
    if call.contact is None:
        return "Thank you for ringing."
    now = call.ended_at or call.started_at
    clock = soonest_ahead(_promises(matter_of(call.contact)), now)
    again = standard_again(now) if clock.due_at < now else None
    words = message_words(_answers(call, clock), clock.due_at, again, now)
    if call.urgent_reason is None:
        return words
    unless = "" if again else "If the date is not brought forward, "
    return f"{_looked_at_first(call)}{unless}{words}"


def _promises(matter: Contact) -> list[Clock]:
    """All that its sender waits for, soonest first: the earliest date counts, whoever gave it."""
    return promises_about([matter])[matter.pk]


def _looked_at_first(call: DeskCall) -> str:
    """Whoever told us why it is more urgent now hears what becomes of that (H63)."""
    if call.urgent_reason is None or call.contact is None:
        return ""
    who = _answers(call, matter_of(call.contact).promise)
    return urgent_words(who)


def urgent_words(who: str) -> str:
    """Of a reason that was written down: who decides, and that it comes first."""
    return f"{URGENT_KEPT} {who} looks at that first and decides. "


def _answers(call: DeskCall, clock: Clock) -> str:
    """Of a child whom nobody knows yet, a team looks after the message, not one person."""
    return clock.owner.full_name if call.case else "Our team"


def _day(at: datetime) -> str:
    return day_in_words(at.astimezone(LONDON).date())


def _who_took_it(call: DeskCall) -> str:
    took = call.attempts.filter(result=Attempt.Result.ANSWERED).select_related("person").last()
    return took.person.full_name if took and took.person else "the duty line"
