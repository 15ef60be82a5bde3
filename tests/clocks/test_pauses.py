"""Pausing, resuming, promising anew, passing on, cancelling; and the arithmetic beneath."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import RuleBroken
from accounts.models import Role
from clocks import actions, pause_actions, pauses
from clocks.enforcement import Tick, tick
from clocks.models import BankHoliday, Clock, ClockEvent
from clocks.pauses import Paused
from clocks.rules import Rule, Unit
from notices.models import Notice
from tests.clocks.test_working_time import COUNCIL
from tests.factories import ClockFactory, TeamFactory, UserFactory

LONDON = ZoneInfo("Europe/London")
RECEIVED = datetime(2026, 11, 2, 10, tzinfo=UTC)  # a Monday
DUE = datetime(2026, 11, 9, 17, 30, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 4, 10, tzinfo=UTC)

moments = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@pytest.fixture
def clock(policy, cora):
    return ClockFactory(owner=cora, received_at=RECEIVED, due_at=DUE)


def pause(clock, since=WEDNESDAY, now=None, reason="The family is abroad"):
    return pause_actions.pause(
        clock=clock, since=since, reason=reason, by=clock.owner, now=now or since
    )


def resume(clock, at, now=None, reason=""):
    return pause_actions.resume(clock=clock, at=at, by=clock.owner, now=now or at, reason=reason)


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


@pytest.mark.rule("H58")
def test_a_holding_reply_meets_the_first_clock_and_starts_one_to_the_promised_date(clock, cora):
    now = datetime(2026, 11, 6, 10, tzinfo=UTC)

    following = actions.promise(
        clock=clock, until=date(2026, 11, 20), reason="Waiting for the school", by=cora, now=now
    )

    clock.refresh_from_db()
    assert (clock.state, clock.was_late) == ("met", False)
    assert following.due_at == datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert (following.previous, following.owner, following.state) == (clock, cora, "running")
    assert following.promises_in_a_row == 1
    promised = clock.events.get(kind="promised")
    assert (promised.due_before, promised.due_after) == (DUE, following.due_at)
    assert promised.reason == "Waiting for the school"


@pytest.mark.rule("H58")
def test_the_promised_date_is_enforced_like_any_other(clock, cora):
    following = actions.promise(
        clock=clock, until=date(2026, 11, 20), reason="Waiting", by=cora, now=WEDNESDAY
    )

    assert tick(now=following.due_at + timedelta(minutes=1)).breached == 1


@pytest.mark.rule("H58")
@pytest.mark.parametrize(
    ("until", "reason", "code"),
    [
        (None, "Waiting", "date_missing"),
        (date(2026, 11, 20), "", "reason_missing"),
        (date(2026, 11, 3), "Waiting", "date_past"),
        (date(2026, 11, 21), "Waiting", "not_working_day"),
        (date(2026, 12, 25), "Waiting", "not_working_day"),
        (date(2031, 1, 3), "Waiting", "beyond_calendar"),
    ],
)
def test_a_holding_reply_without_a_good_date_is_refused(clock, cora, until, reason, code):
    with pytest.raises(RuleBroken) as broken:
        actions.promise(clock=clock, until=until, reason=reason, by=cora, now=WEDNESDAY)

    assert broken.value.code == code
    clock.refresh_from_db()
    assert clock.state == "running"


@pytest.mark.rule("H58")
def test_the_third_holding_reply_in_a_row_is_flagged(clock, cora):
    flagged = []
    for day in (12, 19, 26):
        clock = actions.promise(
            clock=clock, until=date(2026, 11, day), reason="Waiting", by=cora, now=WEDNESDAY
        )
        flagged.append(clock.is_promised_too_often)

    assert flagged == [False, False, True]


@pytest.mark.rule("H59")
def test_passing_on_keeps_the_date_and_tells_the_new_owner(clock, cora, lena):
    moved = actions.reassign(clock=clock, to=lena, reason="On leave", by=cora, now=WEDNESDAY)

    assert (moved.owner, moved.due_at, moved.received_at) == (lena, DUE, RECEIVED)
    event = moved.events.get()
    assert (event.owner_before, event.owner_after, event.reason) == (cora, lena, "On leave")
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind) == (lena, "reassigned")
    assert "Monday 9 November 2026 at 5:30pm" in notice.body


def test_passing_on_follows_the_person_into_their_team(clock, cora):
    other = UserFactory(team=TeamFactory())

    assert (
        actions.reassign(clock=clock, to=other, reason="Moved area", by=cora, now=WEDNESDAY).team
        == other.team
    )


def test_passing_on_to_somebody_who_cannot_answer_is_refused(clock, cora):
    adviser, leaver = UserFactory(role=Role.CSC_ADVISER), UserFactory(is_active=False)
    for to, code in ((adviser, "may_not_own"), (leaver, "may_not_own"), (cora, "same_owner")):
        with pytest.raises(RuleBroken) as broken:
            actions.reassign(clock=clock, to=to, reason="x", by=cora, now=WEDNESDAY)
        assert broken.value.code == code


@pytest.mark.parametrize("paused", [False, True])
def test_cancelling_ends_the_promise_and_keeps_its_row(clock, cora, paused):
    if paused:
        clock = pause(clock)

    ended = actions.cancel(clock=clock, reason="Logged twice", by=cora, now=WEDNESDAY)

    assert (ended.state, ended.stopped_at, ended.pause_began_at) == ("cancelled", WEDNESDAY, None)
    assert tick(now=DUE + timedelta(days=1)) == Tick(0, 0)
    with pytest.raises(RuleBroken) as broken:
        actions.meet(clock=ended, at=DUE, by=cora, now=DUE)
    assert broken.value.code == "not_open"


@pytest.mark.parametrize("act", ["pause", "promise", "reassign", "cancel", "resume"])
def test_nothing_happens_to_a_clock_that_is_met(clock, cora, lena, act):
    actions.meet(clock=clock, at=WEDNESDAY, by=cora, now=WEDNESDAY)
    calls = {
        "pause": lambda: pause(clock),
        "resume": lambda: resume(clock, WEDNESDAY),
        "promise": lambda: actions.promise(
            clock=clock, until=date(2026, 11, 20), reason="x", by=cora, now=WEDNESDAY
        ),
        "reassign": lambda: actions.reassign(
            clock=clock, to=lena, reason="x", by=cora, now=WEDNESDAY
        ),
        "cancel": lambda: actions.cancel(clock=clock, reason="x", by=cora, now=WEDNESDAY),
    }

    with pytest.raises(RuleBroken) as broken:
        calls[act]()

    assert broken.value.code == "not_open"
    assert Clock.objects.count() == 1


# --- The arithmetic -------------------------------------------------------------------------

RULES = st.sampled_from(
    [
        Rule(amount=5),
        Rule(amount=10),
        Rule(amount=15, unit=Unit.CALENDAR_DAYS, beginning_with_day=True),
        Rule(amount=6, unit=Unit.WEEKS),
        Rule(amount=2, unit=Unit.CALENDAR_MONTHS, roll_to_working_day=True),
        Rule(amount=48, unit=Unit.ELAPSED_HOURS),
        Rule(amount=20, unit=Unit.WORKING_HOURS),
    ]
)


def test_a_date_that_rolls_to_a_working_day_rolls_after_the_pause():
    rule = Rule(amount=3, unit=Unit.CALENDAR_DAYS, roll_to_working_day=True)
    received = datetime(2026, 11, 4, 10, tzinfo=LONDON)  # three days on is a Saturday

    due = pauses.due(COUNCIL, rule, received, Paused(days=2))

    assert due.date() == date(2026, 11, 9)


@given(moments, RULES)
def test_a_pause_of_no_length_moves_nothing(at, rule):
    due = COUNCIL.due(at, rule)

    assert pauses.moved(COUNCIL, rule, due, pauses.length(COUNCIL, rule, at, at)) == due


@given(moments, RULES, st.timedeltas(timedelta(), timedelta(days=30)))
def test_a_pause_never_brings_a_date_nearer(at, rule, lasted):
    due = COUNCIL.due(at, rule)

    assert pauses.moved(COUNCIL, rule, due, pauses.length(COUNCIL, rule, at, at + lasted)) >= due


@given(moments, st.integers(1, 30), st.integers(0, 40))
def test_pausing_from_one_working_day_to_another_moves_by_the_days_between(at, amount, k):
    rule = Rule(amount=amount)
    since = COUNCIL.next_opening(at)
    until = COUNCIL.add_working_days(since.date(), k) if k else since.date()
    paused = pauses.length(COUNCIL, rule, since, datetime.combine(until, time(12), tzinfo=LONDON))

    due = COUNCIL.due(at, rule)
    assert paused == Paused(days=k)
    assert pauses.moved(COUNCIL, rule, due, paused).date() == (
        COUNCIL.add_working_days(due.date(), k) if k else due.date()
    )


@given(moments, st.timedeltas(timedelta(), timedelta(days=20)))
def test_opening_time_between_is_what_adding_hours_undoes(at, lasted):
    opening = COUNCIL.opening_time_between(at, at + lasted)

    reached = COUNCIL.add_working_hours(at, opening / timedelta(hours=1))
    assert COUNCIL.opening_time_between(at, reached) - opening < timedelta(milliseconds=1)
