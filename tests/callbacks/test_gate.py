"""May this caller be put through? The truth table, and its two odd rows."""

from datetime import UTC, datetime, timedelta

import pytest

from callbacks.gate import MAY_BOOK, MAY_TRANSFER, Gate, Owed, decide

DUE = datetime(2026, 11, 9, 17, 30, tzinfo=UTC)
BEFORE, AFTER = DUE - timedelta(days=1), DUE + timedelta(minutes=1)
RANG = DUE - timedelta(days=3)


@pytest.mark.rule("H32")
@pytest.mark.parametrize(
    ("now", "rang_at", "gate"),
    [
        (BEFORE, None, Gate.WAIT),
        (BEFORE, RANG, Gate.WAIT),
        (DUE, None, Gate.WAIT),
        (AFTER, None, Gate.OVERDUE),
        (AFTER, RANG, Gate.CALLED),
    ],
)
def test_who_waits_is_put_through_when_it_is_late_and_nobody_has_rung(now, rang_at, gate):
    assert decide(Owed(DUE, rang_at), now=now, urgent=False) == gate


@pytest.mark.rule("H33")
@pytest.mark.parametrize("now", [BEFORE, AFTER])
@pytest.mark.parametrize("rang_at", [None, RANG])
@pytest.mark.parametrize("rings_at", [None, DUE + timedelta(days=2)])
def test_more_urgent_now_is_enough_by_itself(now, rang_at, rings_at):
    assert decide(Owed(DUE, rang_at, rings_at), now=now, urgent=True) == Gate.URGENT


@pytest.mark.rule("H32")
@pytest.mark.parametrize("urgent", [False, True])
def test_something_new_waits_for_nothing(urgent):
    assert decide(None, now=AFTER, urgent=urgent) == Gate.OPEN


@pytest.mark.rule("H32")
@pytest.mark.parametrize("urgent", [False, True])
def test_something_new_from_who_waits_for_something_else_is_a_gate_of_its_own(urgent):
    assert decide(None, now=BEFORE, urgent=urgent, waits=True) == Gate.NEW


@pytest.mark.rule("H32")
def test_a_call_still_to_come_is_in_time_whatever_the_date_behind_it_says():
    booked = Owed(DUE, RANG, AFTER + timedelta(minutes=1))

    assert decide(booked, now=AFTER, urgent=False) == Gate.WAIT
    # Once its time has come it keeps nobody waiting.
    assert decide(Owed(DUE, None, AFTER), now=AFTER, urgent=False) == Gate.OVERDUE


@pytest.mark.rule("H32")
def test_only_these_gates_let_somebody_through():
    assert {Gate.OPEN, Gate.NEW, Gate.OVERDUE, Gate.URGENT} == MAY_TRANSFER
    assert set(Gate) - MAY_BOOK == {Gate.WAIT}
