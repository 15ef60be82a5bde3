"""What was taken further goes with its matter, once that is filed or put right, and with its
case to another team (H67, H97, E4).

Filing knows nothing of concerns, which are built upon it: it is asked for every minute.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from accounts.errors import RuleBroken
from accounts.models import Role, User
from cases.actions import MAY_ANSWER
from cases.answer_actions import held
from cases.models import Case, Contact
from clocks import actions as clock_actions
from clocks.models import OPEN_STATES, Clock
from escalations.giving_actions import about_step
from escalations.handlers import case_of, handler_for, team_of
from escalations.ladder import Step
from escalations.ladder_state import held_escalation
from escalations.models import DeskEntry, Escalation, EscalationStep
from escalations.resolution_actions import held_entry
from escalations.sender_messages import given_words
from escalations.step_actions import let_go, let_handle
from notices.actions import tell

Row = TypeVar("Row")
log = structlog.get_logger(__name__)


def follow_filing(*, now: datetime) -> int:
    """Open concerns, and what is on the desk, go with their matter to its case (H67).

    So they do when the case goes to another team (E4). A step goes to whoever would handle it if
    it were taken now, with its date; the desk keeps what it has, among the promises of the case's
    team. ``now`` is aware. Returns how many concerns and entries went.
    """
    concerns = _each(_concerns_elsewhere(), lambda concern: _go_with_matter(concern, now))
    return concerns + _each(_entries_elsewhere(), _entry_goes)


def _each(rows: Iterable[Row], goes: Callable[[Row], bool]) -> int:
    went = 0
    for row in rows:
        try:
            went += goes(row)
        except RuleBroken as broken:
            # What is struck through meanwhile does not keep the others back.
            log.warning("does_not_follow_filing", about=str(row), code=broken.code)
    return went


def _concerns_elsewhere() -> list[Escalation]:
    with_case = Escalation.objects.open().annotate(
        filed_with=Coalesce("matter__case__merged_into", "matter__case"),
        looked_after_by=Coalesce("matter__case__merged_into__team", "matter__case__team"),
    )
    steps = EscalationStep.objects.filter(escalation=OuterRef("pk"), clock__state__in=OPEN_STATES)
    of_another_team = Exists(steps.exclude(clock__team=OuterRef("looked_after_by")))
    elsewhere = with_case.filter(~Q(case_id=F("filed_with")) | Q(of_another_team))
    return list(elsewhere.filter(filed_with__isnull=False))


def _entries_elsewhere() -> list[DeskEntry]:
    team = Coalesce("contact__case__merged_into__team", "contact__case__team")
    waiting = DeskEntry.objects.filter(resolved_at=None, clock__state__in=OPEN_STATES)
    waiting = waiting.filter(contact__case__isnull=False, contact__struck_at=None)
    elsewhere = waiting.annotate(looked_after_by=team).exclude(clock__team=F("looked_after_by"))
    return list(elsewhere.select_related("contact"))


@transaction.atomic
def _go_with_matter(escalation: Escalation, now: datetime) -> bool:
    Contact.objects.select_for_update(of=("self",)).only("pk").get(pk=escalation.matter_id)
    locked = held_escalation(escalation)
    case = case_of(locked.matter)
    if case is None:
        return False
    was_in = locked.case
    if was_in == case:
        return _go_to_team(locked, case, now)
    locked.case = case
    locked.save(update_fields=["case"])
    for step in _open_steps(locked):
        before = step.clock.owner
        _step_goes(step, case, f"Filed with {case}", now)
        # Filed wrongly at first: they see that child no longer.
        let_go(was_in, before)
    return True


def _go_to_team(escalation: Escalation, case: Case, now: datetime) -> bool:
    """Another team looks after the case by now: it answers for the steps too."""
    going = [step for step in _open_steps(escalation) if step.clock.team_id != case.team_id]
    for step in going:
        _step_goes(step, case, f"{case.team} looks after {case} by now", now)
    return bool(going)


def _open_steps(escalation: Escalation) -> list[EscalationStep]:
    steps = escalation.steps.filter(clock__state__in=OPEN_STATES)
    found = list(steps.select_related("clock__owner", "clock__team", "contact"))
    for step in found:
        step.escalation = escalation
    return found


def _step_goes(step: EscalationStep, case: Case, why: str, now: datetime) -> None:
    before, to = step.clock.owner, _handler_now(step, now)
    let_handle(case, to)
    team = team_of(step.escalation.matter)
    if to == before:
        _move_to_team(step.clock, team.pk)
        return
    step.clock = clock_actions.reassign(
        clock=step.clock,
        to=to,
        reason=why,
        by=None,
        now=now,
        among=MAY_ANSWER,
        team=team,
    )
    let_go(case, before)
    tell(given_words(step, now), now=now)


def _handler_now(step: EscalationStep, now: datetime) -> User:
    """Whoever would have it if it were taken now; an officer of the resolution team keeps it."""
    owner, about = step.clock.owner, about_step(step)
    if owner.role == Role.RESOLUTION_OFFICER and owner.is_active and owner not in about:
        return owner
    try:
        return handler_for(Step(step.number), step.escalation.matter, about, now)
    except RuleBroken as broken:
        log.warning("nobody_for_filed_step", step=step.pk, code=broken.code)
        return owner


@transaction.atomic
def _entry_goes(entry: DeskEntry) -> bool:
    matter = held(entry.contact)
    locked = held_entry(entry)
    case = case_of(matter)
    if case is None or not locked.clock.is_open or locked.clock.team_id == case.team_id:
        return False
    let_handle(case, locked.clock.owner)
    _move_to_team(locked.clock, case.team_id)
    return True


def _move_to_team(clock: Clock, team: int) -> None:
    Clock.objects.filter(pk=clock.pk).exclude(team=team).update(team=team)
