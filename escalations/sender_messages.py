"""What the sender of a concern is told: who has it, by when, and what they can do (H100, H103).

Words come from notices.texts, dates from clocks. No child is named.
"""

from datetime import datetime, timedelta

from cases.contact_messages import promised_day, writes_to
from cases.models import Contact
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words
from escalations.ladder import Placement, Step
from escalations.links import link_line
from escalations.models import Escalation, EscalationStep
from notices import texts
from notices.actions import Message
from notices.models import Notice

ROLE_LINES = {
    Step.TEAM_LEAD: "leads the team that looks after the plan.",
    Step.SENIOR_MANAGER: "is a senior manager of the SEND service.",
    Step.RESOLUTION: "works in our resolution team.",
}
WANTED = {
    2: "the team lead",
    3: "a senior manager",
    4: "the resolution team or somebody above them",
}


def taken_words(step: EscalationStep, placement: Placement) -> list[Message]:
    """Who has it now, by when; kindly, when a step was left out (H100)."""
    contact, clock = step.contact, step.clock
    if not writes_to(contact):
        return []
    written = texts.current().write(
        "concern.taken",
        reference=step.escalation.reference,
        person=clock.owner.full_name,
        role_line=f"{clock.owner.full_name} {ROLE_LINES[Step(step.number)]}",
        answer_by=promised_day(clock),
        kind_line=kind_line(step.asked, step.number, placement.followed),
        link_line=link_line(step.escalation),
    )
    return [message(contact, f"step:{step.pk}", written)]


def kind_line(asked: int | None, step: int, followed: bool) -> str:
    """Why it went to somebody else than was asked for; nothing when it did not."""
    if followed or asked is None or asked <= step:
        return ""
    return (
        f"You asked for {WANTED[asked]}. {WANTED[step].capitalize()} looks at it first. They know "
        "the plan, so you get help sooner. You have lost nothing by asking."
    )


def answered_words(step: EscalationStep) -> list[Message]:
    """The answer, with the question whether it helps."""
    contact = step.contact
    if not writes_to(contact) or step.answered_by is None:
        return []
    written = texts.current().write(
        "concern.answered",
        reference=step.escalation.reference,
        text=step.answer,
        name=step.answered_by.full_name,
        team=str(step.answered_by.team or step.clock.team),
        link_line=link_line(step.escalation),
    )
    return [message(contact, f"answer:{step.pk}", written, Notice.Kind.REPLY)]


def promised_words(step: EscalationStep, before: Clock, reason: str) -> list[Message]:
    contact = step.contact
    if not writes_to(contact):
        return []
    written = texts.current().write(
        "concern.new_date",
        reference=step.escalation.reference,
        old_date=promised_day(before),
        new_date=promised_day(step.clock),
        reason=reason.strip(),
        link_line=link_line(step.escalation),
    )
    return [message(contact, f"date:{step.clock.pk}", written)]


def closed_words(escalation: Escalation) -> list[Message]:
    contact = escalation.steps.order_by("-number").first()
    about = contact.contact if contact else escalation.matter
    if not writes_to(about):
        return []
    written = texts.current().write(
        "concern.closed", reference=escalation.reference, link_line=link_line(escalation)
    )
    return [message(about, f"closed:{escalation.pk}", written)]


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
