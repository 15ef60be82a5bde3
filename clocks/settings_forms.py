"""Forms of the settings pages: a new version of a promise."""

from datetime import date
from typing import Any

from crispy_forms_gds.choices import Choice
from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fixed, Layout, Size
from django import forms

from accounts.errors import RuleBroken
from accounts.form_fields import DateField, TimeField
from clocks.models import ReceiptChoice, Standard, UnitChoice
from clocks.settings_actions import Figures, figures_of

UNITS = [
    Choice(UnitChoice.WORKING_DAYS, "Working days"),
    Choice(UnitChoice.WORKING_HOURS, "Working hours", hint="Only while the service is open"),
    Choice(UnitChoice.ELAPSED_HOURS, "Hours", hint="Day and night, weekends too"),
    Choice(UnitChoice.CALENDAR_DAYS, "Days", hint="Weekends and bank holidays count too"),
    Choice(UnitChoice.WEEKS, "Weeks"),
    Choice(UnitChoice.CALENDAR_MONTHS, "Months"),
]
NOT_A_NUMBER = "must be a whole number, like 5"


class NewVersionForm(forms.Form):
    """The figures of a promise and the day they begin."""

    amount = forms.IntegerField(
        label="How many?",
        min_value=1,
        max_value=32_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": "Enter how many",
            "invalid": f"How many {NOT_A_NUMBER}",
            "min_value": "How many must be 1 or more",
            "max_value": "How many must be about a year or less",
        },
    )
    unit = forms.ChoiceField(
        label="Of what?",
        choices=UNITS,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Select what is counted",
            "invalid_choice": "Select what is counted from the list",
        },
    )
    receipt = forms.ChoiceField(
        label="What counts as the day it came?",
        choices=ReceiptChoice,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Select what counts as the day it came",
            "invalid_choice": "Select what counts as the day it came from the list",
        },
    )
    cut_off = TimeField(
        label="Cut-off time",
        called="the cut-off time",
        help_text="Only with the cut-off rule above. For example, 3pm",
        required=False,
    )
    beginning_with_day = forms.BooleanField(
        label="The day it came is day 1 (“beginning with the day”)", required=False
    )
    roll_to_working_day = forms.BooleanField(
        label="A date that is not a working day moves to the next working day", required=False
    )
    warn_working_days = forms.IntegerField(
        label="Remind the owner how many working days before?",
        help_text="They are also reminded on the morning it is due",
        min_value=0,
        max_value=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": "Enter how many working days before",
            "invalid": f"Working days before {NOT_A_NUMBER}",
            "min_value": "Working days before must be between 0 and 20",
            "max_value": "Working days before must be between 0 and 20",
        },
    )
    effective_from = DateField(
        label="First day",
        called="the first day",
        help_text="What is received from this day on gets the new promise",
    )

    def __init__(self, *args: Any, current: Standard, tomorrow: date, **kwargs: Any) -> None:
        figures = figures_of(current)
        kwargs["initial"] = {
            name: getattr(figures, name) for name in Figures.__dataclass_fields__
        } | {"effective_from": tomorrow}
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Field.text("amount", field_width=Fixed.FIVE),
            Field.radios("unit", legend_size=Size.SMALL, small=True),
            Field.radios("receipt", legend_size=Size.SMALL, small=True),
            Field.text("cut_off", field_width=Fixed.FIVE),
            Field.checkbox("beginning_with_day", small=True),
            Field.checkbox("roll_to_working_day", small=True),
            Field.text("warn_working_days", field_width=Fixed.FIVE),
            "effective_from",
            Button("preview", "See what would change"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        receipt, cut_off = cleaned.get("receipt"), cleaned.get("cut_off")
        if receipt == ReceiptChoice.CUT_OFF and cut_off is None and "cut_off" not in self.errors:
            self.add_error("cut_off", "Enter the cut-off time")
        if receipt and receipt != ReceiptChoice.CUT_OFF and cut_off is not None:
            self.add_error("cut_off", "Leave the cut-off time empty, or select the cut-off rule")
        return cleaned

    def figures(self) -> Figures:
        """What the action takes; only after the form is found valid."""
        data = self.cleaned_data
        return Figures(
            **{name: data[name] for name in Figures.__dataclass_fields__}
            | {"unit": UnitChoice(data["unit"]), "receipt": ReceiptChoice(data["receipt"])}
        )

    def show(self, broken: RuleBroken) -> None:
        """Put a broken rule into the error summary, at its field when the form has one."""
        self.add_error(broken.field if broken.field in self.fields else None, broken.message)
