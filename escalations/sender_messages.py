"""What the sender of a concern is told: who has it, by when, and what they can do (H100, H103).

Words come from notices.texts, dates from clocks. No child is named. Whoever is not known around
the child reads what they would read about a child whom we do not know: no names, no dates but
those of their own messages (docs/decisions/0022).
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from accounts.models import Role, User
from cases.contact_messages import NO_REASON, OUR_TEAM, promised_day, writes_to
from cases.models import Contact
from cases.proven import is_unproven
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words
from escalations.given_references import also_line
from escalations.handlers import case_of
from escalations.ladder import Ground, Placement
from escalations.ladder_state import hears_answers
from escalations.links import link_or_why_not
from escalations.models import DeskEntry, Escalation, EscalationStep
from notices import texts
from notices.actions import Message
from notices.models import Notice

WANTED = {
    2: "the team lead",
    3: "a senior manager",
    4: "the resolution team or somebody above them",
}
LOST = (
    "You told us that you asked us before. We are sorry: we have not found that message. We will "
    "not make you wait for it."
)
# The same whether we know the child or not, and whether there is such a message (0022).
NEW_ADDRESS = (
    "You told us that you asked us before. The address you wrote from is not one that we have for "
    "this. So we check first that it is you. If it is, your first message counts."
)
# The day after the date may be one on which nobody answers the telephone (H95).
ANY_DAY = "Our form is open on every day."

LOOKED_AT_FIRST = "You told us that it is urgent. We will look at that first, and tell you."


def person_of(clock: Clock, contact: Contact) -> str:
    """Who has it, as far as the sender of ``contact`` may know."""
    return OUR_TEAM if is_unproven(contact) else clock.owner.full_name


# --- Where it is ----------------------------------------------------------------------------


def first_words(
    contact: Contact,
    reference: str,
    *,
    wanted: int | None,
    lost: bool,
    born: date | None,
) -> list[Message]:
    """Nobody was asked before: the case owner is, whoever it was addressed to (H94)."""
    if not writes_to(contact):
        return []
    clock = contact.promise
    person = person_of(clock, contact)
    written = texts.current().write(
        "concern.first",
        reference=reference or contact.reference,
        also_line=also_line(contact, reference or contact.reference, given=reference),
        person_line=f"{person} has your concern and will answer you.{_urgent_line(contact)}",
        answer_by=promised_day(clock),
        kind_line=" ".join(filter(None, [_lost(contact) if lost else "", starts_here(wanted)])),
        opens_on=opens_on(clock.due_at),
        link_line=link_or_why_not(contact, born),
    )
    return [message(contact, "first", written)]


def _lost(contact: Contact) -> str:
    """Why an earlier message is not counted: of a stranger we have not looked for one."""
    return NEW_ADDRESS if is_unproven(contact) else LOST


def starts_here(wanted: int | None) -> str:
    """They asked for somebody further up, and nobody was asked before (H100)."""
    if wanted is None:
        return ""
    return (
        f"You asked for {WANTED[wanted]}. The person who looks after the plan is the right one to "
        "start with. You have lost nothing by asking."
    )


def _urgent_line(contact: Contact) -> str:
    if not contact.urgent_claimed:
        return ""
    return f" {LOOKED_AT_FIRST}"


def wait_words(
    contact: Contact,
    reference: str,
    clock: Clock,
    *,
    number: int,
    wanted: int | None,
    born: date | None,
) -> list[Message]:
    """An answer is on its way: when, from whom, and from when they can go further (H95).

    ``number`` is the step that is worked on, ``wanted`` the one that they asked for.
    """
    if not writes_to(contact):
        return []
    written = texts.current().write(
        "concern.wait",
        reference=reference or contact.reference,
        also_line=also_line(contact, reference or contact.reference, given=reference),
        person=person_of(clock, contact),
        answer_by=promised_day(clock),
        kind_line=_waits_here(wanted, number),
        opens_line=_opens_line(clock, last=number == EscalationStep.Number.RESOLUTION),
        link_line=link_or_why_not(contact, born),
    )
    return [message(contact, "wait", written)]


def _waits_here(wanted: int | None, number: int) -> str:
    """They asked for somebody further up than who has it, inside the time we gave (H95, H100)."""
    if wanted is None or wanted <= number:
        return ""
    return (
        f"You asked for {WANTED[wanted]}. Somebody who knows the plan looks at it first, so you "
        "hear sooner. You have lost nothing by asking."
    )


def taken_words(
    step: EscalationStep, placement: Placement, *, given: str = "", born: date | None = None
) -> list[Message]:
    """Who has it now, by when; kindly, when a step was left out (H100).

    ``given`` is the reference that the form has shown with which it was taken.
    """
    contact, clock = step.contact, step.clock
    if not writes_to(contact):
        return []
    unproven = is_unproven(contact)
    written = texts.current().write(
        "concern.taken",
        reference=step.escalation.reference,
        also_line=also_line(contact, step.escalation.reference, given=given),
        person=person_of(clock, contact),
        role_line="" if unproven else f"{clock.owner.full_name} {role_line(step)}",
        answer_by=promised_day(clock),
        kind_line=" ".join(
            filter(
                None,
                [
                    LOOKED_AT_FIRST if step.has_to_be_decided else "",
                    "" if unproven else kind_line(step.asked, step.number, placement.followed),
                ],
            )
        ),
        link_line=link_or_why_not(contact, born),
    )
    return [message(contact, f"step:{step.pk}", written)]


def given_words(step: EscalationStep, now: datetime) -> list[Message]:
    """Somebody else has it; the date stays. Nothing to whom we told no name (H59)."""
    contact, clock = step.contact, step.clock
    if not writes_to(contact) or is_unproven(contact):
        return []
    owner = clock.owner.full_name
    written = texts.current().write(
        "concern.taken",
        reference=step.escalation.reference,
        also_line=also_line(contact, step.escalation.reference),
        person=owner,
        role_line=f"{owner} {role_line(step)}",
        answer_by=promised_day(clock),
        kind_line="The date stays the same.",
        link_line=link_or_why_not(contact),
    )
    return [message(contact, f"given:{step.pk}:{now.isoformat()}", written)]


def role_line(step: EscalationStep, person: User | None = None) -> str:
    """What the person is who has the step, or ``person``: also when it is somebody else than
    usual."""
    person = person or step.clock.owner
    if person.role == Role.SENIOR_MANAGER:
        return "is a senior manager of the SEND service."
    if person.role == Role.RESOLUTION_OFFICER:
        return "works in our resolution team."
    if step.clock.team.lead_id == person.pk:
        return "leads the team that looks after the plan."
    if looks_after(step.escalation.matter, person):
        return "looks after the plan."
    return f"stands in for {WANTED[step.number]}."


def looks_after(matter: Contact, person: User) -> bool:
    """Whether the child's case is theirs."""
    case = case_of(matter)
    return case is not None and case.owner_id == person.pk


