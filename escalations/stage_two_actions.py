"""Asking for stage 2 of a complaint, passing one on, and taking it back (T21)."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.answer_actions import refuse_untold, with_how
from clocks import actions as clock_actions
from clocks.calendars import LONDON
from clocks.wording import day_in_words, moment_in_words
from escalations.agreement_actions import end_agreement
from escalations.complaint_messages import (
    agreement_of,
    asked_again_words,
    ended_words,
    for_you_message,
    passed_on_words,
)
from escalations.complaint_rows import (
    LOOKS_INTO,
    Number,
    Stage,
    code,
    day_of,
    held_complaint,
    move,
    refuse_other_stage,
    refuse_role,
    refuse_themselves,
    started,
    wrong_stage,
)
from escalations.handlers import case_of, handler_for
from escalations.ladder import Step
from escalations.models import Complaint, ComplaintStage, Theme
from escalations.staff_messages import left_message
from escalations.step_actions import let_go, let_handle
from notices.actions import tell


@transaction.atomic
def ask_for_stage_two(
    *,
    complaint: Complaint,
    why: str,
    asked_on: date,
    by: User,
    now: datetime,
    told_how: str = "",
) -> ComplaintStage:
    """The sender is not happy with stage 1: somebody else will look, acknowledged first (T21).

    Counted from ``asked_on`` (London). Who acknowledges it is found, never chosen, and is not
    whoever answered stage 1. The same twice is once. Raises RuleBroken (``may_not_answer``,
    ``why_missing``, ``wrong_stage``, ``asked_already``, ``odd_day``, ``tell_sender``,
    ``nobody_responsible``).
    """
    refuse_role(by)
    if not why.strip():
        raise RuleBroken(
            "Write why they are not happy with the answer.", "why_missing", field="why"
        )
    locked, one = held_complaint(complaint, Number.ONE)
    if two := locked.stages.filter(number=Number.TWO).first():
        return _asked_already(two, why)
    refuse_other_stage(locked, Stage.ONE_ANSWERED)
    contact = locked.matter.contact
    refuse_untold(contact, told_how)
    answered_by = [one.answered_by] if one.answered_by else []
    handler = handler_for(Step.SENIOR_MANAGER, contact, answered_by, now)
    two = ComplaintStage(
        complaint=locked, number=Number.TWO, asked_at=_asked_at(one, asked_on, now), why=why.strip()
    )
    standard = "complaint.stage_2_acknowledged"
    two.acknowledgement = started(standard, two, handler, two.asked_at, by, now)
    two.save(force_insert=True)
    let_handle(case_of(contact), handler)
    move(locked, Stage.TWO_RECEIVED, two.acknowledgement)
    told = [] if handler == by else [for_you_message(two.acknowledgement, "acknowledge")]
    tell([*told, *asked_again_words(two)], now=now)
    return two


def _asked_already(two: ComplaintStage, why: str) -> ComplaintStage:
    if two.why == why.strip():
        return two
    raise RuleBroken(
        f"Stage 2 was asked for on {moment_in_words(two.asked_at)}. Your words are still below: "
        "you can add them to the record as a note.",
        "asked_already",
    )


def _asked_at(one: ComplaintStage, asked_on: date, now: datetime) -> datetime:
    """Today is now; of an earlier day only the day counts."""
    today = now.astimezone(LONDON).date()
    answered_on = day_of(one.answered_at) if one.answered_at else today
    if not answered_on <= asked_on <= today:
        raise RuleBroken(
            f"Enter a day from {day_in_words(answered_on)}, when stage 1 was answered, to today.",
            "odd_day",
            field="asked_on",
        )
    return now if asked_on == today else datetime.combine(asked_on, time(12), LONDON)


@transaction.atomic
def hand_over(
    *,
    complaint: Complaint,
    to: User,
    reason: str,
    by: User,
    now: datetime,
    instead_of: int | None = None,
    told_how: str = "",
) -> Complaint:
    """Somebody else has it from now on; the date stays, and the sender is told (H59).

    Whoever had it sees the case only if they would without having had it. ``instead_of`` is the id
    of who had it when the page was opened. Raises RuleBroken (``may_not_answer``,
    ``nothing_open``, ``passed_meanwhile``, ``about_themselves``, ``tell_sender`` and those of
    clocks.actions.reassign).
    """
    refuse_role(by)
    locked, stage = held_complaint(complaint, None)
    if locked.clock is None:
        raise RuleBroken("Nothing of this complaint is open.", "nothing_open")
    before = locked.clock.owner
    if before == to:
        return locked
    if instead_of not in (None, before.pk):
        raise RuleBroken(
            f"{before} has it by now. Press the button again only if that has to change too.",
            "passed_meanwhile",
        )
    refuse_themselves(stage, to, f"{to} answered stage 1: somebody else has stage 2.")
    known = stage.clock is not None
    if known:
        refuse_untold(locked.matter.contact, told_how)
    case = case_of(locked.matter.contact)
    let_handle(case, to, instead_of=before)
    why = with_how(reason, told_how)
    clock = clock_actions.reassign(
        clock=locked.clock, to=to, reason=why, by=by, now=now, among=LOOKS_INTO
    )
    if before != by:
        # Whoever passes it on themselves is sent back to its page, and goes on seeing it.
        let_go(case, before)
    left = [] if before == by else [left_message(clock, before, by, now)]
    # Before the acknowledgement the sender was told no name.
    tell([*left, *(passed_on_words(stage, clock, now.isoformat()) if known else [])], now=now)
    return locked


@transaction.atomic
def end_complaint(
    *,
    complaint: Complaint,
    reason: str,
    themes: Sequence[Theme],
    by: User,
    now: datetime,
    told_how: str = "",
) -> Complaint:
    """The sender takes it back; what was open ends, nothing is deleted. Twice is once.

    Raises RuleBroken (``may_not_answer``, ``note_missing``, ``theme_missing``, ``wrong_stage``,
    ``tell_sender``).
    """
    refuse_role(by)
    if not reason.strip():
        raise RuleBroken("Write what they said.", "note_missing", field="reason")
    locked, _ = held_complaint(complaint, None)
    if locked.stage == Stage.ENDED:
        return locked
    if locked.clock is None:
        raise wrong_stage(locked)
    refuse_untold(locked.matter.contact, told_how)
    clock_actions.cancel(clock=locked.clock, reason=with_how(reason, told_how), by=by, now=now)
    locked.outcome = reason.strip()
    locked.save(update_fields=["outcome"])
    move(locked, Stage.ENDED, None)
    code(locked, themes, "", Stage.ENDED.label, by, now)
    agreement = agreement_of(locked)
    end_agreement(complaint=locked, now=now)
    tell(ended_words(locked, agreement, by, now), now=now)
    return locked
