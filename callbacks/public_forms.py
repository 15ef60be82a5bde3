"""What a caller fills in with the link in their confirmation."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import uuid4

from django import forms

from callbacks.models import Slot
from clocks.calendars import LONDON
from clocks.wording import day_in_words, time_in_words

NEXT_FEW = 3


@dataclass(frozen=True)
class Option:
    """One time to choose."""

    value: int
    id: str
    day: str
    label: str
    checked: bool


class OtherTimeForm(forms.Form):
    """One of the free ``times``."""

    slot = forms.ModelChoiceField(
        queryset=Slot.objects.none(), error_messages={"required": "Select a time"}
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, times: Sequence[Slot], **kwargs: Any) -> None:
        kwargs["initial"] = {"submission": uuid4()}
        super().__init__(*args, **kwargs)
        self.times = list(times)
        self._offer()

    @property
    def was_pressed(self) -> bool:
        """Whether some time was chosen, even if it cannot be had."""
        return bool(self["slot"].value())

    def by_day(self) -> list[tuple[str, list[Option]]]:
        """The times as they are shown: the days, and for each its times."""
        options = [self._option(number, slot) for number, slot in enumerate(self.times)]
        return [(day, list(same)) for day, same in groupby(options, key=lambda one: one.day)]

    def _option(self, number: int, slot: Slot) -> Option:
        # The error summary leads to the first.
        own_id = f"{self['slot'].auto_id}_{number}" if number else self["slot"].auto_id
        day = day_in_words(slot.starts_at.astimezone(LONDON).date())
        label = f"{time_in_words(slot.starts_at)}, {slot.owner.full_name}"
        return Option(slot.pk, own_id, day, label, str(slot.pk) == self["slot"].value())

    def show_gone(self, times: Sequence[Slot]) -> None:
        """Somebody else was quicker: offer the next three of ``times``."""
        self.times = list(times)[:NEXT_FEW]
        self._offer()
        self.errors.clear()
        self.add_error("slot", _gone(len(self.times)))

    def _offer(self) -> None:
        fields: dict[str, Any] = self.fields
        fields["slot"].queryset = Slot.objects.filter(pk__in=[slot.pk for slot in self.times])


def _gone(left: int) -> str:
    said = "That time has just been taken."
    if left == 0:
        return f"{said} There are no other times at the moment."
    return f"{said} Here {'is the next one' if left == 1 else f'are the next {WORDS[left]}'}."


WORDS = {2: "two", 3: "three"}


class NotNeededForm(forms.Form):
    """Why the call is not needed any more, for those who like to say."""

    reason = forms.CharField(
        label="Why do you not need it? (optional)",
        help_text="You do not have to say. Please leave out names.",
        max_length=200,
        required=False,
        widget=forms.Textarea,
        error_messages={"max_length": "Use 200 characters or less"},
    )
