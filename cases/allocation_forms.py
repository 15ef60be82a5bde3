"""The forms about who works on a case: allocating it, involvements, the lead professional."""

from datetime import date
from typing import Any

from django import forms

from accounts.form_fields import DateField
from accounts.models import CASE_HOLDING_ROLES, Team, User
from cases.involvement_actions import OTHER_ROLES, WORKERS
from cases.matter_forms import ActForm
from cases.models import Case, Involvement

LONGEST_REASON = 300


class StaffChoice(forms.ModelChoiceField):
    """Members of staff by name, with what they do and where."""

    def label_from_instance(self, obj: Any) -> str:
        team = f", {obj.team}" if obj.team else ""
        return f"{obj.full_name}, {obj.get_role_display()}{team}"


def _staff(roles: Any) -> Any:
    working = User.objects.filter(is_active=True, role__in=sorted(roles))
    return working.select_related("team").order_by("full_name", "pk")


def _reason(label: str, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_REASON,
        widget=forms.Textarea,
        error_messages={
            "required": "Give a reason",
            "max_length": "The reason must be 300 characters or less",
        },
        **more,
    )


class AllocateForm(ActForm):
    """The next owner, or the next team, from a day on. ``instead_of`` is the involvement seen."""

    button = "Allocate the case"

    to = StaffChoice(
        label="Who will own the case?",
        queryset=User.objects.none(),
        required=False,
        empty_label="The lead of the team, until they allocate it",
        error_messages={"invalid_choice": "Select somebody who works here and owns cases"},
    )
    team = forms.ModelChoiceField(
        label="Which team will it be with?",
        queryset=Team.objects.none(),
        required=False,
        empty_label="The team of the person selected",
        error_messages={"invalid_choice": "Select a team"},
    )
    on = DateField(
        label="From which day?",
        called="the date it changes hands",
        help_text="Today or earlier. The owner until now ends on the same day.",
    )
    reason = _reason("Why?", help_text="Kept with the case. Families are not shown it.")
    instead_of = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, case: Case, current: Involvement | None, today: date, **kwargs: Any
    ) -> None:
        seen = current.pk if current else 0
        super().__init__(*args, initial={"on": today, "instead_of": seen}, **kwargs)
        self.case, self.seen = case, seen
        self.fields["to"].queryset = _staff(CASE_HOLDING_ROLES)  # type: ignore[attr-defined]
        self.fields["team"].queryset = Team.objects.all()  # type: ignore[attr-defined]
        self.lay_out()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        to, team = cleaned.get("to"), cleaned.get("team")
        if not (to or team or self.errors):
            self.add_error("to", "Select who will own the case, or a team")
        cleaned["team"] = team or (to.team if to else None) or self.case.team
        return cleaned

    def see_again(self) -> None:
        """The next press is made with knowledge of how things are now."""
        posted = self.data.copy()  # type: ignore[attr-defined]
        posted["instead_of"] = str(self.seen)
        self.data = posted


class InvolvementForm(ActForm):
    """Somebody's part in a case, with its days."""

    button = "Add to the list"

    worker = StaffChoice(
        label="Who?",
        queryset=User.objects.none(),
        empty_label="Select a person",
        error_messages={
            "required": "Select who works on the case",
            "invalid_choice": "Select somebody who works here",
        },
    )
    role = forms.ChoiceField(
        label="What is their part?",
        choices=[(role.value, role.label) for role in OTHER_ROLES],
        widget=forms.RadioSelect,
        error_messages={"required": "Select their part"},
    )
    started_on = DateField(label="First day", called="the first day")
    ended_on = DateField(
        label="End (optional)",
        called="the end",
        help_text="The first day on which they no longer work on it, if you know it",
        required=False,
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, initial={"started_on": today}, **kwargs)
        self.fields["worker"].queryset = _staff(WORKERS)  # type: ignore[attr-defined]
        self.lay_out()


class EndInvolvementForm(ActForm):
    button = "End their part"

    on = DateField(
        label="When did it end?",
        called="the day it ended",
        help_text="The first day on which they no longer work on it",
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, initial={"on": today}, **kwargs)
        self.lay_out()


class NameLeadForm(ActForm):
    """Who is to be the one point of contact, and why."""

    button = "Tell everybody concerned"

    user = StaffChoice(
        label="Who will be the lead professional?",
        queryset=User.objects.none(),
        empty_label="Select a person",
        error_messages={
            "required": "Select who will be the lead professional",
            "invalid_choice": "Select somebody who works here and answers contacts",
        },
    )
    reason = _reason("Why?", help_text="Kept with the case. Families are not shown it.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = _staff(CASE_HOLDING_ROLES)  # type: ignore[attr-defined]
        self.lay_out()


class EndLeadForm(ActForm):
    reason = _reason("Why?", help_text="Kept with the case. Families are not shown it.")

    def __init__(self, *args: Any, button: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.button = button
        self.lay_out()
