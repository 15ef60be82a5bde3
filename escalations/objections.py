"""What would be lost from sight if the matter of a concern were struck, joined or closed (H102)."""

from django.db.models import Count

from cases.models import Contact
from cases.objections import Act
from escalations.models import DeskEntry, Escalation


def objection_of_concern(contact: Contact, act: Act) -> str:
    """Words for whoever would do it; none when nothing is lost. Three queries at most."""
    if act == Act.PASS_ON:
        return _of_kept(contact)
    return _of_concern(contact, act) or _of_step(contact, act) or _of_desk(contact, act)


def _of_kept(contact: Contact) -> str:
    """Kept jointly it has one clock: it goes on at the desk, and with the 48 hours (H110)."""
    found = DeskEntry.objects.filter(contact=contact, resolved_at=None).with_dates()
    entry = found.select_related("contact__clock__owner", "clock__owner", "kept_with").first()
    if entry is None:
        return ""
    return (
        f"The resolution team keeps it with {entry.kept_with}, and {entry.accountable} answers it. "
        "It is given to somebody else on the resolution desk."
    )


def _of_concern(contact: Contact, act: Act) -> str:
    """A concern about it stands or falls with its matter; a settled one can be gone on with."""
    concerns = Escalation.objects.filter(matter=contact)
    if act == Act.JOIN:
        found = concerns.order_by("-pk").first()
        return f"{_taken_further(found)}: it stays a matter of its own." if found else ""
    found = concerns.open().annotate(taken=Count("steps")).first()
    if found is None or (act == Act.CLOSE and found.taken):
        # Whoever has the step answers it, whatever becomes of the case owner's own date.
        return ""
    if act == Act.CLOSE:
        return f"{_taken_further(found)}. It stays open until that is settled."
    return f"{_taken_further(found)}. Close the concern first, then strike this through."


def _of_step(contact: Contact, act: Act) -> str:
    """The message with which a step was taken says why it is there. Linked, it is not joined."""
    if act != Act.STRIKE:
        return ""
    taken = contact.steps_taken.filter(escalation__closed_at=None)
    step = taken.select_related("escalation").first()
    if step is None:
        return ""
    taken_with = f"Step {step.number} of {step.escalation} was taken with it"
    return f"{taken_with}. Close the concern first, then strike this through."


def _taken_further(concern: Escalation | None) -> str:
    return f"It was taken further as {concern}"


def _of_desk(contact: Contact, act: Act) -> str:
    """What was struck through stays on the desk, and is settled there."""
    if act == Act.STRIKE:
        return ""
    waiting = DeskEntry.objects.filter(contact=contact, resolved_at=None)
    if act == Act.CLOSE:
        waiting = waiting.filter(sent_to=None)
    if not waiting.exists():
        return ""
    ends = "stays a matter of its own" if act == Act.JOIN else "stays open until they settle it"
    return f"The resolution team has it: it {ends}."
