from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from clocks.enforcement import tick
from tests.factories import ClockFactory


def test_healthz_answers_without_a_database(client):
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "alive"})


def test_readyz_is_not_ready_before_enforcement_has_run(db, client):
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "status": "not ready",
        "database": "ok",
        "broker": "ok",
        "enforcement": "has not run yet",
        "backlog": 0,
        "lag_seconds": 0,
    }


def test_readyz_is_ready_after_a_tick(policy, client):
    tick(now=timezone.now())

    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (200, "ready")


def test_readyz_says_how_old_the_last_tick_is(policy, client):
    tick(now=timezone.now() - timedelta(minutes=10))

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["enforcement"].startswith("last ran 60")


@pytest.mark.parametrize(
    ("waits", "status", "enforcement"),
    [(timedelta(minutes=2), 200, "ok"), (timedelta(minutes=4), 503, "is 240 seconds behind")],
)
def test_readyz_says_when_enforcement_does_not_keep_up(
    policy, client, cora, waits, status, enforcement
):
    now = timezone.now()
    tick(now=now)
    with time_machine.travel(now, tick=False):
        ClockFactory(owner=cora, due_at=now - waits)
        response = client.get("/readyz")

    assert (response.status_code, response.json()["enforcement"]) == (status, enforcement)
    assert response.json()["backlog"] == 1
    assert response.json()["lag_seconds"] == waits.total_seconds()


@pytest.mark.parametrize(
    "address", ["redis://127.0.0.1:1/0", "redis+socket:///nowhere/valkey.sock"]
)
def test_readyz_says_when_the_broker_is_away(policy, client, settings, address):
    tick(now=timezone.now())
    settings.REDIS_URL = address

    response = client.get("/readyz")

    assert (response.status_code, response.json()["broker"]) == (503, "away")
