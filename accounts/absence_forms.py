"""Entering an absence: who may, for whom, and what is asked."""

from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Layout
from django import forms
from django.db.models import Q, QuerySet

from accounts.actions import ABSENCE_KEEPERS
from accounts.form_fields import DateField
from accounts.models import CASE_HOLDING_ROLES, Role, User

# Those who can be away from promises, and the administrator who enters it for them.
AWAY = CASE_HOLDING_ROLES | {Role.RESOLUTION_OFFICER}
PLANNERS = AWAY | {Role.ADMINISTRATOR}


def may_be_entered_by(user: User) -> QuerySet[User]:
    """The people whose absences ``user`` may enter."""
    if user.role in ABSENCE_KEEPERS:
        return _holders()
    if user.role == Role.TEAM_LEAD and user.team_id:
        return _holders().filter(Q(team=user.team_id) | Q(pk=user.pk))
    return _holders().filter(pk=user.pk)


def _holders() -> QuerySet[User]:
    return User.objects.filter(is_active=True, role__in=sorted(AWAY))


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
        self.fields["person"].queryset = may_be_entered_by(user)  # type: ignore[attr-defined]
        self.fields["cover"].queryset = _holders()  # type: ignore[attr-defined]
        self.initial.setdefault("person", user.pk)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(*self.fields, Button("submit", "Save absence"))
