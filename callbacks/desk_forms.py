"""What an adviser types with somebody on the line: who rings, what they ask, what came of it.

One form ends a call; it is short, because the caller waits while it is filled in (H38). That about
a child whom we know is callbacks.desk_end_form.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from crispy_forms_gds.choices import Choice
from django import forms

from accounts.profile import can_be_rung, in_plain_digits
from callbacks.booking_actions import Caller
from callbacks.call_models import DeskCall, Signpost
from callbacks.desk_actions import GIVES_DATE, RINGS_BACK, UNKNOWN_CHILD, Ending, Said
from cases.form_parts import EmailAddress, Line, Showing, Text
from cases.forms import LONGEST_MESSAGE, WRITES_IN
from cases.models import Contact

Outcome = DeskCall.Outcome
WRONG_NUMBER = (
    "Enter one telephone number, like 01632 960100 or 07700 900100. One of another country begins "
    "with + and the country. Read it back to the caller"
)
NOT_WHOLE = "This form is not whole. Copy what you typed and open the page again."
OUTCOMES = [
    Choice(Outcome.ANSWERED, "Answered here"),
    Choice(Outcome.SIGNPOSTED, "Sent to another service"),
    Choice(Outcome.TRANSFERRED, "Put through", hint="Somebody took the call and talks to them now"),
    Choice(Outcome.BOOKED, "Callback"),
    Choice(Outcome.MESSAGE, "Message taken", hint="Whoever answers reads it and has a date for it"),
    Choice(
        Outcome.WAITING,
        "Told when they will hear",
        hint="An answer is on its way: they know the date, and nobody has to ring",
    ),
]


class CallForm(Showing):
    """What every call leaves behind, whether or not we know the child (H38)."""

    # As on the page: the error summary follows it.
    field_order = (
        "caller",
        "caller_name",
        "relation",
        "told_child",
        "caller_phone",
        "best_time",
        "confirm",
        "caller_email",
        "asked",
        "at_risk",
        "matter",
        "urgent",
        "outcome",
        "signpost",
        "agreed",
        "slot",
        "reason",
        "reminded",
        "told",
    )
    caller_name = Line("Their name", "the caller’s name", 120)
    relation = forms.ChoiceField(
        label="What they are to the child",
        choices=[("", "Choose"), *WRITES_IN],
        required=False,
    )
    caller_phone = Line(
        "Number to ring them on",
        "the number",
        40,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    confirm = forms.BooleanField(label="They want a confirmation by e-mail", required=False)
    caller_email = EmailAddress("E-mail address, if they want a confirmation")
    best_time = Line("Best time to ring them (optional)", "the best time", 120)
    asked = Text("What do they ask?", "what they ask", LONGEST_MESSAGE, required=True)
    at_risk = forms.BooleanField(
        label="A child may be at risk",
        required=False,
    )
    outcome = forms.ChoiceField(
        label="What became of the call?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select what became of the call"},
    )
    signpost = forms.ChoiceField(
        label="Which service?",
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": "This service is out of use now. Select another"},
    )
    told = Text(
        "What you told them",
        "what you told them",
        LONGEST_MESSAGE,
        help_text="Leave it empty if you say the sentence that this page or the next one gives you",
    )
    reminded = forms.BooleanField(
        label="I have told the caller not to ring again before that day", required=False
    )
    submission = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": NOT_WHOLE, "invalid": NOT_WHOLE}
    )

    def __init__(
        self, *args: Any, signposts: Iterable[Signpost], typed: dict[str, Any], **kwargs: Any
    ) -> None:
        kwargs["initial"] = {"submission": uuid4()} | typed
        super().__init__(*args, **kwargs)
        self.signposts = {str(one.pk): one for one in signposts}
        self.choices_of("signpost", [_service(one) for one in self.signposts.values()])
        self.fields["asked"].widget.attrs["rows"] = 3
        self.fields["told"].widget.attrs["rows"] = 3

    def choices_of(self, name: str, choices: Sequence[Any]) -> None:
        chosen: Any = self.fields[name]
        chosen.choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        outcome, at_risk = cleaned.get("outcome", ""), cleaned.get("at_risk")
        if outcome == Outcome.SIGNPOSTED:
            self._need("signpost", "Select where you sent them")
        if outcome == Outcome.ANSWERED:
            self._need("told", "Write what you told them")
        if outcome in RINGS_BACK and not (at_risk and outcome == Outcome.MESSAGE):
            self._need("caller_phone", "Enter the number to ring")
            self._refuse_wrong_number()
        if outcome in GIVES_DATE and not at_risk:
            self._need("reminded", "Tell them that they need not ring before that day, and tick it")
        return cleaned

    def clean_caller_phone(self) -> str:
        return in_plain_digits(self.cleaned_data["caller_phone"])

    def _refuse_wrong_number(self) -> None:
        """Of what was typed: what is on record may be an extension of our own building."""
        typed = in_plain_digits(str(self["caller_phone"].value() or "")).strip()
        if typed and "caller_phone" not in self.errors and not can_be_rung(typed):
            self.add_error("caller_phone", WRONG_NUMBER)

    def _need(self, name: str, words: str) -> None:
        if name not in self.errors and not self.cleaned_data.get(name):
            self.add_error(name, words)

    def renew_submission(self) -> None:
        """Make the next press of the button a call of its own."""
        self.data = {**self.data.dict(), "submission": str(uuid4())}  # type: ignore[attr-defined]

    def said(self) -> Said:
        """What the action takes; only after the form is found valid."""
        data = self.cleaned_data
        caller = Caller(
            name=data["caller_name"],
            phone=data["caller_phone"],
            email=data["caller_email"],
            best_time=data["best_time"],
        )
        return Said(
            sender=Contact.Sender(data["relation"]),
            caller=caller,
            asked=data["asked"],
            told=data["told"],
            person=data.get("caller"),
            reminded=data["reminded"],
            at_risk=data["at_risk"],
            agreed=bool(data.get("agreed")),
        )

    def _chosen_signpost(self) -> Signpost | None:
        return self.signposts.get(self.cleaned_data["signpost"])


def _service(signpost: Signpost) -> Choice:
    reach = ", ".join(filter(None, [signpost.phone, signpost.url]))
    return Choice(signpost.pk, signpost.name, hint=f"{signpost.for_what}. {reach}")


class UnknownCallForm(CallForm):
    """The end of a call about a child whom nobody finds (H23)."""

    told_child = Line(
        "Which child is it about?",
        "what you know about the child",
        200,
        help_text="As they told you: name, date of birth and school. Needed for a message",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices_of("outcome", [row for row in OUTCOMES if row[0] in UNKNOWN_CHILD])
        said_after = "For a message, leave it empty: the next page gives you the sentence to say"
        self.fields["told"].help_text = said_after
        del self.fields["confirm"]

    def clean(self) -> dict[str, Any]:
        self._need("caller_name", "Enter the caller’s name")
        self._need("relation", "Select what they are to the child")
        cleaned = super().clean()
        if cleaned.get("outcome") == Outcome.MESSAGE:
            self._need("told_child", "Enter what you know about the child")
        return cleaned

    def ending(self) -> Ending:
        """What the action takes; only after the form is found valid."""
        return Ending(
            outcome=Outcome(self.cleaned_data["outcome"]), signpost=self._chosen_signpost()
        )
