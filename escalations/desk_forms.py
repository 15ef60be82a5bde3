"""The forms of the resolution desk, and the one with which something is passed to it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Field, Layout, Size
from django import forms

from accounts.models import Role, User
from cases.matter_forms import ActForm, long_text, short_text
from cases.models import Contact
from escalations.desk import STATES
from escalations.ladder import Step
from escalations.ladder_page import NAMES
from escalations.models import DeskEntry, DeskEntryQuerySet
from escalations.partners import Partner

SEPARATE = "separate"
CALLS = (Contact.Channel.TELEPHONE, Contact.Channel.VOICEMAIL)


class PassForm(ActForm):
    """In whose name, whether they were rung or written to, and what it belongs to (H104, H105)."""

    in_name_of = forms.CharField(
        label="In whose name is the standard response?",
        help_text="The head of service or director it was addressed to",
        max_length=150,
        error_messages={
            "required": "Enter in whose name",
            "max_length": "The name must be 150 characters or less",
        },
    )
    how = forms.ChoiceField(
        label="How did it reach them?",
        choices=[("email", "In writing"), ("telephone", "By telephone")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select how it reached them"},
    )
    same = forms.ChoiceField(
        label="Is it about something the resolution team has already?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select what it is about"},
    )
    button = "Pass to the resolution team"

    def __init__(
        self, *args: Any, contact: Contact, by: User, known: Sequence[DeskEntry], **kwargs: Any
    ) -> None:
        self.known = {str(entry.pk): entry for entry in known}
        rang = contact.channel in CALLS
        kwargs["initial"] = {
            "in_name_of": _in_whose_name(contact, by),
            "how": "telephone" if rang else "email",
            "same": next(iter(self.known), SEPARATE),
        }
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        if not known:
            del fields["same"]
        else:
            fields["same"].choices = [
                *((pk, f"Yes: {entry.contact.reference}") for pk, entry in self.known.items()),
                (SEPARATE, "No, it is something else"),
            ]
        self.lay_out()

    def same_as(self) -> DeskEntry | None:
        """What it is linked to; only after the form is found valid."""
        return self.known.get(self.cleaned_data.get("same", SEPARATE))

    @property
    def is_separate(self) -> bool:
        """Somebody has said that it is something else; only after the form is found valid."""
        return bool(self.cleaned_data.get("same") == SEPARATE)


def _in_whose_name(contact: Contact, by: User) -> str:
    """Whoever passes it on, when that is a senior manager; else the one above the team."""
    if by.role == Role.SENIOR_MANAGER:
        return by.full_name
    manager = contact.case.team.manager if contact.case else None
    return manager.full_name if manager else ""


class CheckForm(ActForm):
    """Up to which step the ladder was followed; other than the records say needs a reason."""

    until = forms.TypedChoiceField(
        label="Up to which step was it followed?",
        choices=[(0, "Nobody was asked before"), *((step, NAMES[step]) for step in Step)],
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Select up to which step it was followed"},
    )
    reason = short_text(
        "Why is it other than the records say?",
        "",
        required=False,
        help_text="Leave this empty when the records are right",
    )
    button = "Confirm"

    def __init__(self, *args: Any, entry: DeskEntry, **kwargs: Any) -> None:
        confirmed = entry.computed if entry.confirmed is None else entry.confirmed
        kwargs["initial"] = {"until": confirmed, "reason": entry.confirmed_reason}
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["until"].choices = [
            (value, f"{label} (as the records say)" if value == entry.computed else label)
            for value, label in fields["until"].choices
        ]
        self.lay_out()


class KeepForm(ActForm):
    """Who supports the resolution team: the case owner, or who answers for the case with them."""

    partner = forms.TypedChoiceField(
        label="Who supports the resolution team?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Select who supports the resolution team",
            "invalid_choice": "Select who supports the resolution team",
        },
    )
    button = "Keep it together"

    def __init__(
        self, *args: Any, entry: DeskEntry, partners: Sequence[Partner], **kwargs: Any
    ) -> None:
        able = {one.person.pk: one.person for one in partners}
        likely = entry.kept_with_id if entry.kept_with_id in able else next(iter(able), None)
        kwargs["initial"] = {"partner": likely}
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["partner"].choices = [
            (one.person.pk, f"{one.person}, {one.what}") for one in partners
        ]
        fields["partner"].coerce = lambda pk: able[int(pk)]
        self.lay_out()


class RespondForm(ActForm):
    """The first response: an e-mail from here, or the note of a call (H106)."""

    how = forms.ChoiceField(
        label="How do you respond?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select how you respond"},
    )
    text = long_text(
        "Your words, or the note of the call",
        "Write what you say to them",
        help_text="By e-mail they read exactly this, with your name below it. Leave out the "
        "child’s name and details: e-mail can go astray.",
    )
    button = "Give the first response"

    def __init__(self, *args: Any, mailed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        answer = DeskEntry.Answer
        rang = (answer.TELEPHONE, "By telephone: I have rung them")
        wrote = (answer.EMAIL, "By e-mail: send this now")
        fields["how"].choices = [rang, wrote] if mailed else [rang]
        self.lay_out()


class SettleForm(ActForm):
    """How it was settled, and what the sender reads of it (H107)."""

    text = long_text(
        "How was it settled?",
        "Write how it was settled",
        help_text="For the record: the sender does not see this.",
    )
    agreed = long_text(
        "What was agreed, and with whom?",
        "Write what was agreed, and with whom: the sender reads it",
        help_text="The sender reads this in the e-mail that says it is settled. For example: Rosa "
        "Quill rang you this morning, and the taxi starts on Monday. Leave out the child’s name.",
    )
    button = "Settle it"

    def __init__(self, *args: Any, owed: bool, mailed: bool, struck: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agreed = self.fields["agreed"]
        # While they wait for an answer, this is what they hear.
        agreed.required = owed
        if not owed:
            agreed.label = f"{agreed.label} (optional)"
        if not mailed:
            agreed.help_text = "Nothing can be sent to them from here: ring or write first. Say how"
        if struck:
            del self.fields["agreed"]
        self.lay_out()

    def settled(self) -> dict[str, str]:
        """What the action takes; only after the form is found valid."""
        data = self.cleaned_data
        return {"outcome": data["text"], "agreed": data.get("agreed", "")}


class DeskFilterForm(forms.Form):
    """Narrowing the desk. What is not one of the choices narrows nothing."""

    state = forms.ChoiceField(
        label="How it stands",
        required=False,
        choices=[("", "Everything"), *((code, words) for code, (words, _) in STATES.items())],
        widget=forms.RadioSelect,
    )
    due = forms.ChoiceField(
        label="The date that comes next",
        required=False,
        choices=[("", "Late or not"), ("late", "Late")],
        widget=forms.RadioSelect,
    )
    whose = forms.ChoiceField(
        label="Whose",
        required=False,
        choices=[("", "The whole team’s"), ("mine", "Mine")],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            *(Field.radios(name, legend_size=Size.SMALL, small=True) for name in self.fields)
        )

    def chosen(self) -> dict[str, str]:
        """The choices that narrow the list, by field name."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def narrow(self, entries: DeskEntryQuerySet, user: User, now: Any) -> DeskEntryQuerySet:
        """``entries`` that fit; ``now`` is aware."""
        chosen = self.chosen()
        if "state" in chosen:
            entries = entries.filter(STATES[chosen["state"]][1])
        if "due" in chosen:
            entries = entries.late(now)
        if "whose" in chosen:
            entries = entries.filter(clock__owner=user)
        return entries

    def selected(self, path: str) -> list[dict[str, str]]:
        """Each choice with the address of the list without it."""
        chosen = self.chosen()
        return [
            {
                "label": str(self.fields[name].label),
                "value": dict(self.fields[name].choices)[value],  # type: ignore[attr-defined]
                "url": f"{path}?{urlencode({k: v for k, v in chosen.items() if k != name})}",
            }
            for name, value in chosen.items()
        ]
