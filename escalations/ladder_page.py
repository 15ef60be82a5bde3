"""The ladder of one concern as staff see it: every step, also one that was left out (H102)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from cases.models import Contact
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words
from escalations.ladder import Step
from escalations.models import Escalation, EscalationStep

NAMES = {
    Step.CASE_OWNER: "Case owner",
    Step.TEAM_LEAD: "Team lead",
    Step.SENIOR_MANAGER: "Senior manager",
    Step.RESOLUTION: "Resolution team",
}
NOT_FOLLOWED = "Not followed: nobody was asked on this step."


@dataclass(frozen=True)
class Rung:
    """One step. ``clock`` is None for one that was left out; ``ended`` says how it stands."""

    number: int
    name: str
    contact: Contact | None = None
    taken_at: datetime | None = None
    ground: str = ""
    asked: str = ""
    clock: Clock | None = None
    ended: str = ""
    answer: str = ""
    step: EscalationStep | None = None

    @property
    def is_open(self) -> bool:
        return self.clock is not None and self.clock.is_open

    @property
    def handler(self) -> User | None:
        return self.clock.owner if self.clock else None


def rungs_of(matter: Contact, steps: Sequence[EscalationStep]) -> list[Rung]:
    """Step 1, which is the matter itself, and those after it up to the last that was taken."""
    taken = {step.number: step for step in steps}
    last = max(taken, default=1)
    return [_first(matter), *(_rung(number, taken.get(number)) for number in range(2, last + 1))]


def steps_of(escalation: Escalation | None) -> list[EscalationStep]:
    """The steps with all that a page shows of them; one query, none without a concern."""
    if escalation is None:
        return []
    joined = ("clock__owner", "clock__standard", "contact", "answered_by")
    steps = list(escalation.steps.select_related(*joined).order_by("number"))
    for step in steps:
        # What the page has fetched of the concern is not fetched again for each step.
        step.escalation = escalation
    return steps


def _first(matter: Contact) -> Rung:
    return Rung(
        number=1,
        name=NAMES[Step.CASE_OWNER],
        contact=matter,
        taken_at=matter.received_at,
        ground="First asked",
        clock=matter.promise,
        ended=_ended(matter.promise, matter.answered_by, matter.answered_at),
        answer=matter.answer_note,
    )


def _rung(number: int, step: EscalationStep | None) -> Rung:
    name = NAMES[Step(number)]
    if step is None:
        return Rung(number, name, ended=NOT_FOLLOWED)
    return Rung(
        number=number,
        name=name,
        contact=step.contact,
        taken_at=step.taken_at,
        ground=step.get_ground_display(),
        asked=_asked(step),
        clock=step.clock,
        ended=_ended(step.clock, step.answered_by, step.answered_at),
        answer=step.answer,
        step=step,
    )


def _asked(step: EscalationStep) -> str:
    """Whom they asked for, when it went to somebody else first (H100)."""
    if step.followed or step.asked is None or step.asked == step.number:
        return ""
    asked = NAMES[Step(step.asked)].lower()
    if step.asked == Step.RESOLUTION:
        asked += " or somebody above"
    return f"They asked for: {asked}. The steps before it were not followed."


def _ended(clock: Clock, by: User | None, at: datetime | None) -> str:
    """ "Answered Monday 9 November 2026 by Cora Hill, in time"."""
    if at is None:
        return "" if clock.is_open else "Ended without an answer"
    late = "after its date" if clock.was_late else "in time"
    return f"Answered {day_in_words(at.astimezone(LONDON).date())} by {by}, {late}"


def current_step(steps: Iterable[EscalationStep]) -> EscalationStep | None:
    """The step that is to be answered now: the last that is open."""
    still_open = [step for step in steps if step.clock.is_open]
    return still_open[-1] if still_open else None
