"""The end of a call about a child whom we know: who rings, about what, what came of it (H38)."""

import json
from collections.abc import Iterable
from typing import Any

from crispy_forms_gds.choices import Choice
from django import forms

from accounts.errors import RuleBroken
from callbacks.barred import recognised
from callbacks.calendar_words import last_digits
from callbacks.desk import Desk, Matter
from callbacks.desk_actions import Ending
from callbacks.desk_forms import OUTCOMES, CallForm
from callbacks.desk_refusals import no_second_call
from callbacks.desk_times import LATER, SlotGroup, groups_of
from callbacks.gate import Gate
from callbacks.models import Booking, DeskCall
from callbacks.offers import Offer, next_free
from callbacks.order import Step
from cases.barred_numbers import barred_with
from cases.form_parts import Line
from cases.models import Contact, RelatedPerson, UrgentReason
from clocks.calendars import LONDON
from clocks.wording import day_in_words

Outcome, Relation, Sender = DeskCall.Outcome, RelatedPerson.Relation, Contact.Sender
SOMEBODY_ELSE, SOMETHING_NEW = "other", "new"
JUST_TAKEN = "That time has just been taken."
PROFESSIONALS = frozenset({Relation.SOCIAL_WORKER, Relation.ADVOCATE})
NEXT_FREE = ("There is no other: take a message.", "Here is the only other one.")
NEXT_WORDS = {2: "two", 3: "three"}


