"""A step or what is on the desk given to a colleague: the date stays (H59, H102).

The ladder finds who handles a step; people on leave, leaving or too busy give it to somebody of
the same standing, never to one whom it is about. Complaints: stage_two_actions.hand_over.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_ANSWER
from cases.answer_actions import held, refuse_untold, with_how
from cases.models import Case
from clocks import actions as clock_actions
from clocks.models import Clock
from escalations.authority import may_give
from escalations.handlers import case_of, colleagues_for, may_see
from escalations.ladder import Step
from escalations.ladder_state import (
    answered_before,
    asked_before,
    asked_below,
    had_matter_then,
    held_step,
)
from escalations.models import DeskEntry, Escalation, EscalationStep
from escalations.one_clock_actions import hand_date_on
from escalations.resolution_actions import held_entry, refuse_resolved
from escalations.sender_messages import given_words
from escalations.staff_messages import left_message
from escalations.step_actions import let_go, let_handle
from notices.actions import tell


@transaction.atomic
def give_step(
    *,
    step: EscalationStep,
    to: User,
    reason: str,
    by: User,
    now: datetime,
    told_how: str = "",
    instead_of: int | None = None,
) -> EscalationStep:
    """A colleague handles this step from now on; the date stays, and the sender is told (H59).

    By whoever has it, or covers for them, their lead or a senior manager; on the resolution
    team's step by its officers. ``instead_of`` is the id of whom the page showed as having it.
    Twice is once. Raises RuleBroken (``may_not_give``, ``reason_missing``, ``closed``,
    ``step_answered``, ``passed_meanwhile``, ``about_themselves``, ``may_not_own``,
    ``tell_sender``).
    """
    locked = held_step(step)
    refuse_to_give(locked, by, now)
    if locked.clock.owner == to:
        return locked
    _refuse_no_reason(reason)
    if not locked.escalation.is_open:
        raise RuleBroken("This concern is settled already.", "closed")
    if locked.answered_at:
        raise RuleBroken(f"{locked.answered_by} has answered this step.", "step_answered")
    _refuse_passed_meanwhile(locked.clock, instead_of)
    if to in about_step(locked):
        raise _about_themselves(to)
    _refuse_other_role(to, colleagues_of_step(locked))
    refuse_untold(locked.contact, told_how)
    before = locked.clock.owner
    why = with_how(reason, told_how)
    locked.clock = _given(locked.clock, case_of(locked.escalation.matter), to, why, by, now)
    left = [] if before == by else [left_message(locked.clock, before, by, now)]
    tell([*left, *given_words(locked, now)], now=now)
    return locked


@transaction.atomic
def give_entry(
    *,
    entry: DeskEntry,
    to: User,
    reason: str,
    by: User,
    now: datetime,
    instead_of: int | None = None,
) -> DeskEntry:
    """A colleague of the resolution team gives the first response; the 48 hours stay (H106).

    Once it is given, everything on the desk is the whole team's, but what is kept jointly: whoever
    has its date gives that on, before the first response and afterwards (H110). Twice is once.
    Raises RuleBroken
    (``may_not_give``, ``reason_missing``, ``resolved``, ``responded``, ``passed_meanwhile``,
    ``about_themselves``, ``may_not_own``).
    """
    matter = held(entry.contact)
    locked = held_entry(entry)
    locked.contact = matter
    clock = clock_to_give(locked)
    _refuse_to_give(clock, by, now, desk=True)
    if clock.owner == to:
        return locked
    _refuse_no_reason(reason)
    refuse_resolved(locked)
    if locked.responded_at and clock == locked.clock:
        raise RuleBroken(f"{locked.responded_by} has given the first response.", "responded")
    _refuse_passed_meanwhile(clock, instead_of)
    if to in about_entry(locked):
        raise _about_themselves(to)
    _refuse_other_role(to, colleagues_of_entry(locked))
    before, why = clock.owner, reason.strip()
    with_date = locked.has_date_of(matter)
    if clock == locked.clock:
        locked.clock = _given(clock, case_of(matter), to, why, by, now)
    if with_date:
        hand_date_on(entry=locked, matter=matter, to=to, reason=why, by=by, now=now)
    tell([] if before == by else [left_message(clock, before, by, now)], now=now)
    return locked


def _given(clock: Clock, case: Case | None, to: User, why: str, by: User, now: datetime) -> Clock:
    before = clock.owner
    let_handle(case, to, instead_of=before)
    # It stays among the promises of the team that looks after the case.
    given = clock_actions.reassign(
        clock=clock, to=to, reason=why, by=by, now=now, among=MAY_ANSWER, team=clock.team
    )
    if before != by:
        # Whoever gives it on themselves is sent back to its page, and goes on seeing it.
        let_go(case, before)
    return given


# --- Who, and to whom -----------------------------------------------------------------------


def about_step(step: EscalationStep) -> set[User]:
    """Those whose answer, or silence, this step is about: none of them handles it.

    Also who was to answer the matter when the step was taken, wherever that has gone since.
    """
    return {*asked_before(step), *answered_before(step), *had_matter_then(step)}


def about_entry(entry: DeskEntry) -> set[User]:
    """Those whom the steps below the resolution team's are about."""
    # It may have been taken further only after it was passed on.
    concern = Escalation.objects.open().filter(matter=entry.contact_id).first()
    return set(asked_below(entry.contact, concern, Step.RESOLUTION))


def colleagues_of_step(step: EscalationStep) -> list[User]:
    """To whom it may be given: those whose role fits, and never somebody it is about."""
    about, matter = {*about_step(step), step.clock.owner}, step.escalation.matter
    return [one for one in colleagues_for(Step(step.number), about) if may_see(one, matter)]


def clock_to_give(entry: DeskEntry) -> Clock:
    """The 48 hours until the first response; then the date of what is kept jointly."""
    return entry.next_clock if entry.responded_at else entry.clock


def may_be_given(entry: DeskEntry) -> bool:
    """Whether anything of it runs that another officer could have."""
    return entry.resolved_at is None and clock_to_give(entry).is_open


def colleagues_of_entry(entry: DeskEntry) -> list[User]:
    """Resolution officers; senior managers when no other officer is left."""
    return colleagues_for(Step.RESOLUTION, {*about_entry(entry), clock_to_give(entry).owner})


def refuse_to_give(step: EscalationStep, by: User, now: datetime) -> None:
    """Raises RuleBroken (``may_not_give``) unless ``by`` may at ``now`` (aware)."""
    _refuse_to_give(step.clock, by, now, desk=step.number == Step.RESOLUTION)


def _refuse_to_give(clock: Clock, by: User, now: datetime, *, desk: bool) -> None:
    if not may_give(clock, by, now, desk=desk):
        raise RuleBroken(
            f"{clock.owner}, their lead or a senior manager gives this to somebody else.",
            "may_not_give",
        )


def _refuse_no_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleBroken("Say why you give it to them.", "reason_missing", field="reason")


def _refuse_passed_meanwhile(clock: Clock, instead_of: int | None) -> None:
    if instead_of not in (None, clock.owner_id):
        raise RuleBroken(
            f"{clock.owner} has it by now. Press the button again only if that has to change too.",
            "passed_meanwhile",
        )


def _about_themselves(to: User) -> RuleBroken:
    return RuleBroken(
        f"The concern is about an answer of {to}: somebody else handles it.",
        "about_themselves",
        field="to",
    )


def _refuse_other_role(to: User, colleagues: Sequence[User]) -> None:
    if to not in colleagues:
        raise RuleBroken(f"{to} cannot be given this to answer.", "may_not_own", field="to")
