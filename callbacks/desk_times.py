"""The times that the desk offers for a callback, as radio buttons stand together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from callbacks.models import Slot
from clocks.calendars import LONDON
from clocks.wording import time_in_words

# Before the id of a slot that was chosen because the caller asks for a later time.
LATER = "later-"


@dataclass(frozen=True)
class SlotGroup:
    """The slots of one day and person."""

    day: date
    owner: str
    # Each with its ``value``, the time ``at`` which it begins, in words, and whether ``checked``.
    slots: list[dict[str, Any]]


def groups_of(choices: Mapping[str, Slot], chosen: str) -> list[SlotGroup]:
    """``choices`` (value to slot) by day and person, in their order; ``chosen`` is ticked."""
    found = groupby(choices.items(), key=_day_and_owner)
    return [
        SlotGroup(day, owner, [_button(value, slot, chosen) for value, slot in slots])
        for (day, owner), slots in found
    ]


def _button(value: str, slot: Slot, chosen: str) -> dict[str, Any]:
    checked = chosen in (value, f"{LATER}{slot.pk}")
    return {"value": value, "at": time_in_words(slot.starts_at), "checked": checked}


def _day_and_owner(choice: tuple[str, Slot]) -> tuple[date, str]:
    slot = choice[1]
    return slot.starts_at.astimezone(LONDON).date(), slot.owner.full_name
