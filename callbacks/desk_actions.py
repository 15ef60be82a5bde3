"""What an adviser does with a caller on the line, and what becomes of the call (H22 to H38)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from callbacks.booking_actions import Caller, book
from callbacks.desk import Matter, desk_for, owed_of
from callbacks.gate import MAY_BOOK, MAY_TRANSFER, Gate, decide
from callbacks.models import Attempt, DeskCall, Signpost, Slot
from callbacks.order import Step
from cases.actions import MAY_LOG, log_contact
from cases.answer_actions import answer_contact
from cases.models import Case, Contact, RelatedPerson, UrgentReason
from cases.received import Received
from cases.submissions import written_by
from clocks.calendars import calendar_for_display

Outcome, Party, Result = DeskCall.Outcome, Attempt.Party, Attempt.Result
ONE_CLICK = timedelta(seconds=5)
SKIP_GIVEN = "other"


@dataclass(frozen=True, kw_only=True)
class Said:
    """Who rang, what they asked and what they were told (H38).

    ``person`` is one of the people around the child; ``told`` what the adviser said.
    """

    sender: Contact.Sender
    caller: Caller
    asked: str
    told: str = ""
    person: RelatedPerson | None = None


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What becomes of a call. ``matter`` is what is owed already, when it is about that;
    ``urgent`` why it is more urgent now; ``slot``, ``signpost`` and ``reason`` (why a slot after
    the standard was taken) belong to their outcomes."""

    outcome: DeskCall.Outcome
    matter: Contact | None = None
    urgent: UrgentReason | None = None
    slot: Slot | None = None
    signpost: Signpost | None = None
    reason: str = ""


@transaction.atomic
def start_call(*, case: Case | None, by: User, now: datetime) -> DeskCall:
    """The call that ``by`` has with somebody about ``case``; goes on with one not finished.

    Raises RuleBroken (``may_not_take_calls``).
    """
    _refuse_role(by)
    started, _ = DeskCall.objects.get_or_create(
        adviser=by, case=case, ended_at=None, defaults={"started_at": now}
    )
    return started


@transaction.atomic
def note_attempt(
    *,
    case: Case,
    party: Attempt.Party,
    result: Attempt.Result,
    by: User,
    now: datetime,
    reason: str = "",
) -> Attempt:
    """One try to put the caller through, in one click, with its time (H26, H27).

    A party is skipped for a ``reason`` that the adviser gives. Two clicks on the same button
    within seconds are one try. Raises RuleBroken (``may_not_take_calls``, ``reason_missing``,
    ``too_early``).
    """
    call = start_call(case=case, by=by, now=now)
    DeskCall.objects.select_for_update(of=("self",)).get(pk=call.pk)
    last = call.attempts.last()
    if last and (last.party, last.result) == (party, result) and now - last.at < ONE_CLICK:
        return last
    if result == Result.SKIPPED and not reason.strip():
        raise RuleBroken("Say why it is not tried.", "reason_missing", field="reason")
    desk = desk_for(case, by, now, calendar_for_display())
    if party == Party.DUTY_LINE and desk.step == Step.COORDINATOR:
        raise RuleBroken("Try the coordinator first.", "too_early")
    to_coordinator = party == Party.COORDINATOR
    return Attempt.objects.create(
        call=call,
        party=party,
        result=result,
        at=now,
        person=desk.officer if to_coordinator else None,
        number=desk.officer.phone
        if to_coordinator and desk.officer
        else ("" if to_coordinator else case.team.duty_line),
        reason=SKIP_GIVEN if result == Result.SKIPPED else "",
        reason_words=reason.strip(),
    )


