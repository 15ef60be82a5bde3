"""What becomes of a booked call: reached, not reached, missed (H36, H44)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from callbacks.booking_actions import (
    give_up,
    held_booking,
    held_matter,
    refuse_not_answering,
    refuse_over,
)
from callbacks.caller_messages import (
    Wording,
    cancelled_words,
    missed_words,
    not_reached_words,
    wording,
)
from callbacks.models import Booking, Ring, SlotPolicy
from callbacks.staff_messages import called_off_messages, missed_messages, write_message
from cases.answer_actions import add_note, answer_contact
from cases.models import Contact
from cases.sent_actions import log_sent
from clocks.wording import moment_in_words, time_in_words
from notices.actions import tell

log = structlog.get_logger(__name__)

BATCH = 200
# So soon after a try that nobody took, another is the same one (H36).
BETWEEN_TRIES = timedelta(minutes=30)
State = Booking.State


@transaction.atomic
def reached(*, booking: Booking, note: str, submission: UUID, by: User, now: datetime) -> Booking:
    """``by`` has spoken to the caller: the call is over and its matter is answered (H36, H44).

    What was missed before stays on record as missed. When somebody has answered the matter
    meanwhile, the note joins it. The same form twice is one call. Raises RuleBroken
    (``may_not_ring``, ``note_missing``, ``over``).
    """
    refuse_not_answering(by)
    if not note.strip():
        raise RuleBroken("Write a note of the call.", "note_missing", field="note")
    matter = held_matter(booking)
    locked = held_booking(booking)
    if Ring.objects.filter(submission=submission).exists():
        return locked
    refuse_over(locked)
    _keep_ring(matter, locked, Ring.Result.REACHED, note.strip(), submission, by, now, record=None)
    if matter.is_open:
        answer = Contact.Answer.TELEPHONE
        answer_contact(contact=matter, answer=answer, note=note.strip(), by=by, now=now)
    else:
        add_note(contact=matter, text=note.strip(), submission=submission, by=by, now=now)
    locked.state, locked.note = State.REACHED, note.strip()
    locked.ended_at, locked.ended_by = now, by
    locked.save(update_fields=["state", "note", "ended_at", "ended_by"])
    return locked


@transaction.atomic
def not_reached(
    *, booking: Booking, note: str, submission: UUID, by: User, now: datetime
) -> Booking:
    """Nobody took the call; it is tried again, and the caller is told (H36).

    The try is on the child's record. After as many tries as the settings say ``by`` is asked to
    write instead. The same form twice is one try. Raises RuleBroken (``may_not_ring``, ``over``,
    ``too_early``, ``too_soon``).
    """
    refuse_not_answering(by)
    matter = held_matter(booking)
    locked = held_booking(booking)
    if Ring.objects.filter(submission=submission).exists():
        return locked
    refuse_over(locked)
    _refuse_settled(locked, matter)
    _refuse_too_early(locked, now)
    _refuse_too_soon(matter, by, now)
    number = tries(matter) + 1
    words = f"Rang {locked.caller_name} and nobody answered (try {number}). {note.strip()}".strip()
    record = _on_record(matter, locked, words, submission, by, now)
    _keep_ring(
        matter, locked, Ring.Result.NO_ANSWER, note.strip(), submission, by, now, record=record
    )
    locked.state = State.NO_ANSWER
    locked.save(update_fields=["state"])
    messages = not_reached_words(locked, number, now)
    if number >= enough_tries():
        messages += write_message(locked, number)
    tell(messages, now=now)
    return locked


def _refuse_settled(booking: Booking, matter: Contact) -> None:
    if booking.state == State.NO_ANSWER and not matter.is_open:
        raise RuleBroken("This is settled: nobody has to be rung again.", "over")


def _refuse_too_early(booking: Booking, now: datetime) -> None:
    """Who did not answer before the time agreed has missed nothing: the call stands (H36)."""
    if now < booking.starts_at:
        at = moment_in_words(booking.starts_at)
        raise RuleBroken(
            f"This call is for {at}. It can be written down from then on.", "too_early"
        )


def _refuse_too_soon(matter: Contact, by: User, now: datetime) -> None:
    """Tries one after the other are one try: the caller had no time to come back (H36)."""
    in_vain = Ring.objects.about(matter).filter(result=Ring.Result.NO_ANSWER)
    last = in_vain.filter(at__gt=now - BETWEEN_TRIES).last()
    if last is None:
        return
    who = "You" if last.by == by else str(last.by)
    again = time_in_words(last.at + BETWEEN_TRIES)
    raise RuleBroken(f"{who} rang at {time_in_words(last.at)}. Try again from {again}.", "too_soon")


def _on_record(
    matter: Contact, booking: Booking, words: str, submission: UUID, by: User, now: datetime
) -> Contact:
    """The try on the child's record: evidence that we rang (H32)."""
    case = matter.case
    if case is None:
        raise RuleBroken("Find the child first: nobody knows whose call it is.", "no_case")
    return log_sent(
        case=case,
        channel=Contact.Channel.TELEPHONE,
        with_whom=booking.caller_name,
        note=words,
        at=now,
        submission=submission,
        by=by,
        now=now,
        about=matter,
    )


