"""Taking a concern further, answering a step, and closing it (H94 to H103).

Rows are held in one order: the matter, its escalation, then a step's clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.urls import reverse

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_ANSWER, MAY_LOG, let_see, log_contact
from cases.answer_actions import held, refuse_odd_date, refuse_untold, with_how
from cases.further_actions import log_further
from cases.models import Case, Contact
from cases.received import Received
from clocks import actions as clock_actions
from clocks.calendars import LONDON
from clocks.wording import day_in_words, moment_in_words
from escalations.handlers import handler_for
from escalations.ladder import Addressee, Concern, Ground, Kind, Placement, Step, Taken, place
from escalations.models import Escalation, EscalationStep
from escalations.sender_messages import answered_words, closed_words, promised_words, taken_words
from escalations.staff_messages import informed_messages, taken_message
from notices.actions import tell


@dataclass(frozen=True, kw_only=True)
class Further:
    """What somebody asks for when they take a concern further.

    ``matter`` is what it is about, when it is known; ``satisfied`` False when its last answer
    did not settle it; ``received`` the message itself.
    """

    received: Received
    case: Case | None
    matter: Contact | None = None
    satisfied: bool = True
    addressee: Addressee = Addressee.NOBODY


@dataclass(frozen=True)
class Result:
    """What became of it: the placement, the contact that was written and the step, if one."""

    placement: Placement
    contact: Contact
    escalation: Escalation | None = None
    step: EscalationStep | None = None


@transaction.atomic
def take_further(*, further: Further, submission: UUID, by: User | None, now: datetime) -> Result:
    """Put a concern where it belongs, whatever was asked for (H94 to H101).

    Nothing is refused: inside the window it is kept with the matter and the sender is told the
    date and when the next step opens (H95); a step that was left out goes to the right person,
    and the sender is told kindly (H100). Formal matters go straight on (H68). ``by`` is None for
    the sender themself. Raises RuleBroken (``may_not_log``, ``nobody_responsible`` and those of
    cases.actions.log_contact).
    """
    if by and by.role not in MAY_LOG:
        raise RuleBroken("Your role does not log contacts.", "may_not_log")
    if further.matter is None:
        return _first(further, submission, by, now)
    matter = held(further.matter)
    escalation = open_escalation(matter)
    taken = steps_taken(matter, escalation, satisfied=further.satisfied)
    received = further.received
    concern = Concern(taken, further.addressee, received.urgent_claimed, _is_formal(received))
    placement = place(concern, now=now)
    if placement.kind == Kind.FORMAL:
        contact = _logged(further, None, submission, by, now)
        return Result(placement, contact, escalation)
    if placement.kind == Kind.WAIT:
        return Result(placement, _kept_with(matter, further, submission, by, now), escalation)
    contact = log_further(matter=matter, received=received, submission=submission, by=by, now=now)
    return _take(placement, contact, matter, escalation, further.addressee, by, now)


def _first(further: Further, submission: UUID, by: User | None, now: datetime) -> Result:
    """Nobody was asked before: the case owner is, whoever it was addressed to (H94)."""
    concern = Concern((), further.addressee, formal=_is_formal(further.received))
    placement = place(concern, now=now)
    return Result(placement, _logged(further, None, submission, by, now))


def _logged(
    further: Further, chases: Contact | None, submission: UUID, by: User | None, now: datetime
) -> Contact:
    return log_contact(
        case=further.case,
        received=further.received,
        submission=submission,
        by=by,
        now=now,
        chases=chases,
    )


def _kept_with(
    matter: Contact, further: Further, submission: UUID, by: User | None, now: datetime
) -> Contact:
    """Inside the window: with the open matter, or with the step that is being worked on."""
    if matter.is_open:
        return _logged(further, matter, submission, by, now)
    received = further.received
    return log_further(matter=matter, received=received, submission=submission, by=by, now=now)


def _take(
    placement: Placement,
    contact: Contact,
    matter: Contact,
    escalation: Escalation | None,
    addressee: Addressee,
    by: User | None,
    now: datetime,
) -> Result:
    escalation = escalation or opened(matter, now)
    made = escalation.steps.filter(number=placement.step).first()
    if made:
        return Result(placement, contact, escalation, made)
    handler = handler_for(placement.step, matter, involved(matter, escalation), now)
    step = start_step(
        escalation=escalation,
        number=placement.step,
        ground=placement.ground,
        contact=contact,
        handler=handler,
        followed=placement.followed,
        asked=addressee,
        by=by,
        now=now,
    )
    tell(
        [taken_message(step), *informed_messages(step, by), *taken_words(step, placement)], now=now
    )
    return Result(placement, contact, escalation, step)


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
    """Write the step with its own clock, counted from the message; nobody is told yet."""
    matter = escalation.matter
    if matter.case:
        let_see(matter.case, handler)
    clock = clock_actions.start(
        code=f"escalation.step_{int(number)}",
        owner=handler,
        team=matter.case.team if matter.case else matter.promise.team,
        about=f"Concern taken further, step {int(number)}, {escalation.reference}",
        path=escalation_path(escalation),
        received_at=contact.received_at,
        by=by,
        now=now,
    )
    return EscalationStep.objects.create(
        escalation=escalation,
        number=number,
        ground=ground.value,
        asked=_asked(asked),
        followed=followed,
        contact=contact,
        taken_at=now,
        clock=clock,
    )


@transaction.atomic
def answer_step(*, step: EscalationStep, text: str, by: User, now: datetime) -> EscalationStep:
    """Answer the concern on this step: the sender reads ``text``, and the clock is met (H102).

    The concern stays open until it is settled: what did not satisfy opens the next step. The
    same answer twice is one. Raises RuleBroken (``may_not_answer``, ``note_missing``,
    ``about_themselves``, ``step_answered``, ``closed``).
    """
    _refuse_role(by)
    if not text.strip():
        raise RuleBroken("Write what you say to the sender.", "note_missing", field="text")
    locked = held_step(step)
    if locked.answered_by == by and locked.answer == text.strip():
        return locked
    _refuse_closed(locked.escalation)
    _refuse_answered(locked)
    if by in _asked_before(locked) and not _was_given_back(locked, by):
        raise RuleBroken(
            "The concern is about your own answer: somebody else answers this step.",
            "about_themselves",
        )
    clock_actions.meet(clock=locked.clock, at=now, by=by, now=now, how="Answered")
    locked.answer, locked.answered_at, locked.answered_by = text.strip(), now, by
    locked.save(update_fields=["answer", "answered_at", "answered_by"])
    tell(answered_words(locked), now=now)
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

    By e-mail where we may write to them; else ``told_how`` says how. ``instead_of`` is the id of
    the clock whose date the page showed: the same promise twice is one, and the second of two
    people is told of the first. Raises RuleBroken (``may_not_answer``, ``closed``,
    ``step_answered``, ``tell_sender``, ``promised_meanwhile`` and those of
    clocks.actions.promise).
    """
    _refuse_role(by)
    locked = held_step(step)
    before = locked.clock
    if instead_of not in (None, before.pk):
        return _promised_already(locked, until)
    _refuse_closed(locked.escalation)
    _refuse_answered(locked)
    refuse_untold(locked.contact, told_how)
    refuse_odd_date(before, until, now)
    why = with_how(reason, told_how)
    locked.clock = clock_actions.promise(clock=before, until=until, reason=why, by=by, now=now)
    locked.save(update_fields=["clock"])
    tell(promised_words(locked, before, reason), now=now)
    return locked


