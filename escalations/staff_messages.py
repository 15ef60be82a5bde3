"""What staff are told about concerns: references, no child's details (H53)."""

from accounts.models import User
from cases.contact_messages import promised_day
from escalations.models import EscalationStep
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
        f"The answer is due by {promised_day(step.clock)}.",
    )


def informed_messages(step: EscalationStep, by: User | None) -> list[Message]:
    """Who had it before: their own promise stays theirs (H5)."""
    matter = step.escalation.matter
    before = {matter.promise.owner_id: matter.promise.owner}
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
