"""The ladder of one concern, for staff (H102)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.models import CASE_READERS
from escalations.models import Escalation


@require_safe
@for_roles(*CASE_READERS)
def escalation(request: HttpRequest, reference: str) -> HttpResponse:
    """Each step: date, ground, handler, clock, outcome, what was said."""
    user, now = signed_in(request), timezone.now()
    visible = Escalation.objects.visible_to(user).with_people()
    found = get_object_or_404(visible, reference=reference)
    record = found.case.reference if found.case else found.matter.reference
    note_read(record=record, detail=found.reference, by=user, now=now)
    return render(request, "escalations/escalation.html", {"escalation": found})
