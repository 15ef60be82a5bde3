"""First the coordinator, then the duty line, then a slot."""

from itertools import product

import pytest

from callbacks.order import COORDINATOR, DUTY_LINE, Skips, Step, Tried, next_step

NO_COORDINATOR, NO_LINE = Tried(COORDINATOR, False), Tried(DUTY_LINE, False)
AWAY, CLOSED = "On leave", "The service is closed"


@pytest.mark.rule("H26")
@pytest.mark.rule("H27")
@pytest.mark.rule("H28")
@pytest.mark.parametrize(
    ("tried", "skips", "step"),
    [
        ([], Skips(), Step.COORDINATOR),
        ([], Skips(coordinator=AWAY), Step.DUTY_LINE),
        ([], Skips(duty_line=CLOSED), Step.COORDINATOR),
        ([], Skips(AWAY, CLOSED), Step.SLOT),
        ([NO_COORDINATOR], Skips(), Step.DUTY_LINE),
        ([NO_COORDINATOR], Skips(duty_line=CLOSED), Step.SLOT),
        ([NO_LINE], Skips(), Step.COORDINATOR),
        ([NO_LINE], Skips(coordinator=AWAY), Step.SLOT),
        ([NO_COORDINATOR, NO_LINE], Skips(), Step.SLOT),
        ([NO_COORDINATOR, NO_COORDINATOR], Skips(), Step.DUTY_LINE),
        ([Tried(COORDINATOR, True)], Skips(), Step.DONE),
        ([NO_COORDINATOR, Tried(DUTY_LINE, True)], Skips(), Step.DONE),
    ],
)
def test_the_next_step(tried, skips, step):
    assert next_step(tried, skips) == step


@pytest.mark.rule("H26")
def test_no_slot_before_both_were_tried_or_need_not_be():
    """Every combination of one try each and every reason not to."""
    tries = [(), (NO_COORDINATOR,), (NO_LINE,), (NO_COORDINATOR, NO_LINE)]
    for tried, coordinator, duty_line in product(tries, ("", AWAY), ("", CLOSED)):
        parties = {one.party for one in tried}
        settled = (coordinator or COORDINATOR in parties) and (duty_line or DUTY_LINE in parties)
        step = next_step(tried, Skips(coordinator, duty_line))
        assert (step == Step.SLOT) == bool(settled), (tried, coordinator, duty_line)
