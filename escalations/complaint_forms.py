"""The forms of complaints and of how we keep in touch about them."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.form_fields import DateField
from accounts.models import User
from cases.actions import MAY_ANSWER
from cases.matter_forms import ActForm, long_text, short_text, told_how
from escalations.complaint_rows import LOOKS_INTO
from escalations.models import Agreement, Complaint, Finding, Theme

LEAVE_OUT = "Leave out the child’s name and details: e-mail can go astray."
NO_NAMES = "What we do differently from now on. No child’s name: this goes into a report."


class PersonField(forms.ModelChoiceField):
    """Somebody of the staff, named with their team."""

    def __init__(self, label: str, missing: str, **more: Any) -> None:
        super().__init__(
            label=label,
            queryset=User.objects.none(),
            empty_label="Choose somebody",
            error_messages={"required": missing},
            **more,
        )

    def label_from_instance(self, person: Any) -> str:
        return f"{person.full_name}, {person.team}" if person.team else person.full_name


def people(roles: Iterable[str]) -> Any:
    found = User.objects.filter(is_active=True, role__in=sorted(roles))
    return found.select_related("team").order_by("full_name")


def themes_field() -> forms.ModelMultipleChoiceField:
    return forms.ModelMultipleChoiceField(
        label="What was it about?",
        help_text="At least one. The themes of all complaints are counted every month.",
        queryset=Theme.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select at least one theme"},
    )


def learnt_field() -> forms.CharField:
    return long_text("What do we learn from it? (optional)", "", required=False, help_text=NO_NAMES)


class ComplaintForm(ActForm):
    """What all forms of a complaint share: how the sender was told, where no e-mail goes."""

    def tell_or_not(self, *, must_tell: bool) -> None:
        if not must_tell:
            del self.fields["told_how"]

    def use_themes(self, also: Iterable[int] = ()) -> None:
        """Those in use, and those that were chosen before."""
        fields: dict[str, Any] = self.fields
        active = Theme.objects.filter(active=True)
        chosen = Theme.objects.filter(pk__in=list(also))
        fields["themes"].queryset = (active | chosen).order_by("position", "pk")


class AcknowledgeForm(ComplaintForm):
    to = PersonField(
        "Who looks at it?",
        "Select who looks at it",
        help_text="The sender is told their name. Not somebody whom the complaint is about.",
    )
    told_how = told_how()
    number = forms.IntegerField(widget=forms.HiddenInput)
    button = "Acknowledge the complaint"

    def __init__(
        self, *args: Any, number: int, besides: User | None, must_tell: bool, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {"number": number} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        may = people(LOOKS_INTO)
        fields["to"].queryset = may.exclude(pk=besides.pk) if besides else may
        self.tell_or_not(must_tell=must_tell)
        self.lay_out()


class AnswerForm(ComplaintForm):
    finding = forms.ChoiceField(
        label="What did you find?",
        choices=[choice for choice in Finding.choices if choice[0]],
        widget=forms.RadioSelect,
        error_messages={"required": "Select what you found"},
    )
    text = long_text(
        "Your answer to the sender",
        "Write what you say to the sender",
        help_text="Be plain and kind: what happened, what you found, what you put right and by "
        f"when. Say sorry where it is due. {LEAVE_OUT}",
    )
    themes = themes_field()
    learnt = learnt_field()
    told_how = told_how()
    number = forms.IntegerField(widget=forms.HiddenInput)
    button = "Give the answer"

    def __init__(self, *args: Any, number: int, must_tell: bool, **kwargs: Any) -> None:
        kwargs["initial"] = {"number": number} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.use_themes((kwargs["initial"] or {}).get("themes") or ())
        self.tell_or_not(must_tell=must_tell)
        self.lay_out()


class MoreTimeForm(ComplaintForm):
    until = DateField(label="The new date", called="the new date")
    reason = long_text("Why do you need more time?", "Say why: the sender reads it")
    told_how = told_how()
    number = forms.IntegerField(widget=forms.HiddenInput)
    instead_of = forms.IntegerField(widget=forms.HiddenInput, required=False)
    button = "Promise the new date"

    def __init__(self, *args: Any, complaint: Complaint, must_tell: bool, **kwargs: Any) -> None:
        last = complaint.stages.all()[::-1][0]
        kwargs["initial"] = {"number": last.number, "instead_of": complaint.clock_id}
        super().__init__(*args, **kwargs)
        self.tell_or_not(must_tell=must_tell)
        self.lay_out()

    def take_new_clock(self, pk: int | None) -> None:
        """After somebody else's promise the next press is made with knowledge of it."""
        self.data = {**self.data.dict(), "instead_of": str(pk)}  # type: ignore[attr-defined]


