"""Which step a concern is on, who handles it and why: pure Python, no Django, no "now".

1 the case owner, 2 the team lead, 3 a senior manager, 4 the resolution team (H94, H97 to H101).

A step opens the day after the date of the one before has passed without an answer, or at once
when the answer did not satisfy or it is urgent. Nobody is refused: what was asked for too early
goes to the right person, and the sender is told kindly who has it (H100). Formal matters and
safeguarding are on no ladder (H68, H103).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class Step(IntEnum):
    CASE_OWNER = 1
    TEAM_LEAD = 2
    SENIOR_MANAGER = 3
    RESOLUTION = 4


class Ground(StrEnum):
    """Why a step is taken."""

    FIRST = "first"  # nobody has been asked yet
    NO_ANSWER = "no_answer"
    NOT_SATISFIED = "not_satisfied"
    URGENT = "urgent"
    OUTSIDE = "outside"  # addressed to somebody who is not on the ladder (H104)


class Addressee(StrEnum):
    """To whom a concern was addressed, as far as that decides anything."""

    NOBODY = ""  # the form, or whoever is next
    CASE_OWNER = "case_owner"
    TEAM_LEAD = "team_lead"
    SENIOR_MANAGER = "senior_manager"
    RESOLUTION = "resolution"
    # A head of service, a director, a councillor or an MP.
    ABOVE = "above"


class Kind(StrEnum):
    """What happens to a concern."""

    STEP = "step"  # a step is taken
    WAIT = "wait"  # an answer is on its way: told when, and kept with it
    FORMAL = "formal"  # a formal matter or safeguarding: straight on, no ladder


@dataclass(frozen=True)
class Taken:
    """A step that was taken: when its answer is due (aware), and whether one came.

    ``satisfied`` is False once the sender said that the answer did not settle it.
    """

    step: Step
    due_at: datetime
    answered: bool = False
    satisfied: bool = True


@dataclass(frozen=True)
class Concern:
    """What is known when somebody takes a concern further. ``taken`` is in order of the steps."""

    taken: Sequence[Taken] = ()
    addressee: Addressee = Addressee.NOBODY
    urgent: bool = False
    formal: bool = False


@dataclass(frozen=True)
class Placement:
    """Where a concern goes. ``followed`` is False when a step was left out (H100, H108).

    ``opens_after`` (aware) is the date after which the next step opens, while it is to wait.
    """

    kind: Kind
    step: Step
    ground: Ground
    followed: bool = True
    opens_after: datetime | None = None


ASKED = {
    Addressee.CASE_OWNER: Step.CASE_OWNER,
    Addressee.TEAM_LEAD: Step.TEAM_LEAD,
    Addressee.SENIOR_MANAGER: Step.SENIOR_MANAGER,
    Addressee.RESOLUTION: Step.RESOLUTION,
    Addressee.ABOVE: Step.RESOLUTION,
}


def place(concern: Concern, *, now: datetime) -> Placement:
    """Where ``concern`` goes at ``now`` (aware); see the table in the tests."""
    due = _next(concern, now)
    if concern.formal:
        return Placement(Kind.FORMAL, due.step, due.ground)
    asked = ASKED.get(concern.addressee, due.step)
    if concern.addressee == Addressee.ABOVE:
        # Answered by the resolution team, who check what was done and send it on (H104, H108).
        followed = due.kind == Kind.STEP and due.step == Step.RESOLUTION
        return Placement(Kind.STEP, Step.RESOLUTION, Ground.OUTSIDE, followed)
    if asked <= due.step:
        return due
    if due.kind == Kind.WAIT:
        return due
    return Placement(due.kind, due.step, due.ground, False, due.opens_after)


def _next(concern: Concern, now: datetime) -> Placement:
    """The step that is open to this concern, or the one that is being worked on."""
    if not concern.taken:
        return Placement(Kind.STEP, Step.CASE_OWNER, Ground.FIRST)
    last = concern.taken[-1]
    onwards = Step(min(last.step + 1, Step.RESOLUTION))
    if last.answered and not last.satisfied:
        return Placement(Kind.STEP, onwards, Ground.NOT_SATISFIED)
    if concern.urgent and last.step == Step.CASE_OWNER:
        return Placement(Kind.STEP, Step.TEAM_LEAD, Ground.URGENT)
    if last.answered or now <= last.due_at:
        return Placement(Kind.WAIT, last.step, Ground.FIRST, opens_after=last.due_at)
    return Placement(Kind.STEP, onwards, Ground.NO_ANSWER)


def done_until(taken: Sequence[Taken], now: datetime) -> int:
    """Up to which step the ladder was followed: each was taken, and its answer came or its date
    passed (H108). 0 when nobody was asked."""
    done = 0
    for one in sorted(taken, key=lambda each: each.step):
        over = one.answered or now > one.due_at
        if one.step != done + 1 or not over:
            break
        done = int(one.step)
    return done