@transaction.atomic
def finish_call(
    *, case: Case, said: Said, ending: Ending, submission: UUID, by: User, now: datetime
) -> DeskCall:
    """Write down what became of the call; everything in one breath, or nothing of it (H38).

    The call is a contact like any other: what asks again about ``ending.matter`` goes with it
    and starts no clock (H48). Answered and signposted calls are answered by ``by`` there and
    then (H24); the others are the responsible person's, within the standard of telephone calls.
    A slot is booked once the order was kept (H26 to H28). Sent twice it is one call. Raises
    RuleBroken (``may_not_take_calls``, ``number_missing``, ``gate_closed``, ``nobody_took_it``,
    ``try_first``, ``slot_missing``, ``signpost_missing``, ``told_missing``, ``matter_missing``
    and those of cases.actions.log_contact and callbacks.booking_actions.book).
    """
    _refuse_role(by)
    if again := _finished_by(submission):
        return again
    call = start_call(case=case, by=by, now=now)
    DeskCall.objects.select_for_update(of=("self",)).get(pk=call.pk)
    desk = desk_for(case, by, now, calendar_for_display())
    gate = _gate(desk.matters, ending, now)
    _refuse_unfit(ending, gate, said, desk.attempts)
    if ending.outcome == Outcome.BOOKED:
        _note_skips(call, desk.step, desk.skips.coordinator, desk.skips.duty_line, now)
    contact = log_contact(
        case=case,
        received=_received(said, ending, now),
        submission=submission,
        by=by,
        now=now,
        chases=ending.matter,
        # They hear when they are rung, or were answered on the telephone.
        acknowledge=ending.outcome == Outcome.MESSAGE,
        tell_owner=ending.outcome not in ANSWERED_THERE,
    )
    if ending.outcome in ANSWERED_THERE and contact.is_open:
        told = said.told.strip() or f"Sent to {ending.signpost}."
        answer = Contact.Answer.TELEPHONE
        answer_contact(contact=contact, answer=answer, note=told, by=by, now=now)
    _close(call, contact, ending, gate, said, now)
    if ending.outcome == Outcome.BOOKED and ending.slot:
        book(
            contact=ending.matter or contact,
            slot=ending.slot,
            caller=said.caller,
            submission=submission,
            by=by,
            now=now,
            call=call,
            reason=ending.reason,
        )
    return call


@transaction.atomic
def finish_unknown(
    *, said: Said, told_child: str, ending: Ending, submission: UUID, by: User, now: datetime
) -> DeskCall:
    """A call about a child whom we do not know: sent elsewhere, or a message for the tray (H23).

    Raises RuleBroken (``may_not_take_calls``, ``signpost_missing``, ``told_missing``,
    ``unknown_child`` and those of cases.actions.log_contact).
    """
    _refuse_role(by)
    if again := _finished_by(submission):
        return again
    if ending.outcome not in (Outcome.ANSWERED, Outcome.SIGNPOSTED, Outcome.MESSAGE):
        raise RuleBroken("Find the child first.", "unknown_child")
    _refuse_missing_words(ending, said)
    call = start_call(case=None, by=by, now=now)
    contact = None
    # What was answered about no known child is counted; only what somebody must do is kept.
    if ending.outcome == Outcome.MESSAGE:
        contact = log_contact(
            case=None,
            received=_received(said, ending, now, told_child),
            submission=submission,
            by=by,
            now=now,
        )
    _close(call, contact, ending, Gate.OPEN, said, now)
    return call


ANSWERED_THERE = frozenset({Outcome.ANSWERED, Outcome.SIGNPOSTED})


def _close(
    call: DeskCall,
    contact: Contact | None,
    ending: Ending,
    gate: Gate,
    said: Said,
    now: datetime,
) -> None:
    call.ended_at, call.outcome, call.gate = now, ending.outcome, gate.value
    call.contact, call.matter = contact, ending.matter
    call.urgent_reason, call.signpost = ending.urgent, ending.signpost
    call.told = said.told.strip()
    call.save()


