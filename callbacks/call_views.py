"""One booked call: what to know before it, and what became of it (H36, H44)."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.models import User
from callbacks import booking_actions, outcome_actions
from callbacks.barred import Telling, how_told
from callbacks.calls import bookings_for, calls_of, slots_to_move_to
from callbacks.diary import SEES_DIARY, people_for
from callbacks.diary_forms import (
    CallOffForm,
    NoAnswerForm,
    ReachedForm,
    WrittenForm,
)
from callbacks.diary_views import day_asked, diary_path, record_of
from callbacks.models import Booking, Ring
from callbacks.move_forms import MoveForm
from callbacks.plans import plan_caution
from cases.acting import FORMS, TYPED, done
from cases.actions import MAY_ANSWER
from cases.contact_messages import matter_of, promised_day
from cases.identity import identity_of
from cases.matter_forms import ActForm
from cases.models import Contact
from clocks.calendars import LONDON
from clocks.wording import moment_in_words

OURS = Booking.Whose.OURS
# Somebody else was quicker: what was typed can still be put on record.
QUICKER = ("over", "already_answered", "already_closed")


@require_safe
@for_roles(*MAY_ANSWER)
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom to ring, about what, what came before, and every try so far."""
    _user, now, booking = _start(request, pk)
    return _render(request, booking, "callbacks/call.html", now=now)


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def reached(request: HttpRequest, pk: int) -> HttpResponse:
    """They were reached: a note, and the matter is answered."""
    user, now, booking = _start(request, pk)
    form = ReachedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if done(form, lambda: outcome_actions.reached(booking=booking, **data, by=user, now=now)):
            messages.success(request, f"The call with {booking.caller_name} is written down.")
            return _back(request, booking, now)
    return _show(
        request,
        booking,
        form,
        heading=f"Reached: {booking.caller_name}",
        intro=_what_it_does(booking, now),
    )


def _what_it_does(booking: Booking, now: datetime) -> str:
    """What a call that reached them does to the promise, as it stands at ``now`` (H44)."""
    said, clock = "This answers their question", matter_of(booking.contact).promise
    if not clock.is_open:
        said = "Their question is closed already: the note joins it."
    elif now <= clock.due_at:
        said = f"{said} and keeps the date promised, {promised_day(clock)}."
    else:
        said = (
            f"{said}. The answer was promised by {promised_day(clock)}: it is late, and stays on "
            "record as late."
        )
    if booking.missed_at:
        said += f" The call of {moment_in_words(booking.starts_at)} stays on record as missed."
    return said


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def no_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody answered: in one click from the day, or with a note from its own page."""
    user, now, booking = _start(request, pk)
    form = NoAnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if done(
            form, lambda: outcome_actions.not_reached(booking=booking, **data, by=user, now=now)
        ):
            messages.success(request, _tried(booking))
            return _back(request, booking, now)
    return _show(
        request,
        booking,
        form,
        heading=f"No answer: {booking.caller_name}",
        intro="The try goes on the case record. Ring again: the question stays open.",
    )


def _tried(booking: Booking) -> str:
    tries = outcome_actions.tries(booking.contact)
    enough = outcome_actions.enough_tries()
    if tries >= enough:
        return f"Nobody answered {tries} times: please write to {booking.caller_name} now."
    return f"Written down: nobody answered, try {tries} of {enough}."


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Another time of one's own, or of a colleague."""
    user, now, booking = _start(request, pk)
    case = booking.contact.case
    slots = slots_to_move_to(booking, case, now) if case else []
    telling = how_told(booking)
    form = MoveForm(request.POST or None, slots=slots, booking=booking, telling=telling)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if done(
            form,
            lambda: booking_actions.move(booking=booking, how=OURS, **data, by=user, now=now),
        ):
            slot = data["slot"]
            late = " This is after the day promised." if slot.ends_at > booking.promised_by else ""
            said = f"{slot.owner} rings on {moment_in_words(slot.starts_at)}.{late}"
            messages.success(request, said)
            return _back(request, booking, now)
    return _show(
        request,
        booking,
        form,
        heading="Move the call",
        intro=f"{plan_caution(booking, now)}{TOLD[telling]} The day by which we promised to ring "
        "stays the same.",
        nothing_free=not slots,
    )


