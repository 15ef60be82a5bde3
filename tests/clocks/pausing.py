"""Short ways to pause and resume a clock, for the tests about it."""

from datetime import UTC, datetime

from clocks import pause_actions

RECEIVED = datetime(2026, 11, 2, 10, tzinfo=UTC)  # a Monday
DUE = datetime(2026, 11, 9, 17, 30, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 4, 10, tzinfo=UTC)


def pause(clock, since=WEDNESDAY, now=None, reason="The family is abroad"):
    return pause_actions.pause(
        clock=clock, since=since, reason=reason, by=clock.owner, now=now or since
    )


def resume(clock, at, now=None, reason=""):
    return pause_actions.resume(clock=clock, at=at, by=clock.owner, now=now or at, reason=reason)
