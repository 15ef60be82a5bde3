"""Fields and behaviour that the forms about people and cases share."""

import json
from typing import Any

from django import forms
from django.utils.text import capfirst

from accounts.errors import RuleBroken
from cases.caseload_columns import Wrong, read_postcode, read_upn
from cases.edits import ChangedMeanwhile, Values, all_plain


class Line(forms.CharField):
    """One line of text. ``called`` is its name inside a sentence, such as "the name"."""

    def __init__(
        self, label: str, called: str, longest: int, *, required: bool = False, **more: Any
    ) -> None:
        said = capfirst(called.removeprefix("the "))
        messages = {
            "required": f"Enter {called}",
            "max_length": f"{said} must be {longest:,} characters or less",
        }
        super().__init__(
            label=label, max_length=longest, required=required, error_messages=messages, **more
        )


class Text(Line):
    """Several lines of text, kept with plain line ends whatever the browser sends."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class EmailAddress(forms.EmailField):
    def __init__(self, label: str, **more: Any) -> None:
        messages = {
            "invalid": "Enter an e-mail address in the correct format, like name@example.org",
            "max_length": "The e-mail address must be 254 characters or less",
        }
        super().__init__(
            label=label, required=False, max_length=254, error_messages=messages, **more
        )


class Postcode(forms.CharField):
    """A UK postcode, kept in capitals with one space."""

    def __init__(self, **more: Any) -> None:
        super().__init__(label="Postcode (optional)", required=False, **more)

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        try:
            return read_postcode(typed) if typed else ""
        except Wrong:
            raise forms.ValidationError("Enter a full UK postcode, like ZZ99 3WZ") from None


class Upn(forms.CharField):
    """A unique pupil number whose check letter fits."""

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        try:
            return read_upn(typed) if typed else ""
        except Wrong as wrong:
            raise forms.ValidationError(capfirst(wrong.reason)) from None


class Showing(forms.Form):
    """A form that puts broken rules into its error summary, at their field when it has one."""

    def show(self, broken: RuleBroken) -> None:
        self.add_error(broken.field if broken.field in self.fields else None, broken.message)


class EditForm(Showing):
    """A form over values that somebody else may change meanwhile (cases.edits).

    ``shown`` carries the values the page was opened with, through every press of the button.
    """

    shown = forms.JSONField(
        widget=forms.HiddenInput,
        error_messages={
            "required": "This form is not whole. Open the page again.",
            "invalid": "This form is not whole. Open the page again.",
        },
    )

    def __init__(self, *args: Any, current: Values, **kwargs: Any) -> None:
        kwargs["initial"] = {**current, "shown": all_plain(current)}
        super().__init__(*args, **kwargs)

    def clean_shown(self) -> dict[str, Any]:
        shown = self.cleaned_data["shown"]
        if not isinstance(shown, dict):
            raise forms.ValidationError("This form is not whole. Open the page again.")
        return shown

    def wanted(self) -> dict[str, Any]:
        """What the action takes; only after the form is found valid."""
        return {name: value for name, value in self.cleaned_data.items() if name != "shown"}

    def show(self, broken: RuleBroken) -> None:
        """After a collision the next press is made with knowledge of what is there now."""
        super().show(broken)
        if isinstance(broken, ChangedMeanwhile):
            seen = {**self.cleaned_data["shown"], **broken.now}
            posted = self.data.copy()  # type: ignore[attr-defined]
            posted["shown"] = json.dumps(seen)
            self.data = posted
