"""What becomes of a call at the desk, written down in one breath (H22 to H38)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from callbacks.at_risk import is_report
from callbacks.barred import recognised
from callbacks.booking_actions import Caller, book
from callbacks.call_actions import held_call, kept_case, note_skips, refuse_role
from callbacks.desk import Desk, Matter, desk_for, owed_of, sentence
from callbacks.desk_messages import no_slot_message, plan_message
from callbacks.desk_refusals import (
    no_second_call,
    nobody_took_it,
    not_put_through,
    plan_holds,
)
from callbacks.desk_words import closing_words
from callbacks.gate import MAY_BOOK, MAY_TRANSFER, Gate, decide
from callbacks.models import Attempt, Booking, DeskCall, Signpost, Slot
from callbacks.offers import offer
from callbacks.order import Step
from cases.actions import log_contact
from cases.answer_actions import answer_contact
from cases.matters import same_sender
from cases.models import Case, Contact, Establishment, RelatedPerson, UrgentReason
from cases.received import Received
from cases.submissions import written_by
from clocks.calendars import calendar_for_display
from notices.actions import tell

Outcome, Result, Category = DeskCall.Outcome, Attempt.Result, Contact.Category


@dataclass(frozen=True, kw_only=True)
class Said:
    """Who rang, what they asked and what they were told (H38).

    ``person`` is one of the people around the child; ``told`` what the adviser said, where it
    was not the sentence of the screen; ``reminded`` that they need not ring again (H30);
    ``at_risk`` that a child may not be safe: a formal matter of its own, whatever is owed (H68);
    ``agreed`` that the team has agreed to a call although a contact plan may hold (H66).
    """

    sender: Contact.Sender
    caller: Caller
    asked: str
    told: str = ""
    person: RelatedPerson | None = None
    reminded: bool = False
    at_risk: bool = False
    agreed: bool = False


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What becomes of a call. ``matter`` is what is owed already, when it is about that;
    ``urgent`` why it is more urgent now; ``slot``, ``signpost`` and ``reason`` (why a slot after
    the standard was taken) belong to their outcomes; ``wish`` that the caller asked for a slot
    later than they could have had."""

    outcome: DeskCall.Outcome
    matter: Contact | None = None
    urgent: UrgentReason | None = None
    slot: Slot | None = None
    signpost: Signpost | None = None
    reason: str = ""
    wish: bool = False


