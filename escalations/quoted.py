"""What the references of concerns and of public forms are about, for the search (H22, H23)."""

from typing import Any

from django.db.models import QuerySet

from cases.quoted import Waiting
from escalations.models import Escalation, Submission


def contacts_of_concern(reference: str) -> QuerySet[Any, Any]:
    """ "ESC-000017": the id of its matter."""
    return Escalation.objects.order_by().filter(reference=reference).values("matter")


def contacts_of_form(reference: str) -> QuerySet[Any, Any]:
    """ "ASK-000032": the id of the contact that it became; none while it waits."""
    forms = Submission.objects.order_by().filter(reference=reference, contact__isnull=False)
    return forms.values("contact")


def waiting_form(reference: str) -> Waiting | None:
    """ "ASK-000032" while it waits to be worked through: that we have it, and since when."""
    forms = Submission.objects.order_by().filter(reference=reference)
    row = forms.exclude(state=Submission.State.DONE).values_list("received_at", "state").first()
    return Waiting(reference, row[0], row[1] == Submission.State.FAILED) if row else None
