"""Writing a contact down: what came in, and what went out or was noted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fieldset, Fixed, Fluid, Layout, Size
from django import forms
from django.utils import timezone

from accounts.form_fields import DateField, TimeField
from accounts.models import User
from cases.form_parts import Showing
from cases.models import Case, Contact, RelatedPerson, UrgentReason, VoicemailLine
from cases.received import Received
from clocks.calendars import LONDON
from clocks.wording import day_in_words

LONGEST_MESSAGE = 20_000
NEW_MATTER = "new"
Channel = Contact.Channel
# What can come in; a newsletter only goes out, and a note is among ourselves.
COMES_IN = [choice for choice in Channel.choices if choice[0] not in ("newsletter", "note")]
WRITES_IN = [choice for choice in Contact.Sender.choices if choice[0] != "staff"]
CATEGORIES = [choice for choice in Contact.Category.choices if choice[0] != "advice_line"]


class WhenFields(forms.Form):
    """The day and time something came or was done; cleans to ``received_at`` (aware)."""

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
    now: datetime

    def moments(self, now: datetime) -> dict[str, Any]:
        """First values: now, and an id that makes a second click harmless."""
        local = timezone.localtime(now, LONDON)
        return {
            "received_on": local.date(),
            "received_time": local.time(),
            "submission": uuid4(),
        }

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


class LogContactForm(WhenFields, Showing):
    """What came in, about ``case`` or about a child nobody has found yet (None)."""

    channel = forms.ChoiceField(
        label="How did it come?",
        choices=COMES_IN,
        widget=forms.RadioSelect,
        error_messages={"required": "Select how it came"},
    )
    chases = forms.ChoiceField(
        label="Is it about something still open?",
        help_text="Asking again does not change the date, and starts no second one",
        widget=forms.RadioSelect,
        error_messages={"required": "Select what it is about, or “Something new”"},
    )
    sender = forms.ChoiceField(
        label="Who is it from?",
        choices=WRITES_IN,
        widget=forms.RadioSelect,
        error_messages={"required": "Select who it is from"},
    )
    sender_person = forms.ModelChoiceField(
        label="Somebody we know around the child (optional)",
        help_text="Their name, number and address are taken over where you leave them empty",
        queryset=RelatedPerson.objects.none(),
        required=False,
        empty_label="Somebody else",
    )
    sender_name = forms.CharField(
        label="Their name",
        max_length=120,
        required=False,
        error_messages={"max_length": "Their name must be 120 characters or less"},
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
    told_child = forms.CharField(
        label="Which child is it about?",
        help_text="As they told you: name, date of birth and school, as far as you know them",
        max_length=200,
        error_messages={
            "required": "Enter what you know about the child",
            "max_length": "What you know about the child must be 200 characters or less",
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
    category = forms.ChoiceField(
        label="What kind of matter is it?",
        help_text="A formal matter starts a clock of its own, besides the answer’s",
        choices=CATEGORIES,
        initial=Contact.Category.INFORMAL,
        required=False,
    )
    urgent_reason = forms.ModelChoiceField(
        label="Does one of these make it urgent?",
        help_text="The person who answers decides, and the sender is told",
        queryset=UrgentReason.objects.filter(active=True),
        required=False,
        empty_label="None of these",
    )
    addressed_to = forms.ModelChoiceField(
        label="Whom did they ask for? (optional)",
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody by name",
    )
    line = forms.ModelChoiceField(
        label="Which line was the voicemail left on? (optional)",
        queryset=VoicemailLine.objects.none(),
        required=False,
        empty_label="Not a voicemail, or not known",
    )

    def __init__(
        self,
        *args: Any,
        now: datetime,
        case: Case | None,
        open_matters: Iterable[Contact] = (),
        initial: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = self.moments(now) | (initial or {})
        super().__init__(*args, **kwargs)
        self.now = now
        self.matters = {contact.reference: contact for contact in open_matters}
        self._fit(case, now)
        self.helper = FormHelper()
        self.helper.form_action = ""
        # After "Back" a browser would tick the old choices on a page whose choices have moved.
        self.helper.attrs = {"autocomplete": "off"}
        self.helper.layout = Layout(
            *(self._laid_out(name) for name in self.fields if name not in WHEN),
            Fieldset("received_on", Field.text("received_time", field_width=Fixed.FIVE)),
            "submission",
            Button("submit", "Log this contact", data_prevent_double_click="true"),
        )

    def _fit(self, case: Case | None, now: datetime) -> None:
        """Leave out what cannot be asked, and fill in what can be chosen."""
        fields: dict[str, Any] = self.fields
        fields["addressed_to"].queryset = User.objects.holders()
        fields["line"].queryset = VoicemailLine.objects.in_use()
        fields["chases"].choices = [
            *((reference, _matter(contact)) for reference, contact in self.matters.items()),
            (NEW_MATTER, "Something new"),
        ]
        if case is None:
            del fields["sender_person"], fields["addressed_to"]
        else:
            today = timezone.localtime(now, LONDON).date()
            fields["sender_person"].queryset = RelatedPerson.objects.around(case).current(today)
            fields["sender_person"].label_from_instance = _known
            del fields["told_child"]
        if not self.matters:
            del fields["chases"]

    def _laid_out(self, name: str) -> Any:
        field = self.fields[name]
        if isinstance(field.widget, forms.RadioSelect):
            return Field.radios(name, legend_size=Size.MEDIUM, small=True)
        if isinstance(field.widget, forms.Textarea):
            return Field.textarea(name, rows=6)
        if isinstance(field, forms.ChoiceField):
            return Field.select(name)
        return Field.text(name, field_width=Fluid.TWO_THIRDS)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        person = cleaned.get("sender_person")
        if person:
            cleaned["sender_name"] = cleaned.get("sender_name") or person.name
            cleaned["sender_phone"] = cleaned.get("sender_phone") or person.phone
            cleaned["sender_email"] = cleaned.get("sender_email") or person.email
        if not cleaned.get("sender_name") and "sender_name" not in self.errors:
            self.add_error("sender_name", "Enter the name of the person who made contact")
        return cleaned

    def chosen_matter(self) -> Contact | None:
        """The open matter it is about; None for something new."""
        return self.matters.get(self.cleaned_data.get("chases", NEW_MATTER))

    def received(self) -> Received:
        """What the action takes; only after the form is found valid."""
        data = self.cleaned_data
        addressed_to = data.get("addressed_to")
        return Received(
            channel=Channel(data["channel"]),
            sender=Contact.Sender(data["sender"]),
            sender_person=data.get("sender_person"),
            sender_name=data["sender_name"],
            sender_phone=data["sender_phone"],
            sender_email=data["sender_email"],
            told_child=data.get("told_child", ""),
            message=data["message"],
            category=Contact.Category(data["category"] or Contact.Category.INFORMAL),
            urgent_reason=data["urgent_reason"],
            line=data["line"],
            to=(addressed_to,) if addressed_to else (),
            received_at=data["received_at"],
        )


WHEN = ("received_on", "received_time", "submission")


def _known(person: RelatedPerson) -> str:
    barred = ", must not be contacted" if person.no_contact else ""
    return f"{person.name} ({person.get_relation_display().lower()}{barred})"


def _matter(contact: Contact) -> str:
    due = day_in_words(timezone.localtime(contact.promise.due_at, LONDON).date())
    came = day_in_words(timezone.localtime(contact.received_at, LONDON).date())
    channel = contact.get_channel_display()
    return f"{contact.reference}: {channel.lower()} from {contact.sender_name}, {came}, due {due}"


class LogSentForm(WhenFields, Showing):
    """Something the service did: a call made, a letter sent, a meeting held, a note."""

    channel = forms.ChoiceField(
        label="What was it?",
        choices=[
            (Channel.TELEPHONE, "Telephone call that we made"),
            (Channel.EMAIL, "E-mail that we sent from elsewhere"),
            (Channel.LETTER, "Letter that we sent"),
            (Channel.FACE_TO_FACE, "Conversation face to face"),
            (Channel.VIDEO, "Video call"),
            (Channel.NEWSLETTER, "Newsletter"),
            (Channel.NOTE, "Note among ourselves, which families never see"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Select what it was"},
    )
    with_whom = forms.CharField(
        label="With whom, or to whom? (not for a note)",
        max_length=120,
        required=False,
        error_messages={"max_length": "The name must be 120 characters or less"},
    )
    message = forms.CharField(
        label="Note of what was said or sent",
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea,
        error_messages={
            "required": "Enter a note: a call or letter without one is of no use later",
            "max_length": "The note must be 20,000 characters or less",
        },
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        kwargs["initial"] = self.moments(now)
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["received_on"].label = "Date it happened"
        self.fields["received_on"].help_text = ""
        self.fields["received_time"].label = "Time it happened"
        self.helper = FormHelper()
        self.helper.form_action = ""
        self.helper.layout = Layout(
            Field.radios("channel", legend_size=Size.MEDIUM, small=True),
            Field.text("with_whom", field_width=Fluid.TWO_THIRDS),
            Field.textarea("message", rows=6),
            Fieldset("received_on", Field.text("received_time", field_width=Fixed.FIVE)),
            "submission",
            Button("submit", "Save to the record", data_prevent_double_click="true"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        needs_name = cleaned.get("channel") != Channel.NOTE and "with_whom" not in self.errors
        if needs_name and not cleaned.get("with_whom"):
            self.add_error("with_whom", "Enter with whom, or to whom")
        return cleaned
