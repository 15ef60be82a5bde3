"""First the coordinator, then the duty line, then a slot: pure Python (H26 to H28).

A step is done when it was tried without success, or when there is a reason not to try it: one
that the system knows, or one that the adviser gave.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

COORDINATOR, DUTY_LINE = "coordinator", "duty_line"


class Step(StrEnum):
    COORDINATOR = COORDINATOR
    DUTY_LINE = DUTY_LINE
    SLOT = "slot"
    # Somebody took the call.
    DONE = "done"


@dataclass(frozen=True)
class Tried:
    """One attempt: which party, and whether they took the call."""

    party: str
    answered: bool


@dataclass(frozen=True)
class Skips:
    """Why a party need not be tried, in words; "" when they can be."""

    coordinator: str = ""
    duty_line: str = ""


def next_step(tried: Sequence[Tried], skips: Skips) -> Step:
    """What the adviser does next."""
    if any(one.answered for one in tried):
        return Step.DONE
    parties = {one.party for one in tried}
    if COORDINATOR not in parties and not skips.coordinator:
        return Step.COORDINATOR
    if DUTY_LINE not in parties and not skips.duty_line:
        return Step.DUTY_LINE
    return Step.SLOT
