"""Taking a concern further: where it goes, who has it from now on, who is told (H94 to H103).

Rows are held in the order of escalations.ladder_state.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_LOG, kept, log_contact
from cases.answer_actions import held
from cases.further_actions import log_further
from cases.matters import same_sender
from cases.models import Case, Contact
from cases.received import Received
from cases.submissions import refuse_other_words, written_by
from escalations.handlers import somebody_for
from escalations.ladder import (
    Addressee,
    Concern,
    Ground,
    Kind,
    Placement,
    Step,
    Taken,
    has_passed,
    place,
)
from escalations.ladder_state import (
    everybody_who_answered,
    has_ended,
    involved,
    is_accepted,
    is_declined,
    latest_escalation,
    steps_taken,
)
from escalations.models import DeskEntry, Escalation, EscalationStep
from escalations.passing_actions import pass_to_desk
from escalations.sender_messages import (
    end_words,
    first_words,
    passed_words,
    taken_words,
    wait_words,
)
from escalations.staff_messages import (
    informed_messages,
    more_messages,
    nobody_left_messages,
    taken_message,
)
from escalations.step_actions import going_on, reopen, start_step, step_asked
from notices.actions import tell


@dataclass(frozen=True, kw_only=True)
class Further:
    """What somebody asks for when they take a concern further.

    ``matter`` is what it is about, when it is known; ``satisfied`` False when its last answer
    did not settle it; ``answered`` the sender's word whether one came, None when nobody asked
    them; ``received`` the message itself. ``reference`` is what the sender was given for it.
    ``lost``: they say that they asked before, and there is no trace of it. ``born`` is the child's
    date of birth as the sender typed it.
    """

    received: Received
    case: Case | None
    matter: Contact | None = None
    satisfied: bool = True
    answered: bool | None = None
    addressee: Addressee = Addressee.NOBODY
    reference: str = ""
    lost: bool = False
    born: date | None = None


@dataclass(frozen=True)
class Result:
    """What became of it: the placement, the contact that was written and the step, if one."""

    placement: Placement
    contact: Contact
    escalation: Escalation | None = None
    step: EscalationStep | None = None


@dataclass(frozen=True)
class Asked:
    """One request to take something further, while it is worked on."""

    further: Further
    submission: UUID
    by: User | None
    now: datetime


@transaction.atomic
def take_further(*, further: Further, submission: UUID, by: User | None, now: datetime) -> Result:
    """Put a concern where it belongs, whatever was asked for, and tell everybody (H94 to H101).

    Nothing is refused: inside the window it is kept with the matter and the sender is told the
    date and when the next step opens (H95); a step that was left out goes to the right person,
    and the sender is told kindly (H100). Formal matters go straight on (H68), what is addressed
    above the ladder to the resolution desk (H104). ``by`` is None for the sender themself. The
    same ``submission`` twice is one. Raises RuleBroken (``may_not_log``, ``other_sender`` when
    ``by`` chose a matter of somebody else, ``submission_used`` and those of
    cases.actions.log_contact).
    """
    if by and by.role not in MAY_LOG:
        raise RuleBroken("Your role does not log contacts.", "may_not_log")
    if written := written_by(submission):
        refuse_other_words(written, same=written.message == further.received.message)
        return _again(written)
    asked = Asked(further, submission, by, now)
    matter = _held_matter(further, by)
    escalation = latest_escalation(matter) if matter else None
    if matter and _bypasses_ladder(matter, escalation):
        matter = escalation = None
    placement = place(_concern(asked, matter, escalation), now=now)
    return _put(asked, placement, matter, escalation)


def _held_matter(further: Further, by: User | None) -> Contact | None:
    """The matter as it stands now; its case is held before it, as wherever both are."""
    matter = further.matter
    if matter is None:
        return None
    if matter.case:
        kept(matter.case)
    matter = held(matter)
    if by and not same_sender(matter, further.received):
        raise RuleBroken(
            f"{matter.reference} is from {matter.sender_name}. What somebody else says about it "
            "is a matter of its own: log it as something new.",
            "other_sender",
        )
    return matter


def _bypasses_ladder(matter: Contact, escalation: Escalation | None) -> bool:
    """Formal matters and advice about nobody are on no ladder, nor is what chases them (H68).

    A concern that was on it before somebody saw that it is formal keeps its promises.
    """
    started = escalation is not None and escalation.is_open
    apart = matter.is_formal or matter.category == Contact.Category.ADVICE_LINE
    return apart and not started


def _concern(asked: Asked, matter: Contact | None, escalation: Escalation | None) -> Concern:
    further = asked.further
    received = further.received
    taken = steps_taken(matter, escalation, satisfied=further.satisfied) if matter else []
    if taken and further.answered is False:
        taken[-1] = _as_they_say(taken[-1], asked.now)
    return Concern(
        taken,
        _addressee(asked, matter),
        # A word in the subject claims it too, but only a reason from the list counts (H63).
        urgent=received.urgent_reason is not None and not (matter and is_declined(matter)),
        formal=_is_formal(received),
        accepted=matter is not None and is_accepted(matter, escalation),
    )


def _as_they_say(last: Taken, now: datetime) -> Taken:
    """An answer on our record that its sender has not had by the date has settled nothing."""
    unheard = last.answered and has_passed(last.due_at, now)
    return replace(last, satisfied=False) if unheard else last


def _addressee(asked: Asked, matter: Contact | None) -> Addressee:
    """Whom they asked for, as far as it decides anything.

    Somebody whom we do not know, or about a child whom we do not know, begins at the beginning:
    so nobody learns from where a message goes whether the child is known.
    """
    further = asked.further
    wanted = further.addressee
    if matter or asked.by or wanted == Addressee.ABOVE:
        return wanted
    known = further.received.sender_person or further.received.establishment
    return wanted if further.case and known else Addressee.NOBODY


# --- Where it goes --------------------------------------------------------------------------


def _put(
    asked: Asked, placement: Placement, matter: Contact | None, escalation: Escalation | None
) -> Result:
    if placement.kind == Kind.FORMAL:
        return Result(placement, _logged(asked), escalation)
    if placement.kind == Kind.DESK:
        return _put_on_desk(asked, placement, matter, escalation)
    if placement.step == Step.CASE_OWNER and placement.kind == Kind.STEP:
        return _begun(asked, placement)
    if placement.ground == Ground.OUTSIDE:
        return _straight_to_lead(asked, placement)
    if matter is None:
        raise ValueError("A later step is about something.")
    if placement.kind == Kind.WAIT:
        return _kept_with(asked, placement, matter, escalation)
    contact = _added(asked, matter)
    if placement.kind == Kind.END:
        return _ended(asked, placement, contact, matter, escalation)
    return _taken(asked, placement, contact, matter, escalation)


def _begun(asked: Asked, placement: Placement) -> Result:
    """Nobody was asked before: the case owner is, whoever it was addressed to (H94)."""
    contact = _logged(asked, acknowledge=False)
    further = asked.further
    wanted = step_asked(further.addressee)
    words = first_words(
        contact, further.reference, wanted=wanted, lost=further.lost, born=further.born
    )
    tell(words, now=asked.now)
    return Result(placement, contact)


def _straight_to_lead(asked: Asked, placement: Placement) -> Result:
    """Addressed above the team lead, and nobody was asked before: the lead answers (H100).

    It is a matter of the case owner's all the same, who hears of it.
    """
    contact = _logged(asked, acknowledge=False, tell_owner=False)
    return _taken(asked, placement, contact, contact, None)


def _kept_with(
    asked: Asked, placement: Placement, matter: Contact, escalation: Escalation | None
) -> Result:
    """Inside the window: with the open matter, or with the step that is being worked on (H95)."""
    step = _last_step(escalation)
    received = asked.further.received
    if step is None and same_sender(matter, received) and not matter.is_formal:
        contact = _logged(asked, chases=matter, acknowledge=False)
    else:
        contact = _added(asked, matter)
        tell(more_messages(contact, step), now=asked.now)
    clock = step.clock if step else matter.promise
    further = asked.further
    words = wait_words(
        contact,
        further.reference,
        clock,
        number=step.number if step else Step.CASE_OWNER,
        wanted=step_asked(further.addressee),
        born=further.born,
    )
    tell(words, now=asked.now)
    return Result(placement, contact, escalation)


def _ended(
    asked: Asked,
    placement: Placement,
    contact: Contact,
    matter: Contact,
    escalation: Escalation | None,
) -> Result:
    """There is nobody further to ask: whoever had it last hears of it, and the sender reads what
    they can do besides (H103). What was settled and is not is open again."""
    escalation = reopen(escalation=escalation) if escalation else None
    step, further = _last_step(escalation), asked.further
    clock = step.clock if step else matter.promise
    reference = further.reference or (escalation or matter).reference
    words = end_words(contact, reference, clock, placement, born=further.born)
    tell([*more_messages(contact, step), *words], now=asked.now)
    return Result(placement, contact, escalation)


def _put_on_desk(
    asked: Asked, placement: Placement, matter: Contact | None, escalation: Escalation | None
) -> Result:
    """To the resolution team, whose 48 hours run from now (H104, H106)."""
    contact = _added(asked, matter) if matter else _logged(asked, acknowledge=False)
    entry = pass_to_desk(
        contact=contact, in_name_of=ABOVE, by=asked.by, now=asked.now, respond=False
    )
    new, further = entry.passed_at == asked.now, asked.further
    words = passed_words(contact, further.reference, entry, new=new, born=further.born)
    tell(words, now=asked.now)
    return Result(placement, contact, escalation)


# In whose name the form answers what is addressed to somebody above the ladder.
ABOVE = "the SEND service"


def _taken(
    asked: Asked,
    placement: Placement,
    contact: Contact,
    matter: Contact,
    escalation: Escalation | None,
) -> Result:
    answered = everybody_who_answered(matter, escalation)
    about = involved(matter, escalation)
    found = somebody_for(placement.step, matter, about, answered, asked.now)
    if found is None:
        # Never a refusal: what is left is a complaint (docs/decisions/0026).
        return _ended(asked, replace(placement, kind=Kind.END), contact, matter, escalation)
    escalation = going_on(matter, escalation, asked.now)
    step = start_step(
        escalation=escalation,
        number=placement.step,
        ground=placement.ground,
        contact=contact,
        handler=found.person,
        followed=placement.followed,
        asked=asked.further.addressee,
        by=asked.by,
        now=asked.now,
    )
    told = [taken_message(step), *informed_messages(step, asked.by)]
    told += nobody_left_messages(step) if found.is_concerned else []
    given, born = asked.further.reference, asked.further.born
    tell([*told, *taken_words(step, placement, given=given, born=born)], now=asked.now)
    return Result(placement, contact, escalation, step)


# --- Written down ---------------------------------------------------------------------------


def _logged(
    asked: Asked,
    chases: Contact | None = None,
    *,
    acknowledge: bool = True,
    tell_owner: bool = True,
) -> Contact:
    """A matter of its own, or a chaser; ``acknowledge`` is False where other words go instead."""
    return log_contact(
        case=asked.further.case,
        received=asked.further.received,
        submission=asked.submission,
        by=asked.by,
        now=asked.now,
        chases=chases,
        acknowledge=acknowledge,
        tell_owner=tell_owner,
    )


def _added(asked: Asked, matter: Contact) -> Contact:
    return log_further(
        matter=matter,
        received=asked.further.received,
        submission=asked.submission,
        by=asked.by,
        now=asked.now,
    )


def _last_step(escalation: Escalation | None) -> EscalationStep | None:
    if escalation is None:
        return None
    return escalation.steps.select_related("clock__owner").order_by("-number").first()


def _again(written: Contact) -> Result:
    """The second of two clicks: what the first has done."""
    step = written.steps_taken.select_related("escalation").first()
    if step:
        ground = Ground(step.ground)
        placement = Placement(Kind.STEP, Step(step.number), ground, step.followed)
        return Result(placement, written, step.escalation, step)
    if DeskEntry.objects.filter(passes__contact=written).exists():
        return Result(Placement(Kind.DESK, Step.RESOLUTION, Ground.OUTSIDE), written)
    kind = Kind.WAIT if written.original_id else Kind.STEP
    kind = Kind.END if has_ended(written) else kind
    kind = Kind.FORMAL if written.is_formal else kind
    return Result(Placement(kind, Step.CASE_OWNER, Ground.FIRST), written)


def _is_formal(received: Received) -> bool:
    return received.category not in (Contact.Category.INFORMAL, Contact.Category.ADVICE_LINE)
