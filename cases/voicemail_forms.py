"""What an administrator types about a voicemail line."""

from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fixed, Fluid, Layout
from django import forms

from accounts.errors import RuleBroken
from accounts.models import Team, User
from cases.models import VoicemailLine
from cases.voicemail_actions import LineDetails


class LineForm(forms.Form):
    """A team's duty line, or one person's own line."""

    name = forms.CharField(
        label="Name of the line",
        help_text="For example, North team duty line",
        max_length=120,
        error_messages={
            "required": "Enter the name of the line",
            "max_length": "The name must be 120 characters or less",
        },
    )
    number = forms.CharField(
        label="Telephone number",
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
        error_messages={
            "required": "Enter the telephone number",
            "max_length": "The telephone number must be 40 characters or less",
        },
    )
    team = forms.ModelChoiceField(
        label="Which team listens to it?",
        queryset=Team.objects.all(),
        empty_label="Select a team",
        error_messages={
            "required": "Select the team that listens to it",
            "invalid_choice": "Select a team from the list",
        },
    )
    user = forms.ModelChoiceField(
        label="Whose own line is it? (optional)",
        help_text="Leave it for a line that the whole team uses",
        queryset=User.objects.filter(is_active=True, team__isnull=False),
        required=False,
        empty_label="Nobody’s own: a duty line",
        error_messages={"invalid_choice": "Select a person from the list"},
    )

    def __init__(self, *args: Any, line: VoicemailLine | None = None, **kwargs: Any) -> None:
        if line:
            kwargs["initial"] = {
                "name": line.name,
                "number": line.number,
                "team": line.team_id,
                "user": line.user_id,
            }
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Field.text("name", field_width=Fluid.TWO_THIRDS),
            Field.text("number", field_width=Fixed.TWENTY),
            "team",
            "user",
            Button("submit", "Save line", data_prevent_double_click="true"),
        )

    def details(self) -> LineDetails:
        """What the action takes; only after the form is found valid."""
        return LineDetails(**self.cleaned_data)

    def show(self, broken: RuleBroken) -> None:
        """Put a broken rule into the error summary, at its field when the form has one."""
        self.add_error(broken.field if broken.field in self.fields else None, broken.message)
