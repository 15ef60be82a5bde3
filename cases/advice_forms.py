"""What was asked on the advice line, and narrowing its list."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import (
    Button,
    Field,
    Fieldset,
    Fixed,
    Fluid,
    Layout,
    Size,
)
from django import forms
from django.utils import timezone

from accounts.form_fields import DateField, TimeField
from accounts.models import User
from cases.actions import MAY_ANSWER
from cases.advice import CALLERS, Theme, establishments_called
from cases.advice_actions import Advice
from cases.form_parts import Line, Showing, Text
from cases.forms import LONGEST_MESSAGE
from cases.models import Contact, Establishment
from clocks.calendars import LONDON

MOST_OFFERED = 10
ANSWERED, CALL_BACK = "answered", "call_back"
OUTCOMES = [(ANSWERED, "Answered now"), (CALL_BACK, "To be called back")]


class AdviceForm(Showing):
    """A call to the advice line. ``submission`` makes a second click harmless.

    The establishment is found by the words typed; where several fit, the form comes back with
    the choice of them.
    """

    sender = forms.ChoiceField(
        label="Who is calling?",
        choices=[(caller, caller.label) for caller in CALLERS],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Select who is calling",
            "invalid_choice": "Select who is calling from the list",
        },
    )
    sender_name = Line(
        "Their name (optional)", "their name", 120, help_text="They need not give one"
    )
    establishment = Line(
        "From which school, college or setting? (optional)",
        "the school, college or setting",
        150,
        help_text="Part of its name, or its URN",
    )
    which = forms.ChoiceField(
        label="Which of these is it?",
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Select one from the list"},
    )
    theme = forms.ChoiceField(
        label="What is it about?",
        choices=Theme,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Select what it is about",
            "invalid_choice": "Select what it is about from the list",
        },
    )
    question = Text(
        "What did they ask?",
        "what they asked",
        LONGEST_MESSAGE,
        required=True,
        help_text="Do not write a child’s name or anything that tells who it is: advice is not "
        "kept on a child’s record. A question about one child is logged on the child’s case.",
    )
    outcome = forms.ChoiceField(
        label="Was it answered?",
        choices=OUTCOMES,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Select whether it was answered",
            "invalid_choice": "Select whether it was answered from the list",
        },
    )
    answer = Text("What did you advise? (if answered)", "what you advised", LONGEST_MESSAGE)
    sender_phone = Line(
        "Number to call back (if to be called back)",
        "the number to call back",
        40,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    received_on = DateField(label="Date of the call", called="the date of the call")
    received_time = TimeField(
        label="Time of the call", called="the time of the call", help_text="For example, 4:45pm"
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, user: User, **kwargs: Any) -> None:
        local = timezone.localtime(now, LONDON)
        kwargs["initial"] = {
            "received_on": local.date(),
            "received_time": local.time(),
            "submission": uuid4(),
        }
        super().__init__(*args, **kwargs)
        self.now = now
        self.offered = self._offered()
        which = self.fields["which"]
        which.choices = [  # type: ignore[attr-defined]
            (str(school.pk), _in_words(school)) for school in self.offered
        ]
        if user.role not in MAY_ANSWER:
            # Advisers take the call; somebody else calls back.
            del self.fields["outcome"], self.fields["answer"]
            self.fields["sender_phone"].label = "Number to call back"
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = self._layout()

    def _offered(self) -> list[Establishment]:
        words = " ".join((self.data.get("establishment") or "").replace("\0", "").split())
        return establishments_called(words, MOST_OFFERED + 1) if words else []

    def _layout(self) -> Layout:
        which = [Field.radios("which", small=True)] if len(self.offered) > 1 else []
        outcome = [
            Field.radios("outcome", legend_size=Size.MEDIUM, small=True),
            Field.textarea("answer", rows=5),
        ]
        return Layout(
            Field.radios("sender", legend_size=Size.MEDIUM, small=True),
            Field.text("sender_name", field_width=Fluid.TWO_THIRDS),
            Field.text("establishment", field_width=Fluid.TWO_THIRDS),
            *which,
            Field.radios("theme", legend_size=Size.MEDIUM, small=True),
            Field.textarea("question", rows=6),
            *(outcome if "outcome" in self.fields else []),
            Field.text("sender_phone", field_width=Fixed.TWENTY),
            Fieldset("received_on", Field.text("received_time", field_width=Fixed.FIVE)),
            "submission",
            Button("submit", "Save advice", data_prevent_double_click="true"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._clean_moment(cleaned)
        self._clean_establishment(cleaned)
        if "outcome" not in self.fields:
            cleaned["outcome"] = CALL_BACK
        if cleaned.get("outcome") == ANSWERED and not cleaned.get("answer"):
            self._say("answer", "Write what you advised")
        if cleaned.get("outcome") == CALL_BACK and not cleaned.get("sender_phone"):
            self._say("sender_phone", "Enter the number to call back")
        if cleaned.get("outcome") == CALL_BACK and not cleaned.get("sender_name"):
            self._say("sender_name", "Enter the name of whom to call back")
        return cleaned

    def _say(self, name: str, message: str) -> None:
        """One message a field: what was typed may have been refused already."""
        if name not in self.errors:
            self.add_error(name, message)

    def _clean_moment(self, cleaned: dict[str, Any]) -> None:
        on, at = cleaned.get("received_on"), cleaned.get("received_time")
        if not (on and at):
            return
        cleaned["received_at"] = datetime.combine(on, at, tzinfo=LONDON)
        if cleaned["received_at"] > self.now:
            later = on > timezone.localtime(self.now, LONDON).date()
            name, what = ("received_on", "date") if later else ("received_time", "time")
            self.add_error(name, f"The {what} of the call must not be in the future")

    def _clean_establishment(self, cleaned: dict[str, Any]) -> None:
        cleaned["place"] = None
        if not cleaned.get("establishment") or "which" in self.errors:
            return
        chosen = cleaned.get("which")
        fitting = [row for row in self.offered if not chosen or str(row.pk) == chosen]
        if not fitting:
            self.add_error("establishment", "Nothing is called that. Try one word of its name")
        elif len(fitting) == 1:
            cleaned["place"] = fitting[0]
        elif len(fitting) > MOST_OFFERED:
            self.add_error(
                "establishment", "More than 10 are called that. Add a word of the name or the town"
            )
        else:
            self.add_error("which", "Select which of these it is")

    def renew_submission(self) -> None:
        """Make the next press of the button advice of its own."""
        posted = self.data.copy()  # type: ignore[attr-defined]
        posted["submission"] = str(uuid4())
        self.data = posted

    def advice(self) -> Advice:
        """What the action takes; only after the form is found valid."""
        data, answered = self.cleaned_data, self.cleaned_data["outcome"] == ANSWERED
        return Advice(
            sender=Contact.Sender(data["sender"]),
            sender_name=data["sender_name"],
            sender_phone=data["sender_phone"],
            establishment=data["place"],
            theme=Theme(data["theme"]),
            question=data["question"],
            received_at=data["received_at"],
            answer=data["answer"] if answered else "",
        )


def _in_words(school: Establishment) -> str:
    place = f", {school.town}" if school.town else ""
    return f"{school.name}{place} (URN {school.urn})"


class ThemeForm(forms.Form):
    """Narrowing the list. What is not one of the themes narrows nothing."""

    theme = forms.ChoiceField(
        label="Theme",
        required=False,
        choices=[("", "Every theme"), *Theme.choices],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(Field.radios("theme", legend_size=Size.SMALL, small=True))

    def chosen(self) -> str:
        """The theme that narrows the list, or nothing."""
        return self.cleaned_data.get("theme", "") if self.is_valid() else ""

    def selected(self, path: str) -> list[dict[str, str]]:
        """The theme with the address of the list without it."""
        theme = self.chosen()
        if not theme:
            return []
        return [{"label": "Theme", "value": Theme(theme).label, "url": path}]
