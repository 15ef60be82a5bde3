"""The resolution desk (H104 to H110)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.models import Role
from cases.models import Contact
from escalations.models import DeskEntry


@require_safe
@for_roles(Role.RESOLUTION_OFFICER, Role.SENIOR_MANAGER)
def desk_entry(request: HttpRequest, reference: str) -> HttpResponse:
    """One contact that was passed to the resolution team."""
    user, now = signed_in(request), timezone.now()
    visible = Contact.objects.visible_to(user)
    found = get_object_or_404(DeskEntry, contact__in=visible, contact__reference=reference)
    case = found.contact.case
    record = case.reference if case else reference
    note_read(record=record, detail=reference, by=user, now=now)
    return render(request, "escalations/desk_entry.html", {"entry": found})
