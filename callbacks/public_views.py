"""What a caller does with the link in their confirmation, without an account (H36)."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from callbacks.booking_actions import latest
from callbacks.links import booking_of


@login_not_required
@require_safe
def mine(request: HttpRequest, token: str) -> HttpResponse:
    """When somebody rings, and who: no child is named."""
    booking = booking_of(token)
    if booking is None:
        raise Http404
    return render(request, "callbacks/mine.html", {"booking": latest(booking)})
