"""A contact number and a working week, as people type them."""

from decimal import Decimal
from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fixed, Layout, Size
from django import forms

from accounts.errors import RuleBroken
from accounts.models import User
from accounts.profile import WEEKDAYS
from accounts.profile_actions import Details

FTE_WRONG = "The part of a full week must be between 0.01 and 1, like 0.6"


class NumberForm(forms.Form):
    """One's own contact number."""

    phone = forms.CharField(
        label="Contact number",
        help_text="A number of the United Kingdom, with an extension if there is one",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        error_messages={"max_length": "The contact number must be 40 characters or less"},
    )

    button = "Save number"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Field.text("phone", field_width=Fixed.TWENTY),
            *self._more(),
            Button("submit", self.button, data_prevent_double_click="true"),
        )

    def _more(self) -> list[Any]:
        return []

    def show(self, broken: RuleBroken) -> None:
        """Put a broken rule into the error summary, at its field when the form has one."""
        self.add_error(broken.field if broken.field in self.fields else None, broken.message)


class DetailsForm(NumberForm):
    """Somebody's number and week, and in hidden fields what the page showed of them."""

    fte = forms.DecimalField(
        label="Part of a full week",
        help_text="1 for full time, 0.6 for three days of five. Callback hours are asked for "
        "in this part.",
        max_value=Decimal(1),
        min_value=Decimal("0.01"),
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={
            "required": "Enter the part of a full week, like 1 or 0.6",
            **dict.fromkeys(
                ["invalid", "max_value", "min_value", "max_digits", "max_decimal_places"], FTE_WRONG
            ),
        },
    )
    working_days = forms.TypedMultipleChoiceField(
        label="Days they work",
        coerce=int,
        choices=list(enumerate(WEEKDAYS)),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Select at least one day",
            "invalid_choice": "Select days of the week",
        },
    )
    unlisted = forms.BooleanField(
        label="Leave them out of the public directory",
        help_text="For their safety: families then read only their team and its duty line.",
        required=False,
    )
    shown_phone = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    shown_fte = forms.DecimalField(required=False, widget=forms.HiddenInput)
    shown_days = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    shown_unlisted = forms.BooleanField(required=False, widget=forms.HiddenInput)

    button = "Save details"

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        self.person = person
        days = "".join(map(str, person.working_days))
        kwargs["initial"] = {
            "phone": person.phone,
            "fte": person.fte.normalize(),
            "working_days": person.working_days,
            "unlisted": person.unlisted,
            "shown_phone": person.phone,
            "shown_fte": person.fte,
            "shown_days": days,
            "shown_unlisted": person.unlisted,
        }
        super().__init__(*args, **kwargs)

    def _more(self) -> list[Any]:
        return [
            Field.text("fte", field_width=Fixed.FIVE),
            Field.checkboxes("working_days", legend_size=Size.SMALL, small=True),
            Field.checkbox("unlisted", small=True),
            "shown_phone",
            "shown_fte",
            "shown_days",
            "shown_unlisted",
        ]

    def details(self) -> Details:
        """What is to be kept; only after the form is found valid."""
        given = self.cleaned_data
        return Details(
            phone=given["phone"],
            fte=given["fte"],
            working_days=given["working_days"],
            unlisted=given["unlisted"],
        )

    def shown(self) -> Details:
        """What the page showed when it was opened; a form without it changes everything."""
        given = self.cleaned_data
        return Details(
            phone=given["shown_phone"],
            fte=given["shown_fte"] or Decimal(0),
            working_days=[int(day) for day in given["shown_days"] if day in "0123456"],
            unlisted=given["shown_unlisted"],
        )
