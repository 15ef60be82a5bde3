"""Who may do what with a step and on the resolution desk: one truth for pages and actions.

Reading only. Each ``refuse_…`` raises the RuleBroken that the action would raise, so that a page
offers nothing, and opens no form, that is refused afterwards.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from accounts.errors import RuleBroken
from accounts.models import Absence, Role, User
from cases.actions import MAY_ANSWER
from clocks.calendars import LONDON
from clocks.models import Clock
from escalations.desk_models import ON_THE_DESK
from escalations.ladder import Ground, Step
from escalations.ladder_state import answered_before, asked_before
from escalations.models import DeskEntry, Escalation, EscalationStep

# Those to whom the address does not exist; everybody else is told why.
NOT_THEIRS = frozenset({"may_not_answer", "may_not_give", "not_on_desk"})


def may_give(clock: Clock, by: User, now: datetime, *, desk: bool) -> bool:
    """The one who has it or covers for them on the day of ``now`` (aware), their lead, a senior
    manager; what is the resolution team's also its officers."""
    owner = clock.owner
    if by == owner or by.role == Role.SENIOR_MANAGER:
        return True
    if desk and by.role == Role.RESOLUTION_OFFICER:
        return True
    leads = by.role == Role.TEAM_LEAD and by.team_id is not None and by.team_id == owner.team_id
    return leads or _stands_in(by, {owner.pk}, now)


def _stands_in(by: User, people: set[int], now: datetime) -> bool:
    today = now.astimezone(LONDON).date()
    return Absence.objects.covered_by(by, today).filter(person__in=people).exists()


# --- Steps ----------------------------------------------------------------------------------


def refuse_to_answer(step: EscalationStep, by: User, now: datetime) -> None:
    """An answer, or a new date, is of whoever has the step, who covers for them, and those above
    them; never of one whom it is about (H5). Raises RuleBroken (``may_not_answer``,
    ``about_themselves``). ``now`` is aware."""
    _refuse_role(by)
    refuse_about_themselves(step, by)
    _refuse_not_in_line(step, by, now)


def refuse_to_close(
    escalation: Escalation, steps: Sequence[EscalationStep], by: User, now: datetime
) -> None:
    """A concern is settled by whoever may answer its last step, and by the resolution team.

    Kept jointly it is the team's alone (H110). Raises RuleBroken (``may_not_answer``,
    ``about_themselves``, ``kept_on_desk``). ``now`` is aware.
    """
    _refuse_role(by)
    if steps:
        refuse_about_themselves(steps[-1], by, keeps=_keeps(escalation, by))
    if by.role in ON_THE_DESK:
        return
    _refuse_kept_on_desk(escalation)
    if not steps:
        raise RuleBroken("The resolution team settles this.", "may_not_answer")
    _refuse_not_in_line(steps[-1], by, now)


def refuse_about_themselves(step: EscalationStep, by: User, *, keeps: bool = False) -> None:
    """Nobody handles a step about themselves (H5).

    Whoever has the step may answer it, the case owner to whom it was passed back too; but not
    the one whose own answer it is about.
    """
    own_answer = by in answered_before(step) and step.ground == Ground.NOT_SATISFIED
    was_silent = by in asked_before(step) and by != step.clock.owner and not keeps
    if own_answer or was_silent:
        raise RuleBroken(
            "The concern is about your own answer: somebody else answers this step.",
            "about_themselves",
        )


def is_allowed(refuse: Callable[..., Any], *about: Any) -> bool:
    """Whether ``refuse``, one of the above, lets it pass."""
    try:
        refuse(*about)
    except RuleBroken:
        return False
    return True


def _refuse_role(by: User) -> None:
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not answer concerns.", "may_not_answer")


def _refuse_not_in_line(step: EscalationStep, by: User, now: datetime) -> None:
    if not may_give(step.clock, by, now, desk=step.number == Step.RESOLUTION):
        raise RuleBroken(
            f"{step.clock.owner}, who covers for them, their lead or a senior manager does this.",
            "may_not_answer",
        )


def _refuse_kept_on_desk(escalation: Escalation) -> None:
    """Kept jointly: the officer is accountable, the case owner supports (H110).

    Whoever keeps it waits for the row of the concern, which the action holds.
    """
    kept = DeskEntry.objects.filter(contact=escalation.matter_id, resolved_at=None)
    entry = kept.exclude(kept_at=None).select_related("clock__owner").first()
    if entry:
        raise RuleBroken(
            f"{entry.clock.owner} of the resolution team is accountable: they settle it.",
            "kept_on_desk",
        )


def _keeps(escalation: Escalation, by: User) -> bool:
    """Whether ``by`` has the date of the matter because the desk keeps it: it was given to them,
    so the silence before was not theirs, and it is theirs to settle (H110)."""
    entries = DeskEntry.objects.filter(contact=escalation.matter_id, resolved_at=None)
    return entries.with_dates().filter(contact__clock__owner=by).exists()


# --- The desk -------------------------------------------------------------------------------


def refuse_to_respond(entry: DeskEntry, by: User, now: datetime) -> None:
    """The first response is the resolution team's, that of a senior manager, of whoever is
    accountable or supports, and of who covers for them (H106, H110). ``now`` is aware.

    Raises RuleBroken (``may_not_answer``).
    """
    _refuse_role(by)
    theirs = {entry.clock.owner_id, entry.accountable.pk}
    if entry.kept_with_id:
        theirs.add(entry.kept_with_id)
    if by.role in ON_THE_DESK or by.pk in theirs or _stands_in(by, theirs, now):
        return
    raise RuleBroken(
        f"{entry.accountable} of the resolution team gives the first response.", "may_not_answer"
    )
