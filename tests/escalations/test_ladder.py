"""The ladder as people tell it to each other, case by case."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from escalations.ladder import (
    Addressee,
    Concern,
    Ground,
    Kind,
    Placement,
    Step,
    Taken,
    done_until,
    has_passed,
    place,
)

LONDON = ZoneInfo("Europe/London")
# Tuesday 17 November 2026, half past five: the answer of the case owner is due.
DUE = datetime(2026, 11, 17, 17, 30, tzinfo=LONDON)
EARLY = DUE - timedelta(days=3)
LATE = datetime(2026, 11, 18, 0, 0, tzinfo=LONDON)
AHEAD = DUE + timedelta(days=1)


def asked(*taken: Taken, now: datetime = EARLY, **given: object) -> Placement:
    return place(Concern(taken, **given), now=now)  # type: ignore[arg-type]


@pytest.mark.rule("H94")
def test_the_first_goes_to_the_case_owner_also_when_the_team_lead_is_asked_for():
    assert asked() == Placement(Kind.STEP, Step.CASE_OWNER, Ground.FIRST)
    lead = asked(addressee=Addressee.TEAM_LEAD)
    assert lead == Placement(Kind.STEP, Step.CASE_OWNER, Ground.FIRST, followed=False)


@pytest.mark.rule("H100")
@pytest.mark.parametrize("above", [Addressee.SENIOR_MANAGER, Addressee.RESOLUTION])
def test_straight_to_somebody_above_the_lead_lands_at_the_lead(above):
    left_out = Placement(Kind.STEP, Step.TEAM_LEAD, Ground.OUTSIDE, followed=False)
    assert asked(addressee=above) == left_out
    late = asked(Taken(Step.CASE_OWNER, DUE), addressee=above, now=LATE)
    assert late == Placement(Kind.STEP, Step.TEAM_LEAD, Ground.NO_ANSWER, followed=False)


@pytest.mark.rule("H95")
def test_the_next_step_opens_at_midnight_after_the_due_day_and_not_at_closing_time():
    still = asked(Taken(Step.CASE_OWNER, DUE), now=LATE - timedelta(seconds=1))
    assert still == Placement(Kind.WAIT, Step.CASE_OWNER, Ground.FIRST, opens_after=DUE)
    assert asked(Taken(Step.CASE_OWNER, DUE), now=LATE).step == Step.TEAM_LEAD


def test_the_day_is_the_one_in_london_not_in_utc():
    summer = datetime(2026, 7, 14, 17, 30, tzinfo=LONDON)
    # Half past midnight in London is half past eleven the evening before in UTC.
    assert has_passed(summer, datetime(2026, 7, 15, 0, 30, tzinfo=LONDON))
    assert not has_passed(summer, datetime(2026, 7, 14, 23, 30, tzinfo=LONDON))


@pytest.mark.rule("H97")
def test_an_answer_that_did_not_help_opens_the_next_step_at_once():
    unsettled = Taken(Step.CASE_OWNER, DUE, answered=True, satisfied=False)
    assert asked(unsettled).ground == Ground.NOT_SATISFIED


def test_what_comes_after_an_answer_that_helped_is_something_new():
    settled = Taken(Step.TEAM_LEAD, DUE, answered=True)
    assert asked(Taken(Step.CASE_OWNER, DUE), settled, now=LATE).step == Step.CASE_OWNER


@pytest.mark.rule("H95")
def test_a_reason_opens_the_second_step_and_only_an_acceptance_those_after_it():
    first, second = Taken(Step.CASE_OWNER, DUE), Taken(Step.TEAM_LEAD, DUE)
    assert asked(first, urgent=True) == Placement(Kind.STEP, Step.TEAM_LEAD, Ground.URGENT)
    assert asked(first, second, urgent=True).kind == Kind.WAIT
    assert asked(first, second, accepted=True).step == Step.SENIOR_MANAGER


@pytest.mark.rule("H103")
@pytest.mark.parametrize(
    ("last", "ground"),
    [
        (Taken(Step.RESOLUTION, DUE, answered=True, satisfied=False), Ground.NOT_SATISFIED),
        (Taken(Step.RESOLUTION, DUE), Ground.NO_ANSWER),
    ],
)
def test_after_the_last_step_there_is_no_other(last, ground):
    assert asked(last, now=LATE) == Placement(Kind.END, Step.RESOLUTION, ground)


@pytest.mark.rule("H104")
def test_above_the_ladder_it_is_the_resolution_teams_whatever_was_done_before():
    assert asked(addressee=Addressee.ABOVE).kind == Kind.DESK
    assert not asked(Taken(Step.CASE_OWNER, DUE), addressee=Addressee.ABOVE).followed
    unsettled = Taken(Step.SENIOR_MANAGER, DUE, answered=True, satisfied=False)
    assert asked(unsettled, addressee=Addressee.ABOVE).followed


@pytest.mark.rule("H108")
@pytest.mark.parametrize(
    ("taken", "until"),
    [
        ([], 0),
        ([Taken(Step.CASE_OWNER, DUE)], 1),
        ([Taken(Step.CASE_OWNER, DUE + timedelta(days=1))], 0),
        ([Taken(Step.CASE_OWNER, DUE + timedelta(days=9), answered=True)], 1),
        ([Taken(Step.CASE_OWNER, DUE), Taken(Step.SENIOR_MANAGER, DUE)], 1),
        ([Taken(Step.TEAM_LEAD, DUE), Taken(Step.CASE_OWNER, DUE)], 2),
        ([Taken(step, DUE) for step in Step], 4),
        # Urgency opened the second step, or it was taken although it was not open.
        ([Taken(Step.CASE_OWNER, AHEAD), Taken(Step.TEAM_LEAD, AHEAD)], 1),
        ([Taken(Step.CASE_OWNER, AHEAD), Taken(Step.TEAM_LEAD, DUE, was_open=False)], 0),
    ],
)
def test_up_to_where_the_ladder_was_followed(taken, until):
    assert done_until(taken, LATE) == until
