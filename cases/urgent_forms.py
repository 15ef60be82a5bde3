"""The one form of the urgent reasons."""

from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Layout
from django import forms

from accounts.errors import RuleBroken
from cases.urgent_actions import LONGEST


class ReasonForm(forms.Form):
    """The words of one reason. ``instead_of`` are those that the person was shown."""

    words = forms.CharField(
        label="Reason",
        help_text="For example, The family is moving home in the next 10 days",
        max_length=LONGEST,
        error_messages={
            "required": "Enter the reason",
            "max_length": f"The reason must be {LONGEST} characters or less",
        },
    )
    instead_of = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, now: str = "", **kwargs: Any) -> None:
        kwargs["initial"] = {"words": now, "instead_of": now}
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Field.text("words"),
            "instead_of",
            Button("save", "Save the reason", data_prevent_double_click="true"),
        )

    def show(self, broken: RuleBroken, now: str) -> None:
        """Put a broken rule into the error summary; ``now`` are the words as they are."""
        if broken.code == "changed_meanwhile":
            self.data = {**self.data.dict(), "instead_of": now}  # type: ignore[attr-defined]
        self.add_error(broken.field if broken.field in self.fields else None, broken.message)
