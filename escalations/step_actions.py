"""What happens to a step: started, answered, put off to a new date, settled (H102)."""

from datetime import date, datetime
from uuid import UUID, uuid5

from django.db import connection, transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.answer_actions import keep_words, refuse_odd_date, refuse_untold, with_how
from cases.contact_messages import writes_to
from cases.decision_actions import end_as_settled
from cases.models import Case, Contact
from cases.naming_actions import name_unless_visible, stop_naming
from clocks import actions as clock_actions
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.promises import work_out
from clocks.wording import moment_in_words
from escalations.authority import refuse_to_answer, refuse_to_close
from escalations.handlers import case_of, team_of
from escalations.ladder import Addressee, Ground, Step
from escalations.ladder_state import (
    escalation_path,
    held_escalation,
    held_step,
)
from escalations.models import Escalation, EscalationStep
from escalations.sender_messages import (
    answered_words,
    closed_words,
    hears_closing,
    promised_words,
)
from escalations.staff_messages import answered_messages, settled_messages
from notices.actions import tell


def opened(matter: Contact, now: datetime) -> Escalation:
    """A new concern about ``matter``, with its reference."""
    with connection.cursor() as cursor:
        table = Escalation._meta.db_table
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        pk = int(cursor.fetchone()[0])
    return Escalation.objects.create(
        pk=pk, reference=f"ESC-{pk:06d}", case=case_of(matter), matter=matter, opened_at=now
    )


def going_on(matter: Contact, latest: Escalation | None, now: datetime) -> Escalation:
    """The concern about ``matter``, open: what was settled goes on under its own reference (0022).

    ``latest`` is its concern as it stands now, held; None when there has been none.
    """
    return reopen(escalation=latest) if latest else opened(matter, now)


def start_step(
    *,
    escalation: Escalation,
    number: Step,
    ground: Ground,
    contact: Contact,
    handler: User,
    followed: bool,
    asked: Addressee,
    by: User | None,
    now: datetime,
) -> EscalationStep:
    """Write the step with its own clock; nobody is told yet.

    It counts from the message with which it was taken, or from ``now`` (aware) when that is an
    older one that somebody sends on. Urgent it is never due later than what the sender had (H64).
    """
    matter = escalation.matter
    let_handle(case_of(matter), handler)
    new = contact.link == Contact.Link.FURTHER or contact.logged_at == now
    code, received_at = _counted(escalation, number, ground, contact.received_at if new else now)
    clock = clock_actions.start(
        code=code,
        owner=handler,
        team=team_of(matter),
        about=f"Concern taken further, step {int(number)}, {escalation.reference}",
        path=escalation_path(escalation),
        received_at=received_at,
        by=by,
        now=now,
    )
    return EscalationStep.objects.create(
        escalation=escalation,
        number=number,
        ground=ground.value,
        asked=step_asked(asked),
        followed=followed,
        contact=contact,
        taken_at=now,
        clock=clock,
    )


def _counted(
    escalation: Escalation, number: Step, ground: Ground, received_at: datetime
) -> tuple[str, datetime]:
    """The standard of a step and since when it counts: urgent, as the date before where that is
    sooner. What was accepted as urgent stays so on the next step (H64). All are standards, so
    that every page can say why that date."""
    own = f"escalation.step_{int(number)}", received_at
    last = escalation.steps.select_related("clock__standard").order_by("-number").first()
    clock = last.clock if last else escalation.matter.promise
    if ground != Ground.URGENT:
        return _sooner(own, (clock.standard.code, received_at)) if clock.hastened_at else own
    before = clock.standard.code, clock.counts_since
    due, had = (work_out(code=code, received_at=at).due_at for code, at in (own, before))
    # A date that was promised by hand may count from long ago.
    return before if received_at < had < due else own


def _sooner(*counted: tuple[str, datetime]) -> tuple[str, datetime]:
    return min(counted, key=lambda one: work_out(code=one[0], received_at=one[1]).due_at)


def let_handle(case: Case | None, handler: User, *, instead_of: User | None = None) -> None:
    """Whoever has a step or an entry has to see its case, a colleague of another team too."""
    if case:
        name_unless_visible(case, handler, instead_of=instead_of)


def let_go(case: Case | None, before: User) -> None:
    """Somebody else has it: ``before`` sees the case only if they would without having had it."""
    if case:
        stop_naming(case, before)


def step_asked(addressee: Addressee) -> int | None:
    """The step that they asked for, for the record; None when they asked for nobody above."""
    asked = {
        Addressee.TEAM_LEAD: 2,
        Addressee.SENIOR_MANAGER: 3,
        Addressee.RESOLUTION: 4,
        Addressee.ABOVE: 4,
    }
    return asked.get(addressee)


@transaction.atomic
def answer_step(*, step: EscalationStep, text: str, by: User, now: datetime) -> EscalationStep:
    """Answer the concern on this step: the sender reads ``text``, and the clock is met (H102).

    The concern stays open until it is settled: what did not satisfy opens the next step. The
    same answer twice is one. Raises RuleBroken (``may_not_answer``, ``note_missing``,
    ``about_themselves``, ``step_answered``, ``closed``).
    """
    if not text.strip():
        raise RuleBroken("Write what you say to the sender.", "note_missing", field="text")
    locked = held_step(step)
    if locked.answered_by == by and locked.answer == text.strip():
        return locked
    _refuse_closed(locked.escalation)
    _refuse_answered(locked)
    refuse_to_answer(locked, by, now)
    clock_actions.meet(clock=locked.clock, at=now, by=by, now=now, how="Answered")
    locked.answer, locked.answered_at, locked.answered_by = text.strip(), now, by
    locked.save(update_fields=["answer", "answered_at", "answered_by"])
    tell([*answered_words(locked), *answered_messages(locked)], now=now)
    return locked


