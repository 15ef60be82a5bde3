"""One short form for each thing that can be done with a contact."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Field, Fluid, Layout, Size
from django import forms

from accounts.form_fields import DateField
from accounts.models import User
from cases.form_parts import Showing
from cases.forms import CATEGORIES, LONGEST_MESSAGE
from cases.models import FORMAL, Case, Contact, RelatedPerson, UrgentReason
from cases.timing import Later
from clocks.models import Clock
from clocks.wording import moment_in_words


class ActForm(Showing):
    """A form with one button; ``button`` says what it does."""

    button = "Save"
    # The code of the rule that was broken, for pages that help on.
    broken_code = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_action = ""

    def lay_out(self, *buttons: Any) -> None:
        """Each field in the GOV.UK pattern of its kind, then the button."""
        pressed = buttons or (Button("submit", self.button, data_prevent_double_click="true"),)
        self.helper.layout = Layout(*(self._laid_out(name) for name in self.fields), *pressed)

    def _laid_out(self, name: str) -> Any:
        field = self.fields[name]
        if isinstance(field, DateField) or field.widget.is_hidden:
            return name
        if isinstance(field.widget, forms.CheckboxSelectMultiple):
            return Field.checkboxes(name, legend_size=Size.SMALL, small=True)
        if isinstance(field.widget, forms.RadioSelect):
            return Field.radios(name, legend_size=Size.MEDIUM, small=True)
        if isinstance(field.widget, forms.Textarea):
            return Field.textarea(name, rows=6)
        if isinstance(field, forms.ChoiceField):
            return Field.select(name)
        return Field.text(name, field_width=Fluid.TWO_THIRDS)


def long_text(label: str, missing: str, **more: Any) -> forms.CharField:
    """Several lines that may not be left out."""
    return forms.CharField(
        label=label,
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea,
        error_messages={"required": missing, "max_length": "Use 20,000 characters or less"},
        **more,
    )


def short_text(label: str, missing: str, *, required: bool = True, **more: Any) -> forms.CharField:
    """One line of up to 200 characters."""
    return forms.CharField(
        label=label,
        max_length=200,
        required=required,
        error_messages={"required": missing, "max_length": "Use 200 characters or less"},
        **more,
    )


def told_how() -> forms.CharField:
    return short_text(
        "How have you told them?",
        "Say how you have told them",
        required=False,
        help_text="We have no e-mail address. For example: by telephone today at 3pm",
    )


class AnswerForm(ActForm):
    """How a contact was answered, and a note of it."""

    answer = forms.ChoiceField(
        label="How did you answer?",
        choices=Contact.Answer,
        widget=forms.RadioSelect,
        error_messages={"required": "Select how you answered"},
    )
    note = long_text(
        "Note of the answer",
        "Write a note of the answer",
        help_text="What you told them, and anything agreed. It goes on the case record.",
    )
    button = "Save answer"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lay_out()


class ReplyForm(ActForm):
    """A reply by e-mail. ``later`` is the soft hint to let it wait (H61, H114)."""

    text = long_text(
        "Your reply",
        "Write your reply",
        help_text="Be plain and kind. Your name, team and the reference are added below it. "
        "Leave out the child’s name and details: e-mail can go astray.",
    )
    also_to = forms.ModelMultipleChoiceField(
        label="Who else needs it? (optional)",
        help_text="Each gets an e-mail of their own and sees nobody else’s address",
        queryset=RelatedPerson.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)
    # Set once the page has asked whether each of many people needs it.
    asked = forms.BooleanField(required=False, widget=forms.HiddenInput)

    # From this many people on, the page asks whether each of them needs it (H113).
    MANY = 3

    def __init__(
        self, *args: Any, people: Iterable[RelatedPerson], later: Later | None, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {"submission": uuid4()}
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        ids = [person.pk for person in people]
        fields["also_to"].queryset = RelatedPerson.objects.filter(pk__in=ids)
        fields["also_to"].label_from_instance = _with_relation
        if not ids:
            del fields["also_to"]
        self.later = later
        self._add_buttons()

    def _add_buttons(self) -> None:
        buttons = [Button("now", "Send now", data_prevent_double_click="true")]
        if self.later:
            buttons.append(_waiting_button(self.later))
        self.lay_out(*buttons)

    def ask_whether_for_all(self) -> None:
        """Ask once: the next press sends it to everybody ticked then (H113)."""
        posted = self.data.copy()  # type: ignore[attr-defined]
        posted["asked"] = "on"
        self.data = posted
        words = "Send to everybody ticked"
        buttons = [Button("now", words, data_prevent_double_click="true")]
        if self.later:
            buttons.append(_waiting_button(self.later))
        self.lay_out(*buttons)

    def is_for_many(self) -> bool:
        """True when it goes to so many that the page should ask once."""
        return len(self.cleaned_data.get("also_to") or []) + 1 >= self.MANY

    def also(self) -> Sequence[RelatedPerson]:
        return list(self.cleaned_data.get("also_to") or [])


def _waiting_button(later: Later) -> Button:
    opens = moment_in_words(later.opens)
    return Button.secondary("later", f"Send on {opens}", data_prevent_double_click="true")


def _with_relation(person: RelatedPerson) -> str:
    return f"{person.name} ({person.get_relation_display().lower()})"


class HoldForm(ActForm):
    """A holding reply: a new date, and why (H58)."""

    until = DateField(
        label="The new date",
        called="the new date",
        help_text="A working day. They will have an answer by its end.",
    )
    reason = long_text("Why do you need more time?", "Say why: the sender reads it")
    told_how = told_how()
    # The clock whose date the page shows: a second click, or a second person, is noticed.
    instead_of = forms.IntegerField(widget=forms.HiddenInput, required=False)
    button = "Promise the new date"

    def __init__(self, *args: Any, clock: Clock, must_tell: bool, **kwargs: Any) -> None:
        kwargs["initial"] = {"instead_of": clock.pk}
        super().__init__(*args, **kwargs)
        if not must_tell:
            del self.fields["told_how"]
            self.fields["reason"].help_text = "The sender reads this in an e-mail"
        self.lay_out()

    def take_new_clock(self, clock: Clock) -> None:
        """After somebody else's promise the next press is made with knowledge of it."""
        self.data = {**self.data.dict(), "instead_of": str(clock.pk)}  # type: ignore[attr-defined]


