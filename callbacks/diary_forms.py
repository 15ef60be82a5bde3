"""What is typed about booked calls, hours for callbacks, and what else fills a diary."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, cast
from uuid import uuid4

from crispy_forms_gds.layout import Field, Fixed, Fluid
from django import forms
from django.db import models

from accounts.form_fields import DateField, TimeField
from accounts.models import User
from callbacks.barred import Telling
from callbacks.booking_actions import Caller
from callbacks.models import WEEKDAYS, Slot, SlotPolicy
from cases.form_parts import EmailAddress
from cases.matter_forms import ActForm, long_text, short_text
from cases.models import Contact
from clocks.calendars import LONDON
from clocks.wording import moment_in_words
from diaries.models import Block

NOT_THAT_ONE = "That time cannot be booked. Select one of these"
# A reason goes out word for word.
CALLER_READS = "The caller reads this. No names."
RECORD_ONLY = "It goes on the record, and nowhere else."
TELEPHONE = forms.TextInput(attrs={"inputmode": "tel"})


class OnceForm(ActForm):
    """A form whose second click is harmless: ``submission`` is posted once."""

    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"submission": uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)


class ReachedForm(OnceForm):
    """A note of the call: without one it is not over (H44)."""

    note = long_text(
        "Note of the call",
        "Write a note of the call",
        help_text="What you told them, and anything agreed. It goes on the case record.",
    )
    button = "Save: reached"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lay_out()


class NoAnswerForm(OnceForm):
    """Nobody answered; a note is not needed."""

    note = short_text(
        "Note (optional)", "", required=False, help_text="For example, left a voice message"
    )
    button = "Save: no answer"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lay_out()


def told_how() -> forms.CharField:
    return short_text(
        "How have you told the caller?",
        "",
        required=False,
        help_text="We cannot write to them: please ring. For example: by telephone today at 3pm",
    )


def fit_telling(fields: dict[str, Any], telling: Telling) -> None:
    """Ask how they were told where we cannot write to them; say who reads the reason."""
    if telling != Telling.BY_PHONE:
        del fields["told_how"]
    if telling != Telling.BY_EMAIL:
        fields["reason"].help_text = RECORD_ONLY


class CallOffForm(ActForm):
    """Why a call is not made, and how the caller learns of it."""

    reason = short_text(
        "Why is it called off?", "Say why: the caller is told", help_text=CALLER_READS
    )
    told_how = told_how()
    button = "Call it off"

    def __init__(self, *args: Any, telling: Telling, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fit_telling(self.fields, telling)
        self.lay_out()


class SlotField(forms.ModelChoiceField):
    """One of the slots offered; whether it is still free is asked when it is booked.

    A second click sends the slot that the first has taken: so any slot is taken from a form.
    """

    def __init__(self) -> None:
        super().__init__(
            label="When?",
            queryset=Slot.objects.select_related("owner__team"),
            widget=forms.RadioSelect,
            empty_label=None,
            error_messages={"required": "Select a time", "invalid_choice": NOT_THAT_ONE},
        )

    def offer(self, slots: Iterable[Slot], rings: User | None) -> None:
        """Show ``slots``; those of somebody else than ``rings`` name who it is."""
        self.choices = [(slot.pk, named(slot, rings)) for slot in slots]


def named(slot: Slot, rings: User | None) -> str:
    """When, and with whom where that is somebody else than ``rings``."""
    when = moment_in_words(slot.starts_at)
    return when if slot.owner == rings else f"{when}, with {slot.owner}"


class WrittenForm(ActForm):
    """The letter or e-mail that keeps the promise after enough tries (H36)."""

    answer = forms.ChoiceField(
        label="How did you write?",
        choices=[
            (Contact.Answer.LETTER, "By letter"),
            (Contact.Answer.EMAIL, "By e-mail from elsewhere"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Select how you wrote"},
    )
    note = long_text("What did you write?", "Write down what you wrote")
    button = "Save answer"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lay_out()


class BookForm(OnceForm):
    """A slot, whom to ring and where; ``reason`` where the slots are after the standard."""

    slot = SlotField()
    caller_name = forms.CharField(
        label="Who is rung?",
        max_length=120,
        error_messages={
            "required": "Enter who is rung",
            "max_length": "The name must be 120 characters or less",
        },
    )
    caller_phone = forms.CharField(
        label="On which number?",
        max_length=40,
        widget=TELEPHONE,
        error_messages={
            "required": "Enter the number to ring",
            "max_length": "The number must be 40 characters or less",
        },
    )
    caller_email = EmailAddress(
        "E-mail address for a confirmation (optional)",
        help_text="It has a link with which they can choose another time",
    )
    best_time = forms.CharField(
        label="When do they like it best? (optional)",
        max_length=120,
        required=False,
        error_messages={"max_length": "Use 120 characters or less"},
    )
    reason = short_text(
        "Why is it booked so late?",
        "",
        required=False,
        help_text="The team’s lead reads this",
    )
    button = "Book the call"

    def __init__(
        self, *args: Any, slots: Iterable[Slot], rings: User | None, late: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["slot"].offer(slots, rings)
        if not late:
            del fields["reason"]
        self.order_fields(["slot", "caller_name", "caller_phone", "caller_email", "best_time"])
        self.lay_out()

    def caller(self) -> Caller:
        """What the action takes; only after the form is found valid."""
        data = self.cleaned_data
        return Caller(
            name=data["caller_name"],
            phone=data["caller_phone"],
            email=data["caller_email"],
            best_time=data["best_time"],
        )


# --- Hours and other time --------------------------------------------------------------------


class TimesForm(ActForm):
    """Narrow boxes for times of day."""

    def _laid_out(self, name: str) -> Any:
        if isinstance(self.fields[name], TimeField):
            return Field.text(name, field_width=Fixed.FIVE)
        return super()._laid_out(name)


class HoursForm(TimesForm):
    """Hours that somebody keeps free for callbacks every week (H35)."""

    weekday = forms.TypedChoiceField(
        label="On which day of the week?",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Select a day of the week",
            "invalid_choice": "Select a day of the week from the list",
        },
    )
    starts = TimeField(label="From", called="the start", help_text="For example, 2pm")
    ends = TimeField(label="Until", called="the end", help_text="For example, 4pm")
    first_day = DateField(
        label="From which day on?",
        called="the first day",
        help_text="Every week from this day on, until you stop it",
    )
    button = "Keep these hours"

    def __init__(self, *args: Any, person: User, today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"first_day": today}
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["weekday"].choices = [(day, WEEKDAYS[day]) for day in sorted(person.working_days)]
        self.lay_out()


class StopForm(ActForm):
    """From which day on the hours are kept no longer."""

    first_day = DateField(
        label="Which is the first day without them?",
        called="the first day without these hours",
    )
    button = "Stop these hours"

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"first_day": today}
        super().__init__(*args, **kwargs)
        self.lay_out()


class BlockForm(TimesForm):
    """A meeting, casework or training."""

    kind = forms.ChoiceField(
        label="What is it?",
        choices=Block.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": "Select what it is"},
    )
    title = forms.CharField(
        label="Its name (optional)",
        help_text="For you and your team. Leave out children’s names.",
        max_length=120,
        required=False,
        error_messages={"max_length": "Its name must be 120 characters or less"},
    )
    day = DateField(label="On which day?", called="the day")
    starts = TimeField(label="From", called="the start", help_text="For example, 10am")
    ends = TimeField(label="Until", called="the end", help_text="For example, 11:30am")
    button = "Put it in the diary"

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"day": day, "kind": Block.Kind.MEETING}
        super().__init__(*args, **kwargs)
        self.lay_out()

    def period(self) -> tuple[datetime, datetime]:
        """Start and end, aware; only after the form is found valid."""
        data = self.cleaned_data
        return (
            datetime.combine(data["day"], data["starts"], tzinfo=LONDON),
            datetime.combine(data["day"], data["ends"], tzinfo=LONDON),
        )


# --- Settings --------------------------------------------------------------------------------

# Label, help and name inside a sentence of each figure.
FIGURES = {
    "slot_minutes": ("How long is one call?", "In minutes", "the length of a call"),
    "minimum_minutes": (
        "How much time does a full-time case owner keep each week?",
        "In minutes. Less for those who work less.",
        "the time of case owners",
    ),
    "minimum_minutes_managers": (
        "How much time does a full-time manager keep each week?",
        "In minutes. Less for those who work less.",
        "the time of managers",
    ),
    "horizon_days": (
        "How far ahead can calls be booked?",
        "In days",
        "how far ahead calls can be booked",
    ),
    "grace_minutes": (
        "How long after its end is a call missed?",
        "In minutes, if nobody has written down what became of it",
        "how long after its end a call is missed",
    ),
    "attempts_before_writing": (
        "After how many tries do we write?",
        "Calls that nobody answered, counted for each question",
        "the number of tries",
    ),
}


class PolicyForm(ActForm):
    """The figures of callback slots (H28, H35, H36)."""

    button = "Save figures"

    def __init__(self, *args: Any, policy: SlotPolicy, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(policy, name) for name in FIGURES}
        super().__init__(*args, **kwargs)
        for name, (label, hint, called) in FIGURES.items():
            self.fields[name] = _figure(name, label, hint, called)
        self.lay_out()

    def _laid_out(self, name: str) -> Any:
        return Field.text(name, field_width=Fluid.ONE_QUARTER)

    def policy(self) -> SlotPolicy:
        """What the action takes; only after the form is found valid."""
        return SlotPolicy(**self.cleaned_data)


def _figure(name: str, label: str, hint: str, called: str) -> forms.IntegerField:
    """A whole number within the limits of the model's field."""
    column = cast("models.Field[Any, Any]", SlotPolicy._meta.get_field(name))
    limits = {one.code: one.limit_value for one in cast(list[Any], column.validators)}
    least, most = limits.get("min_value", 0), limits["max_value"]
    within = f"{called[0].upper()}{called[1:]} must be between {least} and {most}"
    return forms.IntegerField(
        label=label,
        help_text=hint,
        min_value=least,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": f"Enter {called}",
            "invalid": f"{called[0].upper()}{called[1:]} must be a whole number",
            "min_value": within,
            "max_value": within,
        },
    )
