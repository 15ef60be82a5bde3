"""The settings pages about opening hours, closures and bank holidays.

Each change is shown with the promises it would move before it is made.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from accounts.models import Role
from cases.calendar_actions import Change, Changed, change_calendar
from clocks.calendar_changes import (
    WEEKDAYS,
    add_closure,
    add_holiday,
    count_again,
    opening_week,
    periods_in_words,
    remove_closure,
    set_hours,
)
from clocks.calendars import LONDON
from clocks.models import BankHoliday, CalendarYear, Closure
from clocks.moving import Move
from clocks.settings_forms import ClosureForm, HolidayForm, HoursForm

MOST_SHOWN = 50
BUTTONS = frozenset({"csrfmiddlewaretoken", "preview", "edit", "confirm"})


@dataclass(frozen=True)
class Question:
    """The words of the page that asks before a change, and where it leads afterwards."""

    title: str
    button: str
    back: str


@require_GET
@for_roles(Role.ADMINISTRATOR)
def hours(request: HttpRequest) -> HttpResponse:
    """The opening hours of the week."""
    week = opening_week()
    rows = [{"key": WEEKDAYS[day], "value": periods_in_words(week[day])} for day in range(7)]
    return render(request, "clocks/hours.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@for_roles(Role.ADMINISTRATOR)
def change_hours(request: HttpRequest) -> HttpResponse:
    """All opening hours on one form: saved together or not at all."""
    form = HoursForm(request.POST or None)
    question = Question("New opening hours", "Use these hours", reverse("calendar:hours"))
    if _is_sent(request, form):
        change = partial(
            set_hours,
            week=form.week(),
            instead_of=form.cleaned_data["instead_of"],
            by=signed_in(request),
        )
        if answer := _decided(request, form, change, question):
            return answer
    return render(request, "clocks/change_hours.html", {"form": form})


@require_GET
@for_roles(Role.ADMINISTRATOR)
def closures(request: HttpRequest) -> HttpResponse:
    """Days closed for reasons of the council's own: to come, and past."""
    today = _today(timezone.now())
    every = list(Closure.objects.all())
    return render(
        request,
        "clocks/closures.html",
        {
            "to_come": [closure for closure in every if closure.last_day >= today],
            "past": [closure for closure in reversed(every) if closure.last_day < today],
        },
    )


@require_http_methods(["GET", "POST"])
@for_roles(Role.ADMINISTRATOR)
def new_closure(request: HttpRequest) -> HttpResponse:
    """Close the service for some days."""
    form = ClosureForm(request.POST or None)
    question = Question("A new closure", "Add this closure", reverse("calendar:closures"))
    if _is_sent(request, form):
        change = partial(add_closure, **form.cleaned_data, by=signed_in(request))
        if answer := _decided(request, form, change, question):
            return answer
    return render(request, "clocks/new_closure.html", {"form": form})


@require_http_methods(["GET", "POST"])
@for_roles(Role.ADMINISTRATOR)
def end_closure(request: HttpRequest, closure_id: int) -> HttpResponse:
    """Open again on the days of a closure that are still to come."""
    question = Question("Remove a closure", "Remove this closure", reverse("calendar:closures"))
    change = partial(remove_closure, closure_id=closure_id, by=signed_in(request))
    return _without_form(request, change, question)


@require_http_methods(["GET", "POST"])
@for_roles(Role.ADMINISTRATOR)
def recalculate(request: HttpRequest) -> HttpResponse:
    """Count running promises again, when a new list of bank holidays has been loaded."""
    question = Question("Count again", "Move these promises", reverse("clocks:settings"))
    return _without_form(request, partial(count_again, by=signed_in(request)), question)


