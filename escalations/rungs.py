"""The four steps of one concern, read once from the records (H102).

Its page for staff, the check of the resolution team and the sender's own page are all told from
these, so that they cannot tell different stories; each has only words of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from accounts.models import User
from cases.models import Contact
from clocks.models import Clock
from escalations.ladder import Ground, Step, has_passed
from escalations.models import Escalation, EscalationStep


class State(StrEnum):
    """How a step stands."""

    WAITING = "waiting"
    # Its day is over without an answer: the next step is open (H95).
    LATE = "late"
    ANSWERED = "answered"
    # Settled before anybody answered.
    ENDED = "ended"
    # A later step was taken, this one was not (H100).
    LEFT_OUT = "left_out"
    AHEAD = "ahead"


@dataclass(frozen=True)
class Rung:
    """One step. Left out or ahead it has neither clock nor contact; ``is_last`` is where it is.

    ``taken`` is the row of the step; step 1 is the matter itself and has none. ``is_passed`` when
    the next step was open and has been taken, whatever became of this one.
    """

    step: Step
    state: State
    is_last: bool = False
    is_passed: bool = False
    clock: Clock | None = None
    contact: Contact | None = None
    ground: Ground = Ground.FIRST
    taken_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: User | None = None
    answer: str = ""
    taken: EscalationStep | None = None

    @property
    def who(self) -> User | None:
        """Who answered, or else who has to."""
        return self.answered_by or (self.clock.owner if self.clock else None)

    @property
    def is_over(self) -> bool:
        """An answer came, it was settled, its day is over, or urgency opened the next: the step
        was followed (H95, H108)."""
        ended = self.state in (State.ANSWERED, State.ENDED, State.LATE)
        return ended or (self.state == State.WAITING and self.is_passed)

    @property
    def ended_late(self) -> bool:
        """Its day was over without an answer when it was settled: that stays said."""
        if self.state != State.ENDED or self.clock is None or self.clock.stopped_at is None:
            return False
        return has_passed(self.clock.due_at, self.clock.stopped_at)


def steps_of(escalation: Escalation | None) -> list[EscalationStep]:
    """The steps with all that a page shows of them; one query, none without a concern."""
    if escalation is None:
        return []
    joined = ("clock__owner", "clock__standard", "contact__urgent_reason", "answered_by")
    steps = list(escalation.steps.select_related(*joined).order_by("number"))
    for step in steps:
        # What the page has fetched of the concern is not fetched again for each step.
        step.escalation = escalation
    return steps


def rungs_of(matter: Contact, steps: Sequence[EscalationStep], now: datetime) -> list[Rung]:
    """All four at ``now`` (aware). ``matter`` needs its clock, ``steps`` theirs."""
    taken = {Step(step.number): step for step in steps}
    last = max(taken, default=Step.CASE_OWNER)
    passed = {number - 1 for number, step in taken.items() if step.was_open}
    rungs = [_first(matter, now, is_last=last == Step.CASE_OWNER, is_passed=1 in passed)]
    for number in list(Step)[1:]:
        step = taken.get(number)
        if step:
            is_passed = number in passed
            rungs.append(_taken(step, now, is_last=number == last, is_passed=is_passed))
        else:
            rungs.append(Rung(number, State.LEFT_OUT if number < last else State.AHEAD))
    return rungs


def _first(matter: Contact, now: datetime, *, is_last: bool, is_passed: bool) -> Rung:
    return Rung(
        Step.CASE_OWNER,
        _state(matter.promise, matter.answered_at, now),
        is_last,
        is_passed,
        clock=matter.promise,
        contact=matter,
        taken_at=matter.received_at,
        answered_at=matter.answered_at,
        answered_by=matter.answered_by,
        answer=matter.answer_note,
    )


def _taken(step: EscalationStep, now: datetime, *, is_last: bool, is_passed: bool) -> Rung:
    return Rung(
        Step(step.number),
        _state(step.clock, step.answered_at, now),
        is_last,
        is_passed,
        clock=step.clock,
        contact=step.contact,
        ground=Ground(step.ground),
        taken_at=step.taken_at,
        answered_at=step.answered_at,
        answered_by=step.answered_by,
        answer=step.answer,
        taken=step,
    )


def _state(clock: Clock, answered_at: datetime | None, now: datetime) -> State:
    if answered_at:
        return State.ANSWERED
    if not clock.is_open:
        return State.ENDED
    return State.LATE if has_passed(clock.due_at, now) else State.WAITING


def is_unsettled(rung: Rung, rungs: Sequence[Rung]) -> bool:
    """Whether ``rung`` was taken because the concern was called settled, without an answer, and
    its sender says that it is not. What ends afterwards changes no reason of before."""
    earlier = [one for one in rungs if one.clock and one.step < rung.step]
    if not earlier or earlier[-1].state != State.ENDED or rung.ground != Ground.NOT_SATISFIED:
        return False
    ended_at = earlier[-1].clock.stopped_at if earlier[-1].clock else None
    return bool(ended_at and rung.taken_at and ended_at <= rung.taken_at)
