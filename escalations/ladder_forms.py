"""One short form for each thing that is done with a concern, and the form to take one further."""

from datetime import datetime
from typing import Any

from crispy_forms_gds.layout import Button, Field, Fieldset, Fixed, Fluid, Layout, Size
from django import forms

from cases.forms import COMES_IN, LONGEST_MESSAGE, WhenFields
from cases.matter_forms import ActForm, HoldForm, long_text, short_text, told_how
from cases.models import Contact, UrgentReason
from cases.received import Received
from escalations.ladder import Addressee
from escalations.ladder_state import is_answered


class OfStep(forms.Form):
    """Carries the step that the page showed: another may have been taken meanwhile."""

    step = forms.IntegerField(widget=forms.HiddenInput, required=False)


class AnswerStepForm(OfStep, ActForm):
    """What is said to the sender."""

    text = long_text(
        "Your answer",
        "Write your answer",
        help_text="The sender can read this: it goes to them by e-mail, with your name and team "
        "below it. Leave out the child’s name and details: e-mail can go astray.",
    )
    button = "Send the answer"

    def __init__(self, *args: Any, step: int, mailed: bool, **kwargs: Any) -> None:
        kwargs["initial"] = {"step": step}
        super().__init__(*args, **kwargs)
        if not mailed:
            self.fields["text"].label = "What you told them, and how"
            self.fields[
                "text"
            ].help_text = "Nothing can be sent to them from here: ring or write first."
            self.button = "Save the answer"
        self.lay_out()


