"""The resolution desk: what is passed to it, the check, and what it does (H104 to H110)."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from accounts.errors import RuleBroken
from accounts.models import Role, User
from cases.actions import MAY_ANSWER, let_see
from cases.answer_actions import held
from cases.contact_messages import writes_to
from cases.models import Contact
from clocks import actions as clock_actions
from escalations.handlers import handler_for
from escalations.ladder import Addressee, Ground, Step, done_until
from escalations.ladder_actions import (
    involved,
    open_escalation,
    opened,
    start_step,
    steps_taken,
)
from escalations.models import DeskEntry, EscalationStep
from escalations.resolution_messages import desk_message, passed_words, sent_on_messages
from notices.actions import tell

ON_THE_DESK = frozenset({Role.RESOLUTION_OFFICER, Role.SENIOR_MANAGER})


@transaction.atomic
def pass_to_desk(
    *, contact: Contact, in_name_of: str, by: User, now: datetime, telephone: bool = False
) -> DeskEntry:
    """One click: the resolution team has it, and the standard response is sent once (H104, H105).

    The 48 hours run from the pass (H106); the matter's own date stays. ``in_name_of`` is the head
    of service or director it was addressed to. Passed twice, it is passed once. Raises RuleBroken
    (``may_not_pass``, ``name_missing``, ``nobody_responsible``).
    """
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not pass contacts on.", "may_not_pass")
    if not in_name_of.strip():
        raise RuleBroken("Say in whose name.", "name_missing", field="in_name_of")
    matter = held(contact)
    if existing := DeskEntry.objects.filter(contact=matter).first():
        return existing
    escalation = open_escalation(matter)
    taken = steps_taken(matter, escalation, satisfied=True)
    officer = handler_for(Step.RESOLUTION, matter, involved(matter, escalation), now)
    if matter.case:
        let_see(matter.case, officer)
    clock = clock_actions.start(
        code="resolution.initial_response",
        owner=officer,
        team=matter.case.team if matter.case else matter.promise.team,
        about=f"First response of the resolution team, {matter.reference}",
        path=desk_path(matter),
        received_at=now,
        by=by,
        now=now,
    )
    entry = DeskEntry.objects.create(
        contact=matter,
        escalation=escalation,
        passed_at=now,
        passed_by=by,
        in_name_of=in_name_of.strip(),
        clock=clock,
        computed=done_until(taken, now),
    )
    words = passed_words(entry, telephone=telephone) if writes_to(matter) else []
    tell([desk_message(entry), *words], now=now)
    return entry


@transaction.atomic
def confirm_check(
    *, entry: DeskEntry, until: int, reason: str, by: User, now: datetime
) -> DeskEntry:
    """Say up to which step the ladder was followed; other than computed it needs a reason (H108).

    Raises RuleBroken (``not_on_desk``, ``reason_missing``, ``no_such_step``).
    """
    _refuse_role(by)
    if not 0 <= until <= Step.RESOLUTION:
        raise RuleBroken("There are four steps.", "no_such_step")
    locked = held_entry(entry)
    if until != locked.computed and not reason.strip():
        raise RuleBroken(
            "The records say something else: say why.", "reason_missing", field="reason"
        )
    locked.confirmed, locked.confirmed_reason = until, reason.strip()
    locked.confirmed_at, locked.confirmed_by = now, by
    locked.save(update_fields=["confirmed", "confirmed_reason", "confirmed_at", "confirmed_by"])
    return locked


@transaction.atomic
def send_on(*, entry: DeskEntry, by: User, now: datetime) -> EscalationStep | None:
    """To the step after the last that was followed, whose handler is told (H109).

    Back to the case owner when nobody was asked before: then there is no step to make. Raises
    RuleBroken (``not_on_desk``, ``not_checked``, ``nobody_responsible``).
    """
    _refuse_role(by)
    matter = held(entry.contact)
    locked = held_entry(entry)
    if locked.confirmed is None:
        raise RuleBroken("Check first which steps were followed.", "not_checked")
    if locked.sent_to:
        return locked.sent_to
    number = Step(min(locked.confirmed + 1, Step.RESOLUTION))
    if number == Step.CASE_OWNER:
        tell(sent_on_messages(locked, matter.promise.owner, matter.promise), now=now)
        return None
    escalation = open_escalation(matter) or opened(matter, now)
    made = escalation.steps.filter(number=number).first()
    locked.sent_to = made or start_step(
        escalation=escalation,
        number=number,
        ground=Ground.OUTSIDE,
        contact=matter,
        handler=handler_for(number, matter, involved(matter, escalation), now),
        followed=locked.confirmed >= number - 1,
        asked=Addressee.ABOVE,
        by=by,
        now=now,
    )
    locked.escalation = escalation
    locked.save(update_fields=["sent_to", "escalation"])
    step = locked.sent_to
    tell(sent_on_messages(locked, step.clock.owner, step.clock), now=now)
    return step


@transaction.atomic
def keep_jointly(*, entry: DeskEntry, partner: User, by: User, now: datetime) -> DeskEntry:
    """The desk stays accountable, ``partner`` supports: two names, one clock (H110).

    Raises RuleBroken (``not_on_desk``, ``may_not_own``).
    """
    _refuse_role(by)
    if not partner.can_own:
        raise RuleBroken(f"{partner} cannot support this.", "may_not_own", field="partner")
    matter = held(entry.contact)
    locked = held_entry(entry)
    escalation = locked.escalation or open_escalation(matter) or opened(matter, now)
    escalation.partner = partner
    escalation.save(update_fields=["partner"])
    locked.escalation = escalation
    locked.save(update_fields=["escalation"])
    if matter.case:
        let_see(matter.case, partner)
    tell(sent_on_messages(locked, partner, locked.clock), now=now)
    return locked


@transaction.atomic
def respond(
    *, entry: DeskEntry, how: DeskEntry.Answer, text: str, by: User, now: datetime
) -> DeskEntry:
    """The first response: it meets the 48 hours; the matter stays open (H106).

    Twice is once. Raises RuleBroken (``may_not_answer``, ``note_missing``, ``responded``).
    """
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not answer.", "may_not_answer")
    if not text.strip():
        raise RuleBroken("Write what you told them.", "note_missing", field="text")
    locked = held_entry(entry)
    if (locked.responded_by, locked.response) == (by, text.strip()):
        return locked
    if locked.responded_at:
        raise RuleBroken(f"{locked.responded_by} has given the first response.", "responded")
    clock_actions.meet(clock=locked.clock, at=now, by=by, now=now, how=how.label)
    locked.responded_how, locked.response = how, text.strip()
    locked.responded_at, locked.responded_by = now, by
    locked.save(update_fields=["responded_how", "response", "responded_at", "responded_by"])
    return locked


@transaction.atomic
def resolve(*, entry: DeskEntry, outcome: str, by: User, now: datetime) -> DeskEntry:
    """The matter is settled: it leaves the desk. Not before the first response.

    Raises RuleBroken (``not_on_desk``, ``outcome_missing``, ``not_responded``).
    """
    _refuse_role(by)
    if not outcome.strip():
        raise RuleBroken("Write how it was settled.", "outcome_missing", field="text")
    locked = held_entry(entry)
    if locked.resolved_at:
        return locked
    if locked.responded_at is None:
        raise RuleBroken("Give the first response before you settle it.", "not_responded")
    locked.outcome, locked.resolved_at, locked.resolved_by = outcome.strip(), now, by
    locked.save(update_fields=["outcome", "resolved_at", "resolved_by"])
    return locked


def held_entry(entry: DeskEntry) -> DeskEntry:
    """The entry as it stands now, held."""
    DeskEntry.objects.select_for_update(of=("self",)).only("pk").get(pk=entry.pk)
    joined = ("contact__case__person", "clock__owner", "escalation__partner", "sent_to__clock")
    return DeskEntry.objects.select_related(*joined, "responded_by").get(pk=entry.pk)


def desk_path(contact: Contact) -> str:
    return reverse("escalations:desk_entry", args=[contact.reference])


def _refuse_role(by: User) -> None:
    if by.role not in ON_THE_DESK:
        raise RuleBroken("This is the resolution team’s.", "not_on_desk")
