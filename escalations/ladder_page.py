"""The ladder of one concern in words for staff: every step, also one that was left out (H102)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.models import Contact
from clocks.calendars import LONDON
from clocks.wording import day_in_words
from escalations.ladder import Step
from escalations.models import EscalationStep
from escalations.rungs import Rung, State, is_unsettled, rungs_of

NAMES = {
    Step.CASE_OWNER: "Case owner",
    Step.TEAM_LEAD: "Team lead",
    Step.SENIOR_MANAGER: "Senior manager",
    Step.RESOLUTION: "Resolution team",
}
UNSETTLED = "They say that it is not settled"
NOT_FOLLOWED = "Not followed: nobody was asked on this step."


@dataclass(frozen=True)
class Line:
    """One step and what is said of it. ``ended`` says how it stands once nobody has to answer."""

    rung: Rung
    name: str
    ground: str = ""
    asked: str = ""
    ended: str = ""


def lines_of(matter: Contact, steps: Sequence[EscalationStep], now: datetime) -> list[Line]:
    """Step 1, which is the matter itself, and those after it up to the last that was taken."""
    rungs = rungs_of(matter, steps, now)
    return [_line(rung, rungs) for rung in rungs if rung.state != State.AHEAD]


def _line(rung: Rung, rungs: Sequence[Rung]) -> Line:
    name = NAMES[rung.step]
    if rung.state == State.LEFT_OUT:
        return Line(rung, name, ended=NOT_FOLLOWED)
    if rung.taken is None:
        return Line(rung, name, ground="First asked", ended=ended(rung))
    ground = UNSETTLED if is_unsettled(rung, rungs) else rung.taken.get_ground_display()
    return Line(rung, name, ground, _asked(rung.taken), ended(rung))


def _asked(step: EscalationStep) -> str:
    """Whom they asked for, when it went to somebody else first (H100)."""
    if step.followed or step.asked is None or step.asked == step.number:
        return ""
    asked = NAMES[Step(step.asked)].lower()
    if step.asked == Step.RESOLUTION:
        asked += " or somebody above"
    return f"They asked for: {asked}. The steps before it were not followed."


def ended(rung: Rung) -> str:
    """ "Answered Monday 9 November 2026 by Cora Hill, in time"; "" while an answer is owed."""
    if rung.clock is None or rung.answered_at is None:
        without = "Ended without an answer" if rung.state == State.ENDED else ""
        return f"{without}, after its date" if rung.ended_late else without
    late = "after its date" if rung.clock.was_late else "in time"
    day = day_in_words(rung.answered_at.astimezone(LONDON).date())
    return f"Answered {day} by {rung.answered_by}, {late}"


def current_step(steps: Iterable[EscalationStep]) -> EscalationStep | None:
    """The step that is to be answered now: the last that is open."""
    still_open = [step for step in steps if step.clock.is_open]
    return still_open[-1] if still_open else None