class NewDateForm(OfStep, HoldForm):
    """A new date for the answer of a step, and why."""

    def __init__(self, *args: Any, step: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["step"] = step
        self.lay_out()


class PassBackForm(OfStep, ActForm):
    """Why the case owner answers it (H5)."""

    reason = short_text(
        "Why?",
        "Say why you pass it back",
        help_text="For example: they know the case and have the answer. It is kept with the date.",
    )
    told_how = told_how()
    button = "Pass it back"

    def __init__(self, *args: Any, step: int, must_tell: bool, **kwargs: Any) -> None:
        kwargs["initial"] = {"step": step}
        super().__init__(*args, **kwargs)
        if not must_tell:
            del self.fields["told_how"]
        self.lay_out()


class CloseForm(ActForm):
    """How it was settled, and what the sender reads of it."""

    text = long_text(
        "How was it settled?",
        "Write how it was settled",
        help_text="For the record: the sender does not see this.",
    )
    agreed = long_text(
        "What was agreed, and with whom?",
        "Write what was agreed, and with whom: the sender reads it",
        help_text="The sender can read this: it goes into the e-mail that says it is settled. For "
        "example: Lena Marsh rang you this morning, and the taxi starts on Monday. Leave out the "
        "child’s name.",
    )
    button = "Close the concern"

    def __init__(self, *args: Any, owed: bool, mailed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agreed = self.fields["agreed"]
        # Answered before, they have read what we say; else they hear nothing but this.
        agreed.required = owed
        if not owed:
            agreed.label = f"{agreed.label} (optional)"
        if not mailed:
            agreed.help_text = "Nothing can be sent to them from here: ring or write first. Say how"
        self.lay_out()


ASKED = [
    (Addressee.NOBODY.value, "Nobody in particular"),
    (Addressee.TEAM_LEAD.value, "The team lead"),
    (Addressee.SENIOR_MANAGER.value, "A senior manager"),
    (Addressee.RESOLUTION.value, "The resolution team"),
    (Addressee.ABOVE.value, "A head of service, a director, a councillor or an MP"),
]


class FurtherForm(WhenFields, ActForm):
    """What somebody says when they take a concern further: on the telephone or in a letter."""

    channel = forms.ChoiceField(
        label="How did it come?",
        choices=COMES_IN,
        widget=forms.RadioSelect,
        error_messages={"required": "Select how it came"},
    )
    satisfied = forms.ChoiceField(
        label="Did our answer settle it?",
        choices=[("no", "No"), ("yes", "Yes, they have something else to say")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select whether our answer settled it"},
    )
    addressee = forms.ChoiceField(
        label="Whom did they ask for?",
        help_text="It goes to the right person whatever they ask for, and they are told kindly",
        choices=ASKED,
        widget=forms.RadioSelect,
        required=False,
    )
    message = forms.CharField(
        label="What do they say?",
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea,
        error_messages={
            "required": "Enter what they say",
            "max_length": "What they say must be 20,000 characters or less",
        },
    )
    urgent_reason = forms.ModelChoiceField(
        label="Does one of these make it urgent?",
        queryset=UrgentReason.objects.filter(active=True),
        required=False,
        empty_label="None of these",
    )
    sender_name = short_text("Their name", "Enter their name")
    sender_phone = forms.CharField(
        label="Their telephone number (optional)",
        max_length=40,
        required=False,
        error_messages={"max_length": "Their telephone number must be 40 characters or less"},
    )
    sender_email = forms.EmailField(
        label="Their e-mail address (optional)",
        help_text="We send them who has it now and the date",
        max_length=254,
        required=False,
        error_messages={
            "invalid": "Enter an e-mail address in the correct format, like name@example.org"
        },
    )
    button = "Take this further"

    def __init__(self, *args: Any, matter: Contact, now: datetime, **kwargs: Any) -> None:
        kwargs["initial"] = self.moments(now) | {
            "channel": Contact.Channel.TELEPHONE,
            "addressee": Addressee.NOBODY.value,
            "sender_name": matter.sender_name,
            "sender_phone": matter.sender_phone,
            "sender_email": matter.sender_email,
        }
        super().__init__(*args, **kwargs)
        self.now, self.matter = now, matter
        self.fields["sender_name"].max_length = 120  # type: ignore[attr-defined]
        if not is_answered(matter):
            del self.fields["satisfied"]
        self._lay_out()

    def _lay_out(self) -> None:
        asked = [name for name in ASKING if name in self.fields]
        self.helper.layout = Layout(
            *(self._laid_out(name) for name in asked),
            Fieldset("received_on", Field.text("received_time", field_width=Fixed.FIVE)),
            "submission",
            Button("submit", self.button, data_prevent_double_click="true"),
        )

    def _laid_out(self, name: str) -> Any:
        if isinstance(self.fields[name].widget, forms.RadioSelect):
            return Field.radios(name, legend_size=Size.SMALL, small=True)
        if name.startswith("sender"):
            return Field.text(name, field_width=Fluid.TWO_THIRDS)
        return super()._laid_out(name)

    @property
    def is_satisfied(self) -> bool:
        """False when our answer did not settle it; only after the form is found valid.

        Where there is an answer the question is asked, and has to be answered.
        """
        return "satisfied" not in self.fields or self.cleaned_data["satisfied"] == "yes"

    @property
    def asked_for(self) -> Addressee:
        """Whom they asked for; only after the form is found valid."""
        return Addressee(self.cleaned_data["addressee"])

    def received(self) -> Received:
        """What the action takes; only after the form is found valid."""
        data, matter = self.cleaned_data, self.matter
        same_person = data["sender_name"].strip() == matter.sender_name
        return Received(
            channel=Contact.Channel(data["channel"]),
            sender=Contact.Sender(matter.sender),
            sender_name=data["sender_name"].strip(),
            sender_phone=data["sender_phone"],
            sender_email=data["sender_email"],
            sender_person=matter.sender_person if same_person else None,
            establishment=matter.establishment,
            message=data["message"],
            urgent_reason=data["urgent_reason"],
            received_at=data["received_at"],
        )


ASKING = (
    "satisfied",
    "message",
    "addressee",
    "urgent_reason",
    "channel",
    "sender_name",
    "sender_phone",
    "sender_email",
)
