"""What a sender fills in with the link to their concern."""

from typing import Any
from uuid import uuid4

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Layout
from django import forms
from django.utils import timezone

from accounts.form_fields import DateField
from cases.form_parts import Text
from clocks.calendars import LONDON
from escalations.answers import LONGEST_WORDS
from escalations.follow_page import Followed, Stage

ADD, HELPED, NOT_HELPED, NEXT = "add", "helped", "not_helped", "next"
NOT_OPENED = (
    "We cannot open it with this date. Check the date, and check that the link is whole. If the "
    "link is old, ask for a new one below."
)
TOO_MANY = "There have been too many tries. Wait ten minutes, then try again."


class BirthdayForm(forms.Form):
    """The second key: the child's date of birth. ``words`` were typed before it was asked for."""

    born = DateField(
        label="What is the child’s date of birth?",
        called="the date of birth",
        help_text="If it is about you, your own. For example, 27 3 2014.",
    )
    words = forms.CharField(required=False, widget=forms.HiddenInput, max_length=LONGEST_WORDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        # See follow_views.open_to_all.
        self.helper.disable_csrf = True
        self.helper.layout = Layout(Field("born"), "words", Button("submit", "Continue"))

    def clean_born(self) -> Any:
        born = self.cleaned_data["born"]
        if born and born > timezone.localdate(timezone=LONDON):
            raise forms.ValidationError("The date of birth must be in the past")
        return born


class SayForm(forms.Form):
    """One box and what to do with it. ``submission`` makes a second click harmless."""

    words = Text("What would you like to tell us?", "what you would like to tell us", LONGEST_WORDS)
    submission = forms.UUIDField(widget=forms.HiddenInput)
    do = forms.ChoiceField(choices=[(one, one) for one in (ADD, HELPED, NOT_HELPED, NEXT)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"submission": uuid4(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        nothing = "words" not in self.errors and not cleaned.get("words", "").strip()
        if cleaned.get("do") == ADD and nothing:
            self.add_error("words", "Enter what you would like to tell us")
        return cleaned

    def renew(self) -> None:
        """The next press of the button is another message."""
        posted = self.data.copy()  # type: ignore[attr-defined]
        posted["submission"] = str(uuid4())
        self.data = posted


def label_of(shown: Followed) -> str:
    """What the box is for, as things stand."""
    if shown.stage == Stage.SETTLED:
        return "What is still wrong? You do not have to say."
    if shown.stage == Stage.ANSWERED:
        return "Would you like to say more about it? You do not have to."
    return "Would you like to add something?"