@transaction.atomic
def written_instead(
    *, booking: Booking, answer: Contact.Answer, note: str, by: User, now: datetime
) -> Booking:
    """After the tries of the settings a letter or an e-mail keeps the promise (H36).

    Raises RuleBroken (``may_not_ring``, ``too_few_tries``, ``not_in_writing``, ``over`` and
    those of cases.answer_actions.answer_contact).
    """
    refuse_not_answering(by)
    if answer not in (Contact.Answer.LETTER, Contact.Answer.EMAIL):
        raise RuleBroken("Say whether it was a letter or an e-mail.", "not_in_writing")
    matter = held_matter(booking)
    locked = held_booking(booking)
    refuse_over(locked)
    wanted = enough_tries()
    if tries(matter) < wanted:
        raise RuleBroken(f"Ring {wanted} times before you write instead.", "too_few_tries")
    answer_contact(contact=matter, answer=answer, note=note, by=by, now=now)
    if locked.is_booked:
        # The letter keeps the promise: nobody waits for a call that was booked meanwhile.
        give_up(locked, State.CANCELLED, Booking.Whose.OURS, f"Answered {answer.label}", by, now)
        why = "We have written to you instead."
        tell(called_off_messages(locked, by, moved=False) + cancelled_words(locked, why), now=now)
    return locked


def tries(matter: Contact) -> int:
    """How often we have rung about ``matter`` without reaching anybody."""
    return Ring.objects.about(matter).filter(result=Ring.Result.NO_ANSWER).count()


def enough_tries() -> int:
    """After how many calls that nobody took we write."""
    return SlotPolicy.current().attempts_before_writing


def _keep_ring(
    matter: Contact,
    booking: Booking,
    result: Ring.Result,
    note: str,
    submission: UUID,
    by: User,
    now: datetime,
    record: Contact | None,
) -> Ring:
    return Ring.objects.create(
        booking=booking,
        number=Ring.objects.about(matter).count() + 1,
        result=result,
        note=note,
        at=now,
        by=by,
        record=record,
        submission=submission,
    )


# --- Missed ---------------------------------------------------------------------------------


def mark_missed(*, now: datetime) -> int:
    """Every booked call whose time is over without an outcome is missed; returns how many.

    Owner and team lead are told, and the caller is told what happens next (H36). Any number of
    workers may do this at once: a row is claimed by one, marked and told of in one transaction.
    One that cannot be told of is logged and tried again the next time; it stops no other.
    """
    before = now - timedelta(minutes=SlotPolicy.current().grace_minutes)
    total, failed = 0, set[int]()
    while (batch := _mark_batch(before, now, failed)).claimed:
        total += len(batch.claimed) - len(batch.failed)
        failed |= batch.failed
    return total


@dataclass(frozen=True)
class _Batch:
    """The bookings that were claimed, and those among them that could not be marked."""

    claimed: list[int]
    failed: set[int]


@transaction.atomic
def _mark_batch(before: datetime, now: datetime, passed_over: set[int]) -> _Batch:
    due = Booking.objects.to_miss(before).exclude(pk__in=passed_over).order_by("ends_at", "pk")
    claimed = list(
        due.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:BATCH]
    )
    if not claimed:
        return _Batch([], set())
    bookings = list(Booking.objects.filter(pk__in=claimed).with_teams().order_by("ends_at", "pk"))
    words = wording(bookings)
    if _is_marked(bookings, words, now):
        return _Batch(claimed, set())
    # Something is wrong with one of them: one by one, so that the others are done.
    failed = {one.pk for one in bookings if not _is_marked([one], words, now)}
    return _Batch(claimed, failed)


def _is_marked(bookings: list[Booking], words: Wording, now: datetime) -> bool:
    """Mark and tell of all of ``bookings``, or of none and say so in the log."""
    try:
        with transaction.atomic():
            _mark(bookings, words, now)
    except Exception as error:
        keys = [one.pk for one in bookings]
        # The words of the error would have those of the message in them.
        log.error("calls_not_marked_missed", bookings=keys, error=type(error).__name__)
        return False
    return True


def _mark(bookings: list[Booking], words: Wording, now: datetime) -> None:
    """A fixed number of queries, however many they are."""
    messages = []
    for booking in bookings:
        booking.state, booking.missed_at = State.MISSED, now
        messages += missed_messages(booking, words.barred) + missed_words(booking, words, now)
    keys = [one.pk for one in bookings]
    Booking.objects.filter(pk__in=keys).update(state=State.MISSED, missed_at=now)
    tell(messages, now=now)