class EndCallForm(CallForm):
    """The end of a call about a child whom we know."""

    caller = forms.ChoiceField(
        label="Who rings?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Select who rings",
            "invalid_choice": "Select who rings from the list",
        },
    )
    matter = forms.ChoiceField(
        label="What is it about?",
        help_text="What is owed already is told only to whoever asked for it",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Select what it is about, or “Something new”",
            "invalid_choice": "%(value)s is no longer open. If they still need something, select "
            "“Something new”",
        },
    )
    urgent = forms.ModelChoiceField(
        label="More urgent now, because (optional)",
        queryset=UrgentReason.objects.filter(active=True),
        required=False,
        empty_label="It is not more urgent",
        error_messages={"invalid_choice": "Select a reason from the list"},
    )
    agreed = forms.BooleanField(label="The team has agreed to this call", required=False)
    slot = forms.ChoiceField(
        label="Which time?",
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": JUST_TAKEN},
    )
    reason = Line("Why so late?", "the reason", 200)
    # What the gate said of each matter when the page was opened.
    gates = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        desk: Desk,
        offered: Offer | None,
        people: Iterable[RelatedPerson],
        typed: dict[str, Any],
        **kwargs: Any,
    ) -> None:
        gates = json.dumps({one.contact.reference: one.gate for one in desk.matters})
        typed = {"outcome": _likely(desk, offered)} | typed
        super().__init__(*args, typed={"gates": gates} | typed, **kwargs)
        self.desk = desk
        self.people = {str(one.pk): one for one in people}
        self.matters = {one.contact.reference: one.contact for one in desk.matters}
        self.fields["caller_phone"].help_text = "Leave it empty for the number on record"
        self.fields["caller_email"].help_text = "Leave it empty for the address on record"
        known = [_person(one, self.people.values()) for one in self.people.values()]
        self.choices_of("caller", [*known, Choice(SOMEBODY_ELSE, "Somebody else")])
        self._fit_matters()
        self._fit_plans()
        self.offer(offered)

    def _fit_matters(self) -> None:
        """Asked where something is owed, or was when the page was opened."""
        if not self.matters and not self.data.get("matter"):
            del self.fields["matter"]
            return
        owed = [(one.contact.reference, _owed(one)) for one in self.desk.matters]
        self.choices_of("matter", [*owed, (SOMETHING_NEW, "Something new")])

    def _fit_plans(self) -> None:
        """Asked only while a contact plan holds: no key more on the way of other calls (H66)."""
        if not self.desk.plans:
            del self.fields["agreed"]
            return
        names = " or ".join(dict.fromkeys(one.who for one in self.desk.plans.shown))
        self.fields["agreed"].help_text = (
            f"Needed where the caller may be {names}: a contact plan holds with them. It is "
            "written down that you asked the team"
        )

    def offer(self, offered: Offer | None) -> None:
        """The times to choose from now; a colleague's that was offered instead may be chosen."""
        slots, spare = (offered.slots, offered.spare) if offered else ([], [])
        chosen = self.chosen_time
        shown = [*slots, *(one for one in spare if str(one.pk) == chosen and one not in slots)]
        self.offered, self.slots = offered, {str(one.pk): one for one in shown}
        later = offered.later if offered else []
        self.later = {f"{LATER}{one.pk}": one for one in later}
        # A later time may have become one in time, for another matter, or all that there is.
        now_first = {f"{LATER}{pk}": one for pk, one in self.slots.items()}
        self.times = now_first | self.slots | self.later
        self.choices_of("slot", [(value, str(one)) for value, one in self.times.items()])
        self.choices_of("outcome", [row for row in OUTCOMES if self._may_be(row[0])])

    @property
    def chosen_time(self) -> str:
        return str(self["slot"].value())

    @property
    def is_wish(self) -> bool:
        """True when a later time was chosen because the caller asks."""
        return self.chosen_time in self.later

    def _may_be(self, outcome: str) -> bool:
        """Whether the call can end so; what was posted is answered with the reason why not."""
        if outcome == self.data.get("outcome"):
            return outcome != Outcome.WAITING or "matter" in self.fields
        if outcome == Outcome.BOOKED:
            return bool(self.slots)
        has_date = any(one.gate == Gate.WAIT for one in self.desk.matters)
        return outcome != Outcome.WAITING or has_date

    def offer_instead(self, offered: Offer | None) -> None:
        """After a time was taken: the next three, with nothing else lost."""
        if offered and offered.later and self.chosen_time.startswith(LATER):
            self.offer(offered)
            self._say_of_slot(f"{JUST_TAKEN} Select another")
            return
        self.offer(next_free(offered) if offered else None)
        number = len(self.slots)
        instead = (
            f"Here are the next {NEXT_WORDS.get(number, number)}."
            if number > 1
            else NEXT_FREE[number]
        )
        self._say_of_slot(f"{JUST_TAKEN} {instead}")

    def offer_before(self, offered: Offer, matter: Contact) -> None:
        """The time was free, but is not the first for something that has a date already (H29)."""
        self.offer(offered)
        day = day_in_words(offered.promised_by.astimezone(LONDON).date())
        self._say_of_slot(f"{matter.reference} is promised by {day}. Select one of these times")

    def _say_of_slot(self, words: str) -> None:
        self.errors.pop("slot", None)
        self.add_error("slot", words)

    def urgent_about(self) -> set[str]:
        """The references of what is said to be more urgent: of everything, until one is chosen."""
        if not self["urgent"].value():
            return set()
        chosen = self["matter"].value() if "matter" in self.fields else None
        return {str(chosen)} if chosen else set(self.matters)

    @property
    def was_taken(self) -> bool:
        """True when the time that was chosen is no longer one to choose."""
        return self.has_error("slot", "invalid_choice")

    @property
    def groups(self) -> list[SlotGroup]:
        """The times by day and person, in the order in which they are offered."""
        return groups_of(self.slots, self.chosen_time)

    @property
    def later_groups(self) -> list[SlotGroup]:
        return groups_of(self.later, self.chosen_time)

    @property
    def is_colleague(self) -> bool:
        return bool(self.offered and self.offered.breach == Booking.Breach.COLLEAGUE)

    @property
    def is_outside(self) -> bool:
        return bool(self.offered and self.offered.breach == Booking.Breach.OUTSIDE)

    def clean(self) -> dict[str, Any]:
        """Take over what is on record of a known caller, where the field was left empty."""
        cleaned = self.cleaned_data
        person = self.people.get(cleaned.get("caller", ""))
        wants_mail = bool(cleaned.get("confirm") or cleaned.get("caller_email"))
        if person:
            cleaned["caller_name"] = person.name
            cleaned["relation"] = _sender(person)
            cleaned["caller_phone"] = cleaned.get("caller_phone") or person.phone
            if wants_mail:
                cleaned["caller_email"] = cleaned.get("caller_email") or person.email
        elif "caller" in cleaned:
            self._need("caller_name", "Enter the caller’s name")
            self._need("relation", "Select what they are to the child")
        cleaned["caller"] = person
        barred = self._barred(person) if wants_mail else None
        if barred:
            self.add_error("confirm", f"{barred} must not be contacted: nothing is sent to them")
        elif wants_mail:
            self._need("caller_email", "Enter the address for the confirmation")
        cleaned = super().clean()
        if cleaned.get("at_risk"):
            # Always something new, whatever is owed: nobody has to choose first (H68).
            self.errors.pop("matter", None)
        elif cleaned.get("matter") == SOMETHING_NEW and (since := self._come_since()):
            self.add_error("matter", f"{since[0]} is new. Select it, or “Something new” again")
        if cleaned.get("outcome") == Outcome.BOOKED:
            self._check_time()
        return cleaned

    def _check_time(self) -> None:
        """No other time is asked for, nor offered, where a call is booked already."""
        chosen = self.data.get("matter", "")
        matter = next((one for one in self.desk.matters if one.contact.reference == chosen), None)
        if matter is not None and matter.booking is not None:
            self.errors.pop("slot", None)
            self.add_error("outcome", no_second_call(matter).message)
            return
        self._need("slot", "Select a time")
        if self.is_outside and "slot" not in self.errors:
            self._need("reason", "Say why no earlier time was possible")

    def _barred(self, person: RelatedPerson | None) -> RelatedPerson | None:
        """The caller, chosen or recognised by what they gave, who must not be contacted."""
        if person is not None:
            return person if person.no_contact else None
        given = {
            name: self.cleaned_data.get(f"caller_{name}", "") for name in ("name", "phone", "email")
        }
        return recognised(list(self.people.values()), **given)

    def ending(self) -> Ending:
        """What the action takes; only after the form is found valid."""
        data = self.cleaned_data
        return Ending(
            outcome=Outcome(data["outcome"]),
            matter=self.matters.get(data.get("matter", SOMETHING_NEW)),
            urgent=data["urgent"],
            slot=self.times.get(data["slot"]),
            signpost=self._chosen_signpost(),
            reason=data["reason"],
            wish=data["slot"] in self.later,
        )

    def show(self, broken: RuleBroken) -> None:
        if broken.code == "other_sender":
            broken.field = "matter"
        super().show(broken)

    def changes(self) -> list[str]:
        """What has changed about what is owed since the page was opened, in words."""
        before = self._gates_before()
        if before is None:
            return []
        now = {one.contact.reference: one for one in self.desk.matters}
        gone = [ref for ref in before if ref not in now]
        moved = [one for ref, one in now.items() if before.get(ref, one.gate) != one.gate]
        return [
            *(f"{ref} has been answered or closed." for ref in gone),
            *(f"{one.contact.reference}: {WHY_MOVED[one.gate]}" for one in moved),
            *(f"{ref} has come in or been written down." for ref in self._come_since()),
        ]

    def _gates_before(self) -> dict[str, str] | None:
        """What the gate said of each matter when the page was opened; None when that is lost."""
        try:
            before = json.loads(self.data.get("gates", ""))
        except ValueError:
            return None
        return before if isinstance(before, dict) else None

    def _come_since(self) -> list[str]:
        """What is owed only since the page was opened: a colleague with the same caller on another
        line may have written it down (H48)."""
        before = self._gates_before()
        if before is None:
            return []
        known = (one.contact.reference for one in self.desk.matters)
        return [ref for ref in known if ref not in before]

    def take_changes(self) -> None:
        """The next press is made with knowledge of what the page shows now."""
        gates = json.dumps({one.contact.reference: one.gate for one in self.desk.matters})
        self.data = {**self.data.dict(), "gates": gates}  # type: ignore[attr-defined]


