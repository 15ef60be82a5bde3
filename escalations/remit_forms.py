"""The forms of the settings of the public directory."""

import re
from typing import Any

from django import forms

from accounts.models import CASE_HOLDING_ROLES, Team
from cases.matter_forms import ActForm
from cases.models import Area, Establishment
from escalations.complaint_forms import PersonField, people
from escalations.models import DirectoryPolicy, Remit
from escalations.remit_actions import Told

MOST_AT_ONCE = 200
MOST_QUOTED = 40
# As large as the column is.
URN = re.compile("[0-9]{1,9}")
NO_URN = "The URN must be six or seven figures"
NO_SCHOOL = "No school, college or setting has this URN"


class RemitForm(ActForm):
    """Who looks after what."""

    person = PersonField(
        "Who looks after it?", "", required=False, help_text="Leave it out for a whole team"
    )
    team = forms.ModelChoiceField(
        label="Or which team?", queryset=Team.objects.all(), required=False, empty_label="No team"
    )
    urn = forms.CharField(
        label="URNs of schools, colleges or settings (optional)",
        help_text="One on each line: all of them get what you say here. Leave it out for a whole "
        "area.",
        required=False,
        widget=forms.Textarea(attrs={"inputmode": "numeric"}),
    )
    area = forms.ModelChoiceField(
        label="Or which area? (optional)",
        help_text="Without school and area it is the whole council",
        queryset=Area.objects.all(),
        required=False,
        empty_label="No area",
    )
    phase = forms.ChoiceField(
        label="Which ages?", choices=Remit.Phase, required=False, help_text="A phase goes first"
    )
    part = forms.CharField(
        label="What else divides it? (optional)",
        help_text="For example, Surnames A to K. No child’s name.",
        max_length=80,
        required=False,
        error_messages={"max_length": "Use 80 characters or less"},
    )
    button = "Add to the directory"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["person"].queryset = people(CASE_HOLDING_ROLES)
        fields["person"].empty_label = "Nobody by name"
        self.lay_out()

    def clean_urn(self) -> list[Establishment]:
        """The places, each once; every line that is wrong is named, and nothing typed is lost."""
        lines = {
            number: text.strip(" ,;\t")
            for number, text in enumerate(self.cleaned_data["urn"].splitlines(), start=1)
        }
        written = {number: text for number, text in lines.items() if text}
        if len(written) > MOST_AT_ONCE:
            raise forms.ValidationError(f"Give {MOST_AT_ONCE} schools or fewer at a time")
        urns = {number: int(text) for number, text in written.items() if URN.fullmatch(text)}
        known = {one.urn: one for one in Establishment.objects.filter(urn__in=set(urns.values()))}
        wrong = [
            f"Line {number}, {text[:MOST_QUOTED]}: {NO_SCHOOL if number in urns else NO_URN}"
            for number, text in written.items()
            if urns.get(number) not in known
        ]
        if wrong:
            raise forms.ValidationError(wrong)
        return [known[urn] for urn in dict.fromkeys(urns.values())]

    def told(self) -> list[Told]:
        """What the action takes, a line for each place; only after the form is found valid."""
        data = dict(self.cleaned_data)
        return [Told(establishment=one, **data) for one in data.pop("urn") or [None]]


class NamesForm(ActForm):
    """What the public reads."""

    names = forms.ChoiceField(
        label="Whom does the public directory name?",
        choices=DirectoryPolicy.Names,
        widget=forms.RadioSelect,
        error_messages={"required": "Select whom the directory names"},
    )
    button = "Save"

    def __init__(self, *args: Any, now: str, **kwargs: Any) -> None:
        kwargs["initial"] = {"names": now}
        super().__init__(*args, **kwargs)
        self.lay_out()
