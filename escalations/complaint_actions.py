"""Both stages of a complaint: beside the ladder, never a part of it (H103, T21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.answer_actions import answer_contact, is_told_by_us, refuse_untold, with_how
from cases.contact_messages import promised_day, writes_to
from cases.models import Contact, FormalMatter
from clocks import actions as clock_actions
from clocks.calendars import LONDON, council_calendar
from clocks.models import Clock, Standard
from clocks.promises import beyond_calendar
from clocks.wording import day_in_words, moment_in_words
from clocks.working_time import BeyondCalendar
from escalations.agreement_actions import end_agreement
from escalations.complaint_messages import (
    acknowledged_words,
    answered_words,
    for_you_message,
    longer_words,
)
from escalations.complaint_rows import (
    Number,
    Stage,
    clock_of,
    code,
    day_of,
    held_complaint,
    held_matter,
    move,
    refuse_other_stage,
    refuse_owner,
    refuse_role,
    refuse_themselves,
    started,
)
from escalations.handlers import case_of
from escalations.ladder_state import hears_answers
from escalations.models import Complaint, ComplaintStage, Finding, Theme
from escalations.step_actions import let_go, let_handle
from notices.actions import tell

WAITS = {Number.ONE: Stage.RECEIVED, Number.TWO: Stage.TWO_RECEIVED}
WORKS = {Number.ONE: Stage.ONE, Number.TWO: Stage.TWO}
DONE = {Number.ONE: Stage.ONE_ANSWERED, Number.TWO: Stage.TWO_ANSWERED}


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a stage came to; ``themes`` are what it was about (S31)."""

    finding: Finding
    text: str
    themes: Sequence[Theme]
    learnt: str = ""


@transaction.atomic
def open_complaint(*, matter: FormalMatter, by: User, now: datetime) -> Complaint:
    """Begin the record of a complaint; its acknowledgement runs already (H68). Twice is once.

    Raises RuleBroken (``may_not_answer``, ``not_a_complaint``).
    """
    refuse_role(by)
    locked = held_matter(matter)
    if locked.category != Contact.Category.COMPLAINT or locked.withdrawn:
        raise RuleBroken("This is not a complaint.", "not_a_complaint")
    if existing := Complaint.objects.filter(matter=locked).first():
        return existing
    clock = locked.clock if locked.clock.is_open else None
    complaint = Complaint.objects.create(matter=locked, clock=clock, opened_at=now)
    ComplaintStage.objects.create(
        complaint=complaint,
        number=Number.ONE,
        asked_at=locked.contact.received_at,
        acknowledgement=locked.clock,
    )
    return complaint


@transaction.atomic
def acknowledge(
    *,
    complaint: Complaint,
    number: int,
    to: User,
    by: User,
    now: datetime,
    told_how: str = "",
) -> ComplaintStage:
    """Say who looks at it: the answer's clock runs from now, as the Code counts it (T21).

    ``number`` is the stage that the page showed, ``to`` who answers it: in stage 2 not whoever
    answered stage 1. The same twice is once. Raises RuleBroken (``may_not_answer``,
    ``wrong_stage``, ``acknowledged``, ``may_not_own``, ``about_themselves``, ``tell_sender``).
    """
    refuse_role(by)
    locked, stage = held_complaint(complaint, number)
    if stage.clock:
        return _acknowledged_already(stage, to, by)
    refuse_other_stage(locked, WAITS[Number(stage.number)])
    refuse_owner(stage, to)
    contact = locked.matter.contact
    refuse_untold(contact, told_how)
    if stage.acknowledgement.is_open:
        how = with_how("Acknowledged", told_how)
        clock_actions.meet(clock=stage.acknowledgement, at=now, by=by, now=now, how=how)
    case, before = case_of(contact), stage.acknowledgement.owner
    let_handle(case, to, instead_of=before)
    stage.clock = started(f"complaint.stage_{number}", stage, to, now, by, now)
    stage.acknowledged_at, stage.acknowledged_by = now, by
    stage.save(update_fields=["clock", "acknowledged_at", "acknowledged_by"])
    move(locked, WORKS[Number(stage.number)], stage.clock)
    if before not in (by, to):
        let_go(case, before)
    told = [] if to == by else [for_you_message(stage.clock, "answer")]
    tell([*told, *acknowledged_words(stage, stage.clock)], now=now)
    return stage


def _acknowledged_already(stage: ComplaintStage, to: User, by: User) -> ComplaintStage:
    """The second of two clicks changes nothing; the second of two people is told."""
    clock = clock_of(stage)
    if stage.acknowledged_by == by and clock.owner == to:
        return stage
    when = moment_in_words(stage.acknowledged_at) if stage.acknowledged_at else ""
    raise RuleBroken(
        f"{stage.acknowledged_by} acknowledged this stage on {when}. {clock.owner} looks at it. "
        "To change that, pass it on.",
        "acknowledged",
    )


