"""Booking a call from the page of a contact, and the figures of callback slots."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from accounts.models import Role, User
from callbacks import booking_actions, slot_actions
from callbacks.diary_forms import BookForm, PolicyForm
from callbacks.models import Booking, SlotPolicy
from callbacks.offers import Offer, offer
from cases.acting import FORMS, done, show, start
from cases.actions import MAY_ANSWER
from cases.contact_messages import must_not_be_contacted, writes_to
from cases.models import Contact
from clocks.wording import moment_in_words

Breach = Booking.Breach


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def book(request: HttpRequest, reference: str) -> HttpResponse:
    """Promise a call about an open contact: the same slots, in the same order, as at the desk."""
    user, now, found = start(request, reference)
    if request.method != "POST" and (why_not := _why_not(found)):
        messages.info(request, why_not)
        return redirect("cases:contact", found.reference)
    offered, broken = _offered(found, now)
    form = BookForm(
        request.POST or None,
        slots=offered.slots if offered else [],
        rings=offered.owner if offered else None,
        late=offered is not None and offered.breach == Breach.OUTSIDE,
        initial=_caller_of(found),
    )
    pressed = request.method == "POST" and form.is_valid()
    if pressed and done(form, lambda: _book(form, found, user, now)):
        slot = form.cleaned_data["slot"]
        messages.success(request, f"{slot.owner} rings on {moment_in_words(slot.starts_at)}.")
        return redirect("cases:contact", found.reference)
    return show(
        request,
        found,
        form,
        template="callbacks/book.html",
        offer=offered,
        cannot=broken,
        outside=Breach.OUTSIDE,
        colleague=Breach.COLLEAGUE,
    )


def _why_not(found: Contact) -> str:
    """Why no call can be booked about it; "" when one can."""
    if must_not_be_contacted(found):
        return f"{found.sender_name} must not be contacted. Ask your team lead."
    if found.case is None:
        return "File it with its child first: nobody knows who should ring."
    if not found.is_open:
        return "It is answered or closed already: no call is owed."
    booked = Booking.objects.about(found).filter(state=Booking.State.BOOKED)
    if other := booked.select_related("owner").first():
        return f"{other.owner} rings about this on {moment_in_words(other.starts_at)} already."
    return ""


def _offered(found: Contact, now: datetime) -> tuple[Offer | None, str]:
    """What can be offered, or why nothing can."""
    if found.case is None:
        return None, ""
    try:
        return offer(found.case, now=now, matter=found), ""
    except RuleBroken as broken:
        return None, broken.message


def _caller_of(found: Contact) -> dict[str, Any]:
    """The sender's details; no address of somebody who is not to be written to."""
    return {
        "caller_name": found.sender_name,
        "caller_phone": found.sender_phone,
        "caller_email": found.sender_email if writes_to(found) else "",
    }


def _book(form: BookForm, found: Contact, user: User, now: datetime) -> Booking:
    data = form.cleaned_data
    return booking_actions.book(
        contact=found,
        slot=data["slot"],
        caller=form.caller(),
        submission=data["submission"],
        by=user,
        now=now,
        reason=data.get("reason", ""),
    )


@require_http_methods(FORMS)
@for_roles(Role.ADMINISTRATOR)
def policy(request: HttpRequest) -> HttpResponse:
    """Length of a slot, hours a week, how far ahead, when a call is missed, how often we try."""
    form = PolicyForm(request.POST or None, policy=SlotPolicy.current())
    if request.method == "POST" and form.is_valid():
        user, now = signed_in(request), timezone.now()
        if done(
            form,
            lambda: slot_actions.change_policy(policy=form.policy(), by=user, now=now),
        ):
            messages.success(
                request, "The figures are saved. Slots follow them within a quarter of an hour."
            )
            return redirect("clocks:settings")
    return render(request, "callbacks/policy.html", {"form": form})
