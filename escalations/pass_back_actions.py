"""Back to the case owner, with the one who was asked looking on (H5; docs/decisions/0024)."""

from datetime import datetime

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_ANSWER, let_see
from cases.answer_actions import refuse_untold, with_how
from cases.contact_messages import promised_day, writes_to
from cases.proven import is_unproven
from clocks import actions as clock_actions
from escalations.authority import is_allowed, may_give
from escalations.given_references import also_line
from escalations.ladder import Ground, Step
from escalations.ladder_state import held_step
from escalations.links import link_line
from escalations.models import EscalationStep
from escalations.sender_messages import message
from notices import texts
from notices.actions import Message, tell


@transaction.atomic
def pass_back(
    *, step: EscalationStep, reason: str, by: User, now: datetime, told_how: str = ""
) -> EscalationStep:
    """The case owner answers this step; whoever had it looks on and supports (H5).

    The date stays, and the sender is told. Twice is once. By whoever may give it, never by the
    case owner: nobody fetches what is about their own silence. Nobody answers about themselves
    either: what did not settle the concern is not passed back to who said it. Raises RuleBroken
    (``may_not_answer``, ``may_not_give``, ``reason_missing``, ``closed``, ``step_answered``,
    ``nobody_to_pass_to``, ``about_themselves``, ``tell_sender``).
    """
    locked = held_step(step)
    owner = case_owner_of(locked)
    if owner and locked.clock.owner == owner and by.role in MAY_ANSWER:
        return locked
    owner = refuse_to_pass_back(locked, by, now)
    if not reason.strip():
        raise RuleBroken("Say why you pass it back.", "reason_missing", field="reason")
    refuse_untold(locked.contact, told_how)
    looks_on = locked.clock.owner
    why = with_how(reason, told_how)
    # It stays among the promises of the team that looks after the case, whosever team they are.
    team = locked.clock.team
    locked.clock = clock_actions.reassign(
        clock=locked.clock, to=owner, reason=why, by=by, now=now, team=team
    )
    escalation = locked.escalation
    escalation.partner = looks_on
    escalation.save(update_fields=["partner"])
    if escalation.case:
        let_see(escalation.case, owner)
    tell(_words(locked, looks_on), now=now)
    return locked


def refuse_to_pass_back(step: EscalationStep, by: User, now: datetime) -> User:
    """The case owner who would answer, if ``by`` may pass it to them at ``now`` (aware).

    Else raises RuleBroken (``may_not_answer``, ``may_not_give``, ``closed``, ``step_answered``,
    ``nobody_to_pass_to``, ``has_it``, ``about_themselves``).
    """
    owner = case_owner_of(step)
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not pass concerns on.", "may_not_answer")
    if not _may_pass(step, owner, by, now):
        raise RuleBroken(
            f"{step.clock.owner}, their lead or a senior manager passes this back.",
            "may_not_give",
        )
    if not step.escalation.is_open:
        raise RuleBroken("This concern is settled already.", "closed")
    if step.answered_at:
        raise RuleBroken(f"{step.answered_by} has answered this step.", "step_answered")
    if owner is None:
        raise RuleBroken("Nobody owns the case at the moment.", "nobody_to_pass_to")
    if owner == step.clock.owner:
        raise RuleBroken(f"{owner} answers this step already.", "has_it")
    if is_about(step, owner):
        raise RuleBroken(
            f"{owner}’s own answer did not settle it: somebody else answers this step.",
            "about_themselves",
        )
    return owner


def case_owner_of(step: EscalationStep) -> User | None:
    """Who answers for the matter now, while they still work here and hold cases."""
    matter, case = step.escalation.matter, step.escalation.case
    if matter.is_open and matter.promise.owner.can_own:
        return matter.promise.owner
    return case.owner if case and case.owner and case.owner.can_own else None


def is_about(step: EscalationStep, person: User) -> bool:
    """True when it is ``person``'s own answer that did not settle the concern. One query."""
    earlier = step.escalation.steps.filter(number__lt=step.number, answered_by=person)
    answered = earlier.exists() or step.escalation.matter.answered_by_id == person.pk
    return answered and step.ground == Ground.NOT_SATISFIED


def may_be_passed_back(step: EscalationStep, by: User, now: datetime) -> bool:
    """Whether the page offers it to ``by`` on the day of ``now`` (aware)."""
    return is_allowed(refuse_to_pass_back, step, by, now)


def _may_pass(step: EscalationStep, owner: User | None, by: User, now: datetime) -> bool:
    """Whoever may give it to a colleague, but for the case owner, who may cover for them."""
    return by != owner and may_give(step.clock, by, now, desk=step.number == Step.RESOLUTION)


def _words(step: EscalationStep, looks_on: User) -> list[Message]:
    """Nothing to whom we told no name: not even that the child has a plan (0022)."""
    contact, clock = step.contact, step.clock
    if not writes_to(contact) or is_unproven(contact):
        return []
    owner = clock.owner.full_name
    written = texts.current().write(
        "concern.taken",
        reference=step.escalation.reference,
        also_line=also_line(contact, step.escalation.reference),
        person=owner,
        role_line=f"{owner} looks after the plan and knows it best. {looks_on.full_name} sees that "
        "you hear from us.",
        answer_by=promised_day(clock),
        kind_line="",
        link_line=link_line(contact),
    )
    return [message(contact, f"back:{step.pk}:{clock.owner_id}", written)]
