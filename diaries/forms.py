"""What is typed about the duty rota and about protected time."""

from collections.abc import Sequence
from typing import Any

from crispy_forms_gds.choices import Choice
from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fixed, Layout, Size
from django import forms

from accounts.errors import RuleBroken
from accounts.form_fields import DateField, TimeField
from accounts.models import User
from diaries.models import ProtectedTime


class DiaryForm(forms.Form):
    """A form that shows a broken rule at its field, when the form has one."""

    def show(self, broken: RuleBroken) -> None:
        self.add_error(broken.field if broken.field in self.fields else None, broken.message)

    def lay_out(self, *fields: Any, button: str) -> None:
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            *fields, Button("submit", button, data_prevent_double_click="true")
        )


class _People(forms.TypedMultipleChoiceField):
    """Those who can be chosen; whom ``also`` names is accepted too, and not offered again."""

    also: frozenset[int] = frozenset()

    def valid_value(self, value: Any) -> bool:
        return super().valid_value(value) or str(value) in map(str, self.also)


class PutOnDutyForm(DiaryForm):
    """Who else answers the line on a day; ``free`` are those who can, ``already`` those who do."""

    person = _People(
        label="Who answers the line?",
        help_text="Somebody of business support and somebody who holds cases, each working day",
        widget=forms.CheckboxSelectMultiple,
        coerce=int,
        error_messages={
            "required": "Select who answers the line",
            "invalid_choice": "Select people from the list",
        },
    )

    def __init__(
        self, *args: Any, free: Sequence[User], already: Sequence[User] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        # A second click sends whom the first has put on duty.
        self.known = {person.pk: person for person in (*free, *already)}
        fields: dict[str, Any] = self.fields
        fields["person"].also = frozenset(person.pk for person in already)
        fields["person"].choices = [
            Choice(person.pk, person.full_name, hint=person.get_role_display()) for person in free
        ]
        self.lay_out(
            Field.checkboxes("person", legend_size=Size.MEDIUM, small=True), button="Put on duty"
        )

    def people(self) -> list[User]:
        """Who was chosen; only after the form is found valid."""
        chosen = set(self.cleaned_data["person"])
        return [person for pk, person in self.known.items() if pk in chosen]


class ProtectForm(DiaryForm):
    """Protected time on one weekday or more."""

    weekdays = forms.TypedMultipleChoiceField(
        label="On which days?",
        choices=ProtectedTime.Weekday.choices,
        widget=forms.CheckboxSelectMultiple,
        coerce=int,
        error_messages={
            "required": "Select at least one day",
            "invalid_choice": "Select days from the list",
        },
    )
    starts = TimeField(label="From", called="the start", help_text="For example, 1pm")
    ends = TimeField(label="Until", called="the end", help_text="For example, 2pm")
    first_day = DateField(
        label="First day",
        called="the first day",
        help_text="It holds from this day on, until the team ends it",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lay_out(
            Field.checkboxes("weekdays", legend_size=Size.SMALL, small=True),
            Field.text("starts", field_width=Fixed.FIVE),
            Field.text("ends", field_width=Fixed.FIVE),
            "first_day",
            button="Agree protected time",
        )
