"""What the references of concerns and of public forms are about, for the search (H22, H23)."""

from typing import Any

from django.db.models import QuerySet

from escalations.models import Escalation, Submission


def contacts_of_concern(reference: str) -> QuerySet[Any, Any]:
    """ "ESC-000017": the id of its matter."""
    return Escalation.objects.order_by().filter(reference=reference).values("matter")


def contacts_of_form(reference: str) -> QuerySet[Any, Any]:
    """ "ASK-000032": the id of the contact that it became; none while it waits."""
    forms = Submission.objects.order_by().filter(reference=reference, contact__isnull=False)
    return forms.values("contact")
