"""A promise is made anew with a holding reply, passed on or cancelled."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.errors import RuleBroken
from accounts.models import Role
from clocks import actions
from clocks.enforcement import Tick, tick
from clocks.models import Clock
from notices.models import Notice
from tests.clocks.pausing import DUE, RECEIVED, WEDNESDAY, pause, resume
from tests.factories import ClockFactory, TeamFactory, UserFactory


@pytest.fixture
def clock(policy, cora):
    return ClockFactory(owner=cora, received_at=RECEIVED, due_at=DUE)


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
