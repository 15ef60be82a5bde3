"""What a sender fills in with the link to their concern."""

from dataclasses import dataclass
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
    """What to say, and what to do with it. ``submission`` makes a second click harmless.

    ``words`` go with "no", ``more`` is only added: on a page that asks for one of them it is
    ``words``. Whatever was typed goes with the button that was pressed, so that none is lost.
    ``seen`` is how things stood on the page (escalations.follow_page.standing_of).
    """

    words = Text("What would you like to tell us?", "what you would like to tell us", LONGEST_WORDS)
    more = Text("What would you like to add?", "what you would like to add", LONGEST_WORDS)
    submission = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    call = forms.ChoiceField(choices=[("off", "off"), ("keep", "keep")], required=False)
    do = forms.ChoiceField(choices=[(one, one) for one in (ADD, HELPED, NOT_HELPED, NEXT)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"submission": uuid4(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = [cleaned.get(name, "").strip() for name in ("words", "more")]
        cleaned["said"] = "\n\n".join(filter(None, typed))
        if self.errors.keys() & {"words", "more"}:
            return cleaned
        if cleaned.get("do") == ADD and not cleaned["said"]:
            self.add_error(self.added_in, "Enter what you would like to tell us")
        elif len(cleaned["said"]) > LONGEST_WORDS:
            self.add_error("words", self.fields["words"].error_messages["max_length"])
        return cleaned

    @property
    def added_in(self) -> str:
        """The box for what is only added."""
        return "more" if "more" in self.data else "words"

    @property
    def call_off(self) -> bool | None:
        """What they said of a call that is to come; None while they were not asked."""
        chosen = self.cleaned_data["call"]
        return chosen == "off" if chosen else None

    def gather(self) -> None:
        """Everything typed in one box, for a page that has no more."""
        posted = self.data.copy()  # type: ignore[attr-defined]
        typed = [posted.get(name, "") for name in ("words", "more")]
        posted["words"] = "\n\n".join(text for text in typed if text.strip())
        self.data = posted

    def renew(self) -> None:
        """The next press of the button is another message."""
        posted = self.data.copy()  # type: ignore[attr-defined]
        posted["submission"] = str(uuid4())
        self.data = posted


@dataclass(frozen=True)
class Box:
    """A part of the page: its heading, what it does, its field, and its button.

    ``do`` is empty where there is no button, ``help`` a sentence under the heading.
    """

    name: str
    heading: str
    help: str
    label: str
    do: str
    button: str
    is_main: bool = False


def boxes_of(shown: Followed) -> list[Box]:
    """What can be said as things stand: one part for what goes on, one for what is only added."""
    on = _goes_on(shown)
    if shown.stage == Stage.SETTLED:
        return [on] if on else []
    name = "more" if on else "words"
    only = Box(
        name,
        "Only add something" if on else "Add something",
        f"{shown.person} reads it. Nothing else changes.",
        "Would you like to add something?",
        ADD,
        "Add this",
    )
    return [on, only] if on else [only]


def _goes_on(shown: Followed) -> Box | None:
    further = "It goes to the next person at once. You do not have to tell it all again."
    if shown.stage == Stage.SETTLED:
        label = "What is still wrong? You do not have to say."
        return Box("words", "If it is not settled", "", label, NOT_HELPED, "It is not settled")
    if shown.stage == Stage.ANSWERED:
        label = "What did not help? You do not have to say."
        heading = "If it did not help"
        if shown.may_go_on:
            button = "No, go to the next person"
            return Box("words", heading, further, label, NOT_HELPED, button)
        return Box("words", heading, "", label, NOT_HELPED, "No, this did not help")
    if shown.stage == Stage.LATE and shown.may_go_on:
        label = "Would you like to say more about it? You do not have to."
        button = "Go to the next person"
        return Box("words", button, further, label, NEXT, button, is_main=True)
    return None
