"""Every combination of what decides where a concern goes, against a table of its own.

Literal days, and an oracle that knows nothing of moments: the due day is day 0, and "late" means
day 1 or later, whatever the hour.
"""

from datetime import date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from escalations.ladder import Addressee, Concern, Ground, Kind, Placement, Step, Taken, place

LONDON = ZoneInfo("Europe/London")
# An ordinary day, and the days on which the clocks go forward and back.
DUE_DAYS = [date(2026, 11, 17), date(2026, 3, 29), date(2026, 10, 25)]
CLOSING = time(17, 30)
# Day after the due day, and time of that day.
MOMENTS = [
    (-9, time(9)),
    (-1, time(23, 59)),
    (0, time(17, 30)),
    (0, time(23, 59, 59)),
    (1, time(0)),
    (1, time(0, 30)),
    (30, time(12)),
]
URGENCIES = ["no", "reason", "accepted"]
LEVEL = {
    Addressee.NOBODY: 0,
    Addressee.CASE_OWNER: 1,
    Addressee.TEAM_LEAD: 2,
    Addressee.SENIOR_MANAGER: 3,
    Addressee.RESOLUTION: 4,
}


def expected(
    reached: int, answered: bool, satisfied: bool, day: int, urgency: str, to: Addressee
) -> tuple[str, int, str, bool]:
    """Kind, step, ground and whether the steps were followed, as the policy says it."""
    if reached == 0 or (answered and satisfied):
        where = ("step", 1, "first")
    elif answered:
        where = ("step", reached + 1, "not_satisfied")
    elif day >= 1:
        where = ("step", reached + 1, "no_answer")
    elif (urgency == "accepted" and reached < 4) or (urgency == "reason" and reached == 1):
        where = ("step", reached + 1, "urgent")
    else:
        where = ("wait", reached, "first")
    if where[1] == 5:
        where = ("end", 4, where[2])

    kind, step, ground = where
    if to == Addressee.ABOVE:
        return "desk", 4, "outside", step == 4 and kind in {"step", "end"}
    left_out = kind == "step" and LEVEL[to] > step
    if left_out and step == 1 and LEVEL[to] >= 3:
        return "step", 2, "outside", False
    return kind, step, ground, not left_out


def told(placement: Placement) -> tuple[str, int, str, bool]:
    return (
        placement.kind.value,
        int(placement.step),
        placement.ground.value,
        placement.followed,
    )


def steps(reached: int, due_at: datetime, answered: bool, satisfied: bool) -> list[Taken]:
    """Each before the last was answered and settled nothing."""
    before = [
        Taken(Step(number), due_at - timedelta(days=20), answered=True, satisfied=False)
        for number in range(1, reached)
    ]
    return [*before, Taken(Step(reached), due_at, answered, satisfied)] if reached else []


@pytest.mark.rule("H95")
@pytest.mark.rule("H97")
@pytest.mark.rule("H99")
@pytest.mark.rule("H100")
@pytest.mark.rule("H101")
@pytest.mark.parametrize("due_on", DUE_DAYS)
@pytest.mark.parametrize("reached", range(5))
def test_every_combination_goes_where_the_policy_says(reached, due_on):
    due_at = datetime.combine(due_on, CLOSING, tzinfo=LONDON)
    seen = 0
    for answered, satisfied, moment, urgency, to in product(
        [True, False], [True, False], MOMENTS, URGENCIES, Addressee
    ):
        day, hour = moment
        now = datetime.combine(due_on + timedelta(days=day), hour, tzinfo=LONDON)
        concern = Concern(
            steps(reached, due_at, answered, satisfied),
            to,
            urgent=urgency == "reason",
            accepted=urgency == "accepted",
        )

        found = place(concern, now=now)

        assert told(found) == expected(reached, answered, satisfied, day, urgency, to), (
            answered,
            satisfied,
            moment,
            urgency,
            to,
        )
        assert found.opens_after == (due_at if found.kind == Kind.WAIT else None)
        seen += 1
    assert seen == 2 * 2 * len(MOMENTS) * 3 * len(Addressee)


@pytest.mark.rule("H103")
@pytest.mark.parametrize("to", Addressee)
@pytest.mark.parametrize("reached", range(5))
def test_a_formal_matter_is_on_no_ladder_whatever_else_is_true(reached, to):
    due_at = datetime(2026, 11, 17, 17, 30, tzinfo=LONDON)
    for answered, satisfied, day, urgent in product([True, False], [True, False], [-5, 5], [0, 1]):
        concern = Concern(
            steps(reached, due_at, answered, satisfied),
            to,
            urgent=bool(urgent),
            accepted=bool(urgent),
            formal=True,
        )

        found = place(concern, now=due_at + timedelta(days=day))

        assert (found.kind, found.ground) == (Kind.FORMAL, Ground.FIRST)
