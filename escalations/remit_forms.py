"""The forms of the settings of the public directory."""

from typing import Any

from django import forms

from accounts.models import CASE_HOLDING_ROLES, Team
from cases.matter_forms import ActForm
from cases.models import Area, Establishment
from escalations.complaint_forms import PersonField, people
from escalations.models import DirectoryPolicy, Remit
from escalations.remit_actions import Told


class RemitForm(ActForm):
    """Who looks after what."""

    person = PersonField(
        "Who looks after it?", "", required=False, help_text="Leave it out for a whole team"
    )
    team = forms.ModelChoiceField(
        label="Or which team?", queryset=Team.objects.all(), required=False, empty_label="No team"
    )
    urn = forms.IntegerField(
        label="URN of the school, college or setting (optional)",
        help_text="Six or seven figures. Leave it out for a whole area.",
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(
            ["invalid", "min_value", "max_value"], "The URN must be six or seven figures"
        ),
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

    def clean_urn(self) -> Establishment | None:
        urn = self.cleaned_data["urn"]
        if urn is None:
            return None
        found = Establishment.objects.filter(urn=urn).first()
        if found is None:
            raise forms.ValidationError("No school, college or setting has this URN")
        return found

    def told(self) -> Told:
        """What the action takes; only after the form is found valid."""
        data = dict(self.cleaned_data)
        return Told(establishment=data.pop("urn"), **data)


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
