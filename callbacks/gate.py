"""May this caller be put through? Pure Python: no Django, no database, no "now" (H32, H33).

Somebody who rings again about what is owed already is put through only when the date has passed
and nobody has rung them, or when it is more urgent now. Everybody else is told the date.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callbacks.order import Step


class Gate(StrEnum):
    OPEN = "open"
    # Something new from somebody who waits for something else: counted by itself, because it is
    # also how one would get past the gate.
    NEW = "new"
    OVERDUE = "overdue"
    URGENT = "urgent"
    CALLED = "called"
    WAIT = "wait"


@dataclass(frozen=True)
class Owed:
    """What the caller waits for: its date, and when we last rang them about it (both aware).

    ``rings_at`` is the moment of a callback that is booked and still to come.
    """

    due_at: datetime
    rang_at: datetime | None = None
    rings_at: datetime | None = None


def decide(owed: Owed | None, *, now: datetime, urgent: bool, waits: bool = False) -> Gate:
    """What the desk may do: ``owed`` is None when the caller asks for something new; ``waits``
    says that the same person waits, in time, for something else.

    =========  =============  ======  =======
    owed       rang already   urgent  gate
    =========  =============  ======  =======
    nothing    –              any     OPEN; NEW when they wait for something else
    any        any            yes     URGENT
    overdue    no             no      OVERDUE
    overdue    yes            no      CALLED
    in time    any            no      WAIT
    =========  =============  ======  =======

    A booked callback still to come is in time, whatever the date behind it says.
    """
    if owed is None:
        return Gate.NEW if waits else Gate.OPEN
    if urgent:
        return Gate.URGENT
    if owed.rings_at is not None and owed.rings_at > now:
        return Gate.WAIT
    if now <= owed.due_at:
        return Gate.WAIT
    return Gate.CALLED if owed.rang_at else Gate.OVERDUE


MAY_TRANSFER = frozenset({Gate.OPEN, Gate.NEW, Gate.OVERDUE, Gate.URGENT})
MAY_BOOK = MAY_TRANSFER | {Gate.CALLED}


class Stance(StrEnum):
    """What the screen says in words and colour: what the gate allows and can be done now."""

    THROUGH = "through"
    # A contact plan may hold for the caller: the team says whether they are put through (H66).
    ASK = "ask"
    WAIT = "wait"
    BOOK = "book"
    MESSAGE = "message"


def stance(gate: Gate, step: Step, *, times: bool, plan: bool = False) -> Stance:
    """Nobody is told to put a caller through when nobody can take the call; ``times`` says
    whether there is one to book, ``plan`` that a contact plan may hold for the caller: then no
    call is promised (H66)."""
    if gate == Gate.WAIT:
        return Stance.WAIT
    if gate in MAY_TRANSFER and step != Step.SLOT:
        return Stance.ASK if plan and step != Step.DONE else Stance.THROUGH
    return Stance.BOOK if times and not plan else Stance.MESSAGE
