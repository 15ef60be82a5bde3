"""The questions of the public form, one page each. Nothing here looks at a record.

What is typed keeps its words whatever is wrong with it, and no answer traps anybody: what we can
do without may be left empty, and what looks odd is asked about once.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import (
    Button,
    Field,
    Fluid,
    Layout,
    Size,
)
from django import forms
from django.utils import timezone

from accounts.form_fields import BOXES, DateField
from cases.form_parts import Line, Text
from cases.models import Contact, UrgentReason
from clocks.calendars import LONDON
from clocks.wording import day_in_words
from escalations import form_choices as choices
from escalations.answers import LONGEST_NAME, LONGEST_WORDS

Sender = Contact.Sender
Kept = Mapping[str, Any]

# A plan ends when a young person turns 25 at the latest, or with that school year.
OLDEST = 26
LONGEST_WANTED = 3_000
NOT_GIVEN = "You left this out"
# What is longer than an address has more lines, and is counted.
LONGEST_ADDRESS = 300
# What a label says to whoever still has to answer.
ASIDE = re.compile(r" \([^)]*\)$")


def line(label: str, called: str, longest: int = LONGEST_NAME, **more: Any) -> Line:
    """One line; a name may run from right to left, so the browser decides."""
    attrs = {"dir": "auto", **more.pop("attrs", {})}
    return Line(label, called, longest, widget=forms.TextInput(attrs=attrs), **more)


def one_of(label: str, options: list[Any], missing: str, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=options,
        widget=forms.RadioSelect,
        error_messages={"required": missing, "invalid_choice": missing},
        **more,
    )


class Question(forms.Form):
    """One page. ``heading`` is its h1, unless the only field's own label is.

    ``kept`` are the answers so far, by the name of the field; ``now`` (aware) when it is asked.
    """

    heading = ""
    intro: tuple[str, ...] = ()

    @classmethod
    def holds(cls, kept: Kept) -> bool:
        """Whether its answer still goes with those of other pages; if not, it is asked again."""
        return True

    def __init__(self, *args: Any, kept: Kept, now: datetime, **kwargs: Any) -> None:
        self.kept, self.now = kept, now
        kwargs["initial"] = {name: self._shown_again(name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        self.fit()
        self.helper = FormHelper()
        self.helper.layout = Layout(*self.laid_out(), self.button())

    def fit(self) -> None:
        """Fit the words and the fields to what was answered before."""

    def laid_out(self) -> list[Any]:
        """Each field in the GOV.UK pattern of its kind; a single one is the page's heading."""
        alone = not self.heading
        return [laid_out(name, field, alone=alone) for name, field in self.fields.items()]

    def button(self) -> Button:
        return Button("go_on", "Continue", data_prevent_double_click="true")

    @property
    def title(self) -> str:
        """What the page is called, in the window and in the list of answers."""
        return self.heading or str(next(iter(self.fields.values())).label)

    @property
    def fields_sent(self) -> set[str]:
        """The names under which its fields are sent: a date has three boxes."""
        boxes = ("", *(f"_{box}" for box in BOXES))
        return {f"{name}{box}" for name in self.fields for box in boxes}

    def to_keep(self) -> dict[str, Any]:
        """The answers as JSON keeps them; only after the form is found valid."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in self.cleaned_data.items()
            if name in self.fields and not self[name].is_hidden
        }

    def told(self) -> list[tuple[str, str]]:
        """What was answered, for the page that checks it: question and answer."""
        return [
            (ASIDE.sub("", str(field.label)), self._in_words(name) or NOT_GIVEN)
            for name, field in self.fields.items()
            if not self[name].is_hidden
        ]

    def _shown_again(self, name: str) -> Any:
        value = self.kept.get(name)
        if isinstance(self.base_fields[name], DateField) and value:
            return date.fromisoformat(value)
        return value

    def _in_words(self, name: str) -> str:
        field, value = self.fields[name], self._shown_again(name)
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices).get(value, ""))  # type: ignore[arg-type]
        if isinstance(value, date):
            return day_in_words(value).partition(" ")[2]
        return value or ""


def laid_out(name: str, field: forms.Field, *, alone: bool) -> Any:
    size: dict[str, Any] = {"label_size": Size.LARGE, "label_tag": "h1"} if alone else {}
    if isinstance(field.widget, forms.RadioSelect):
        return Field.radios(name, legend_size=Size.LARGE, legend_tag="h1")
    if isinstance(field, DateField) or field.widget.is_hidden:
        return name
    if isinstance(field, Text):
        longest = field.max_length
        rows, counted = (8, longest) if longest and longest > LONGEST_ADDRESS else (4, None)
        return Field.textarea(name, rows=rows, max_characters=counted, **size)
    return Field.text(name, field_width=Fluid.TWO_THIRDS, **size)


# --- What it is about -----------------------------------------------------------------------


class Topic(Question):
    topic = one_of("What is it about?", choices.TOPICS, "Select what it is about")


class Process(Question):
    process = one_of("What would you like to do?", choices.PROCESSES, "Select what you want to do")


class FirstPlace(Question):
    """No question: who may help sooner, and a button to go on (H92)."""

    heading = "These people may help you sooner"


class Formal(Question):
    """No question: what happens to a formal matter, and a button to go on (H103)."""

    HEADINGS = {
        "safety": "If a child is not safe",
        "complaint": "Your complaint",
        "assessment": "Asking for an assessment",
        "data": "Seeing what we hold",
    }
    heading = "What happens with this"

    def fit(self) -> None:
        self.heading = self.HEADINGS.get(self.kept.get("topic", ""), self.heading)


# --- Who they are ---------------------------------------------------------------------------


class Who(Question):
    sender = one_of("Who are you?", choices.SENDERS, "Select who you are")


class Role(Question):
    """Schools and professionals are asked questions of their own."""

    heading = "Where you work"
    organisation = line("Who do you work for?", "who you work for", attrs={})
    relation = line("What is your job?", "your job")

    WORDS = {
        Sender.ESTABLISHMENT.value: ("Which school, college or nursery is it?", "your school"),
        Sender.PROFESSIONAL.value: ("Who do you work for?", "who you work for"),
        choices.COUNCILLOR: ("Which area do you speak for?", "your area"),
    }

    def fit(self) -> None:
        sender = str(self.kept.get("sender"))
        if sender == Sender.OTHER:
            self.heading = ""
            del self.fields["organisation"]
            self.fields["relation"].label = "How do you know the child?"
            return
        label, called = self.WORDS.get(sender, ("Who do you work for?", "who you work for"))
        self.fields["organisation"].label = label
        self.fields["organisation"].required = sender != choices.COUNCILLOR
        self.fields["organisation"].error_messages["required"] = f"Enter {called}"
        if sender == choices.COUNCILLOR:
            self.heading = ""
            del self.fields["relation"]


class Name(Question):
    name = line("What is your name?", "your name", required=True, attrs={"autocomplete": "name"})


class Child(Question):
    heading = "Who is it about?"
    intro = (
        "With the date of birth we can send you a link by e-mail. It shows you where this is.",
    )
    child_name = line("Child’s full name", "the child’s name", required=True)
    child_born = DateField(
        label="Date of birth (if you know it)",
        called="the date of birth",
        required=False,
        help_text="For example, 27 3 2014",
    )
    child_school = line("School, college or nursery (if you know it)", "the school")
    # The date that the page has asked about: sent once more, it is taken.
    sure = forms.CharField(widget=forms.HiddenInput, required=False)

    def fit(self) -> None:
        if self.kept.get("sender") == Sender.YOUNG_PERSON:
            self.heading = "About you"
            del self.fields["child_name"]
        if self.kept.get("sender") == Sender.ESTABLISHMENT:
            del self.fields["child_school"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        born, today = cleaned.get("child_born"), _today(self.now)
        if born and born > today:
            # Never believed: nobody is known by it, and no link would open with it.
            self.add_error("child_born", "The date of birth must be today or in the past")
        elif born and (odd := _odd(born, today)) and cleaned["sure"] != born.isoformat():
            self.add_error("child_born", odd)
            self.data = {**self.data.dict(), "sure": born.isoformat()}  # type: ignore[attr-defined]
        return cleaned


def _odd(born: date, today: date) -> str:
    """What is odd about a date of birth: asked once, then believed."""
    ask = "Please look at it again. If it is right, press Continue once more."
    if today.year - born.year >= OLDEST:
        return f"With this date of birth they are {OLDEST - 1} or older. {ask}"
    return ""


def _today(now: datetime) -> date:
    return timezone.localtime(now, LONDON).date()


# --- What was before ------------------------------------------------------------------------


class Before(Question):
    before = one_of(
        "Have you told us about this before?", choices.BEFORE, "Select if you have told us before"
    )


class When(Question):
    heading = "When did you last tell us?"
    intro = ("If you are not sure, leave it out and go on.",)
    last_on = DateField(
        label="The day you told us (if you know it)",
        called="the date",
        required=False,
        help_text="For example, 27 9 2026",
    )
    quoted = line(
        "Our reference (if you have one)",
        "the reference",
        40,
        help_text="It looks like CON-000123",
    )

    @classmethod
    def holds(cls, kept: Kept) -> bool:
        """Nobody has told us of a child who was not born. Days are kept as "2014-02-03"."""
        born, on = kept.get("child_born"), kept.get("last_on")
        return not (born and on) or str(on) >= str(born)

    def clean_last_on(self) -> date | None:
        on: date | None = self.cleaned_data["last_on"]
        if on and on > _today(self.now):
            raise forms.ValidationError("The date must be today or in the past")
        if on and not self.holds({**self.kept, "last_on": on.isoformat()}):
            born = day_in_words(date.fromisoformat(self.kept["child_born"])).partition(" ")[2]
            raise forms.ValidationError(
                f"You told us that the date of birth is {born}. The day you told us must be after "
                "it. Please look at it again. If you are not sure, leave it out."
            )
        return on


class Answered(Question):
    outcome = one_of("Did anybody answer you?", choices.ANSWERED, "Select if anybody answered")


class Whom(Question):
    whom = one_of(
        "Who should see this?",
        choices.WHOM,
        "Select who should see this",
        required=False,
        help_text="You do not have to choose. We find the right person.",
    )


# --- What is wrong --------------------------------------------------------------------------


class Words(Question):
    words = Text(
        "What is wrong?", "what is wrong", LONGEST_WORDS, required=True, help_text="In your words"
    )
    wanted = Text("What would you like to happen?", "what you would like", LONGEST_WANTED)
    heading = "Tell us about it"

    # Nobody has to give a reason for what the law lets them ask for.
    NOT_NEEDED = frozenset({"assessment", "data"})
    ASKED = {
        "complaint": "What is your complaint?",
        "safety": "What are you worried about?",
        "assessment": "Why are you asking? (you do not have to say)",
        "data": "What would you like to see? (you do not have to say)",
    }

    def fit(self) -> None:
        topic, words, wanted = self.kept.get("topic"), self.fields["words"], self.fields["wanted"]
        words.widget.attrs["dir"] = wanted.widget.attrs["dir"] = "auto"
        words.required = topic not in self.NOT_NEEDED
        words.label = self.ASKED.get(str(topic), words.label)
        words.help_text = "In your own words, as short or as long as you like"
        wanted.help_text = "You can leave this out"
        if topic in {"assessment", "data", "safety"}:
            del self.fields["wanted"]


class Urgent(Question):
    urgent = one_of("Is one of these true now?", [], "Select one, or “None of these”")

    def fit(self) -> None:
        reasons = list(UrgentReason.objects.filter(active=True))
        listed = [choices.Choice(one.code, one.words) for one in reasons]
        if listed:
            listed[-1].divider = "or"
        field: Any = self.fields["urgent"]
        field.choices = [*listed, choices.Choice(choices.NOT_URGENT, "None of these")]
        field.help_text = "These are the things that we look at first."
