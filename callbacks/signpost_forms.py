"""The one form of the directory of other services."""

from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fixed, Fluid, Layout
from django import forms

from callbacks.models import Signpost
from callbacks.signpost_actions import FIELDS, current
from cases.form_parts import EditForm, Line


class SignpostForm(EditForm):
    """A service that a caller can be sent to, and how to reach it."""

    name = Line("Name of the service", "the name of the service", 120, required=True)
    for_what = Line(
        "What is it for?",
        "what it is for",
        200,
        required=True,
        help_text="For example, Taxis and buses to and from school. Advisers see it.",
    )
    phone = Line(
        "Telephone number (optional)",
        "the telephone number",
        40,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    url = forms.URLField(
        label="Web address (optional)",
        required=False,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false"}),
        error_messages={
            "invalid": "Enter a web address in the correct format, like https://example.org",
            "max_length": "The web address must be 200 characters or less",
        },
    )

    def __init__(self, *args: Any, signpost: Signpost | None = None, **kwargs: Any) -> None:
        shown = current(signpost) if signpost else dict.fromkeys(FIELDS, "")
        super().__init__(*args, current=shown, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Field.text("name", field_width=Fluid.TWO_THIRDS),
            Field.text("for_what", field_width=Fluid.FULL),
            Field.text("phone", field_width=Fixed.TWENTY),
            Field.text("url", field_width=Fluid.TWO_THIRDS),
            "shown",
            Button("submit", "Save the service", data_prevent_double_click="true"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not (cleaned["phone"] or cleaned["url"]):
            self.add_error("phone", "Enter a telephone number or a web address")
        return cleaned
