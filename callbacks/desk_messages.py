"""What the desk tells staff: initials and reference, no names (H29, H53)."""

from callbacks.calendar_words import named_to_staff
from callbacks.models import DeskCall
from cases.references import contact_path
from notices.actions import Message
from notices.models import Notice


def no_slot_message(call: DeskCall) -> list[Message]:
    """The lead hears that a caller wanted a call and no time was there to offer (H29)."""
    if call.case is None or call.contact is None or call.case.team.lead is None:
        return []
    lead = call.case.team.lead
    body = (
        "A caller wanted to be rung back, and there was no callback slot to offer: none of the "
        "person who answers, and none of a colleague in time.\n"
        f"Their message is {call.contact.reference}. Please see that slots are opened."
    )
    return [
        Message(
            key=f"desk:{call.pk}:no-slot",
            kind=Notice.Kind.CALLBACK,
            subject=f"No slot to offer: {named_to_staff(call.contact)}",
            body=body,
            path=contact_path(call.contact.reference),
            recipient=lead,
            address=lead.email if lead.is_active else "",
        )
    ]


def plan_message(call: DeskCall) -> list[Message]:
    """The lead decides how somebody with a contact plan is answered who left a message (H66)."""
    if call.case is None or call.contact is None or call.case.team.lead is None:
        return []
    lead = call.case.team.lead
    body = (
        f"A caller with whom a contact plan may hold has left a message: {call.contact.reference}. "
        "No call was promised to them. Please decide how they are answered. The date promised "
        "stays."
    )
    return [
        Message(
            key=f"desk:{call.pk}:plan",
            kind=Notice.Kind.CALLBACK,
            subject=f"A message under a contact plan: {named_to_staff(call.contact)}",
            body=body,
            path=contact_path(call.contact.reference),
            recipient=lead,
            address=lead.email if lead.is_active else "",
        )
    ]
