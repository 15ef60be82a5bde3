"""Two beats, one leader; when it goes, the other takes over."""

import time

import pytest
from django.db import connections

from dev import postgres
from send_portal.beat import GuardedScheduler
from send_portal.celery import app
from tests.deployment.conftest import free_port


@pytest.fixture
def beats():
    made = [GuardedScheduler(app, lazy=True) for _ in range(2)]
    yield made
    for beat in made:
        beat._guard.close()


@pytest.mark.django_db(transaction=True)
def test_only_one_of_two_beats_leads_and_the_other_takes_over(beats):
    first, second = beats

    assert [first._holds_lock(), second._holds_lock(), first._holds_lock()] == [True, False, True]

    first._guard.close()  # the process dies: PostgreSQL lets go of its lock soon after
    assert any(second._holds_lock() or time.sleep(0.1) for _ in range(100))
    assert not first._holds_lock()


@pytest.mark.django_db(transaction=True)
def test_a_leader_whose_connection_is_cut_does_not_go_on_leading(beats):
    leader, follower = beats
    assert leader._holds_lock()
    with leader._guard.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])

    assert not leader._holds_lock()
    assert follower._holds_lock()


def test_the_schedule_enforces_every_minute():
    schedule = app.conf.beat_schedule
    assert {name: entry["schedule"] for name, entry in schedule.items()} == {
        "enforce-clocks": 60,
        "file-mail": 60,
        "deliver-notices": 60,
        "deliver-notices-to-staff": 60,
        "put-leads-in-force": 60,
        "tell-of-undelivered-mail": 300,
        "work-through-forms": 60,
        "follow-filing": 60,
        "tell-of-chasers": 60,
        "watch-resolution-desk": 180,
        "see-to-handlers": 300,
        "delete-sessions": 3600,
        "mark-missed-calls": 60,
        "renew-slots": 900,
        "tell-of-contact-plans": 3600,
        "tell-of-duty-gaps": 3600,
        "tell-of-agreements": 3600,
        "ask-for-recordings": 3600,
        "ask-for-numbers": 3600,
    }


def test_every_entry_of_the_schedule_names_a_task_that_exists():
    app.loader.import_default_modules()

    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert scheduled - set(app.tasks) == set()


@pytest.fixture
def by_network(monkeypatch):
    """A PostgreSQL that is reached by TCP, as a council's is; ours listens on a socket file."""
    port = free_port()
    monkeypatch.setitem(postgres.SETTINGS, "listen_addresses", "127.0.0.1")
    monkeypatch.setitem(postgres.ENVIRONMENT, "PGPORT", str(port))
    server = postgres.start_throw_away()
    yield {
        "HOST": "127.0.0.1",
        "PORT": port,
        "USER": postgres.ROLE,
        "NAME": postgres.DATABASE,
        "OPTIONS": {},
    }
    server.child.stop()


@pytest.mark.django_db
def test_the_lock_of_a_machine_that_vanished_is_let_go_in_half_a_minute(beats, by_network):
    guard = beats[0]._guard
    guard.settings_dict = guard.settings_dict | by_network

    assert beats[0]._holds_lock()

    with guard.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting::int FROM pg_settings WHERE name LIKE 'tcp_keepalives%'"
        )
        # Half a minute: ten seconds of silence, then three questions, five seconds apart.
        assert dict(cursor.fetchall()) == {
            "tcp_keepalives_idle": 10,
            "tcp_keepalives_interval": 5,
            "tcp_keepalives_count": 3,
        }