@require_GET
@for_roles(Role.ADMINISTRATOR)
def bank_holidays(request: HttpRequest) -> HttpResponse:
    """The years whose bank holidays are known, and those holidays."""
    holidays = {
        year: list(days)
        for year, days in groupby(BankHoliday.objects.all(), key=lambda holiday: holiday.year_id)
    }
    years: list[dict[str, Any]] = [
        {"year": year.year, "source": year.source, "holidays": holidays.get(year.year, [])}
        for year in CalendarYear.objects.all()
    ]
    this_year = _today(timezone.now()).year
    return render(
        request,
        "clocks/bank_holidays.html",
        {"years": years, "current": [row for row in years if row["year"] >= this_year]},
    )


@require_http_methods(["GET", "POST"])
@for_roles(Role.ADMINISTRATOR)
def new_holiday(request: HttpRequest) -> HttpResponse:
    """A bank holiday announced after the list was shipped."""
    form = HolidayForm(request.POST or None)
    question = Question("A new bank holiday", "Add this bank holiday", reverse("calendar:closures"))
    if _is_sent(request, form):
        change = partial(add_holiday, **form.cleaned_data, by=signed_in(request))
        if answer := _decided(request, form, change, question):
            return answer
    return render(request, "clocks/new_holiday.html", {"form": form})


def _is_sent(request: HttpRequest, form: forms.Form) -> bool:
    return request.method == "POST" and form.is_valid() and "edit" not in request.POST


def _without_form(request: HttpRequest, change: "partial[str]", question: Question) -> HttpResponse:
    """Nothing is to be typed: the question comes first, and its answer is posted."""
    try:
        return _asked_or_done(request, change, question, confirmed=request.method == "POST")
    except RuleBroken as broken:
        messages.info(request, broken.message)
        return redirect(question.back)


def _decided(
    request: HttpRequest,
    form: ClosureForm | HolidayForm | HoursForm,
    change: "partial[str]",
    question: Question,
) -> HttpResponse | None:
    """The question or the change itself; None when the form must be shown again."""
    try:
        return _asked_or_done(request, change, question, confirmed="confirm" in request.POST)
    except RuleBroken as broken:
        form.show(broken)
        return None


def _asked_or_done(
    request: HttpRequest, change: "partial[str]", question: Question, *, confirmed: bool
) -> HttpResponse:
    now = timezone.now()
    now_bound: Change = partial(change, now=now)
    changed = change_calendar(change=now_bound, by=signed_in(request), now=now, apply=confirmed)
    if not changed.said:
        messages.info(request, "It is so already: nothing has changed.")
    elif confirmed:
        messages.success(request, f"{changed.said}. {_moved_in_words(len(changed.moves))}")
    else:
        return _question(request, changed, question)
    return redirect(question.back)


def _question(request: HttpRequest, changed: Changed, question: Question) -> HttpResponse:
    shown = sorted(changed.moves, key=lambda move: move.due_before)[:MOST_SHOWN]
    posted = [(name, value) for name, value in request.POST.items() if name not in BUTTONS]
    return render(
        request,
        "clocks/preview_calendar.html",
        {
            "question": question,
            "changed": changed,
            "count": len(changed.moves),
            "rows": [_row(move, changed) for move in shown],
            "most": MOST_SHOWN,
            "posted": posted,
        },
    )


def _row(move: Move, changed: Changed) -> dict[str, Any]:
    return {
        "about": move.clock.about,
        "owner": move.clock.owner,
        "before": move.due_before,
        "after": move.due_after,
        "by": _shift_in_words(move, changed),
    }


def _shift_in_words(move: Move, changed: Changed) -> str:
    """By how many working days, in the calendar that still has the day that is lost or won."""
    later = move.due_after > move.due_before
    calendar = changed.before if later and changed.before else changed.after
    days = abs(move.working_days(calendar))
    if not days:
        return "Later the same day" if later else "Earlier the same day"
    return f"{days} working day{'' if days == 1 else 's'} {'later' if later else 'earlier'}"


def _moved_in_words(count: int) -> str:
    if not count:
        return "No promise has moved."
    return f"{count} promise{' has' if count == 1 else 's have'} moved."


def _today(now: datetime) -> date:
    return now.astimezone(LONDON).date()
