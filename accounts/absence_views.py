"""Who is away and who looks after their promises."""

from datetime import timedelta
from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Layout
from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions
from accounts.access import for_roles, signed_in
from accounts.actions import ABSENCE_KEEPERS
from accounts.errors import RuleBroken
from accounts.form_fields import DateField
from accounts.models import CASE_HOLDING_ROLES, Absence, Role, User

# Those who can be away from promises, and the administrator who enters it for them.
PLANNERS = CASE_HOLDING_ROLES | {Role.ADMINISTRATOR}


def _holders() -> Any:
    return User.objects.filter(is_active=True, role__in=CASE_HOLDING_ROLES)


def _may_be_entered_by(user: User) -> Any:
    """The people whose absences ``user`` may enter."""
    if user.role in ABSENCE_KEEPERS:
        return _holders()
    if user.role == Role.TEAM_LEAD and user.team_id:
        return _holders().filter(Q(team=user.team_id) | Q(pk=user.pk))
    return _holders().filter(pk=user.pk)


class AbsenceForm(forms.Form):
    person = forms.ModelChoiceField(
        label="Who is away?",
        queryset=User.objects.none(),
        empty_label=None,
        error_messages={"required": "Select who is away", "invalid_choice": "Select who is away"},
    )
    first_day = DateField(label="First day away", called="the first day away")
    last_day = DateField(label="Last day away", called="the last day away")
    cover = forms.ModelChoiceField(
        label="Who looks after their answers?",
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody yet: the team lead is told of late answers",
        help_text="They see the answers on their own list. The dates promised stay the same.",
        error_messages={"invalid_choice": "Select somebody who answers contacts"},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = _may_be_entered_by(user)  # type: ignore[attr-defined]
        self.fields["cover"].queryset = _holders()  # type: ignore[attr-defined]
        self.initial.setdefault("person", user.pk)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(*self.fields, Button("submit", "Save absence"))


@require_GET
@for_roles(*PLANNERS)
def absences(request: HttpRequest) -> HttpResponse:
    """Absences of today and later that the signed-in person may enter."""
    user = signed_in(request)
    listed = Absence.objects.filter(
        last_day__gte=timezone.localdate(), person__in=_may_be_entered_by(user)
    )
    return render(
        request, "accounts/absences.html", {"absences": listed.select_related("person", "cover")}
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
    return render(request, "accounts/absence_form.html", {"form": form})


@require_POST
@for_roles(*PLANNERS)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Back again: the absence ends yesterday, or is taken back when it had not begun."""
    user, today = signed_in(request), timezone.localdate()
    visible = Absence.objects.filter(person__in=_may_be_entered_by(user))
    absence = get_object_or_404(visible.select_related("person"), pk=pk)
    yesterday = today - timedelta(days=1)
    actions.end_absence(absence=absence, last_day=min(yesterday, absence.last_day), by=user)
    messages.success(request, f"{absence.person} is back.")
    return redirect("absences")