def kind_line(asked: int | None, step: int, followed: bool) -> str:
    """Why it went to somebody else than was asked for; nothing when it did not."""
    if followed or asked is None or asked <= step:
        return ""
    return (
        f"You asked for {WANTED[asked]}. {WANTED[step].capitalize()} looks at it first. They know "
        "the plan, so you get help sooner. You have lost nothing by asking."
    )


def passed_words(
    contact: Contact, reference: str, entry: DeskEntry, *, new: bool, born: date | None
) -> list[Message]:
    """With the form to somebody above the ladder: the resolution team has it (H104, H106)."""
    if not writes_to(contact):
        return []
    within = entry.clock.standard.wording
    written = texts.current().write(
        "concern.passed",
        reference=reference or contact.reference,
        also_line=also_line(contact, reference or contact.reference, given=reference),
        soon_line=f"One of them will get in touch with you {within}."
        if new
        else "They have what you sent us before. They will look at both together.",
        link_line=link_or_why_not(contact, born),
    )
    return [message(contact, f"desk:{entry.pk}", written)]


def end_words(
    contact: Contact,
    reference: str,
    clock: Clock,
    placement: Placement,
    *,
    born: date | None,
) -> list[Message]:
    """Nobody further is left to ask: what is left is a complaint and the Ombudsman (H103).

    ``clock`` is that of the last who was asked.
    """
    if not writes_to(contact):
        return []
    late = placement.ground == Ground.NO_ANSWER
    person, day = person_of(clock, contact), promised_day(clock)
    written = texts.current().write(
        "concern.end",
        reference=reference,
        also_line=also_line(contact, reference),
        person=person,
        end_line=f"You should have had our answer by {day}. We are sorry that you have not."
        if late
        else "We are sorry that our answer did not help.",
        link_line=link_or_why_not(contact, born),
    )
    return [message(contact, "end", written)]


