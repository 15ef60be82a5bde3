"""Forms of the settings pages about texts and links."""

from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fluid, Layout
from django import forms

from accounts.errors import RuleBroken
from notices.text_actions import LONGEST_BODY, LONGEST_LABEL, LONGEST_SUBJECT


class TextForm(forms.Form):
    """New words for one text. ``instead_of`` is the version that the person was shown."""

    subject = forms.CharField(
        label="Subject",
        max_length=LONGEST_SUBJECT,
        error_messages={
            "required": "Enter the subject",
            "max_length": f"The subject must be {LONGEST_SUBJECT} characters or less",
        },
    )
    body = forms.CharField(
        label="Message",
        help_text="Leave an empty line between paragraphs",
        max_length=LONGEST_BODY,
        strip=False,
        widget=forms.Textarea,
        error_messages={
            "required": "Enter the words of the message",
            "max_length": f"The message must be {LONGEST_BODY:,} characters or less",
        },
    )
    instead_of = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=32_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Field.text("subject"),
            Field.textarea("body", rows=20),
            "instead_of",
            Button("preview", "See how it reads"),
        )

    def show(self, broken: RuleBroken, newest: int) -> None:
        """Put a broken rule into the error summary; ``newest`` is the version there is now."""
        if broken.code == "changed_meanwhile":
            # They are shown what it says now, so the next press is about that.
            self.data = {**self.data.dict(), "instead_of": newest}  # type: ignore[attr-defined]
        self.add_error(broken.field if broken.field in self.fields else None, broken.message)


class LinkForm(forms.Form):
    """Where a link leads. The label and address shown are sent back with it."""

    label = forms.CharField(
        label="Words of the link",
        help_text="They stand before the address, like “Local Offer: https://…”",
        max_length=LONGEST_LABEL,
        error_messages={
            "required": "Enter the words of the link",
            "max_length": f"The words must be {LONGEST_LABEL} characters or less",
        },
    )
    # Not a URLField: the action says what an address is, also to the next caller.
    url = forms.CharField(
        label="Web address",
        help_text="Leave it empty if there is none: texts then leave the line out",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false"}),
    )
    label_shown = forms.CharField(widget=forms.HiddenInput, required=False)
    url_shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, now: tuple[str, str], **kwargs: Any) -> None:
        kwargs["initial"] = {**_shown(now), "label": now[0], "url": now[1]}
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Field.text("label", field_width=Fluid.TWO_THIRDS),
            Field.text("url"),
            "label_shown",
            "url_shown",
            Button("save", "Save the link", data_prevent_double_click="true"),
        )

    def show(self, broken: RuleBroken, now: tuple[str, str]) -> None:
        """Put a broken rule into the error summary; ``now`` is the link as it is."""
        if broken.code == "changed_meanwhile":
            self.data = {**self.data.dict(), **_shown(now)}  # type: ignore[attr-defined]
        self.add_error(broken.field if broken.field in self.fields else None, broken.message)


def _shown(now: tuple[str, str]) -> dict[str, str]:
    return {"label_shown": now[0], "url_shown": now[1]}
