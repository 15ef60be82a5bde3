"""Two beats, one leader; when it goes, the other takes over."""

import time

import pytest
from django.db import connections

from send_portal.beat import GuardedScheduler
from send_portal.celery import app


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
        "deliver-notices": 60,
        "deliver-notices-to-staff": 60,
    }
    app.loader.import_default_modules()
    assert {entry["task"] for entry in schedule.values()} <= set(app.tasks)
