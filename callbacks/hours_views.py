"""Weekly hours for callbacks, and meetings and casework in the same diary (H19, H35, H124)."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from callbacks import block_actions
from callbacks.block_actions import BookedOver
from callbacks.calls import bookings_for
from callbacks.diary import SEES_DIARY
from callbacks.diary_forms import BlockForm, HoursForm, StopForm
from callbacks.diary_views import Whose, diary_path, whose
from callbacks.hours import booked_in, usual_week, weeks_of
from callbacks.models import Booking, Pattern, SlotPolicy
from callbacks.slot_actions import end_hours, keep_hours
from cases.acting import FORMS
from clocks.calendars import LONDON, calendar_for_display
from clocks.wording import day_in_words
from diaries.actions import may_change_diary
from diaries.busy import ONE_DAY
from diaries.models import Block

# This week, and the next two: early enough to mend it.
WEEKS = 3


@require_safe
@for_roles(*SEES_DIARY)
def hours(request: HttpRequest) -> HttpResponse:
    """The hours kept every week, and whether they give as many slots as we ask for (H35)."""
    shown, policy = whose(request), SlotPolicy.current()
    today, person = shown.today, shown.person
    patterns = list(Pattern.objects.in_use(today).filter(person=person))
    monday = today - timedelta(days=today.weekday())
    return render(
        request,
        "callbacks/hours.html",
        {
            "shown": shown,
            "patterns": patterns,
            "usual": usual_week(person, patterns, policy.slot_minutes, today),
            "minimum": policy.minimum_slots(person),
            "minutes": policy.slot_minutes,
            "weeks": weeks_of(person, policy, monday, WEEKS, calendar_for_display()),
            "rings": person.can_own,
            "may_change": may_change_diary(person, shown.user),
            "here": "callbacks:hours",
            "day_url": shown.path("callbacks:day"),
            "new_url": shown.path("callbacks:new_hours"),
        },
    )


@require_http_methods(FORMS)
@for_roles(*SEES_DIARY)
def new_hours(request: HttpRequest) -> HttpResponse:
    """Keep hours of a weekday free from a day on."""
    shown = _to_change(request)
    form = HoursForm(request.POST or None, person=shown.person, today=shown.today)
    if request.method == "POST" and form.is_valid():
        try:
            kept = keep_hours(
                person=shown.person, **form.cleaned_data, by=shown.user, now=shown.now
            )
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"{kept.words} is kept for callbacks.")
            _say_hidden(request, kept)
            return redirect(shown.path("callbacks:hours"))
    return render(
        request,
        "callbacks/diary_form.html",
        {
            "form": form,
            "shown": shown,
            "heading": "Keep hours for callbacks",
            "intro": "No slots are made on bank holidays, on leave, in meetings, on duty or in "
            "the team’s protected time.",
            "back": shown.path("callbacks:hours"),
        },
    )


def _say_hidden(request: HttpRequest, kept: Pattern) -> None:
    """Say at once that hours in the team's protected time give fewer slots, or none (H40)."""
    minutes = SlotPolicy.current().slot_minutes
    found = usual_week(kept.person, [kept], minutes, kept.first_day)
    if found.hidden:
        gives = f"{found.slots} slot{'' if found.slots == 1 else 's'} a week"
        under = " and ".join(found.under)
        messages.warning(
            request,
            f"These hours give {gives if found.slots else 'no slots'}: no calls are offered in the "
            f"team’s protected time, {under}.",
        )


@require_http_methods(FORMS)
@for_roles(*SEES_DIARY)
def stop_hours(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep these hours no longer from a day on; calls booked in them stay (H124)."""
    user, now = signed_in(request), timezone.now()
    pattern = get_object_or_404(Pattern.objects.select_related("person__team"), pk=pk)
    if not may_change_diary(pattern.person, user):
        raise Http404
    today = now.astimezone(LONDON).date()
    back = diary_path("callbacks:hours", None if pattern.person == user else pattern.person)
    form = StopForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        last_day = form.cleaned_data["first_day"] - ONE_DAY
        try:
            end_hours(pattern=pattern, last_day=last_day, by=user, now=now)
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"{pattern.words} is kept for callbacks no longer.")
            return redirect(back)
    return render(
        request,
        "callbacks/diary_form.html",
        {
            "form": form,
            "heading": f"Stop {pattern.words}",
            "intro": _stays(booked_in(pattern, now)),
            "back": back,
        },
    )


def _stays(calls: list[Booking]) -> str:
    if not calls:
        return "No call is booked in these hours."
    days = ", ".join(
        dict.fromkeys(day_in_words(call.starts_at.astimezone(LONDON).date()) for call in calls)
    )
    return f"Calls booked in these hours stay: {days}."


# --- Meetings and casework -------------------------------------------------------------------


@require_http_methods(FORMS)
@for_roles(*SEES_DIARY)
def new_block(request: HttpRequest) -> HttpResponse:
    """Put a meeting into the diary; a call booked at that time comes first (H124)."""
    shown = _to_change(request)
    form, under = BlockForm(request.POST or None, day=shown.day), []
    if request.method == "POST" and form.is_valid():
        data, (start, end) = form.cleaned_data, form.period()
        try:
            block_actions.add_block(
                person=shown.person,
                kind=Block.Kind(data["kind"]),
                start=start,
                end=end,
                title=data["title"],
                by=shown.user,
                now=shown.now,
            )
        except RuleBroken as broken:
            form.show(broken)
            under = _movable(broken, shown) if isinstance(broken, BookedOver) else []
        else:
            messages.success(request, f"It is in the diary on {day_in_words(data['day'])}.")
            return redirect(shown.path("callbacks:day", data["day"]))
    return render(
        request,
        "callbacks/diary_form.html",
        {
            "form": form,
            "shown": shown,
            "under": under,
            "heading": "Put something in the diary",
            "intro": "No calls can be booked at that time. For leave, enter an absence.",
            "back": shown.path("callbacks:day", shown.day),
        },
    )


def _movable(broken: BookedOver, shown: Whose) -> list[Booking]:
    """Of the calls that lie under it those that ``shown.user`` may open."""
    calls = bookings_for(shown.user, shown.now).filter(pk__in=[call.pk for call in broken.calls])
    return list(calls.order_by("starts_at"))


@require_POST
@for_roles(*SEES_DIARY)
def withdraw_block(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it out of the diary again; its slots come back. A second click is no error."""
    user, now = signed_in(request), timezone.now()
    block = get_object_or_404(Block.objects.select_related("person__team"), pk=pk)
    if not may_change_diary(block.person, user):
        raise Http404
    block_actions.withdraw_block(block=block, by=user, now=now)
    messages.success(request, "It is taken out of the diary.")
    person = None if block.person == user else block.person
    day = block.period.lower.astimezone(LONDON).date()
    return redirect(diary_path("callbacks:day", person, day))


def _to_change(request: HttpRequest) -> Whose:
    """Whose diary it is, for those who keep it: whoever only covers reads it."""
    shown = whose(request)
    if not may_change_diary(shown.person, shown.user):
        raise Http404
    return shown
