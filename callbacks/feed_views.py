"""The page that gives out the secret address of one's calendar, and the address itself."""

import hashlib

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import for_roles, signed_in
from callbacks import feed_actions as actions
from callbacks.feed import AHEAD, BACK, HAS_CALENDAR, feed_of
from callbacks.models import CalendarFeed

# How long a calendar program may show what it has without asking whether it still holds.
MAX_AGE = 300  # seconds


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*HAS_CALENDAR)
def mine(request: HttpRequest) -> HttpResponse:
    """Your calendar in Outlook: a new address is shown once, on the page that made it."""
    user, address = signed_in(request), ""
    if request.method == "POST":
        _, secret = actions.make_feed(by=user, now=timezone.now())
        address = settings.PORTAL_URL + reverse("feed:read", args=[secret])
    feed = CalendarFeed.objects.in_use().filter(user=user).first()
    return render(
        request,
        "callbacks/calendar.html",
        {"feed": feed, "address": address, "back": BACK.days, "ahead": AHEAD.days},
    )


@require_POST
@for_roles(*HAS_CALENDAR)
def stop(request: HttpRequest) -> HttpResponse:
    """End the address; a second click finds nothing to end."""
    actions.revoke_feed(by=signed_in(request), now=timezone.now())
    messages.success(request, "The address has stopped working.")
    return redirect("feed:mine")


@require_safe
@login_not_required
def read(request: HttpRequest, secret: str) -> HttpResponseBase:
    """What a calendar program is given: whoever knows the secret reads.

    The same 404 for an address that never was, one that has ended and one of a leaver.
    """
    now, answering = timezone.now(), CalendarFeed.objects.answering(HAS_CALENDAR)
    feed = get_object_or_404(answering, digest=actions.digest_of(secret))
    shown = feed_of(feed.user, now)
    actions.note_feed_read(feed=feed, records=shown.records, now=now)
    response = HttpResponse(shown.content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response["Cache-Control"] = f"private, max-age={MAX_AGE}"
    # No Last-Modified: a call that is called off leaves the calendar, and no date would tell.
    response["ETag"] = etag = f'"{hashlib.sha256(shown.content).hexdigest()}"'
    return get_conditional_response(request, etag=etag, response=response) or response
