"""Which step a concern is on, who handles it and why: pure Python, no Django, no "now".

1 the case owner, 2 the team lead, 3 a senior manager, 4 the resolution team (H94, H97 to H101).

A step opens at the start of the day after the date of the one before passed without an answer,
or at once when the answer did not satisfy or it is urgent. Nobody is refused: what was asked for
too early goes to the right person, and the sender is told kindly who has it (H100). Formal
matters and safeguarding are on no ladder (H68, H103).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

# Days begin and end there; clocks.calendars has the same zone, but knows Django.
LONDON = ZoneInfo("Europe/London")


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
    DESK = "desk"  # to the resolution team, who check and send it on within 48 hours (H104)
    END = "end"  # the last step is done: a complaint and the Ombudsman are next (H103)
    FORMAL = "formal"  # a formal matter or safeguarding: straight on, no ladder


@dataclass(frozen=True)
class Taken:
    """A step that was taken: when its answer is due (aware), and whether one came.

    ``satisfied`` is False once the sender said that the answer did not settle it; ``was_open``
    unless a step was left out for it.
    """

    step: Step
    due_at: datetime
    answered: bool = False
    satisfied: bool = True
    was_open: bool = True


@dataclass(frozen=True)
class Concern:
    """What is known when somebody takes a concern further. ``taken`` is in order of the steps.

    ``urgent``: they give one of the council's reasons, and nobody has declined it; ``accepted``:
    a person accepted it as urgent since the last step was taken. The word alone is neither (H63).
    """

    taken: Sequence[Taken] = ()
    addressee: Addressee = Addressee.NOBODY
    urgent: bool = False
    formal: bool = False
    accepted: bool = False


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
    if concern.formal:
        return Placement(Kind.FORMAL, Step.CASE_OWNER, Ground.FIRST)
    due = _next(concern, now)
    if concern.addressee == Addressee.ABOVE:
        # They check what was done and send it on (H104, H108).
        followed = due.step == Step.RESOLUTION and due.kind in (Kind.STEP, Kind.END)
        return Placement(Kind.DESK, Step.RESOLUTION, Ground.OUTSIDE, followed)
    asked = ASKED.get(concern.addressee, due.step)
    if due.kind != Kind.STEP or asked <= due.step:
        return due
    if due.step == Step.CASE_OWNER and asked > Step.TEAM_LEAD:
        # Straight to somebody above the team lead: it lands there, not above (H100).
        return Placement(Kind.STEP, Step.TEAM_LEAD, Ground.OUTSIDE, followed=False)
    return replace(due, followed=False)


def _next(concern: Concern, now: datetime) -> Placement:
    """The step that is open to this concern, or the one that is being worked on."""
    last = concern.taken[-1] if concern.taken else None
    # Nothing is owed, and nobody says that the answer did not settle it: something new.
    if last is None or (last.answered and last.satisfied):
        return Placement(Kind.STEP, Step.CASE_OWNER, Ground.FIRST)
    ground = _ground(concern, last, now)
    if ground is None:
        return Placement(Kind.WAIT, last.step, Ground.FIRST, opens_after=last.due_at)
    if last.step == Step.RESOLUTION:
        return Placement(Kind.END, Step.RESOLUTION, ground)
    return Placement(Kind.STEP, Step(last.step + 1), ground)


def _ground(concern: Concern, last: Taken, now: datetime) -> Ground | None:
    """Why the step after ``last`` is open; None while it is not."""
    if last.answered:
        return Ground.NOT_SATISFIED
    if has_passed(last.due_at, now):
        return Ground.NO_ANSWER
    if concern.accepted and last.step != Step.RESOLUTION:
        return Ground.URGENT
    if concern.urgent and last.step == Step.CASE_OWNER:
        return Ground.URGENT
    return None


def has_passed(due_at: datetime, now: datetime) -> bool:
    """True from the start of the local day after ``due_at`` (both aware): then the next opens."""
    return now.astimezone(LONDON).date() > due_at.astimezone(LONDON).date()


def done_until(taken: Sequence[Taken], now: datetime) -> int:
    """Up to which step the ladder was followed: each was taken, and its answer came, its date
    passed or urgency opened the next (H95, H108). 0 when nobody was asked."""
    done = 0
    was_open = {int(one.step): one.was_open for one in taken}
    for one in sorted(taken, key=lambda each: each.step):
        over = one.answered or has_passed(one.due_at, now) or was_open.get(one.step + 1, False)
        if one.step != done + 1 or not over:
            break
        done = int(one.step)
    return done
