"""The forms about who may see a record, and about two records of one child."""

import re
from typing import Any

from crispy_forms_gds.choices import Choice
from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fixed, Layout, Size
from django import forms
from django.db.models import Q

from accounts.models import CASE_READERS, User
from cases.form_parts import EditForm, Line, Showing
from cases.models import Case

ADDRESS = re.compile(r"[^\s,<>]+@[^\s,<>]+")


class StaffNames(forms.CharField):
    """Names or e-mail addresses of staff, one a line; cleans to a list of them."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        """ "Cora Hill, cora@example.org": a name alone may be that of two people."""
        if not isinstance(value, list):
            return value
        return "\n".join(f"{user.full_name}, {user.email}" for user in value)

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in (super().to_python(value) or "").splitlines()]
        return list({user.pk: user for user in map(self._one, filter(None, lines))}.values())

    def _one(self, line: str) -> User:
        address = ADDRESS.search(line)
        by = Q(email=address[0].lower()) if address else Q(full_name__iexact=line)
        found = User.objects.filter(by, is_active=True, role__in=sorted(CASE_READERS))[:2]
        if len(found) == 1:
            return found[0]
        if found:
            raise forms.ValidationError(f"Two people are called {line}: use the e-mail address")
        raise forms.ValidationError(f"Nobody who works with cases is called {line}")


def _reason(label: str, help_text: str = "") -> Line:
    return Line(label, "the reason", 300, required=True, help_text=help_text)


class RestrictForm(EditForm):
    """Who may see a case, and why nobody else may."""

    reason = _reason("Why is it restricted?", "Those who may see the case see the reason")
    staff = StaffNames(
        label="Who may see it?",
        help_text="A name or an e-mail address on each line. The case owner, everybody who still "
        "owes an answer, the lead professional and you are added.",
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            "reason",
            Field.textarea("staff", rows=6),
            "shown",
            Button("submit", "Restrict this case", data_prevent_double_click="true"),
        )


class LiftForm(Showing):
    """Why a restriction ends."""

    reason = _reason("Why can it be lifted?")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            "reason", Button("submit", "Lift the restriction", data_prevent_double_click="true")
        )


class OtherRecordForm(Showing):
    """The reference of the second record of a child."""

    other = Line(
        "Reference of the other record",
        "the reference of the other record",
        20,
        required=True,
        help_text="For example, EHC-000123",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.form_action = ""
        # The page is asked for, nothing is changed: no token belongs in its address.
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            Field.text("other", field_width=Fixed.TWENTY), Button("compare", "Compare the two")
        )

    def clean_other(self) -> Case:
        """Only a case that they may see; the others do not exist."""
        cases = Case.objects.visible_to(self.user).with_people()
        found = cases.filter(reference=self.cleaned_data["other"].upper()).first()
        if found is None:
            raise forms.ValidationError("There is no case with this reference that you may see")
        return found


class MergeForm(Showing):
    """Which of two records stays, and why they are of one child."""

    keep = forms.ChoiceField(
        label="Which record stays?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Select which record stays",
            "invalid_choice": "Select which record stays",
        },
    )
    same_child = forms.BooleanField(
        label="The dates of birth differ, but it is the same child", required=False
    )
    reason = _reason("How do you know that it is the same child?")

    def __init__(self, *args: Any, first: Case, second: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keep"].choices = [  # type: ignore[attr-defined]
            Choice(case.reference, case.reference, hint=f"Case owner: {case.owner or 'none yet'}")
            for case in (first, second)
        ]
        self.first, self.second = first, second
        asked: list[Any] = [Field.radios("keep", legend_size=Size.SMALL, small=True)]
        if first.person.date_of_birth == second.person.date_of_birth:
            del self.fields["same_child"]
        else:
            asked.append(Field.checkbox("same_child", small=True))
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            *asked,
            "reason",
            Button("submit", "Merge the two records", data_prevent_double_click="true"),
        )

    def kept_and_other(self) -> tuple[Case, Case]:
        """After the form is found valid: the record that stays, and the other."""
        first_stays = self.cleaned_data["keep"] == self.first.reference
        return (self.first, self.second) if first_stays else (self.second, self.first)


class SeparateForm(Showing):
    """Why two records are taken apart."""

    reason = _reason("Why are they taken apart?")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            "reason", Button("submit", "Take them apart", data_prevent_double_click="true")
        )
