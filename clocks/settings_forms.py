"""Forms of the settings pages: a new version of a promise, hours, closures, holidays."""

from datetime import date
from typing import Any

from crispy_forms_gds.choices import Choice
from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Div, Field, Fieldset, Fixed, Fluid, Layout, Size
from django import forms

from accounts.errors import RuleBroken
from accounts.form_fields import DateField, TimeField
from clocks.calendar_changes import WEEKDAYS, hours_in_words, opening_week
from clocks.models import ReceiptChoice, Standard, UnitChoice
from clocks.settings_actions import Figures, figures_of
from clocks.working_time import Period

PREVIEW = "See what would change"
# What is asked of each weekday.
PARTS = ("opens", "closes", "opens again", "closes again")

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
            Button("preview", PREVIEW),
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


class ClosureForm(forms.Form):
    """Days on which the service is closed for a reason of the council's own."""

    name = forms.CharField(
        label="What for?",
        help_text="Staff and families see this as the reason, for example Christmas shutdown",
        max_length=100,
        error_messages={
            "required": "Enter what the closure is for",
            "max_length": "What the closure is for must be 100 characters or less",
        },
    )
    first_day = DateField(label="First day closed", called="the first day closed")
    last_day = DateField(
        label="Last day closed", called="the last day closed", help_text="The same for one day"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Field.text("name", field_width=Fluid.TWO_THIRDS),
            "first_day",
            "last_day",
            Button("preview", PREVIEW),
        )

    def show(self, broken: RuleBroken) -> None:
        """Put a broken rule into the error summary, at its field when the form has one."""
        self.add_error(broken.field if broken.field in self.fields else None, broken.message)


class HolidayForm(forms.Form):
    """A bank holiday that was announced after the list was shipped."""

    name = forms.CharField(
        label="Name of the bank holiday",
        max_length=100,
        error_messages={
            "required": "Enter the name of the bank holiday",
            "max_length": "The name must be 100 characters or less",
        },
    )
    day = DateField(label="Day", called="the day of the bank holiday")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Field.text("name", field_width=Fluid.TWO_THIRDS),
            "day",
            Button("preview", PREVIEW),
        )

    def show(self, broken: RuleBroken) -> None:
        """A holiday is one day, so whatever is wrong with its days is wrong with that one."""
        message = broken.message.replace("The first day", "The day")
        message = message.replace("The last day", "The day")
        self.add_error("day" if broken.field else None, message)


class HoursForm(forms.Form):
    """The opening hours of a week: up to two periods a day, an empty day is closed.

    ``instead_of`` says which hours the person was shown.
    """

    instead_of = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        shown = opening_week()
        initial: dict[str, Any] = {"instead_of": hours_in_words(shown)}
        for weekday, periods in shown.items():
            times = [moment for period in periods for moment in period]
            initial |= dict(zip(_names(weekday), times, strict=False))
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        for weekday, day in enumerate(WEEKDAYS):
            for name, word in zip(_names(weekday), PARTS, strict=True):
                self.fields[name] = TimeField(
                    label=f"{day} {word}", called=f"the time {day} {word}", required=False
                )
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            *(_day_layout(weekday) for weekday in range(7)),
            "instead_of",
            Button("preview", PREVIEW),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for weekday, day in enumerate(WEEKDAYS):
            opens, closes, again, closes_again = _names(weekday)
            self._refuse_bad_period(day, opens, closes)
            self._refuse_bad_period(day, again, closes_again)
            first_end, second_start = cleaned.get(closes), cleaned.get(again)
            if first_end and second_start and second_start < first_end:
                self.add_error(again, f"{day} must open again after it closes")
        return cleaned

    def _refuse_bad_period(self, day: str, opens: str, closes: str) -> None:
        if opens in self.errors or closes in self.errors:
            return
        begin, end = self.cleaned_data.get(opens), self.cleaned_data.get(closes)
        if begin is None and end is not None:
            self.add_error(opens, f"Enter when {self.fields[opens].label}")
        elif begin is not None and end is None:
            self.add_error(closes, f"Enter when {self.fields[closes].label}")
        elif begin is not None and end is not None and end <= begin:
            self.add_error(closes, f"{day} must close after it opens")

    def week(self) -> dict[int, list[Period]]:
        """What the action takes; only after the form is found valid."""
        return {weekday: self._periods(weekday) for weekday in range(7)}

    def _periods(self, weekday: int) -> list[Period]:
        opens, closes, again, closes_again = (self.cleaned_data[name] for name in _names(weekday))
        pairs = [(opens, closes), (again, closes_again)]
        return [(begin, end) for begin, end in pairs if begin is not None and end is not None]

    def show(self, broken: RuleBroken) -> None:
        """Put a broken rule into the error summary, at the weekday that is at fault."""
        if broken.code == "changed_meanwhile":
            # They have read what the hours are now, so the next press is about those.
            now_shown = {"instead_of": hours_in_words(opening_week())}
            self.data = {**self.data.dict(), **now_shown}  # type: ignore[attr-defined]
        field = f"{broken.field}_opens"
        self.add_error(field if field in self.fields else None, broken.message)


def _names(weekday: int) -> list[str]:
    """The four fields of a weekday, in order."""
    day = WEEKDAYS[weekday].lower()
    return [f"{day}_{part.replace(' ', '_')}" for part in PARTS]


def _day_layout(weekday: int) -> Fieldset:
    opens, closes, again, closes_again = (
        Field.text(name, field_width=Fixed.FIVE) for name in _names(weekday)
    )
    return Fieldset(
        Div(opens, closes, css_class="portal-inline-form"),
        Div(again, closes_again, css_class="portal-inline-form"),
        legend=WEEKDAYS[weekday],
        legend_size=Size.MEDIUM,
    )