@transaction.atomic
def finish_call(
    *, case: Case, said: Said, ending: Ending, submission: UUID, by: User, now: datetime
) -> DeskCall:
    """Write down what became of the call; everything in one breath, or nothing of it (H38).

    The call is a contact like any other: what asks again about ``ending.matter`` goes with it
    and starts no clock (H48); what is ``said.at_risk`` is always a matter of its own (H68).
    Answered and signposted calls are answered by ``by`` there and then (H24); the others are the
    responsible person's, within the standard of telephone calls. A slot is booked once the order
    was kept (H26 to H28). Sent twice it is one call. Raises RuleBroken
    (``may_not_take_calls``, ``submission_used``, ``number_missing``, ``gate_closed``,
    ``nobody_took_it``, ``try_first``, ``slot_missing``, ``signpost_missing``, ``told_missing``,
    ``not_reminded``, ``no_contact``, ``contact_plan``, ``matter_missing``, ``no_date``,
    ``cannot_wait`` and those of cases.actions.log_contact and callbacks.booking_actions.book).
    """
    refuse_role(by)
    case = kept_case(case)
    if said.at_risk:
        ending = replace(ending, matter=None)
    if again := _finished_by(submission, case, said, ending):
        return again
    call = held_call(case, by, now)
    desk = desk_for(case, by, now, calendar_for_display())
    received = _received(said, ending, now, case)
    # Whoever tells us that a child may not be safe does not try to get past the gate.
    matters = [] if said.at_risk else desk.matters
    gate, waits_for = _gate(matters, ending, received, now)
    _refuse_unfit(ending, gate, waits_for, said, desk)
    plan = desk.plans.for_caller(said.caller.name)
    if ending.outcome == Outcome.BOOKED:
        _refuse_barred(said, case)
        if plan and not said.agreed:
            raise plan_holds(plan)
        _refuse_untried(desk.step)
    if ending.outcome in RINGS_BACK:
        note_skips(call, desk, now)
    # Whoever came to the end of the order wanted a call; a message was all there was to offer.
    call.no_slot = (
        ending.outcome == Outcome.MESSAGE
        and gate in MAY_BOOK
        and desk.step == Step.SLOT
        and not offer(case, now=now, matter=ending.matter).slots
    )
    contact = log_contact(
        case=case,
        received=received,
        submission=submission,
        by=by,
        now=now,
        chases=ending.matter,
        # The others hear when they are rung, or were answered on the telephone.
        acknowledge=ending.outcome in (Outcome.MESSAGE, Outcome.WAITING),
        # Said at the desk or not: whoever answers for it passes it on.
        tell_owner=said.at_risk or ending.outcome not in ANSWERED_THERE,
    )
    if ending.outcome in ANSWERED_THERE and contact.is_open:
        told = said.told.strip() or f"Sent to {ending.signpost}."
        answer = Contact.Answer.TELEPHONE
        contact = answer_contact(contact=contact, answer=answer, note=told, by=by, now=now)
    _close(call, contact, ending, gate, submission, now)
    if ending.outcome == Outcome.BOOKED and ending.slot:
        wish = ending.wish and _could_be_sooner(case, ending, now)
        book(
            contact=ending.matter or contact,
            slot=ending.slot,
            caller=said.caller,
            submission=submission,
            by=by,
            now=now,
            call=call,
            reason=ASKED_LATER if wish else ending.reason,
            wish=wish,
        )
    _keep_words(call, said, waits_for)
    if call.no_slot:
        tell(no_slot_message(call), now=now)
    if plan and ending.outcome == Outcome.MESSAGE:
        tell(plan_message(call), now=now)
    return call


@transaction.atomic
def finish_unknown(
    *, said: Said, told_child: str, ending: Ending, submission: UUID, by: User, now: datetime
) -> DeskCall:
    """A call about a child whom we do not know: sent elsewhere, or a message for the tray (H23).

    That a child may be at risk is always a message: somebody here has to look.
    Raises RuleBroken (``may_not_take_calls``, ``signpost_missing``, ``told_missing``,
    ``unknown_child``, ``cannot_wait`` and those of cases.actions.log_contact).
    """
    refuse_role(by)
    if again := _finished_by(submission, None, said, ending):
        return again
    if ending.outcome not in UNKNOWN_CHILD:
        raise RuleBroken("Find the child first.", "unknown_child", field="outcome")
    if said.at_risk and ending.outcome != Outcome.MESSAGE:
        raise RuleBroken(MUST_BE_MESSAGE, "cannot_wait", field="outcome")
    _refuse_missing_words(ending, said)
    call = held_call(None, by, now)
    contact = None
    # What was answered about no known child is counted; only what somebody must do is kept.
    if ending.outcome == Outcome.MESSAGE:
        contact = log_contact(
            case=None,
            received=_received(said, ending, now, None, told_child),
            submission=submission,
            by=by,
            now=now,
        )
    _close(call, contact, ending, Gate.OPEN, submission, now)
    _keep_words(call, said, None)
    return call


ANSWERED_THERE = frozenset({Outcome.ANSWERED, Outcome.SIGNPOSTED})
UNKNOWN_CHILD = ANSWERED_THERE | {Outcome.MESSAGE}
RINGS_BACK = frozenset({Outcome.BOOKED, Outcome.MESSAGE})
# Where a date was given, the caller is asked not to ring before it (H30).
GIVES_DATE = RINGS_BACK | {Outcome.WAITING}


