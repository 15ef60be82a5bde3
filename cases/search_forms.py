"""What a call taker types to find a child."""

from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fluid, Layout
from django import forms
from django.urls import reverse


class SearchForm(forms.Form):
    """What a call taker types to find a child."""

    q = forms.CharField(
        label="Name, date of birth or reference",
        help_text="For example, Amara Okafor, 3/2/2014, EHC-000123 or CON-000456",
        max_length=200,
        error_messages={
            "required": "Enter a name, a date of birth or a reference",
            "max_length": "Use 200 characters or less",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = reverse("cases:search")
        self.helper.layout = Layout(
            Field.text("q", field_width=Fluid.TWO_THIRDS), Button("submit", "Search")
        )