@transaction.atomic
def put_off(
    *,
    complaint: Complaint,
    number: int,
    until: date | None,
    reason: str,
    by: User,
    now: datetime,
    told_how: str = "",
    instead_of: int | None = None,
) -> ComplaintStage:
    """More time for the answer, once the sender is told why; never more than the Code lets (T21).

    The most is the standard ``complaint.stage_1_longer`` (or 2), counted from the first date.
    ``instead_of`` is the id of the clock whose date the page showed. The same twice is once.
    Raises RuleBroken (``may_not_answer``, ``wrong_stage``, ``too_long``, ``date_sooner``,
    ``promised_meanwhile``, ``tell_sender`` and those of clocks.actions.promise).
    """
    refuse_role(by)
    locked, stage = held_complaint(complaint, number)
    refuse_other_stage(locked, WORKS[Number(stage.number)])
    before = clock_of(stage)
    if until and before.is_chosen and day_of(before.due_at) == until:
        return stage
    if instead_of not in (None, before.pk):
        raise RuleBroken(
            f"Somebody has promised {promised_day(before)} meanwhile. Press the button again only "
            "if that date has to change too.",
            "promised_meanwhile",
        )
    _refuse_odd_date(stage, before, until, now)
    refuse_untold(locked.matter.contact, told_how)
    why = with_how(reason, told_how)
    stage.clock = clock_actions.promise(clock=before, until=until, reason=why, by=by, now=now)
    stage.save(update_fields=["clock"])
    move(locked, Stage(locked.stage), stage.clock)
    tell(longer_words(stage, before, stage.clock, reason), now=now)
    return stage


def _refuse_odd_date(
    stage: ComplaintStage, before: Clock, until: date | None, now: datetime
) -> None:
    if until is None:
        return
    if until <= day_of(before.due_at):
        raise RuleBroken(
            f"The answer is due by {promised_day(before)} already. Choose a later date.",
            "date_sooner",
            field="until",
        )
    if until > (last := latest_day(stage, now)):
        raise RuleBroken(
            f"The answer can be put off until {day_in_words(last)} at most. By then it has to be "
            "given.",
            "too_long",
            field="until",
        )


def latest_day(stage: ComplaintStage, now: datetime) -> date:
    """The last day (London) until which the answer may be put off, from its first date on.

    Raises RuleBroken (``beyond_calendar``).
    """
    first = clock_of(stage)
    while first.previous:
        first = first.previous
    today = now.astimezone(LONDON).date()
    standard = Standard.objects.in_force(f"complaint.stage_{stage.number}_longer", today)
    try:
        return day_of(council_calendar().due(first.due_at, standard.rule))
    except BeyondCalendar as error:
        raise beyond_calendar("until") from error


@transaction.atomic
def answer_stage(
    *,
    complaint: Complaint,
    number: int,
    answered: Answered,
    by: User,
    now: datetime,
    told_how: str = "",
) -> ComplaintStage:
    """Answer stage 1 or 2: the sender reads it, its clock is met, its themes are kept (S31).

    Stage 2 is never answered by whoever answered stage 1. Sent by e-mail, it answers the message
    too. The same twice is once. Raises RuleBroken (``may_not_answer``, ``note_missing``,
    ``finding_missing``, ``theme_missing``, ``wrong_stage``, ``already_answered``,
    ``about_themselves``, ``tell_sender``).
    """
    refuse_role(by)
    _refuse_gaps(answered)
    locked, stage = held_complaint(complaint, number)
    text = answered.text.strip()
    if stage.answered_at:
        return _answered_already(stage, answered, by)
    refuse_other_stage(locked, WORKS[Number(stage.number)])
    refuse_themselves(stage, by, "You answered stage 1: somebody else answers stage 2.")
    contact = locked.matter.contact
    _refuse_answer_untold(contact, told_how)
    how = with_how("Answered", told_how)
    clock_actions.meet(clock=clock_of(stage), at=now, by=by, now=now, how=how)
    stage.finding, stage.answer = answered.finding, text
    stage.answered_at, stage.answered_by = now, by
    stage.save(update_fields=["finding", "answer", "answered_at", "answered_by"])
    move(locked, DONE[Number(stage.number)], None)
    code(locked, answered.themes, answered.learnt, Finding(stage.finding).label, by, now)
    if stage.number == Number.TWO:
        end_agreement(complaint=locked, now=now)
    tell(answered_words(stage, by), now=now)
    if hears_answers(contact) and contact.is_open:
        answer_contact(contact=contact, answer=Contact.Answer.EMAIL, note=text, by=by, now=now)
    return stage


def has_to_be_told(contact: Contact) -> bool:
    """Whether staff give the answer themselves: no address, or one that nothing proves (0022)."""
    unproven = writes_to(contact) and not hears_answers(contact)
    return unproven or is_told_by_us(contact)


def _refuse_answer_untold(contact: Contact, told_how: str) -> None:
    refuse_untold(contact, told_how)
    if not told_how.strip() and has_to_be_told(contact):
        raise RuleBroken(
            "The e-mail address is not on the child’s record, so the answer is not sent there. "
            "Say how you have told them.",
            "tell_sender",
            field="told_how",
        )


def _refuse_gaps(answered: Answered) -> None:
    if not answered.text.strip():
        raise RuleBroken("Write what you say to the sender.", "note_missing", field="text")
    if not answered.finding:
        raise RuleBroken("Select what you found.", "finding_missing", field="finding")


def _answered_already(stage: ComplaintStage, answered: Answered, by: User) -> ComplaintStage:
    again = (stage.answered_by, stage.finding, stage.answer)
    if again == (by, answered.finding, answered.text.strip()):
        return stage
    when = moment_in_words(stage.answered_at) if stage.answered_at else ""
    raise RuleBroken(
        f"{stage.answered_by} answered this stage on {when}. Your words are still below: you can "
        "add them to the record as a note.",
        "already_answered",
    )
