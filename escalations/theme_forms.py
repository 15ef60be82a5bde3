"""The forms of themes: the settings list, what was coded, and the monthly report."""

from typing import Any
from uuid import uuid4

from django import forms

from accounts.form_fields import DateField
from cases.actions import MAY_ANSWER
from cases.matter_forms import ActForm, long_text, short_text
from escalations.complaint_forms import (
    ComplaintForm,
    PersonField,
    learnt_field,
    people,
    themes_field,
)
from escalations.models import Learning, Theme
from escalations.theme_actions import LONGEST


class ThemeForm(ActForm):
    """The words of one theme. ``instead_of`` are those that the person was shown."""

    words = forms.CharField(
        label="Theme",
        help_text="For example, Transport",
        max_length=LONGEST,
        error_messages={
            "required": "Enter the theme",
            "max_length": f"The theme must be {LONGEST} characters or less",
        },
    )
    instead_of = forms.CharField(widget=forms.HiddenInput, required=False)
    button = "Save the theme"

    def __init__(self, *args: Any, now: str = "", **kwargs: Any) -> None:
        kwargs["initial"] = {"words": now, "instead_of": now}
        super().__init__(*args, **kwargs)
        self.lay_out()

    def take_new_words(self, words: str) -> None:
        self.data = {**self.data.dict(), "instead_of": words}  # type: ignore[attr-defined]


class CodeForm(ComplaintForm):
    """The themes of what has ended already."""

    themes = themes_field()
    outcome = short_text("How did it come out? (optional)", "", required=False)
    learnt = learnt_field()
    # The themes that the page showed: a second person is told of the first.
    instead_of = forms.CharField(widget=forms.HiddenInput, required=False)
    button = "Save the themes"

    def __init__(self, *args: Any, known: list[Learning], **kwargs: Any) -> None:
        self.there = [row.theme_id for row in known]
        first = known[0] if known else None
        kwargs["initial"] = {
            "themes": self.there,
            "outcome": first.outcome if first else "",
            "learnt": first.learnt if first else "",
            "instead_of": self._joined(),
        }
        super().__init__(*args, **kwargs)
        self.use_themes(self.there)
        self.lay_out()

    def _joined(self) -> str:
        return ",".join(map(str, sorted(self.there)))

    def clean_instead_of(self) -> frozenset[int]:
        typed = self.cleaned_data["instead_of"].split(",")
        return frozenset(int(part) for part in typed if part.isascii() and part.isdecimal())

    def take_new_themes(self) -> None:
        posted = self.data.copy()  # type: ignore[attr-defined]
        posted["instead_of"] = self._joined()
        self.data = posted


class DecisionForm(ComplaintForm):
    """What the Ombudsman decided, about a case or none."""

    case = short_text(
        "The case’s reference (optional)",
        "",
        required=False,
        help_text="For example, EHC-000123. Leave it out when it is about no single case.",
    )
    on = DateField(label="Date of the decision", called="the date of the decision")
    outcome = short_text(
        "What did they decide?",
        "Write what the Ombudsman decided",
        help_text="For example, fault found, with injustice. No child’s name.",
    )
    themes = themes_field()
    learnt = learnt_field()
    submission = forms.UUIDField(widget=forms.HiddenInput)
    button = "Save the decision"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"submission": uuid4()}
        super().__init__(*args, **kwargs)
        self.use_themes()
        self.lay_out()


class ActionForm(ActForm):
    """Something to do that came out of a month's report."""

    words = forms.CharField(
        label="What is to be done?",
        max_length=300,
        help_text="No child’s name",
        error_messages={
            "required": "Write what is to be done",
            "max_length": "Use 300 characters or less",
        },
    )
    theme = forms.ModelChoiceField(
        label="Because of which theme? (optional)",
        queryset=Theme.objects.filter(active=True),
        required=False,
        empty_label="No single theme",
    )
    owner = PersonField("Who does it?", "Select who does it")
    due_on = DateField(label="By when?", called="the date")
    submission = forms.UUIDField(widget=forms.HiddenInput)
    button = "Add it to the action log"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"submission": uuid4()}
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["owner"].queryset = people(MAY_ANSWER)
        self.lay_out()


class DoneForm(ActForm):
    """What came of an action."""

    note = forms.CharField(
        label="What came of it?",
        max_length=300,
        error_messages={
            "required": "Write what came of it",
            "max_length": "Use 300 characters or less",
        },
    )
    button = "It is done"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lay_out()


class DiscussedForm(ActForm):
    """A team has talked about a month's themes."""

    ideas = long_text(
        "Which ideas came up? (optional)",
        "",
        required=False,
        help_text="No child’s name. What should be done goes into the action log too.",
    )
    button = "We have discussed it"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lay_out()