def _promised_already(step: EscalationStep, until: date | None) -> EscalationStep:
    """The second of two clicks changes nothing; another new date is said."""
    due_on = step.clock.due_at.astimezone(LONDON).date()
    if due_on == until:
        return step
    raise RuleBroken(
        f"{day_in_words(due_on)} has been promised meanwhile. Press the button again only if that "
        "date has to change too.",
        "promised_meanwhile",
    )


@transaction.atomic
def close(*, escalation: Escalation, outcome: str, by: User | None, now: datetime) -> Escalation:
    """The concern is settled. ``by`` is None when the sender says so; twice is once.

    Open steps end with it; the matter's own promise is only the owner's to end. Raises
    RuleBroken (``may_not_answer``, ``outcome_missing``).
    """
    if by:
        _refuse_role(by)
    if not outcome.strip():
        raise RuleBroken("Write how it was settled.", "outcome_missing", field="text")
    locked = held_escalation(escalation)
    if not locked.is_open:
        return locked
    reason = f"Settled: {outcome.strip()}"
    for step in locked.steps.select_related("clock"):
        if step.clock.is_open:
            clock_actions.cancel(clock=step.clock, reason=reason, by=_actor(by, step), now=now)
    locked.closed_at, locked.closed_by, locked.outcome = now, by, outcome.strip()
    locked.save(update_fields=["closed_at", "closed_by", "outcome"])
    tell(closed_words(locked), now=now)
    return locked