class PassOnForm(ActForm):
    """To whom, why, and how the sender learns of it (H59)."""

    to = forms.ModelChoiceField(
        label="Who will answer from now on?",
        queryset=User.objects.none(),
        empty_label="Choose somebody",
        error_messages={"required": "Select who will answer"},
    )
    reason = short_text("Why?", "Say why it is passed on")
    told_how = told_how()
    # Who had it when the page was opened: a second person is told of the first.
    instead_of = forms.IntegerField(widget=forms.HiddenInput, required=False)
    button = "Pass it on"

    def __init__(self, *args: Any, owner: User, must_tell: bool, **kwargs: Any) -> None:
        kwargs["initial"] = {"instead_of": owner.pk}
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["to"].queryset = User.objects.holders().exclude(pk=owner.pk)
        fields["to"].label_from_instance = _with_team
        if not must_tell:
            del fields["told_how"]
        self.lay_out()

    def take_new_owner(self, owner: User) -> None:
        """After a collision the next press is made with knowledge of who has it now."""
        self.data = {**self.data.dict(), "instead_of": str(owner.pk)}  # type: ignore[attr-defined]


def _with_team(user: User) -> str:
    return f"{user.full_name}, {user.team}" if user.team else user.full_name


class UrgencyForm(ActForm):
    """Urgent for a reason from the list, or not and why (H63, H64)."""

    decision = forms.ChoiceField(
        label="Is it urgent?",
        choices=[("yes", "Yes, for a reason from the list"), ("no", "No")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select whether it is urgent"},
    )
    why = forms.ModelChoiceField(
        label="The reason, if it is urgent",
        queryset=UrgentReason.objects.filter(active=True),
        required=False,
        empty_label="Choose a reason",
    )
    note = short_text(
        "What the sender is told, if it is not urgent",
        "",
        required=False,
        help_text="Plain and kind: why it is answered in its turn",
    )
    told_how = told_how()
    button = "Save decision"

    def __init__(self, *args: Any, must_tell: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not must_tell:
            del self.fields["told_how"]
        self.lay_out()


class FormalForm(ActForm):
    """Which formal matter a message is (H68)."""

    category = forms.ChoiceField(
        label="Which formal matter is it?",
        choices=[choice for choice in CATEGORIES if choice[0] in FORMAL],
        widget=forms.RadioSelect,
        error_messages={"required": "Select which formal matter it is"},
    )
    button = "Start its clock"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lay_out()


class TextForm(ActForm):
    """One text: a reason, a note or an outcome."""

    text = long_text("", "")

    def __init__(self, *args: Any, label: str, missing: str, button: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label
        self.fields["text"].error_messages["required"] = missing
        self.button = button
        self.lay_out()


class NoteForm(TextForm):
    """A note; ``submission`` makes a second click harmless."""

    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"submission": uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)

    def renew_submission(self) -> None:
        """Make the next press of the button a note of its own."""
        self.data = {**self.data.dict(), "submission": str(uuid4())}  # type: ignore[attr-defined]


class FileForm(ActForm):
    """Which case a message belongs to."""

    case = short_text(
        "The case’s reference",
        "Enter the case’s reference",
        help_text="For example, EHC-000123. Find it first with “Find a case”.",
    )
    reason = short_text("Why was it filed wrongly?", "Say why it was filed wrongly")
    told_how = told_how()
    # The case that the page has shown: filed only when it is still the one typed.
    sure = forms.CharField(widget=forms.HiddenInput, required=False)
    button = "Go on"

    def __init__(self, *args: Any, wrongly: bool, must_tell: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not wrongly:
            del self.fields["reason"]
        if not must_tell:
            del self.fields["told_how"]
        self.lay_out()

    def ask_whether(self, case: Case) -> None:
        """The next press files it with ``case``, which the page now shows."""
        self.data = {**self.data.dict(), "sure": case.reference}  # type: ignore[attr-defined]
        self.button = "File it with this child"
        self.lay_out()


class JoinForm(ActForm):
    """Which open matter a message is about (H8)."""

    matter = forms.ChoiceField(
        label="Which open matter is it about?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select which open matter it is about"},
    )
    button = "Put them together"

    def __init__(self, *args: Any, matters: Iterable[Contact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.matters = {contact.reference: contact for contact in matters}
        fields: dict[str, Any] = self.fields
        fields["matter"].choices = [
            (reference, f"{reference}, {contact.get_channel_display()} from {contact.sender_name}")
            for reference, contact in self.matters.items()
        ]
        self.lay_out()


class ConfirmForm(ActForm):
    """Nothing to fill in: one button."""

    def __init__(self, *args: Any, button: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.button = button
        self.lay_out()