# --- What was said --------------------------------------------------------------------------


def answered_words(step: EscalationStep) -> list[Message]:
    """The answer, with the question whether it helps."""
    contact = hears_answers(step.contact)
    if contact is None or step.answered_by is None:
        return []
    unproven = is_unproven(contact)
    written = texts.current().write(
        "concern.answered",
        reference=step.escalation.reference,
        also_line=also_line(contact, step.escalation.reference),
        text=step.answer,
        name=OUR_TEAM if unproven else step.answered_by.full_name,
        team="" if unproven else str(step.answered_by.team or step.clock.team),
        further_line=_further_line(step),
        link_line=link_or_why_not(contact),
    )
    return [message(contact, f"answer:{step.pk}", written, Notice.Kind.REPLY)]


def _further_line(step: EscalationStep) -> str:
    if step.number == EscalationStep.Number.RESOLUTION:
        return "If it does not, tell us. You can make a complaint too, as at any time."
    return "If it does not, you can go to the next person now."


def _opens_line(clock: Clock, *, last: bool) -> str:
    """What they can do once the date has passed without an answer (H95, H103)."""
    if last:
        return "You can make a complaint at any time."
    day = opens_on(clock.due_at)
    return f"If you have not heard by then, you can go to the next person from {day}. {ANY_DAY}"


def promised_words(step: EscalationStep, before: Clock, reason: str) -> list[Message]:
    """More time: the new date, and why (H18). The reason may be about the child: without a
    proven address they read the date alone."""
    hears = hears_answers(step.contact)
    contact = hears or step.contact
    if not writes_to(contact):
        return []
    written = texts.current().write(
        "concern.new_date",
        reference=step.escalation.reference,
        also_line=also_line(contact, step.escalation.reference),
        old_date=promised_day(before),
        new_date=promised_day(step.clock),
        reason=reason.strip() if hears else NO_REASON,
        opens_line=_opens_line(step.clock, last=step.number == EscalationStep.Number.RESOLUTION),
        link_line=link_or_why_not(contact),
    )
    return [message(contact, f"date:{step.clock.pk}", written)]


def closed_words(escalation: Escalation, said: Contact | None = None) -> list[Message]:
    """It is settled, and what to do if they do not agree.

    ``said`` is what was agreed, as it stands on the record: it may be about the child, so it
    goes only to an address that is proven.
    """
    hears = hears_closing(escalation)
    contact = hears or _told_last(escalation)
    if not writes_to(contact):
        return []
    mailed = said if hears else None
    written = texts.current().write(
        "concern.closed",
        reference=escalation.reference,
        also_line=also_line(contact, escalation.reference),
        settled_line=mailed.message if mailed else "",
        link_line=link_or_why_not(contact),
    )
    # It may be opened again, and settled again.
    closed_at = escalation.closed_at.isoformat() if escalation.closed_at else ""
    told = message(contact, f"closed:{escalation.pk}:{closed_at}", written)
    return [replace(told, key=settled_key(mailed)) if mailed else told]


def settled_key(said: Contact) -> str:
    """Under which goes what was agreed when a concern was closed."""
    return f"contact:{said.pk}:reply:settled"


def hears_closing(escalation: Escalation) -> Contact | None:
    """The message to whose sender goes what was agreed about the child; None when to nobody."""
    return hears_answers(_told_last(escalation))


def _told_last(escalation: Escalation) -> Contact:
    """The message with which it was taken further last, or the first."""
    step = escalation.steps.select_related("contact").order_by("-number").first()
    return step.contact if step else escalation.matter


def opens_on(due_at: datetime) -> str:
    """The day after the date: from then on the next step is open (H95)."""
    return day_in_words(due_at.astimezone(LONDON).date() + timedelta(days=1))


def message(
    contact: Contact,
    part: str,
    written: texts.Written,
    kind: Notice.Kind = Notice.Kind.CONCERN,
) -> Message:
    """Among the e-mails of its contact: listed there, and told of when it comes back."""
    return Message(
        key=f"contact:{contact.pk}:concern:{part}",
        kind=kind,
        subject=written.subject,
        body=written.body,
        address=contact.sender_email,
        in_reply_to=contact.message_id,
    )