WHY_MOVED = {
    "wait": "there is a new date, or a call is booked.",
    "called": "we have rung them about it.",
    "overdue": "its date has passed.",
}


def _likely(desk: Desk, offered: Offer | None) -> str:
    """The outcome that the page has ticked already."""
    if desk.step == Step.DONE:
        return Outcome.TRANSFERRED
    if desk.must_wait:
        return Outcome.WAITING
    if desk.attempts and desk.step == Step.SLOT:
        times = offered is not None and offered.slots and not desk.plans
        return Outcome.BOOKED if times else Outcome.MESSAGE
    return ""


def _person(related: RelatedPerson, people: Iterable[RelatedPerson]) -> Choice:
    """Advisers read no numbers: the last figures are enough to ask "the one that ends in 123?"."""
    number = _on_record(related.phone)
    barred = ". Must not be contacted" if related.no_contact else _shares(related, people)
    label = f"{related.name} ({related.get_relation_display().lower()})"
    return Choice(related.pk, label, hint=f"{number}{barred}")


def _shares(related: RelatedPerson, people: Iterable[RelatedPerson]) -> str:
    shared = barred_with(people, related.phone)
    return f". {shared.person}, who must not be contacted, has it too" if shared else ""


def _on_record(phone: str) -> str:
    if end := last_digits(phone):
        return f"Number on record ends in {end}"
    return "A short number is on record" if phone else "No number on record"


def _sender(related: RelatedPerson) -> Contact.Sender:
    if related.relation == Relation.SELF:
        return Sender.YOUNG_PERSON
    return Sender.PROFESSIONAL if related.relation in PROFESSIONALS else Sender.PARENT


def _owed(matter: Matter) -> str:
    contact = matter.contact
    came = day_in_words(contact.received_at.astimezone(LONDON).date())
    channel = contact.get_channel_display().lower()
    return f"{contact.reference}: {channel} from {contact.sender_name}, {came}"