@transaction.atomic
def promise_step(
    *,
    step: EscalationStep,
    until: date | None,
    reason: str,
    by: User,
    now: datetime,
    told_how: str = "",
    instead_of: int | None = None,
) -> EscalationStep:
    """More time for this step, with a new date and why; the sender is told (H18).

    By e-mail where we may write to them; else ``told_how`` says how. The next step opens after
    the new date. The same promise sent twice is one; ``instead_of`` is the id of the clock whose
    date the page showed, so that the second of two people is told of the first. Raises RuleBroken
    (``may_not_answer``, ``closed``, ``step_answered``, ``about_themselves``, ``tell_sender``,
    ``promised_meanwhile``, ``date_sooner``, ``date_far`` and those of clocks.actions.promise).
    """
    locked = held_step(step)
    _refuse_closed(locked.escalation)
    _refuse_answered(locked)
    refuse_to_answer(locked, by, now)
    before = locked.clock
    if _is_promised(before, until, by):
        return locked
    if instead_of not in (None, before.pk):
        raise RuleBroken(
            f"{moment_in_words(before.due_at)} has been promised meanwhile. Press the button again "
            "only if that date has to change too.",
            "promised_meanwhile",
        )
    refuse_untold(locked.contact, told_how)
    refuse_odd_date(before, until, now)
    why = with_how(reason, told_how)
    locked.clock = clock_actions.promise(clock=before, until=until, reason=why, by=by, now=now)
    locked.save(update_fields=["clock"])
    tell(promised_words(locked, before, reason), now=now)
    return locked


def _is_promised(clock: Clock, until: date | None, by: User) -> bool:
    """The same person has promised the same day already: a second click."""
    if not clock.is_chosen or clock.due_at.astimezone(LONDON).date() != until:
        return False
    return clock.events.filter(kind="started", by=by).exists()


@transaction.atomic
def close(
    *, escalation: Escalation, outcome: str, by: User | None, now: datetime, agreed: str = ""
) -> Escalation:
    """The concern is settled. ``by`` is None when the sender says so; twice is once.

    Open steps end with it, and what is owed by the matter's own date, unless that is formal.
    ``agreed`` is what the sender reads of it: what was agreed, and with whom. One that the
    resolution team keeps with the case owner is the team's to settle. Raises RuleBroken
    (``may_not_answer``, ``about_themselves``, ``kept_on_desk``, ``outcome_missing``).
    """
    if not outcome.strip():
        raise RuleBroken("Write how it was settled.", "outcome_missing", field="text")
    # The matter before its concern, as wherever both are held.
    Contact.objects.select_for_update(of=("self",)).only("pk").get(pk=escalation.matter_id)
    locked = held_escalation(escalation)
    if not locked.is_open:
        return locked
    steps = list(locked.steps.select_related("clock__owner").order_by("number"))
    if by:
        refuse_to_close(locked, steps, by, now)
    reason = f"Settled: {outcome.strip()}" if by else f"The sender says: {outcome.strip()}"
    for step in steps:
        if step.clock.is_open:
            clock_actions.cancel(clock=step.clock, reason=reason, by=by, now=now)
    end_as_settled(contact=locked.matter, reason=reason, by=by, now=now)
    said = _agreed(locked, agreed, by, now) if by and agreed.strip() else None
    locked.closed_at, locked.closed_by, locked.outcome = now, by, outcome.strip()
    locked.save(update_fields=["closed_at", "closed_by", "outcome"])
    tell([*closed_words(locked, said), *settled_messages(locked, steps, by)], now=now)
    return locked


def _agreed(escalation: Escalation, agreed: str, by: User, now: datetime) -> Contact | None:
    """What the sender is told was agreed, on the record of the matter as what we said to them."""
    if escalation.matter.struck_at:
        return None
    mailed = hears_closing(escalation) and writes_to(escalation.matter)
    return keep_words(
        contact=escalation.matter,
        text=agreed,
        channel=Contact.Channel.EMAIL if mailed else Contact.Channel.TELEPHONE,
        submission=uuid5(AGREED, f"{escalation.pk}:{now.isoformat()}"),
        by=by,
        now=now,
    )


# What is said when a concern is closed follows from the closing: a second click says it once.
AGREED = UUID("8e0c2c34-4f3b-5b0a-8d3e-0c9e5a1f7b62")


@transaction.atomic
def reopen(*, escalation: Escalation) -> Escalation:
    """It was not settled after all: the same concern goes on, with its steps (H102).

    How it was settled, by whom and when, stays in its history.
    """
    locked = held_escalation(escalation)
    if locked.is_open:
        return locked
    locked.closed_at, locked.closed_by, locked.outcome = None, None, ""
    locked.save(update_fields=["closed_at", "closed_by", "outcome"])
    return locked


# --- Guards ---------------------------------------------------------------------------------


def _refuse_closed(escalation: Escalation) -> None:
    if not escalation.is_open:
        raise RuleBroken(
            "This concern is settled already. Your words are still below: you can add them to the "
            "record as a note.",
            "closed",
        )


def _refuse_answered(step: EscalationStep) -> None:
    if step.answered_at:
        raise RuleBroken(
            f"{step.answered_by} has answered this step. Your words are still below: you can add "
            "them to the record as a note.",
            "step_answered",
        )
