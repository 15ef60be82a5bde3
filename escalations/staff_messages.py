"""What staff are told about concerns: references, no child's details (H53)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts.models import Role, User
from cases.contact_messages import (
    matter_of,
    must_not_be_contacted,
    promised_day,
    writes_to,
)
from cases.models import Contact
from cases.references import contact_path
from clocks.models import Clock
from clocks.telling import up_the_line
from escalations.ladder_state import escalation_path, hears_answers
from escalations.models import DeskEntry, Escalation, EscalationStep, Submission
from notices.actions import Message
from notices.models import Notice


def taken_message(step: EscalationStep) -> Message:
    """Whoever handles the step now."""
    ground = EscalationStep.Ground(step.ground).label.lower()
    return _message(
        step,
        step.clock.owner,
        "taken",
        f"For you: {step.clock.about}",
        f"A concern was taken to you (step {step.number}: {ground}).\n"
        f"The answer is due by {promised_day(step.clock)}."
        f"{_urgent_line(step)}{_untold_line(step.contact)}",
    )


def _urgent_line(step: EscalationStep) -> str:
    """The reason from the list, and where to decide it (H63, H64)."""
    said = step.said_urgent
    if said is None or not step.has_to_be_decided:
        return ""
    why = f": {said.urgent_reason}" if said.urgent_reason else ""
    address = f"{settings.PORTAL_URL}{reverse('cases:urgency', args=[said.reference])}"
    return f"\nThey say that it is urgent{why}. Please look at that first, and decide: {address}"


def _untold_line(contact: Contact) -> str:
    """The sender reads nothing of it by e-mail, or no names: somebody has to tell them."""
    if writes_to(contact):
        return "" if hears_answers(contact) else f"\n{unproven_line(contact)}"
    if must_not_be_contacted(contact):
        return "\nNothing goes to the sender: they must not be contacted."
    return "\nNo e-mail goes to the sender: tell them who has it, and by when."


def unproven_line(contact: Contact) -> str:
    """Why an answer does not go to the address that staff wrote down, and what can be done."""
    return (
        f"The address that {contact.sender_name} gave is not on the record, so your answer does "
        "not go there. Make sure who they are and tell them. Or put the address on the record "
        "first."
    )


def informed_messages(step: EscalationStep, by: User | None) -> list[Message]:
    """Who had it before: their own promise stays theirs (H5); and who supports the desk (H110)."""
    matter = step.escalation.matter
    before = {matter.promise.owner_id: matter.promise.owner} | _supporting(matter)
    for earlier in step.escalation.steps.filter(number__lt=step.number).select_related(
        "clock__owner"
    ):
        before[earlier.clock.owner_id] = earlier.clock.owner
    return [
        _message(
            step,
            person,
            f"informed:{person.pk}",
            f"Taken further: {step.clock.about}",
            f"{step.clock.owner} now answers the concern, by {promised_day(step.clock)}. The case "
            "stays yours.",
        )
        for person in before.values()
        if person != by and person != step.clock.owner and person.is_active
    ]


def left_message(clock: Clock, before: User, by: User, now: datetime) -> Message:
    """Whoever had it hears who has it now."""
    return Message(
        key=f"clock:{clock.pk}:left:{now.isoformat()}",
        kind=Notice.Kind.CONCERN,
        subject=f"With somebody else: {clock.about}",
        body=f"{by} gave this to {clock.owner}: {clock.about}. You have nothing more to do for it.",
        path=clock.path,
        recipient=before,
        address=before.email if before.is_active else "",
        in_summary=True,
    )


def more_messages(contact: Contact, step: EscalationStep | None) -> list[Message]:
    """There is more from the sender: whoever works on it hears, and the desk while it has the
    matter (H49)."""
    matter = matter_of(contact)
    clock = step.clock if step else matter.promise
    about = step.escalation.reference if step else matter.reference
    path = step.clock.path if step else contact_path(matter.reference)
    people = {clock.owner_id: clock.owner}
    for entry in _on_desk(matter):
        people.setdefault(entry.clock.owner_id, entry.clock.owner)
    people |= _supporting(matter)
    urgent = " They say that it is urgent." if contact.urgent_claimed else ""
    return [
        Message(
            key=f"contact:{contact.pk}:more:{person.pk}",
            kind=Notice.Kind.CONCERN,
            subject=f"More from the sender: {about}",
            body=f"The sender of {about} {_came_again(contact)} ({contact.reference}).{urgent} "
            "Please read it: it may say something new.",
            path=path,
            recipient=person,
            address=person.email if person.is_active else "",
        )
        for person in people.values()
    ]


def _came_again(contact: Contact) -> str:
    """What the sender did, by the channel of ``contact``."""
    return CAME_AGAIN.get(Contact.Channel(contact.channel), "wrote again")


CAME_AGAIN = {
    Contact.Channel.TELEPHONE: "rang again",
    Contact.Channel.VOICEMAIL: "left a voicemail message",
    Contact.Channel.FACE_TO_FACE: "spoke to us again",
    Contact.Channel.VIDEO: "spoke to us again",
}


def _on_desk(matter: Contact) -> Iterable[DeskEntry]:
    entries = DeskEntry.objects.filter(contact=matter, resolved_at=None)
    return entries.select_related("clock__owner", "kept_with")


def _supporting(matter: Contact) -> dict[int, User]:
    """With whom the desk keeps it: mostly the case owner, who owes no date of it meanwhile."""
    kept = (entry.kept_with for entry in _on_desk(matter))
    return {person.pk: person for person in kept if person}


def answered_messages(step: EscalationStep) -> list[Message]:
    """The case owner hears what was answered in their case: the family is told one thing (H111).

    Who supports the desk hears it as well.
    """
    matter = step.escalation.matter
    owner = matter.promise.owner
    people = {owner.pk: owner} | _supporting(matter)
    return [
        replace(_answered_message(step, person), in_summary=True)
        for person in people.values()
        if person not in (step.answered_by, step.clock.owner) and person.is_active
    ]


def _answered_message(step: EscalationStep, person: User) -> Message:
    return _message(
        step,
        person,
        f"answered:{person.pk}",
        f"Answered: {step.clock.about}",
        f"{step.answered_by} has answered the concern. Please read what the family was told.",
    )


def settled_messages(
    escalation: Escalation, steps: Iterable[EscalationStep], by: User | None
) -> list[Message]:
    """The case owner, the handlers, the desk and who supports it hear that it is settled, and who
    said so."""
    owner = escalation.matter.promise.owner
    people = {owner.pk: owner} | {step.clock.owner_id: step.clock.owner for step in steps}
    people |= {entry.clock.owner_id: entry.clock.owner for entry in _on_desk(escalation.matter)}
    people |= _supporting(escalation.matter)
    who = str(by) if by else "The sender"
    at = escalation.closed_at.isoformat() if escalation.closed_at else ""
    return [
        Message(
            key=f"concern:{escalation.pk}:settled:{at}:{person.pk}",
            kind=Notice.Kind.CONCERN,
            subject=f"Settled: {escalation.reference}",
            body=f"{who} says that {escalation.reference} is settled.",
            path=escalation_path(escalation),
            recipient=person,
            address=person.email if person.is_active else "",
            in_summary=True,
        )
        for person in people.values()
        if person != by and person.is_active
    ]


def nobody_left_messages(step: EscalationStep) -> list[Message]:
    """Administrators hear that a step is with somebody whom it is about: nobody else is named."""
    return [
        replace(
            _message(
                step,
                person,
                f"nobody-left:{person.pk}",
                f"Nobody else to ask: {step.escalation.reference}",
                f"Step {step.number} of {step.escalation.reference} is with {step.clock.owner}, "
                "who was to answer it before. Nobody else is left who could take it. Please name "
                "another team lead, senior manager or resolution officer.",
            ),
            path="",
        )
        for person in _administrators()
    ]


def nobody_there_messages(clock: Clock) -> list[Message]:
    """Who had it is not there, and nobody may take it: administrators can name somebody, and the
    team's lead, or who is above, sees to it meanwhile. Once for each who had it."""
    lead = clock.team.lead
    there = [lead] if lead and lead.is_active and lead != clock.owner else up_the_line(clock.team)
    administrators = list(_administrators())
    people = {person.pk: person for person in (*administrators, *there)}
    return [
        Message(
            key=f"clock:{clock.pk}:nobody:{clock.owner_id}:{person.pk}",
            kind=Notice.Kind.CONCERN,
            subject=f"Nobody can take it: {clock.about}",
            body=f"{clock.owner} is not there to answer, and nobody else may: {clock.about}.\n"
            f"It is due by {promised_day(clock)}. Another team lead, senior manager or resolution "
            "officer has to be named. It goes to them by itself then.",
            path=reverse("reports:system") if person in administrators else clock.path,
            recipient=person,
            address=person.email,
        )
        for person in people.values()
    ]


def _administrators() -> Iterable[User]:
    return User.objects.filter(is_active=True, role=Role.ADMINISTRATOR).order_by("pk")


def given_up_messages(submission: Submission, now: datetime) -> list[Message]:
    """A form of the public could not be worked through: no clock runs for it yet."""
    return [
        Message(
            key=f"form:{submission.pk}:given-up:{now.isoformat()}:{person.pk}",
            kind=Notice.Kind.CONCERN,
            subject=f"Could not be worked through: {submission.reference}",
            body=f"The form {submission.reference} has reached nobody, and its sender waits. "
            "Please look at the reason on the system page and have it tried again.",
            path=reverse("reports:system"),
            recipient=person,
            address=person.email,
        )
        for person in _administrators()
    ]


def _message(step: EscalationStep, person: User, part: str, subject: str, body: str) -> Message:
    return Message(
        key=f"step:{step.pk}:{part}",
        kind=Notice.Kind.CONCERN,
        subject=subject,
        body=body,
        path=step.clock.path,
        recipient=person,
        address=person.email if person.is_active else "",
    )
