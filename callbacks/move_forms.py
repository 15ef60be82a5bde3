"""Another time for a booked call: which of them keep the day promised (H29, H36)."""

from collections.abc import Iterable, Sequence
from typing import Any

from crispy_forms_gds.choices import Choice

from callbacks.barred import Telling
from callbacks.diary_forms import CALLER_READS, OnceForm, SlotField, fit_telling, named, told_how
from callbacks.models import Booking, Slot
from cases.matter_forms import short_text
from clocks.calendars import LONDON
from clocks.wording import day_in_words


class MoveForm(OnceForm):
    """Another time, and why; the times that keep the day promised stand apart from later ones."""

    slot = SlotField()
    reason = short_text("Why is it moved?", "Say why it is moved", help_text=CALLER_READS)
    told_how = told_how()
    button = "Move the call"

    def __init__(
        self, *args: Any, slots: Sequence[Slot], booking: Booking, telling: Telling, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["slot"].choices = _by_promise(slots, booking)
        fields["slot"].help_text = _which_keep_it(slots, booking)
        fit_telling(fields, telling)
        self.order_fields(["slot", "reason", "told_how"])
        self.lay_out()


def _by_promise(slots: Sequence[Slot], booking: Booking) -> list[Choice]:
    """``slots`` with words between those that keep the day promised and the later ones (H29)."""
    kept = [slot for slot in slots if slot.ends_at <= booking.promised_by]
    later = [slot for slot in slots if slot.ends_at > booking.promised_by]
    choices = [Choice(slot.pk, named(slot, booking.owner)) for slot in kept]
    if choices and later:
        choices[-1].divider = f"After the day promised, {_promised(booking)}:"
    return [
        *choices,
        *(
            Choice(slot.pk, f"{named(slot, booking.owner)} (after the day promised)")
            for slot in later
        ),
    ]


def _which_keep_it(slots: Iterable[Slot], booking: Booking) -> str:
    day = _promised(booking)
    if all(slot.ends_at > booking.promised_by for slot in slots):
        return f"All of these are after the day promised, {day}."
    return f"Those that keep the day promised, {day}, come first."


def _promised(booking: Booking) -> str:
    return day_in_words(booking.promised_by.astimezone(LONDON).date())