STAYS_OPEN = " The question stays open, and the date promised stays."
# How the caller learns that the call is moved or called off.
TOLD = {
    Telling.BY_EMAIL: "The caller is told by e-mail.",
    Telling.BY_PHONE: "We cannot write to the caller: somebody has to ring them.",
    Telling.NOT: "The caller is not told: they must not be contacted.",
}


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """It is not made after all: the caller is told why, unless they must not be contacted."""
    user, now, booking = _start(request, pk)
    is_open, telling = matter_of(booking.contact).is_open, how_told(booking)
    answered = "" if is_open else "Your question has been answered."
    form = CallOffForm(request.POST or None, telling=telling, initial={"reason": answered})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if done(
            form,
            lambda: booking_actions.cancel(booking=booking, how=OURS, **data, by=user, now=now),
        ):
            messages.success(request, f"The call with {booking.caller_name} is called off.")
            return _back(request, booking, now)
    return _show(
        request,
        booking,
        form,
        heading="Call it off",
        intro=TOLD[telling] + (STAYS_OPEN if is_open else ""),
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def written(request: HttpRequest, pk: int) -> HttpResponse:
    """After enough tries: write to them, and the promise is kept."""
    user, now, booking = _start(request, pk)
    form = WrittenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer, note = Contact.Answer(form.cleaned_data["answer"]), form.cleaned_data["note"]
        if done(
            form,
            lambda: outcome_actions.written_instead(
                booking=booking, answer=answer, note=note, by=user, now=now
            ),
        ):
            messages.success(request, f"{booking.contact.reference} is answered in writing.")
            return _back(request, booking, now)
    return _show(
        request,
        booking,
        form,
        heading=f"Write to {booking.caller_name}",
        intro="Nobody answered our calls. What you write answers their question.",
        offers_reply=True,
    )


# --- Which call, and where to go from it ------------------------------------------------------


def _start(request: HttpRequest, pk: int) -> tuple[User, datetime, Booking]:
    """Who, when and which; 404 for a call that is not theirs to see."""
    user, now = signed_in(request), timezone.now()
    return user, now, get_object_or_404(bookings_for(user, now), pk=pk)


def _back(request: HttpRequest, booking: Booking, now: datetime) -> HttpResponseRedirect:
    """To the day whose page led here, for those who may see that diary.

    From elsewhere to the day of the call, or to today when that day is over.
    """
    user = signed_in(request)
    if user.role in SEES_DIARY and people_for(user, now).filter(pk=booking.owner_id).exists():
        today = now.astimezone(LONDON).date()
        booked_for = max(booking.starts_at.astimezone(LONDON).date(), today)
        day = day_asked(request.GET.get("day", ""), booked_for)
        own = booking.owner_id == user.pk
        return redirect(diary_path("callbacks:day", None if own else booking.owner, day))
    return redirect("cases:contact", booking.contact.reference)


def _came(request: HttpRequest) -> str:
    """What a link on this page adds, so that the way back is not lost."""
    day = request.GET.get("day", "")
    return f"?{urlencode({'day': day})}" if day else ""


def _show(request: HttpRequest, booking: Booking, form: ActForm, **context: Any) -> HttpResponse:
    user, now = signed_in(request), timezone.now()
    if form.broken_code:
        # Somebody else may have been quicker: show what is there now.
        booking = get_object_or_404(bookings_for(user, now), pk=booking.pk)
    return _render(
        request,
        booking,
        "callbacks/act.html",
        now=now,
        form=form,
        quicker=form.broken_code in QUICKER,
        typed=next((request.POST[name] for name in TYPED if request.POST.get(name)), ""),
        # For adding as a note what somebody else was quicker to write down.
        spare_submission=uuid4(),
        **context,
    )


def _render(
    request: HttpRequest, booking: Booking, template: str, *, now: datetime, **context: Any
) -> HttpResponse:
    user = signed_in(request)
    note_read(record=record_of(booking), detail=f"call {booking.pk}", by=user, now=now)
    [shown] = calls_of([booking], user, now)
    case = booking.contact.case
    return render(
        request,
        template,
        {
            "call": shown,
            "contact": booking.contact,
            "identity": identity_of(case, user) if case else None,
            "rings": Ring.objects.about(booking.contact),
            "back": _back(request, booking, now).url,
            "came": _came(request),
            "now": now,
            **context,
        },
    )