def _received(said: Said, ending: Ending, now: datetime, told_child: str = "") -> Received:
    return Received(
        channel=Contact.Channel.TELEPHONE,
        sender=said.sender,
        sender_name=said.caller.name,
        sender_phone=said.caller.phone,
        sender_email=said.caller.email,
        sender_person=said.person,
        message=said.asked,
        received_at=now,
        urgent_reason=ending.urgent,
        told_child=told_child,
    )


def _gate(matters: Sequence[Matter], ending: Ending, now: datetime) -> Gate:
    """What the gate says at ``now``, whatever the page said when it was opened (H32, H33)."""
    if ending.matter is None:
        return Gate.OPEN
    found = next((one for one in matters if one.contact.pk == ending.matter.pk), None)
    if found is None:
        raise RuleBroken(
            f"{ending.matter.reference} is no longer open. Log this as something new.",
            "matter_missing",
        )
    owed = owed_of(found.contact, found.rang_at, found.booking)
    return decide(owed, now=now, urgent=ending.urgent is not None)


def _note_skips(
    call: DeskCall, step: Step, coordinator: str, duty_line: str, now: datetime
) -> None:
    """What the system knows stands in the log without a click; what it does not was tried."""
    if step in (Step.COORDINATOR, Step.DUTY_LINE):
        first = "the coordinator" if step == Step.COORDINATOR else "the duty line"
        raise RuleBroken(
            f"Try {first} first, or say why it is not tried.", "try_first", field="outcome"
        )
    tried = set(call.attempts.values_list("party", flat=True))
    known = {Party.COORDINATOR: coordinator, Party.DUTY_LINE: duty_line}
    Attempt.objects.bulk_create(
        Attempt(
            call=call,
            party=party,
            result=Result.SKIPPED,
            at=now,
            reason="known",
            reason_words=words[:200],
        )
        for party, words in known.items()
        if party not in tried and words
    )


def _finished_by(submission: UUID) -> DeskCall | None:
    written = written_by(submission)
    return DeskCall.objects.filter(contact=written).first() if written else None


# --- Guards ---------------------------------------------------------------------------------


def _refuse_role(by: User) -> None:
    if by.role not in MAY_LOG:
        raise RuleBroken("Your role does not take calls.", "may_not_take_calls")


def _refuse_unfit(ending: Ending, gate: Gate, said: Said, attempts: Sequence[Attempt]) -> None:
    outcome = ending.outcome
    _refuse_missing_words(ending, said)
    if outcome == Outcome.TRANSFERRED and gate not in MAY_TRANSFER:
        raise RuleBroken(
            "They cannot be put through now: tell them the date.", "gate_closed", field="outcome"
        )
    if outcome == Outcome.BOOKED and gate not in MAY_BOOK:
        raise RuleBroken(
            "An answer is on its way: tell them the date.", "gate_closed", field="outcome"
        )
    taken = any(one.result == Result.ANSWERED for one in attempts)
    if outcome == Outcome.TRANSFERRED and not taken:
        raise RuleBroken(
            "Say who took the call: press “They took the call”.", "nobody_took_it", field="outcome"
        )
    if outcome == Outcome.BOOKED and ending.slot is None:
        raise RuleBroken("Select a time.", "slot_missing", field="slot")
    if outcome == Outcome.WAITING and ending.matter is None:
        raise RuleBroken("Select what they are waiting for.", "matter_missing", field="matter")


def _refuse_missing_words(ending: Ending, said: Said) -> None:
    if ending.outcome == Outcome.SIGNPOSTED and ending.signpost is None:
        raise RuleBroken("Select where you sent them.", "signpost_missing", field="signpost")
    if ending.outcome == Outcome.ANSWERED and not said.told.strip():
        raise RuleBroken("Write what you told them.", "told_missing", field="told")
    if ending.outcome in RINGS_BACK and not said.caller.phone.strip():
        raise RuleBroken("Enter the number to ring.", "number_missing", field="caller_phone")


RINGS_BACK = frozenset({Outcome.BOOKED, Outcome.MESSAGE})