CANNOT_WAIT = "A child may be at risk: that cannot wait. Put them through, or take a message."
MUST_BE_MESSAGE = "A child may be at risk: take a message, so that somebody here looks at it."
TEAM_AGREED = "A contact plan holds: the adviser asked the team, who agreed to this call."
ASKED_LATER = "The caller asked for a later time."


def _could_be_sooner(case: Case, ending: Ending, now: datetime) -> bool:
    """Whoever had no choice did not ask for a later time, whatever the form says (H29)."""
    return offer(case, now=now, matter=ending.matter).breach != Booking.Breach.OUTSIDE


def _close(
    call: DeskCall,
    contact: Contact | None,
    ending: Ending,
    gate: Gate,
    submission: UUID,
    now: datetime,
) -> None:
    call.ended_at, call.outcome, call.gate = now, ending.outcome, gate.value
    call.contact, call.matter = contact, ending.matter
    call.urgent_reason, call.signpost = ending.urgent, ending.signpost
    call.submission = submission
    call.save()


def _keep_words(call: DeskCall, said: Said, waits_for: Matter | None) -> None:
    """What the caller was told: in the adviser's words, or the sentence of the screen (H38)."""
    waits = call.outcome == Outcome.WAITING and waits_for
    urgent, now = call.urgent_reason is not None, call.ended_at or call.started_at
    words = sentence(waits, now, urgent=urgent) if waits else closing_words(call)
    call.told = said.told.strip() or words
    call.reminded = said.reminded
    call.save(update_fields=["told", "reminded"])


def _received(
    said: Said, ending: Ending, now: datetime, case: Case | None, told_child: str = ""
) -> Received:
    return Received(
        channel=Contact.Channel.TELEPHONE,
        sender=said.sender,
        sender_name=said.caller.name,
        sender_phone=said.caller.phone,
        sender_email=said.caller.email,
        sender_person=said.person,
        establishment=_establishment(said, case),
        category=Category.SAFEGUARDING if said.at_risk else Category.INFORMAL,
        message=_message(said, ending),
        received_at=now,
        urgent_reason=ending.urgent,
        told_child=told_child,
    )


def _establishment(said: Said, case: Case | None) -> Establishment | None:
    """Who says that they ring from a school rings from the child's; a known person is themself."""
    at_school = said.sender == Contact.Sender.ESTABLISHMENT and said.person is None
    return case.establishment if case and at_school else None


def _message(said: Said, ending: Ending) -> str:
    """What they asked; when it suits them best is kept here where no booking keeps it (H38), and
    that the team has agreed to a call (H66)."""
    if said.agreed and ending.outcome == Outcome.BOOKED:
        return f"{said.asked}\n\n{TEAM_AGREED}"
    best = said.caller.best_time.strip()
    if not best or ending.outcome == Outcome.BOOKED:
        return said.asked
    return f"{said.asked}\n\nBest time to ring: {best}"


def _gate(
    matters: Sequence[Matter], ending: Ending, received: Received, now: datetime
) -> tuple[Gate, Matter | None]:
    """What the gate says at ``now``, whatever the page said when it was opened (H32, H33)."""
    if ending.matter is None:
        in_time = [one.contact for one in matters if one.gate == Gate.WAIT]
        waits = any(same_sender(contact, received) for contact in in_time)
        return decide(None, now=now, urgent=ending.urgent is not None, waits=waits), None
    found = next((one for one in matters if one.contact.pk == ending.matter.pk), None)
    if found is None:
        raise RuleBroken(
            f"{ending.matter.reference} is no longer open. Log this as something new.",
            "matter_missing",
            field="matter",
        )
    return decide(owed_of(found), now=now, urgent=ending.urgent is not None), found


def _refuse_untried(step: Step) -> None:
    if step in (Step.COORDINATOR, Step.DUTY_LINE):
        first = "the coordinator" if step == Step.COORDINATOR else "the duty line"
        raise RuleBroken(
            f"Try {first} first, or say why it is not tried.", "try_first", field="outcome"
        )