class StageTwoForm(ComplaintForm):
    asked_on = DateField(
        label="On which day did they ask?",
        called="the day",
        help_text="The days until we acknowledge it are counted from this day",
    )
    why = long_text(
        "Why are they not happy with the answer?",
        "Write why they are not happy with the answer",
        help_text="In their words, as far as you can",
    )
    told_how = told_how()
    button = "Start stage 2"

    def __init__(self, *args: Any, must_tell: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tell_or_not(must_tell=must_tell)
        self.lay_out()


class HandOverForm(ComplaintForm):
    to = PersonField("Who has it from now on?", "Select who has it from now on")
    reason = short_text("Why?", "Say why it is passed on")
    told_how = told_how()
    instead_of = forms.IntegerField(widget=forms.HiddenInput, required=False)
    button = "Pass it on"

    def __init__(
        self,
        *args: Any,
        owner: User | None,
        besides: User | None,
        must_tell: bool,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {"instead_of": owner.pk if owner else None}
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        not_them = [person.pk for person in (owner, besides) if person]
        fields["to"].queryset = people(LOOKS_INTO).exclude(pk__in=not_them)
        self.tell_or_not(must_tell=must_tell)
        self.lay_out()

    def take_new_owner(self, owner: User | None) -> None:
        pk = str(owner.pk) if owner else ""
        self.data = {**self.data.dict(), "instead_of": pk}  # type: ignore[attr-defined]


class EndForm(ComplaintForm):
    reason = long_text(
        "What did they say?",
        "Write what they said",
        help_text="Only the person who complained can take it back",
    )
    themes = themes_field()
    told_how = told_how()
    button = "End the complaint"

    def __init__(self, *args: Any, must_tell: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_themes()
        self.tell_or_not(must_tell=must_tell)
        self.lay_out()


class AgreementForm(ActForm):
    channel = forms.ChoiceField(
        label="How do we keep in touch?",
        choices=Agreement.Channel,
        widget=forms.RadioSelect,
        error_messages={"required": "Select how we keep in touch"},
    )
    often = forms.ChoiceField(
        label="How often?",
        choices=Agreement.Often,
        widget=forms.RadioSelect,
        error_messages={"required": "Select how often"},
    )
    person = PersonField("Who does it?", "Select who does it")
    agreed_with = short_text(
        "With whom was it agreed, and how?",
        "Write with whom it was agreed, and how",
        help_text="For example, Ngozi Okafor, by telephone",
    )
    agreed_on = DateField(label="When was it agreed?", called="the day of the agreement")
    review_on = DateField(label="When do you look at it again together?", called="the review date")
    instead_of = forms.IntegerField(widget=forms.HiddenInput, required=False)
    button = "Save the agreement"

    def __init__(self, *args: Any, current: Agreement | None, **kwargs: Any) -> None:
        initial: dict[str, Any] = {"instead_of": current.pk if current else None}
        if current:
            initial |= {
                "channel": current.channel,
                "often": current.often,
                "person": current.person_id,
            }
        kwargs["initial"] = initial | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["person"].queryset = people(MAY_ANSWER)
        self.lay_out()

    def take_new_agreement(self, current: Agreement | None) -> None:
        pk = str(current.pk) if current else ""
        self.data = {**self.data.dict(), "instead_of": pk}  # type: ignore[attr-defined]
