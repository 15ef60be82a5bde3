"""A clock is paused and resumed; what moves its date and what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.errors import RuleBroken
from clocks import actions
from clocks.enforcement import Tick, tick
from clocks.models import BankHoliday, Clock, ClockEvent
from tests.clocks.pausing import DUE, RECEIVED, WEDNESDAY, pause, resume
from tests.factories import ClockFactory


@pytest.fixture
def clock(policy, cora):
    return ClockFactory(owner=cora, received_at=RECEIVED, due_at=DUE)


@pytest.mark.parametrize(
    ("until", "due"),
    [
        (WEDNESDAY, DUE),  # no length: nothing moves
        (datetime(2026, 11, 4, 17, 0, tzinfo=UTC), DUE),  # within a day: nothing moves
        (datetime(2026, 11, 5, 9, 0, tzinfo=UTC), datetime(2026, 11, 10, 17, 30, tzinfo=UTC)),
        (datetime(2026, 11, 9, 9, 0, tzinfo=UTC), datetime(2026, 11, 12, 17, 30, tzinfo=UTC)),
        (datetime(2026, 11, 8, 9, 0, tzinfo=UTC), datetime(2026, 11, 12, 17, 30, tzinfo=UTC)),
    ],
)
def test_a_pause_of_k_working_days_moves_the_date_by_k_working_days(clock, until, due):
    resumed = resume(pause(clock), until)

    assert (resumed.state, resumed.due_at, resumed.pause_began_at) == ("running", due, None)


def test_the_same_days_are_not_paused_twice(clock):
    once = resume(pause(clock), datetime(2026, 11, 5, 10, tzinfo=UTC))

    with pytest.raises(RuleBroken) as broken:
        pause(once, now=datetime(2026, 11, 5, 11, tzinfo=UTC))

    assert broken.value.code == "overlap"


def test_a_pause_of_a_promised_date_moves_that_date(clock, cora):
    following = actions.promise(
        clock=clock, until=date(2026, 11, 30), reason="Waiting", by=cora, now=WEDNESDAY
    )
    with pytest.raises(RuleBroken, match="before the new date was promised"):
        pause(following, since=WEDNESDAY - timedelta(hours=1), now=WEDNESDAY)
    since = datetime(2026, 11, 16, 10, tzinfo=UTC)

    nothing = resume(pause(following, since=since), since)
    assert nothing.due_at == following.due_at
    later = datetime(2026, 11, 17, 10, tzinfo=UTC)
    moved = resume(pause(nothing, since=since + timedelta(hours=1)), later)
    assert moved.due_at == datetime(2026, 12, 1, 17, 30, tzinfo=UTC)


def test_a_pause_does_not_bring_in_a_calendar_that_has_changed_unseen(clock):
    BankHoliday.objects.create(day=date(2026, 11, 5), name="Royal wedding", year_id=2026)

    assert resume(pause(clock), WEDNESDAY).due_at == DUE


def test_a_promise_whose_date_has_passed_is_not_paused_before_the_next_tick(clock):
    with pytest.raises(RuleBroken) as broken:
        pause(clock, since=WEDNESDAY, now=DUE + timedelta(seconds=30))

    assert broken.value.code == "late"


def test_an_answer_written_down_later_needs_a_reason(clock, cora):
    with pytest.raises(RuleBroken) as broken:
        actions.meet(clock=clock, at=WEDNESDAY, by=cora, now=WEDNESDAY + timedelta(hours=1))
    assert broken.value.code == "reason_missing"

    met = actions.meet(
        clock=clock, at=WEDNESDAY, by=cora, now=DUE + timedelta(hours=1), how="Rang on Wednesday"
    )
    event = met.events.get(kind="met")
    assert (event.happened_at, event.recorded_at) == (WEDNESDAY, DUE + timedelta(hours=1))
    assert not met.was_late


def test_a_paused_clock_is_not_counted_as_late(clock):
    pause(clock)
    later = DUE + timedelta(days=1)

    assert Clock.objects.counts(later, later)["late_count"] == 0


def test_a_pause_before_the_count_began_moves_nothing_until_then(policy, cora):
    """Received after closing on Friday, paused over the weekend: Monday is day 0 all the same."""
    friday = datetime(2026, 11, 6, 17, 0, tzinfo=UTC)
    due = datetime(2026, 11, 16, 17, 30, tzinfo=UTC)
    clock = ClockFactory(owner=cora, received_at=friday, due_at=due)

    resumed = resume(pause(clock, since=friday), datetime(2026, 11, 9, 8, tzinfo=UTC))

    assert (resumed.paused_days, resumed.due_at) == (0, due)


def test_a_paused_clock_neither_warns_nor_breaches(clock):
    Clock.objects.update(warn_at=WEDNESDAY + timedelta(hours=1))
    pause(clock)

    assert tick(now=DUE + timedelta(days=9)) == Tick(0, 0)


def test_pausing_and_resuming_are_written_down_with_both_moments(clock, cora):
    written = datetime(2026, 11, 6, 12, tzinfo=UTC)
    paused = pause(clock, now=written)
    back = datetime(2026, 11, 5, 9, tzinfo=UTC)
    with pytest.raises(RuleBroken, match="reason"):
        resume(paused, back, now=written)
    resumed = resume(paused, back, now=written, reason="Back since Thursday")

    events = resumed.events.values_list("kind", "happened_at", "recorded_at", "reason", "due_after")
    assert list(events) == [
        ("paused", WEDNESDAY, written, "The family is abroad", None),
        ("resumed", back, written, "Back since Thursday", resumed.due_at),
    ]


def test_two_pauses_add_up(clock):
    once = resume(pause(clock), datetime(2026, 11, 5, 10, tzinfo=UTC))
    later = datetime(2026, 11, 6, 10, tzinfo=UTC)
    twice = resume(pause(once, since=later), datetime(2026, 11, 9, 10, tzinfo=UTC))

    assert (twice.paused_days, twice.due_at) == (2, datetime(2026, 11, 11, 17, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("since", "now", "reason", "code"),
    [
        (WEDNESDAY, WEDNESDAY, " ", "reason_missing"),
        (WEDNESDAY, WEDNESDAY - timedelta(minutes=1), "Away", "future"),
        (RECEIVED - timedelta(minutes=1), WEDNESDAY, "Away", "before_receipt"),
        (DUE + timedelta(minutes=1), DUE + timedelta(minutes=1), "Away", "late"),
    ],
)
def test_a_pause_that_makes_no_sense_is_refused(clock, since, now, reason, code):
    with pytest.raises(RuleBroken) as broken:
        pause(clock, since=since, now=now, reason=reason)

    assert broken.value.code == code
    assert not ClockEvent.objects.exists()


def test_a_promise_already_broken_cannot_be_paused_out_of(clock):
    tick(now=DUE + timedelta(minutes=1))

    with pytest.raises(RuleBroken) as broken:
        pause(clock, since=WEDNESDAY, now=DUE + timedelta(minutes=2))

    assert broken.value.code == "late"


@pytest.mark.parametrize(
    ("at", "now", "code"),
    [
        (WEDNESDAY - timedelta(minutes=1), WEDNESDAY - timedelta(minutes=1), "before_pause"),
        (WEDNESDAY + timedelta(minutes=2), WEDNESDAY + timedelta(minutes=1), "future"),
    ],
)
def test_resuming_at_an_impossible_moment_is_refused(clock, at, now, code):
    paused = pause(clock)

    with pytest.raises(RuleBroken) as broken:
        resume(paused, at, now=now)

    assert broken.value.code == code


def test_what_is_running_cannot_be_resumed_and_what_is_paused_not_paused(clock):
    with pytest.raises(RuleBroken, match="not paused"):
        resume(clock, WEDNESDAY)
    paused = pause(clock)
    with pytest.raises(RuleBroken, match="This is paused already"):
        pause(paused)


def test_answering_during_a_pause_ends_it_and_is_in_time(clock, cora):
    paused = pause(clock)
    at = DUE + timedelta(days=1)

    met = actions.meet(clock=paused, at=at, by=cora, now=at)

    assert (met.state, met.breached_at, met.was_late) == ("met", None, False)
    assert list(met.events.values_list("kind", flat=True)) == ["paused", "resumed", "met"]
