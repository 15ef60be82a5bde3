"""One click for an e-mail that came after a concern was settled: it is not resolved (H102)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from cases.access import contact_for
from cases.actions import MAY_ANSWER
from escalations.after_settling_actions import take_as_not_settled


@require_POST
@for_roles(*MAY_ANSWER)
def not_settled(request: HttpRequest, reference: str) -> HttpResponse:
    """Whoever read it takes it as "not resolved": the concern goes on."""
    user, now = signed_in(request), timezone.now()
    said = contact_for(user, reference)
    note_read(record=(said.case or said).reference, detail=said.reference, by=user, now=now)
    try:
        result = take_as_not_settled(said=said, by=user, now=now)
    except RuleBroken as broken:
        messages.error(request, broken.message)
        return redirect("cases:contact", said.reference)
    if result.escalation is None:
        messages.success(request, "It is open again. The sender is told.")
        return redirect("cases:contact", said.reference)
    messages.success(request, f"{result.escalation.reference} is open again. The sender is told.")
    return redirect("escalations:escalation", result.escalation.reference)
