"""The form over a child's and a case's details."""

import re
from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fieldset, Fixed, Fluid, Layout, Size
from django import forms
from django.db.models import QuerySet

from accounts.form_fields import DateField
from cases.form_parts import EditForm, Line, Postcode, Text, Upn
from cases.models import Area, Case, Establishment, Person

MOST_NAMED = 5
WITH_URN = re.compile(r"(?:.*\()?([0-9]{1,9})\)?")
OFFSETS = {
    -3: "3 years below",
    -2: "2 years below",
    -1: "1 year below",
    0: "With their year",
    1: "1 year above",
    2: "2 years above",
    3: "3 years above",
}


class EstablishmentField(forms.CharField):
    """A school or college, by part of its name or by its URN; cleans to an Establishment.

    A text box and not a list, because a county has a thousand of them.
    """

    def prepare_value(self, value: Any) -> Any:
        """ "Thornley School (900001)", whether as a row or, from ``details_of``, as its row."""
        return f"{value.name} ({value.urn})" if isinstance(value, Establishment) else value

    def to_python(self, value: Any) -> Any:
        typed = (super().to_python(value) or "").strip()
        return self._one(typed) if typed else None

    def _one(self, typed: str) -> Establishment:
        found = self._found(typed)[: MOST_NAMED + 1]
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError(
                "No school or college has this name or URN. Check the spelling, or leave it empty"
            )
        if len(found) > MOST_NAMED:
            raise forms.ValidationError("Many have this in their name. Type more of it, or the URN")
        named = "; ".join(f"{one.name} ({one.urn})" for one in found)
        raise forms.ValidationError(f"Type the URN of the one you mean: {named}")

    def _found(self, typed: str) -> "QuerySet[Establishment]":
        if by_urn := WITH_URN.fullmatch(typed):
            return Establishment.objects.filter(urn=by_urn[1])
        exact = Establishment.objects.filter(name__iexact=typed)
        return exact if exact.exists() else Establishment.objects.filter(name__icontains=typed)


class LocalIds(forms.CharField):
    """One id a line, "System: id"; cleans to a list of those lines."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = (super().to_python(value) or "").splitlines()
        return sorted({self._tidy(line) for line in lines if line.strip()})

    def _tidy(self, line: str) -> str:
        system, colon, own = (part.strip() for part in line.partition(":"))
        if not (system and colon and own):
            raise forms.ValidationError("Write each id as the system, a colon and the id")
        if len(system) > 40 or len(own) > 40:
            raise forms.ValidationError("A system and an id must be 40 characters or less each")
        return f"{system}: {own}"


class DetailsForm(EditForm):
    """The child's names and numbers, and where the case stands."""

    given_name = Line("First names", "their first names", 80, required=True)
    family_name = Line("Family name", "their family name", 80, required=True)
    known_as = Line(
        "Known as (optional)",
        "what they are known as",
        80,
        help_text="The first name they use, when it is another",
    )
    date_of_birth = DateField(label="Date of birth", called="the date of birth")
    # The date of birth that the page has asked about once.
    sure_of_birth = forms.CharField(required=False, widget=forms.HiddenInput)
    upn = Upn(
        label="Unique pupil number (optional)",
        required=False,
        help_text="A letter, 11 figures, then a figure or a letter",
    )
    year_offset = forms.TypedChoiceField(
        label="Which year are they taught with?",
        coerce=int,
        choices=list(OFFSETS.items()),
        error_messages={
            "required": "Select which year they are taught with",
            "invalid_choice": "Select which year they are taught with",
        },
    )
    care = forms.ChoiceField(
        label="Are they in care?", choices=Person.Care, widget=forms.RadioSelect, required=False
    )
    area = forms.ModelChoiceField(
        label="Area (optional)",
        queryset=Area.objects.all(),
        required=False,
        empty_label="Not recorded",
        error_messages={"invalid_choice": "Select an area from the list"},
    )
    flags = forms.MultipleChoiceField(
        label="What must everybody know?",
        choices=Person.Flag,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    address = Text("Address of the child (optional)", "the address", 500)
    postcode = Postcode()
    local_ids = LocalIds(
        label="Ids in other systems (optional)",
        required=False,
        help_text="One a line, for example Social care: 123456",
    )
    status = forms.ChoiceField(
        label="Where does the case stand?",
        choices=Case.Status,
        widget=forms.RadioSelect,
        error_messages={"required": "Select where the case stands"},
    )
    establishment = EstablishmentField(
        label="School or college (optional)",
        required=False,
        help_text="Part of its name, or its URN",
    )
    primary_need = Line("Primary need (optional)", "the primary need", 80)
    plan_issued_on = DateField(
        label="Plan issued on (optional)", called="the day the plan was issued", required=False
    )
    next_step = Line("Next step (optional)", "the next step", 120)
    next_step_on = DateField(
        label="Date of the next step (optional)", called="the date of the next step", required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Fieldset(
                Field.text("given_name", field_width=Fluid.TWO_THIRDS),
                Field.text("family_name", field_width=Fluid.TWO_THIRDS),
                Field.text("known_as", field_width=Fluid.TWO_THIRDS),
                "date_of_birth",
                Field.text("upn", field_width=Fixed.TWENTY),
                Field.select("year_offset"),
                Field.radios("care", legend_size=Size.SMALL, small=True),
                Field.checkboxes("flags", legend_size=Size.SMALL, small=True),
                Field.select("area"),
                Field.textarea("address", rows=4),
                Field.text("postcode", field_width=Fixed.TEN),
                Field.textarea("local_ids", rows=3),
                legend="The child or young person",
                legend_size=Size.MEDIUM,
            ),
            Fieldset(
                Field.radios("status", legend_size=Size.SMALL, small=True),
                Field.text("establishment", field_width=Fluid.TWO_THIRDS),
                Field.text("primary_need", field_width=Fluid.TWO_THIRDS),
                "plan_issued_on",
                Field.text("next_step", field_width=Fluid.TWO_THIRDS),
                "next_step_on",
                legend="The case",
                legend_size=Size.MEDIUM,
            ),
            "shown",
            "sure_of_birth",
            Button("submit", "Save", data_prevent_double_click="true"),
        )

    def wanted(self) -> dict[str, Any]:
        return {name: to for name, to in super().wanted().items() if name != "sure_of_birth"}

    def is_sure_of_birth(self) -> bool:
        """True when the page has asked about this very date already."""
        return self.cleaned_data["sure_of_birth"] == str(self.cleaned_data["date_of_birth"])

    def ask_about_birth(self) -> None:
        """The next press saves the date of birth that the page now asks about."""
        posted = self.data.copy()  # type: ignore[attr-defined]
        posted["sure_of_birth"] = str(self.cleaned_data["date_of_birth"])
        self.data = posted