def _finished_by(
    submission: UUID, case: Case | None, said: Said, ending: Ending
) -> DeskCall | None:
    """The call that this form has ended already; the second of two clicks waits here for it.

    With other words it is another call, which must not vanish.
    """
    # Held until the transaction ends, also where no contact comes of it.
    written_by(submission)
    found = DeskCall.objects.filter(submission=submission).select_related("contact", "case").first()
    if found is None:
        return None
    # Its record may be merged into another since.
    about = found.case.kept_id if found.case else None
    same = (about, found.outcome) == (case.pk if case else None, ending.outcome)
    if found.contact:
        same = same and found.contact.message == _message(said, ending)
        same = same and is_report(found) == said.at_risk
    if not same:
        raise RuleBroken(
            "This form has ended a call already. If this is another call, press the button again "
            "to write it down too.",
            "submission_used",
        )
    return found


# --- Guards ---------------------------------------------------------------------------------


def _refuse_unfit(
    ending: Ending,
    gate: Gate,
    waits_for: Matter | None,
    said: Said,
    desk: Desk,
) -> None:
    outcome = ending.outcome
    _refuse_missing_words(ending, said)
    if said.at_risk and outcome == Outcome.WAITING:
        raise RuleBroken(CANNOT_WAIT, "cannot_wait", field="outcome")
    if outcome == Outcome.TRANSFERRED and gate not in MAY_TRANSFER:
        raise not_put_through()
    booked = waits_for is not None and waits_for.booking is not None
    if outcome == Outcome.BOOKED and (booked or gate not in MAY_BOOK):
        raise no_second_call(waits_for)
    taken = any(one.result == Result.ANSWERED for one in desk.attempts)
    if outcome == Outcome.TRANSFERRED and not taken:
        raise nobody_took_it(desk.step)
    if outcome == Outcome.BOOKED and ending.slot is None:
        raise RuleBroken("Select a time.", "slot_missing", field="slot")
    if outcome == Outcome.WAITING and waits_for is None:
        raise RuleBroken("Select what they are waiting for.", "matter_missing", field="matter")
    # Said to be urgent or not: only a date that is ahead can be told.
    if outcome == Outcome.WAITING and waits_for and waits_for.gate != Gate.WAIT:
        raise RuleBroken(
            "Its date is over: there is no date to tell. Put them through, book a time or take a "
            "message.",
            "no_date",
            field="outcome",
        )


def _refuse_barred(said: Said, case: Case) -> None:
    """Nobody rings whoever must not be contacted, whatever name they give (H18)."""
    if said.person is not None and said.person.no_contact:
        raise _must_not_be_rung(f"{said.person} must not be contacted.")
    if said.person is None:
        people, caller = list(RelatedPerson.objects.around(case)), said.caller
        found = recognised(people, name=caller.name, phone=caller.phone, email=caller.email)
        if found is not None:
            raise _must_not_be_rung(f"This may be {found}, who must not be contacted.")


def _must_not_be_rung(why: str) -> RuleBroken:
    return RuleBroken(f"{why} Take a message: the team decides.", "no_contact", field="outcome")


def _refuse_missing_words(ending: Ending, said: Said) -> None:
    if ending.outcome == Outcome.SIGNPOSTED and ending.signpost is None:
        raise RuleBroken("Select where you sent them.", "signpost_missing", field="signpost")
    if ending.outcome == Outcome.ANSWERED and not said.told.strip():
        raise RuleBroken("Write what you told them.", "told_missing", field="told")
    # Who tells us of a danger is not asked to wait, nor for their number; booking asks for it.
    if not said.at_risk:
        _refuse_unreminded(ending, said)


def _refuse_unreminded(ending: Ending, said: Said) -> None:
    if ending.outcome in RINGS_BACK and not said.caller.phone.strip():
        raise RuleBroken("Enter the number to ring.", "number_missing", field="caller_phone")
    if ending.outcome in GIVES_DATE and not said.reminded:
        raise RuleBroken(
            "Tell them that they do not need to ring before that day, and tick that you have.",
            "not_reminded",
            field="reminded",
        )
