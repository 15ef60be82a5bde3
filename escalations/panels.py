"""Concerns that were taken further, on the pages of a case and of a contact."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import Role, User
from cases.actions import MAY_ANSWER, MAY_LOG
from cases.models import Case, Contact
from cases.panels import Panel
from cases.references import contact_path
from escalations.after_settling_actions import settled_before
from escalations.desk_forms import CALLS
from escalations.ladder_state import escalation_path
from escalations.ladder_views import may_go_further
from escalations.likely import likely_matter
from escalations.models import (
    DeskEntry,
    DeskEntryQuerySet,
    Escalation,
    EscalationStep,
    EscalationStepQuerySet,
)

MOST_SHOWN = 20


def concerns_of_case(case: Case, user: User, now: datetime) -> Panel | None:
    """What is open about the child: the step, who has it and the date. Two queries."""
    steps = EscalationStep.objects.filter(_in_records("escalation__matter", case))
    entries = DeskEntry.objects.open().filter(_in_records("contact", case))
    shown = _shown(steps.filter(escalation__closed_at=None), entries, user)
    return Panel("escalations/_panel.html", shown) if shown["steps"] or shown["entries"] else None


def _in_records(field: str, case: Case) -> Q:
    """Of the child: in this record, or in one that was merged into it."""
    # By way of the cases, each found by an index: an "or" over the join would use none.
    records = Case.objects.filter(Q(pk=case.pk) | Q(merged_into=case.pk))
    return Q(**{f"{field}__case__in": records.order_by().values("pk")})


def concerns_of_contact(contact: Contact, user: User, now: datetime) -> Panel | None:
    """Every concern about this matter, and what may be done with it. Two queries, of
    a form from an address that we do not have a few more."""
    matter = contact.original or contact
    if matter.clock_id is None or contact.direction == Contact.Direction.OUT:
        return None
    steps = EscalationStep.objects.filter(escalation__matter=matter)
    entries = DeskEntry.objects.filter(contact=matter).select_related(
        "contact__clock__owner", "clock__owner", "kept_with"
    )
    shown = _shown(steps, entries, user)
    on_record = not contact.struck_at and not matter.struck_at
    shown["contact"] = contact
    shown["may_further"] = on_record and user.role in MAY_LOG and may_go_further(matter)
    shown["may_pass"] = on_record and user.role in MAY_ANSWER
    waiting = any(entry.resolved_at is None for entry in shown["entries"])
    # A head of service or director passes it on in their own name with one click (H104).
    shown["one_click"] = shown["may_pass"] and not waiting and user.role == Role.SENIOR_MANAGER
    # Who reads it decides whether it is the same person; its sender learns nothing (0022).
    shown["likely"] = likely_matter(contact) if shown["may_pass"] else None
    settled = settled_before(contact) if shown["may_pass"] else None
    shown["settled"], shown["settled_at"] = settled, settled and _address_of(settled)
    shown["rang"] = contact.channel in CALLS
    shown["name"] = user.full_name
    return Panel("escalations/_panel.html", shown)


def _address_of(settled: Escalation | Contact) -> str:
    if isinstance(settled, Escalation):
        return escalation_path(settled)
    return contact_path(settled.reference)


def _shown(steps: EscalationStepQuerySet, entries: DeskEntryQuerySet, user: User) -> dict[str, Any]:
    joined = steps.select_related("escalation", "clock__owner")
    newest = joined.order_by("-escalation_id", "-number")
    return {
        "steps": _latest(newest[:MOST_SHOWN]),
        "entries": list(entries[:MOST_SHOWN]),
        "sees_desk": user.role != Role.CSC_ADVISER,
    }


def _latest(steps: Iterable[EscalationStep]) -> list[EscalationStep]:
    """The last step of each concern."""
    found: dict[int, EscalationStep] = {}
    for step in steps:
        found.setdefault(step.escalation_id, step)
    return list(found.values())
