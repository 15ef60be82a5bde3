"""What a sender sees of their concern with the link from their e-mail (H102)."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from escalations.links import contact_of


@login_not_required
@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Where it is, who has it and the date."""
    contact = contact_of(token)
    if contact is None:
        raise Http404
    return render(request, "escalations/follow.html", {"contact": contact})
