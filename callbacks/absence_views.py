"""Who is away, who looks after their promises, and the calls that are booked meanwhile."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions
from accounts.absence_forms import PLANNERS, AbsenceForm, may_be_entered_by
from accounts.access import for_roles, signed_in
from accounts.errors import RuleBroken
from accounts.models import Absence


@require_GET
@for_roles(*PLANNERS)
def absences(request: HttpRequest) -> HttpResponse:
    """Absences of today and later that the signed-in person may enter."""
    user = signed_in(request)
    listed = Absence.objects.filter(
        last_day__gte=timezone.localdate(), person__in=may_be_entered_by(user)
    )
    return render(
        request, "callbacks/absences.html", {"absences": listed.select_related("person", "cover")}
    )


@require_http_methods(["GET", "POST"])
@for_roles(*PLANNERS)
def enter(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = AbsenceForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            absence = actions.enter_absence(**form.cleaned_data, by=user)
        except RuleBroken as broken:
            form.add_error(broken.field, broken.message)
        else:
            messages.success(request, f"The absence of {absence.person} is saved.")
            return redirect("absences")
    return render(request, "callbacks/absence_form.html", {"form": form})


@require_POST
@for_roles(*PLANNERS)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Back again: the absence ends yesterday, or is taken back when it had not begun."""
    user, today = signed_in(request), timezone.localdate()
    visible = Absence.objects.filter(person__in=may_be_entered_by(user))
    absence = get_object_or_404(visible.select_related("person"), pk=pk)
    yesterday = today - timedelta(days=1)
    actions.end_absence(absence=absence, last_day=min(yesterday, absence.last_day), by=user)
    messages.success(request, f"{absence.person} is back.")
    return redirect("absences")
