"""A promise is broken while everything around it breaks: it is written down and told once.

The real beat and two real workers, as docker-compose.yml starts them, on the database of the
test. A worker is killed at the worst moment, when it has claimed the clock and is about to write
the notices; in the same moment the queue is emptied.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import psycopg2
import pytest
import redis
from django.db import connection
from django.utils import timezone

from cases.actions import log_contact
from cases.models import Contact
from cases.received import Received
from clocks.models import ClockEvent, EnforcementTick
from dev.child import Child
from dev.valkey import start_valkey
from notices.models import Notice
from tests.deployment.conftest import production, start
from tests.deployment.waiting import eventually
from tests.dev.processes import descendants
from tests.factories import CaseFactory

BEAT, WORKERS = "beat", ["worker-1", "worker-2"]
LONG_AGO = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def queue():
    """A queue of its own, because it will be emptied."""
    valkey = start_valkey()
    yield valkey.url
    valkey.child.stop()


@pytest.fixture
def processes(policy, queue, tmp_path):
    """Beat and two workers, each known to the database by its name; all have done something."""
    env = production(tmp_path, connection.settings_dict["NAME"], port=0) | {"REDIS_URL": queue}
    started = {
        name: start(name, tmp_path, env | {"DATABASE_URL": named(env["DATABASE_URL"], name)})
        for name in [BEAT, *WORKERS]
    }
    try:
        assert eventually(lambda: all(is_ready(started[name]) for name in WORKERS))
        assert eventually(EnforcementTick.objects.exists)
        yield started
    finally:
        for process in started.values():
            process.stop()


def named(database_url: str, name: str) -> str:
    return f"{database_url}{'&' if '?' in database_url else '?'}application_name={name}"


def is_ready(worker: Child) -> bool:
    assert worker.running(), worker.last_words()
    return " ready." in worker.log.read_text()


@contextmanager
def notices_cannot_be_written() -> Iterator[None]:
    """Whoever wants to write one waits until this is over."""
    other = psycopg2.connect(
        os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"])
    )
    try:
        other.cursor().execute("LOCK TABLE notices_notice IN SHARE MODE")
        yield
    finally:
        other.close()


def who_waits_to_write_notices() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database() AND query LIKE '%INSERT INTO notices_notice%'"
        )
        return [name for (name,) in cursor.fetchall()]


def kill(process: Child) -> None:
    """At once, with all its children, as when the machine under it goes."""
    for pid in descendants(process.keeper.pid):
        os.kill(pid, signal.SIGKILL)


def ticks_go_on() -> bool:
    """Whether enforcement runs to its end twice more, the second time begun after the first."""
    later_ones = (EnforcementTick.objects.filter(ran_at__gt=timezone.now()) for _ in range(2))
    return all(eventually(later.exists) for later in later_ones)


@pytest.mark.django_db(transaction=True)
def test_a_breach_is_recorded_and_told_once_whatever_breaks(processes, queue, cora, lena):
    case = CaseFactory(owner=cora)
    received = Received(
        channel=Contact.Channel.TELEPHONE,
        sender=Contact.Sender.PARENT,
        sender_name="Ngozi Okafor",
        message="Please ring me about the taxi.",
        received_at=LONG_AGO,
    )
    submission = UUID("5e2d6c52-7a53-4b4e-9d7c-0f4f5a3b9a11")

    with notices_cannot_be_written():
        contact = log_contact(
            case=case, received=received, submission=submission, by=cora, now=timezone.now()
        )
        assert eventually(who_waits_to_write_notices)
        [name] = who_waits_to_write_notices()
        with redis.Redis.from_url(queue) as emptied:
            emptied.flushall()
        kill(processes[name])

    breaches = ClockEvent.objects.filter(kind=ClockEvent.Kind.BREACHED)
    assert eventually(breaches.exists)
    assert ticks_go_on()
    assert [breach.clock for breach in breaches] == [contact.clock]
    told = Notice.objects.filter(kind=Notice.Kind.BREACH).values_list("recipient__email", flat=True)
    assert sorted(told) == [cora.email, lena.email]
    assert {one: process.running() for one, process in processes.items()} == {
        one: one != name for one in [BEAT, *WORKERS]
    }
