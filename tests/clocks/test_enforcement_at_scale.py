"""Eight enforcers, 5,000 dates passed, real threads on a real PostgreSQL: each exactly once."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from accounts.models import Team, User
from clocks.enforcement import tick
from clocks.models import Clock, ClockEvent, EnforcementTick
from clocks.policy_actions import load_policy
from notices.models import Notice
from tests.factories import ClockFactory, TeamFactory, UserFactory

DUE = datetime(2026, 11, 17, 17, 30, tzinfo=UTC)
NOW = DUE + timedelta(minutes=1)
ENFORCERS = 8
CLOCKS = 5_000


@pytest.fixture
def late_clocks(transactional_db) -> list[Clock]:
    """5,000 clocks of 50 people in five teams, each team with a lead of its own."""
    load_policy(now=DUE)
    owners = [owner for _ in range(5) for owner in staffed_team()]
    proto = ClockFactory.build(owner=owners[0], due_at=DUE)
    return Clock.objects.bulk_create(
        Clock(
            standard=proto.standard,
            owner=owners[number % len(owners)],
            team=owners[number % len(owners)].team,
            about=proto.about,
            path=f"/contacts/CON-{number:06d}/",
            received_at=proto.received_at,
            started_at=proto.started_at,
            due_at=DUE - timedelta(minutes=number % 500),
        )
        for number in range(CLOCKS)
    )


def staffed_team() -> list[User]:
    """Ten people of a new team; its lead is none of them."""
    team: Team = TeamFactory.create()
    team.lead = UserFactory.create(team=team)
    team.save()
    return UserFactory.create_batch(10, team=team)


def all_at_once(work, times: int) -> list:
    """What ``work`` returns in each of so many threads that start at the same moment."""
    together = threading.Barrier(times)
    results = []

    def run() -> None:
        together.wait()
        results.append(work())
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_eight_enforcers_on_five_thousand_late_clocks_tell_each_exactly_once(late_clocks):
    ticks = all_at_once(lambda: tick(now=NOW, batch=100), ENFORCERS)

    assert (len(ticks), sum(done.breached for done in ticks)) == (ENFORCERS, CLOCKS)
    assert Clock.objects.filter(breached_at=NOW).count() == CLOCKS
    events = ClockEvent.objects.values_list("clock_id", "kind", "happened_at", "recorded_at")
    assert Counter(events) == {
        (clock.pk, "breached", clock.due_at, NOW): 1 for clock in late_clocks
    }
    told = Notice.objects.values_list("path", "kind", "recipient_id")
    assert Counter(told) == {
        (clock.path, "breach", person.pk): 1
        for clock in late_clocks
        for person in (clock.owner, clock.team.lead)
    }
    assert EnforcementTick.objects.get().ran_at == NOW
