"""What a caller does with the link in their confirmation, without an account (H36).

Whoever has the address may use it, so it is the key: it is kept out of logs and of the addresses
that browsers pass on. To look never changes anything, because mail scanners follow links.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import RuleBroken
from callbacks import booking_actions as actions
from callbacks.barred import is_barred
from callbacks.booking_actions import latest
from callbacks.invitations import entry_for_caller
from callbacks.links import booking_of, has_ended, token_of
from callbacks.models import Booking
from callbacks.other_times import other_times
from callbacks.public_forms import NotNeededForm, OtherTimeForm
from callbacks.shown_call import ShownCall, Stage, any_duty_line, open_line, shown_call

HEADERS = {
    # No cache and no search engine keeps it, and the address goes nowhere else.
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}
# Somebody else has that time, or it cannot be had any more.
GONE = frozenset({"just_taken", "past", "not_free", "other_person"})
DONE = {
    "moved": (messages.SUCCESS, "Your call has a new time"),
    "called-off": (messages.SUCCESS, "The call is called off"),
    "changed": (messages.INFO, "Your call has changed. This is how it stands now"),
}

CallerView = Callable[[HttpRequest, Booking, datetime], HttpResponse]
View = Callable[[HttpRequest, str], HttpResponse]


def for_caller(view: CallerView) -> View:
    """The view gets the booking that its address is for, while the link works.

    Whoever must not be contacted has no link either, and learns no more than a stranger.
    """

    def answered(request: HttpRequest, token: str) -> HttpResponse:
        now, booking = timezone.now(), booking_of(token)
        if booking is None or is_barred(booking):
            context = {"duty_line": any_duty_line(), "open_line": open_line()}
            return _page(request, "mine_unknown", context, status=404)
        if has_ended(latest(booking), now):
            return _page(request, "mine_ended", {"call": shown_call(booking, now)}, status=410)
        if request.method == "POST" and not _is_few(request, booking):
            return _page(request, "mine_too_many", {"call": shown_call(booking, now)}, status=429)
        return view(request, booking, now)

    # The address is what proves that the caller sent the form: no cookie could prove more, and
    # under "no-referrer" a browser does not say from which site a form comes.
    @csrf_exempt
    @login_not_required
    @wraps(view)
    def open_to_all(request: HttpRequest, token: str) -> HttpResponse:
        response = answered(request, token)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return open_to_all


@require_safe
@for_caller
def mine(request: HttpRequest, booking: Booking, now: datetime) -> HttpResponse:
    """When somebody rings, who and at which number; of one that was moved, how it stands now."""
    call = shown_call(latest(booking), now)
    return _page(request, "mine", {"call": call, "messages": _said(request, call)})


@require_safe
@for_caller
def call_file(request: HttpRequest, booking: Booking, now: datetime) -> HttpResponse:
    """The call for a calendar, as it stands now."""
    content = entry_for_caller(latest(booking))
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="call.ics"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@for_caller
def another_time(request: HttpRequest, booking: Booking, now: datetime) -> HttpResponse:
    """Choose another time. What is sent is about the call that the page showed."""
    if request.method == "POST":
        return _move(request, booking, now)
    call = shown_call(latest(booking), now)
    if not call.may_choose:
        return _to(call.booking)
    form = OtherTimeForm(times=other_times(call.booking, now))
    return _page(request, "mine_other_time", {"call": call, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@for_caller
def not_needed(request: HttpRequest, booking: Booking, now: datetime) -> HttpResponse:
    """Call it off, after one question."""
    if request.method == "POST":
        return _call_off(request, booking, now)
    call = shown_call(latest(booking), now)
    if not call.may_call_off:
        return _to(call.booking)
    return _page(request, "mine_not_needed", {"call": call, "form": NotNeededForm()})


def _move(request: HttpRequest, booking: Booking, now: datetime) -> HttpResponse:
    form = OtherTimeForm(request.POST, times=other_times(booking, now))
    # First whether the form holds, then whether it was sent before: the time that the first of
    # two clicks took is not free for the second.
    holds = form.is_valid()
    if "submission" in form.errors:
        # Not a form of ours: begin with one.
        return redirect("callbacks:another_time", token=token_of(booking))
    if made := _made_by(form, booking):
        return _to(made, "moved")
    call = shown_call(booking, now)
    if not call.may_choose:
        return _to(latest(booking), "changed")
    if holds:
        try:
            return _to(_moved(form, booking, now), "moved")
        except RuleBroken as broken:
            if broken.code not in GONE:
                return _to(latest(booking), "changed")
    if form.was_pressed:
        form.show_gone(other_times(booking, now))
    return _page(request, "mine_other_time", {"call": call, "form": form})


def _made_by(form: OtherTimeForm, booking: Booking) -> Booking | None:
    submission: UUID = form.cleaned_data["submission"]
    return Booking.objects.filter(submission=submission, follows=booking).first()


def _moved(form: OtherTimeForm, booking: Booking, now: datetime) -> Booking:
    return actions.move(
        booking=booking,
        slot=form.cleaned_data["slot"],
        how=Booking.Whose.CALLER,
        submission=form.cleaned_data["submission"],
        by=None,
        now=now,
    )


def _call_off(request: HttpRequest, booking: Booking, now: datetime) -> HttpResponse:
    form = NotNeededForm(request.POST)
    if not form.is_valid():
        return _page(request, "mine_not_needed", {"call": shown_call(booking, now), "form": form})
    how, reason = Booking.Whose.CALLER, form.cleaned_data["reason"]
    try:
        off = actions.cancel(booking=booking, how=how, reason=reason, by=None, now=now)
    except RuleBroken:
        return _to(latest(booking), "changed")
    return _to(off, "called-off")


def _said(request: HttpRequest, call: ShownCall) -> list[Message]:
    """What has just been done, after the page that did it."""
    done = request.GET.get("done", "")
    if done not in DONE or (done == "called-off") != (call.stage == Stage.CANCELLED):
        return []
    return [Message(*DONE[done])]


def _is_few(request: HttpRequest, booking: Booking) -> bool:
    """Not too often about one matter, nor from one address, behind which many may live."""
    return consume(request, action="callback", key=f"matter {booking.contact_id}")


def _to(booking: Booking, done: str = "") -> HttpResponse:
    address = reverse("callbacks:mine", args=[token_of(booking)])
    return redirect(f"{address}?done={done}" if done else address)


def _page(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page as it looks for everybody, also for staff who are signed in."""
    if call := context.get("call"):
        context |= {"token": token_of(call.booking), "duty_line": call.duty_line}
        context |= {"open_line": call.open_line}
    around: dict[str, Any] = {"user": AnonymousUser(), "navigation": [], "messages": []}
    return render(request, f"callbacks/{name}.html", around | context, status=status)
