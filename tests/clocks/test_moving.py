"""A change of the calendar shows which promises would move, then moves them, never silently."""

from datetime import UTC, date, datetime, timedelta

import pytest

from clocks import actions, pause_actions
from clocks.calendars import council_calendar
from clocks.models import BankHoliday, Clock, Closure
from clocks.moving import move_to_calendar, moves
from notices.models import Notice
from tests.factories import ClockFactory

RECEIVED = datetime(2026, 11, 2, 10, tzinfo=UTC)
DUE = datetime(2026, 11, 9, 17, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 3, 10, tzinfo=UTC)


@pytest.fixture
def clock(policy, cora):
    return ClockFactory(owner=cora, received_at=RECEIVED, due_at=DUE)


@pytest.fixture
def training_day(clock):
    return Closure.objects.create(
        name="Training day", first_day=date(2026, 11, 5), last_day=date(2026, 11, 6)
    )


def test_nothing_moves_while_the_calendar_stands(clock):
    assert moves(now=NOW) == []


def test_a_closure_shows_what_would_move_and_by_how_much_and_moves_nothing_yet(clock, training_day):
    [move] = moves(now=NOW)

    assert (move.due_before, move.due_after) == (DUE, datetime(2026, 11, 11, 17, 30, tzinfo=UTC))
    assert move.working_days(council_calendar()) == 2
    clock.refresh_from_db()
    assert clock.due_at == DUE


def test_moving_writes_an_event_and_tells_the_owner(clock, training_day, lena, cora):
    [move] = move_to_calendar(by=lena, now=NOW, reason="Training day")

    clock.refresh_from_db()
    assert clock.due_at == move.due_after
    assert clock.warn_at == datetime(2026, 11, 9, 9, tzinfo=UTC)
    event = clock.events.get()
    assert (event.kind, event.by, event.reason) == ("moved", lena, "Training day")
    assert (event.due_before, event.due_after) == (DUE, clock.due_at)
    notice = Notice.objects.get()
    assert notice.recipient == cora
    assert "was due by Monday 9 November 2026 at 5:30pm" in notice.body
    assert "now due by Wednesday 11 November 2026 at 5:30pm" in notice.body
    assert move_to_calendar(by=lena, now=NOW, reason="Again") == []


def test_taking_a_closure_back_moves_the_date_back(clock, training_day, lena):
    move_to_calendar(by=lena, now=NOW, reason="Training day")
    training_day.delete()

    [move] = move_to_calendar(by=lena, now=NOW, reason="Called off")

    assert move.due_after == DUE
    assert move.working_days(council_calendar()) == -2


def test_a_date_never_moves_into_the_past(clock, training_day, lena):
    move_to_calendar(by=lena, now=NOW, reason="Training day")
    training_day.delete()

    assert move_to_calendar(by=lena, now=DUE + timedelta(minutes=1), reason="Late") == []


def test_breached_met_and_promised_dates_stay(clock, cora, lena):
    ClockFactory(
        owner=cora, received_at=RECEIVED, due_at=DUE, breached_at=DUE + timedelta(minutes=1)
    )
    ClockFactory(owner=cora, received_at=RECEIVED, due_at=DUE, state="met", stopped_at=NOW)
    actions.promise(clock=clock, until=date(2026, 11, 20), reason="x", by=cora, now=NOW)
    BankHoliday.objects.create(day=date(2026, 11, 5), name="Royal wedding", year_id=2026)

    assert moves(now=NOW) == []


def test_a_date_that_has_passed_stays_broken_before_the_next_tick(clock, lena):
    Closure.objects.create(name="Flood", first_day=DUE.date(), last_day=DUE.date())

    assert move_to_calendar(by=lena, now=DUE + timedelta(seconds=30), reason="Flood") == []


def test_the_lead_hears_of_a_moved_date_when_its_owner_has_left(clock, training_day, cora, lena):
    cora.is_active = False
    cora.save()

    move_to_calendar(by=lena, now=NOW, reason="Training day")

    assert Notice.objects.get().recipient == lena


def test_a_date_moved_by_a_pause_keeps_its_pause(clock, cora, lena):
    paused = pause_actions.pause(clock=clock, since=NOW, reason="Away", by=cora, now=NOW)
    later = datetime(2026, 11, 4, 10, tzinfo=UTC)
    resumed = pause_actions.resume(clock=paused, at=later, by=cora, now=later)
    assert moves(now=later) == []
    BankHoliday.objects.create(day=date(2026, 11, 5), name="Royal wedding", year_id=2026)

    [move] = move_to_calendar(by=lena, now=later, reason="Royal wedding")

    assert (move.due_before, move.due_after) == (
        resumed.due_at,
        datetime(2026, 11, 11, 17, 30, tzinfo=UTC),
    )


def test_moving_takes_the_same_queries_for_one_clock_and_for_three(
    clock, training_day, lena, cora, django_assert_num_queries
):
    with django_assert_num_queries(15):
        assert len(move_to_calendar(by=lena, now=NOW, reason="Training day")) == 1
    Clock.objects.update(due_at=DUE)
    for _ in range(2):
        ClockFactory(owner=cora, received_at=RECEIVED, due_at=DUE)
    later = NOW + timedelta(minutes=1)
    with django_assert_num_queries(15):
        assert len(move_to_calendar(by=lena, now=later, reason="Training day")) == 3
