"""What becomes of the calls that are booked with somebody who cannot ring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crispy_forms_gds.choices import Choice
from crispy_forms_gds.layout import Button
from django import forms
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import User
from callbacks.absence_actions import Way, Wish
from callbacks.barred import Telling, barred_around
from callbacks.caller_messages import promised_to
from callbacks.models import Booking, Slot
from callbacks.outlook import Outlook, is_late
from callbacks.stranded import Stuck
from cases.matter_forms import ActForm
from clocks.wording import moment_in_words


@dataclass(frozen=True, kw_only=True)
class Instead:
    """Who could ring instead, and when the owner rings again.

    ``cover`` looks after the person's promises; without one, one of ``colleagues`` is chosen.
    ``back`` (aware) is from when the owner rings again, and ``when_back`` says so; None for
    somebody who does not.
    ``clashes`` are the reasons why the cover cannot ring at a call's time, by booking, and
    ``outlook`` the times that the other ways would give. ``note`` says why it is not the cover
    that was chosen.
    """

    owner: User
    cover: User | None
    colleagues: Sequence[User]
    back: datetime | None
    when_back: str
    clashes: Mapping[int, str]
    outlook: Outlook
    note: str = ""


class MoveCallsForm(ActForm):
    """One choice for all calls, and another for those where it does not fit."""

    way = forms.ChoiceField(
        label="What happens with these calls?",
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": "Select what happens with the calls"},
    )
    stand_in = forms.TypedChoiceField(
        label="Which colleague?",
        help_text="Only for calls that a colleague makes at the same times",
        coerce=int,
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": "Select a colleague from the list"},
    )
    teller = forms.TypedChoiceField(
        label="Who rings the callers whom we cannot write to, to tell them?",
        help_text="The others get an e-mail. Those still to be told are listed here.",
        coerce=int,
        error_messages={
            "required": "Select who tells them",
            "invalid_choice": "Select who tells them",
        },
    )

    def __init__(
        self,
        *args: Any,
        calls: Sequence[Stuck],
        instead: Instead,
        tellers: Sequence[User],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.calls, self.instead = calls, instead
        bookings = [one.booking for one in calls]
        barred = barred_around(bookings)
        self.telling = {booking.pk: barred.telling(booking) for booking in bookings}
        self.tellers = {user.pk: user for user in tellers}
        self.people = {user.pk: user for user in instead.colleagues}
        self._fit()
        self._ask_for_each()
        button = "Move the calls" if len(calls) > 1 else "Move the call"
        self.lay_out(Button("move", button, data_prevent_double_click="true"))

    def _fit(self) -> None:
        """Leave out what cannot be asked here."""
        fields: dict[str, Any] = self.fields
        fields["way"].choices = self._ways()
        fields["stand_in"].choices = [
            ("", "Choose somebody"),
            *((pk, user.full_name) for pk, user in self.people.items()),
        ]
        fields["teller"].choices = [
            ("", "Choose somebody"),
            *((pk, user.full_name) for pk, user in self.tellers.items()),
        ]
        if self.instead.cover or not self.people:
            del fields["stand_in"]
        if Telling.BY_PHONE not in self.telling.values():
            del fields["teller"]

    def _ways(self, booking: Booking | None = None) -> list[tuple[str, str]]:
        """What can become of ``booking``, or of them all, and what it makes of the days promised.

        Of one call not what is known not to work.
        """
        owner, cover = self.instead.owner, self.instead.cover
        ways = []
        if (cover or self.people) and not (booking and booking.pk in self.instead.clashes):
            words = f"{cover or 'A colleague'} rings at the same times"
            ways.append((Way.SAME_TIME.value, words + self._but_not(booking)))
        if self.instead.back:
            words = f"{owner} rings at their next free times{self.instead.when_back}"
            late = self._late(self.instead.outlook.back, booking)
            ways.append((Way.BACK.value, words + late))
        words = "Each caller gets the nearest free time of a colleague"
        late = self._late(self.instead.outlook.colleague, booking)
        return [*ways, (Way.COLLEAGUE.value, words + late)]

    def _but_not(self, booking: Booking | None) -> str:
        number = len(self.instead.clashes)
        if not number or booking:
            return ""
        return f", but cannot ring at {number} of these {len(self.calls)} times"

    def _late(self, times: Mapping[int, Slot | None], booking: Booking | None) -> str:
        """What this way makes of the days promised, of one call or of all."""
        calls = [booking] if booking else [one.booking for one in self.calls]
        found = [(call, times.get(call.pk)) for call in calls]
        late = sum(is_late(slot, call) for call, slot in found if slot)
        none = sum(slot is None for _, slot in found)
        if len(calls) == 1:
            [(_, slot)] = found
            after = ", after the day promised" if late else ""
            return f": {_when(slot)}{after}" if slot else ": no time is free"
        said = [f"{late} of {len(calls)} would be after the day promised"] if late else []
        said += [f"no time is free for {none} of {len(calls)}"] if none else []
        return f": {', '.join(said)}" if said else ""

    def _ask_for_each(self) -> None:
        """Another choice for one call; the order of the page is the order of the fields."""
        teller = self.fields.pop("teller", None)
        for one in self.calls:
            self.fields[_name(one.booking)] = forms.ChoiceField(
                label=_label(one.booking),
                help_text=_facts(one, self.instead, self.telling[one.booking.pk]),
                choices=[
                    ("", "As chosen for all"),
                    *self._ways(one.booking),
                    (Way.LEAVE.value, "Leave it as it is"),
                ],
                required=False,
            )
        if teller:
            self.fields["teller"] = teller

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        ways = [self._way(one.booking, cleaned) for one in self.calls]
        if "" in ways and "way" not in self.errors:
            self.add_error("way", "Select what happens with the calls")
        asked = "stand_in" in self.fields and "stand_in" not in self.errors
        if asked and Way.SAME_TIME in ways and not cleaned.get("stand_in"):
            self.add_error("stand_in", "Select who rings at the same times")
        return cleaned

    def wishes(self) -> list[Wish]:
        """What to do with each call; only after the form is found valid."""
        chosen = self.people.get(self.cleaned_data.get("stand_in") or 0)
        return [
            Wish(
                booking=one.booking,
                way=Way(self._way(one.booking, self.cleaned_data)),
                stand_in=self.instead.cover or chosen,
                back=self.instead.back,
            )
            for one in self.calls
        ]

    def chosen_teller(self, default: User) -> User:
        """Who tells the callers whom we cannot write to."""
        return self.tellers.get(self.cleaned_data.get("teller") or 0, default)

    def explain(self, reasons: Mapping[int, str]) -> None:
        """Why calls stay as they are, each at its own place."""
        for one in self.calls:
            if reason := reasons.get(one.booking.pk):
                self.add_error(_name(one.booking), f"{_short(one.booking)}: {reason}")

    @staticmethod
    def _way(booking: Booking, cleaned: Mapping[str, Any]) -> str:
        return cleaned.get(_name(booking)) or cleaned.get("way") or ""


class _Ticked(forms.TypedMultipleChoiceField):
    """Whoever was ticked off meanwhile, by a second click or a second person, is no mistake."""

    def valid_value(self, value: Any) -> bool:
        return True


class ToldForm(ActForm):
    """Callers without an address, ticked when somebody has told them by telephone."""

    callers = _Ticked(
        label="Whom have you told by telephone?",
        help_text="It goes on the child’s record as a call",
        widget=forms.CheckboxSelectMultiple,
        coerce=int,
        error_messages={
            "required": "Select whom you have told",
            "invalid_choice": "Select callers from the list",
        },
    )

    def __init__(self, *args: Any, waiting: Sequence[Booking], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting = {booking.pk: booking for booking in waiting}
        fields: dict[str, Any] = self.fields
        fields["callers"].choices = [
            Choice(pk, f"{booking.caller_name}, {booking.caller_phone}", hint=_to_say(booking))
            for pk, booking in self.waiting.items()
        ]
        self.lay_out(Button("told", "They have been told", data_prevent_double_click="true"))

    def told(self) -> list[Booking]:
        """Who was ticked and still waits; only after the form is found valid."""
        ticked = set(self.cleaned_data["callers"])
        return [booking for pk, booking in self.waiting.items() if pk in ticked]


def _name(booking: Booking) -> str:
    return f"call_{booking.pk}"


def _short(booking: Booking) -> str:
    case = booking.contact.case
    return f"{moment_in_words(booking.starts_at)}, {case or booking.contact.reference}"


def _when(slot: Slot) -> str:
    return f"{slot.owner} on {moment_in_words(slot.starts_at)}"


def _label(booking: Booking) -> str:
    """When, and about which child."""
    case = booking.contact.case
    child = f"{case.person.full_name}, {case.reference}" if case else booking.contact.reference
    return f"{moment_in_words(booking.starts_at)}: {child}"


# What whoever moves a call has to know of its caller; those we write to have an address.
TOLD = {
    Telling.BY_EMAIL: "",
    Telling.BY_PHONE: "somebody has to ring them",
    Telling.NOT: "must not be contacted",
}


def _facts(one: Stuck, instead: Instead, telling: Telling) -> SafeString:
    """Whom to ring, and in red what is in the way."""
    booking = one.booking
    clash = instead.clashes.get(booking.pk)
    return format_html(
        '<strong class="govuk-tag govuk-tag--red">{}</strong> '
        '<a class="govuk-link" href="{}">Open this call</a><br>'
        "Caller: {}, {}, {}<br>Promised by {}{}{}",
        one.why,
        reverse("callbacks:call", args=[booking.pk]),
        booking.caller_name,
        booking.caller_phone,
        TOLD[telling] or booking.caller_email,
        promised_to(booking),
        format_html("<br>{} cannot ring then: {}", instead.cover, clash) if clash else "",
        format_html_join("", "<br>{}", ((line,) for line in _too_late(booking, instead.outlook))),
    )


def _too_late(booking: Booking, outlook: Outlook) -> list[str]:
    """Which of the ways would take this call past the day promised (H29)."""
    ways = ((outlook.back, "Their own next free time"), (outlook.colleague, "A colleague’s"))
    found = [(words, times.get(booking.pk)) for times, words in ways]
    return [
        f"{words}, {moment_in_words(slot.starts_at)}, is after the day promised"
        for words, slot in found
        if slot and is_late(slot, booking)
    ]


def _to_say(booking: Booking) -> str:
    """What to tell a caller: who rings now, and when."""
    said, before = f"{booking.owner} rings on {moment_in_words(booking.starts_at)}", booking.follows
    if before is None:
        return said
    same_time = before.starts_at == booking.starts_at
    said += f", instead of {before.owner if same_time else moment_in_words(before.starts_at)}"
    if not booking.passes_promise:
        return said
    return f"{said}. We had promised a call by {promised_to(booking)}: say that we are sorry"
