"""The questions of the public directory: which school, and how old."""

from collections.abc import Sequence
from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fluid, Layout, Size
from django import forms

from escalations.models import Remit

# The button's own name: without it nothing has been asked yet.
ASKED = "find"


class Asking(forms.Form):
    """A form that changes nothing: its answer is in the address, which can be sent on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.form_action = ""
        self.helper.disable_csrf = True


class SchoolForm(Asking):
    """A part of a name, or a town."""

    name = forms.CharField(
        label="Which school, college or nursery?",
        help_text="Part of the name is enough. You can give the town as well.",
        max_length=80,
        error_messages={
            "required": "Enter the name of the school, college or nursery",
            "max_length": "The name must be 80 characters or less",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout(
            Field.text("name", field_width=Fluid.TWO_THIRDS, label_size=Size.SMALL),
            Button(ASKED, "Find"),
        )


class PhaseForm(Asking):
    """Nursery, primary, secondary or later."""

    year = forms.ChoiceField(
        label="Which school year is the child or young person in?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Select a school year",
            "invalid_choice": "Select a school year",
        },
    )

    def __init__(self, *args: Any, phases: Sequence[Remit.Phase], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["year"].choices = [(phase.value, phase.label) for phase in phases]
        self.helper.layout = Layout(
            Field.radios("year", legend_size=Size.LARGE, legend_tag="h1"),
            Button(ASKED, "Continue"),
        )