def _actor(by: User | None, step: EscalationStep) -> User:
    """Clocks are ended by staff: for the sender it is whoever handled the step."""
    return by or step.clock.owner


# --- What is there --------------------------------------------------------------------------


def open_escalation(matter: Contact) -> Escalation | None:
    """The open concern about ``matter``, held; None when there is none."""
    found = Escalation.objects.open().filter(matter=matter).first()
    return held_escalation(found) if found else None


def steps_taken(matter: Contact, escalation: Escalation | None, *, satisfied: bool) -> list[Taken]:
    """The steps so far, the case owner's first; ``satisfied`` is about the last of them."""
    answered = matter.answered_at is not None
    found = [(Step.CASE_OWNER, matter.promise.due_at, answered or not matter.is_open)]
    steps = escalation.steps.select_related("clock") if escalation else []
    found += [(Step(row.number), row.clock.due_at, row.answered_at is not None) for row in steps]
    last = len(found) - 1
    return [
        Taken(step, due_at, done, satisfied=satisfied or number != last)
        for number, (step, due_at, done) in enumerate(found)
    ]


def involved(matter: Contact, escalation: Escalation | None) -> Sequence[User]:
    """Those whose answer, or silence, the concern is about."""
    people = [matter.promise.owner, matter.answered_by]
    if escalation:
        people += [row.clock.owner for row in escalation.steps.select_related("clock__owner")]
        people += [row.answered_by for row in escalation.steps.select_related("answered_by")]
    return [person for person in people if person]


def _asked_before(step: EscalationStep) -> Sequence[User]:
    matter = step.escalation.matter
    people = [matter.promise.owner, matter.answered_by]
    earlier = step.escalation.steps.filter(number__lt=step.number)
    people += [row.answered_by or row.clock.owner for row in earlier]
    return [person for person in people if person]


def held_escalation(escalation: Escalation) -> Escalation:
    Escalation.objects.select_for_update(of=("self",)).only("pk").get(pk=escalation.pk)
    return Escalation.objects.with_people().get(pk=escalation.pk)


def held_step(step: EscalationStep) -> EscalationStep:
    """The step as it stands now; its matter and its concern are held before it."""
    Contact.objects.select_for_update(of=("self",)).only("pk").get(pk=step.escalation.matter_id)
    held_escalation(step.escalation)
    EscalationStep.objects.select_for_update(of=("self",)).only("pk").get(pk=step.pk)
    joined = ("escalation__matter__clock__owner", "escalation__case__team__lead", "answered_by")
    return EscalationStep.objects.select_related("clock__owner", "contact", *joined).get(pk=step.pk)


def escalation_path(escalation: Escalation) -> str:
    return reverse("escalations:escalation", args=[escalation.reference])


def opened(matter: Contact, now: datetime) -> Escalation:
    """A new concern about ``matter``, with its reference."""
    with connection.cursor() as cursor:
        table = Escalation._meta.db_table
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        pk = int(cursor.fetchone()[0])
    return Escalation.objects.create(
        pk=pk, reference=f"ESC-{pk:06d}", case=matter.case, matter=matter, opened_at=now
    )


def _asked(addressee: Addressee) -> int | None:
    asked = {
        Addressee.TEAM_LEAD: 2,
        Addressee.SENIOR_MANAGER: 3,
        Addressee.RESOLUTION: 4,
        Addressee.ABOVE: 4,
    }
    return asked.get(addressee)


def _is_formal(received: Received) -> bool:
    return received.category not in (Contact.Category.INFORMAL, Contact.Category.ADVICE_LINE)


def _refuse_role(by: User) -> None:
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not answer concerns.", "may_not_answer")


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
            f"{step.answered_by} answered this step on {moment_in_words(step.answered_at)}. Your "
            "words are still below: you can add them to the record as a note.",
            "step_answered",
        )


def _was_given_back(step: EscalationStep, by: User) -> bool:
    """Whoever had the step gave it to ``by`` with a reason (H5: pass_back_actions)."""
    return step.clock.owner == by and step.clock.events.filter(owner_after=by).exists()
