"""Who is away, who looks after their promises, and the calls that are booked meanwhile."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.absence_forms import PLANNERS, AbsenceForm, may_be_entered_by
from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from accounts.models import Absence, Role, User
from callbacks import absence_actions as actions
from callbacks.absences import (
    covered_meanwhile,
    covers_away,
    days_in_words,
    instead_of,
    listed_for,
    whose_absences,
)
from callbacks.stranded import LOOKS_AFTER, calls_during
from callbacks.stranded_views import calls_page, of_absence

# Administrators enter absences, but see no children's records; officers ring nobody back.
SEES_CALLS = PLANNERS - {Role.ADMINISTRATOR, Role.RESOLUTION_OFFICER}


@require_GET
@for_roles(*PLANNERS)
def absences(request: HttpRequest) -> HttpResponse:
    """Absences of today and later: one's team's, and all that the signed-in person may enter."""
    user = signed_in(request)
    return render(
        request,
        "callbacks/absences.html",
        {
            "listed": listed_for(user, timezone.localdate()),
            "whose": whose_absences(user),
            "sees_calls": user.role in SEES_CALLS,
            "looks_after": user.role in LOOKS_AFTER,
        },
    )


@require_http_methods(["GET", "POST"])
@for_roles(*PLANNERS)
def enter(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = AbsenceForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            absence = actions.enter_absence(**form.cleaned_data, by=user, now=timezone.now())
        except RuleBroken as broken:
            form.add_error(broken.field, broken.message)
        else:
            messages.success(request, _saved(absence))
            for warning in _uncovered(absence):
                messages.warning(request, warning)
            return _next_page(request, absence, user)
    return render(request, "callbacks/absence_form.html", {"form": form})


def _saved(absence: Absence) -> str:
    """Illness is often written down afterwards: it stays on record and is on no list."""
    said = f"The absence of {absence.person} is saved."
    if absence.last_day < timezone.localdate():
        return f"{said} It is in the past: nothing to come changes, and it is not listed here."
    return said


def _uncovered(absence: Absence) -> list[str]:
    """On which of these days nobody looks after the answers, this person's and others' (H62)."""
    said = [
        f"{absence.cover} is away too, {days_in_words(theirs)}. Nobody looks after the answers of "
        f"{absence.person} then.{instead_of(theirs, absence)}"
        for theirs in covers_away([absence])[absence.pk]
    ]
    return said + [
        f"{absence.person} looks after the answers of {other.person}, who is away "
        f"{days_in_words(other)}. On the days that both are away nobody does."
        for other in covered_meanwhile(absence)
    ]


def _next_page(request: HttpRequest, absence: Absence, user: User) -> HttpResponse:
    """The calls booked on these days, if there are any."""
    number = calls_during(absence).count()
    if number and user.role in SEES_CALLS:
        return redirect("absence_calls", absence.pk)
    if number:
        calls = "1 call is" if number == 1 else f"{number} calls are"
        messages.warning(request, f"{calls} booked on these days. The team lead moves them.")
    return redirect("absences")


@require_POST
@for_roles(*PLANNERS)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Back again: the absence ends yesterday, or is taken back when it had not begun."""
    user, today = signed_in(request), timezone.localdate()
    visible = Absence.objects.filter(person__in=may_be_entered_by(user))
    absence = get_object_or_404(visible.select_related("person"), pk=pk)
    last_day = min(today - timedelta(days=1), absence.last_day)
    actions.end_absence(absence=absence, last_day=last_day, by=user, now=timezone.now())
    messages.success(request, f"{absence.person} is back.")
    return redirect("absences")


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*SEES_CALLS)
def calls(request: HttpRequest, pk: int) -> HttpResponse:
    """The calls booked while somebody is away: moved in one step, and who still has to be told."""
    user, now = signed_in(request), timezone.now()
    absence = get_object_or_404(_absences_seen_by(user), pk=pk)
    return calls_page(request, lambda: of_absence(absence, user, now), reverse("absences"), now)


def _absences_seen_by(user: User) -> QuerySet[Absence]:
    """Of the people whose absences ``user`` enters, whom they lead, and for whom they cover."""
    seen = Q(person__in=may_be_entered_by(user)) | Q(cover=user) | Q(person__team__lead=user)
    return Absence.objects.filter(seen).select_related("person__team__lead", "cover__team")
