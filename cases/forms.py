"""One form a journey: log a contact, answer a contact."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fieldset, Fixed, Fluid, Layout, Size
from django import forms
from django.urls import reverse
from django.utils import timezone

from accounts.form_fields import DateField, TimeField
from cases.actions import Received
from cases.models import Contact
from clocks.calendars import LONDON

LONGEST_MESSAGE = 20_000


class LogContactForm(forms.Form):
    """What came in. ``submission`` makes a second click harmless."""

    channel = forms.ChoiceField(
        label="How did it come?",
        choices=Contact.Channel,
        widget=forms.RadioSelect,
        error_messages={"required": "Select how it came"},
    )
    sender = forms.ChoiceField(
        label="Who is it from?",
        choices=Contact.Sender,
        widget=forms.RadioSelect,
        error_messages={"required": "Select who it is from"},
    )
    sender_name = forms.CharField(
        label="Their name",
        max_length=120,
        error_messages={
            "required": "Enter the name of the person who made contact",
            "max_length": "Their name must be 120 characters or less",
        },
    )
    sender_phone = forms.CharField(
        label="Their telephone number (optional)",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
        error_messages={"max_length": "Their telephone number must be 40 characters or less"},
    )
    sender_email = forms.EmailField(
        label="Their e-mail address (optional)",
        help_text="We send them the reference and the date they will hear by",
        required=False,
        max_length=254,
        error_messages={
            "invalid": "Enter an e-mail address in the correct format, like name@example.org",
            "max_length": "Their e-mail address must be 254 characters or less",
        },
    )
    message = forms.CharField(
        label="What did they say or ask?",
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea,
        error_messages={
            "required": "Enter what they said or asked",
            "max_length": "What they said must be 20,000 characters or less",
        },
    )
    received_on = DateField(
        label="Date received",
        called="the date received",
        help_text="For a voicemail or letter, when it was left or arrived",
    )
    received_time = TimeField(
        label="Time received",
        called="the time received",
        help_text="For example, 4:45pm",
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        local = timezone.localtime(now, LONDON)
        kwargs["initial"] = {
            "received_on": local.date(),
            "received_time": local.time(),
            "submission": uuid4(),
        }
        super().__init__(*args, **kwargs)
        self.now = now
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Field.radios("channel", legend_size=Size.MEDIUM, small=True),
            Field.radios("sender", legend_size=Size.MEDIUM, small=True),
            Field.text("sender_name", field_width=Fluid.TWO_THIRDS),
            Field.text("sender_phone", field_width=Fixed.TWENTY),
            Field.text("sender_email", field_width=Fluid.TWO_THIRDS),
            Field.textarea("message", rows=6),
            Fieldset(
                "received_on",
                Field.text("received_time", field_width=Fixed.FIVE),
            ),
            "submission",
            Button("submit", "Log this contact", data_prevent_double_click="true"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        on, at = cleaned.get("received_on"), cleaned.get("received_time")
        if on and at:
            received_at = datetime.combine(on, at, tzinfo=LONDON)
            if received_at > self.now:
                if on > timezone.localtime(self.now, LONDON).date():
                    self.add_error("received_on", "Date received must be today or in the past")
                else:
                    self.add_error("received_time", "The time received must be in the past")
            cleaned["received_at"] = received_at
        return cleaned

    def renew_submission(self) -> None:
        """Make the next press of the button a contact of its own."""
        self.data = {**self.data.dict(), "submission": str(uuid4())}  # type: ignore[attr-defined]

    def received(self) -> Received:
        """What the action takes; only after the form is found valid."""
        data = self.cleaned_data
        return Received(
            channel=Contact.Channel(data["channel"]),
            sender=Contact.Sender(data["sender"]),
            sender_name=data["sender_name"],
            sender_phone=data["sender_phone"],
            sender_email=data["sender_email"],
            message=data["message"],
            received_at=data["received_at"],
        )


class AnswerForm(forms.Form):
    """How a contact was answered, and a note of it."""

    answer = forms.ChoiceField(
        label="How did you answer?",
        choices=Contact.Answer,
        widget=forms.RadioSelect,
        error_messages={"required": "Select how you answered"},
    )
    note = forms.CharField(
        label="Note of the answer",
        help_text="What you told them, and anything agreed. It goes on the case record.",
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea,
        error_messages={
            "required": "Write a note of the answer",
            "max_length": "The note must be 20,000 characters or less",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Field.radios("answer", legend_size=Size.MEDIUM, small=True),
            Field.textarea("note", rows=6),
            Button("submit", "Save answer", data_prevent_double_click="true"),
        )


class SearchForm(forms.Form):
    """What a call taker types to find a child."""

    q = forms.CharField(
        label="Name, date of birth or reference",
        help_text="For example, Amara Okafor, 3/2/2014, EHC-000123 or CON-000456",
        max_length=200,
        error_messages={
            "required": "Enter a name, a date of birth or a reference",
            "max_length": "Use 200 characters or less",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = reverse("cases:search")
        self.helper.layout = Layout(
            Field.text("q", field_width=Fluid.TWO_THIRDS), Button("submit", "Search")
        )
