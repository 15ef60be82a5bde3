"""Giving a step, or what is on the desk, to a colleague."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import User
from cases.matter_forms import ActForm, short_text, told_how
from escalations.complaint_forms import PersonField
from escalations.ladder_forms import OfStep


class GiveForm(OfStep, ActForm):
    """To whom and why; whom the page showed as having it goes along."""

    to = PersonField("Who has it from now on?", "Select who has it from now on")
    reason = short_text(
        "Why?",
        "Say why you give it to them",
        help_text="For example: I am leaving the team. It is kept with the date.",
    )
    told_how = told_how()
    instead_of = forms.IntegerField(widget=forms.HiddenInput, required=False)
    button = "Give it to them"

    def __init__(
        self,
        *args: Any,
        colleagues: Sequence[User],
        owner: User,
        must_tell: bool,
        step: int | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {"instead_of": owner.pk, "step": step}
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["to"].queryset = (
            User.objects.filter(pk__in=[one.pk for one in colleagues])
            .select_related("team")
            .order_by("full_name", "pk")
        )
        if not must_tell:
            del fields["told_how"]
        self.lay_out()

    def given(self) -> dict[str, Any]:
        """What the action takes; only after the form is found valid."""
        return {name: value for name, value in self.cleaned_data.items() if name != "step"}

    def take_new_owner(self, owner: User) -> None:
        """After somebody else's press the next one is made with knowledge of it."""
        self.data = {**self.data.dict(), "instead_of": str(owner.pk)}  # type: ignore[attr-defined]
