"""A booked call that nobody made is missed, told of once and still to be made good (H36)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction

from callbacks import booking_actions
from callbacks.models import Booking, SlotPolicy
from callbacks.outcome_actions import mark_missed, reached
from notices.models import Notice
from tests.callbacks.cast import NGOZI, booked, slots
from tests.callbacks.tries import AT, END, clock_of, told, tried

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H36")]
# A quarter of an hour after its end it counts as missed.
MISSED = datetime(2026, 11, 3, 14, 45, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "missed"),
    [
        (END, 0),
        (datetime(2026, 11, 3, 14, 45, tzinfo=UTC), 0),
        (MISSED, 1),
    ],
)
def test_a_call_without_an_outcome_is_missed_after_its_grace(call, now, missed):
    assert mark_missed(now=now) == missed

    call.refresh_from_db()
    assert (call.state == "missed", call.missed_at) == (bool(missed), now if missed else None)


def test_the_grace_is_that_of_the_settings(call):
    SlotPolicy(grace_minutes=60).save()

    assert mark_missed(now=MISSED) == 0
    assert mark_missed(now=END + timedelta(minutes=61)) == 1


def test_owner_lead_and_caller_are_told_once_that_a_call_was_missed(call, cora, lena):
    mark_missed(now=MISSED)
    mark_missed(now=MISSED + timedelta(hours=1))

    assert told(":missed") == sorted([cora.email, lena.email, "ngozi@example.org"])
    to_caller = Notice.objects.get(address="ngozi@example.org", key__contains=":missed")
    assert "You will still hear from us by Monday 9 November 2026" in to_caller.body
    assert clock_of(call).is_open


def test_staff_are_told_to_ring_whom_we_cannot_write_to(case, cora):
    caller = booking_actions.Caller(name="Ngozi Okafor", phone=NGOZI.phone)
    booked(case, caller=caller)

    mark_missed(now=MISSED)
    words = Notice.objects.get(recipient=cora, key__contains=":missed").body
    assert "please ring them" in words


def test_what_has_an_outcome_is_not_missed(case, cora):
    reached_one, tried_one, called_off = (booked(case, slot) for slot in slots(cora)[:3])
    reached(booking=reached_one, note="Settled.", submission=uuid4(), by=cora, now=AT)
    tried(tried_one, cora, now=END)
    booking_actions.cancel(
        booking=called_off, how=Booking.Whose.OURS, reason="Settled.", by=cora, now=AT
    )

    assert mark_missed(now=MISSED + timedelta(days=1)) == 0


def test_who_is_reached_after_all_was_missed_all_the_same(call, cora):
    mark_missed(now=MISSED)
    assert list(Booking.objects.left_to_ring()) == [call]

    later = MISSED + timedelta(hours=1)
    reached(booking=call, note="Sorry.", submission=uuid4(), by=cora, now=later)

    call.refresh_from_db()
    assert (call.state, call.missed_at, call.ended_at) == ("reached", MISSED, later)
    assert clock_of(call).state == "met"
    assert list(Booking.objects.left_to_ring()) == []


def test_a_new_call_about_the_same_makes_good_for_a_missed_one(call, case, cora):
    mark_missed(now=MISSED)
    again = booked(case, slots(cora, now=MISSED)[0], now=MISSED, contact=call.contact)

    assert list(Booking.objects.left_to_ring()) == []
    mark_missed(now=again.ends_at + timedelta(hours=1))
    assert list(Booking.objects.left_to_ring()) == [again]


@pytest.mark.parametrize("calls", [1, 4])
def test_a_batch_of_missed_calls_costs_the_same_however_many(
    case, cora, calls, django_assert_num_queries
):
    for slot in slots(cora)[:calls]:
        booked(case, slot)

    # The figures, the batch (with its savepoint), and that nothing is left.
    with django_assert_num_queries(15):
        assert mark_missed(now=END + timedelta(hours=4)) == calls


def test_one_call_that_cannot_be_told_of_stops_no_other(case, cora, caplog):
    first, second, third = [booked(case, slot) for slot in slots(cora)[:3]]
    late = third.ends_at + timedelta(hours=1)
    # A fault in the words of one of them, wherever it comes from.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE notices_notice ADD CONSTRAINT broken CHECK (key NOT LIKE %s) NOT VALID",
            [f"%booking:{second.pk}:missed%"],
        )

    assert mark_missed(now=late) == 2
    states = [Booking.objects.get(pk=one.pk).state for one in (first, second, third)]
    assert states == ["missed", "booked", "missed"]
    assert len(told(":missed")) == 2 * 3
    assert f"[{second.pk}]" in caplog.text

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notices_notice DROP CONSTRAINT broken")
    assert mark_missed(now=late) == 1
    second.refresh_from_db()
    assert second.state == "missed"


@pytest.mark.django_db(transaction=True)
def test_a_call_missed_by_two_workers_at_once_is_told_of_once(case, cora):
    calls = [booked(case, slot) for slot in slots(cora)[:4]]
    late = calls[-1].ends_at + timedelta(hours=1)
    at_once = Barrier(4)

    def work(_):
        at_once.wait()
        try:
            return mark_missed(now=late)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        marked = list(threads.map(work, range(4)))

    assert sum(marked) == 4
    assert Booking.objects.filter(state="missed", missed_at=late).count() == 4
    assert len(told(":missed")) == 4 * 3


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_half_way_loses_nothing(call):
    class Killed(Exception):
        pass

    def die():
        with transaction.atomic():
            assert mark_missed(now=MISSED) == 1
            raise Killed

    with pytest.raises(Killed):
        die()
    call.refresh_from_db()
    assert (call.state, told(":missed")) == ("booked", [])

    assert mark_missed(now=MISSED) == 1
    assert len(told(":missed")) == 3


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_down_the_call_at_that_moment_is_not_overtaken(call, cora):
    """The worker passes over a row that somebody holds, and finds it over afterwards."""
    with transaction.atomic():
        reached(booking=call, note="Just in time.", submission=uuid4(), by=cora, now=MISSED)

        def work():
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = '5s'")
                return mark_missed(now=MISSED)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(work).result() == 0
    assert mark_missed(now=MISSED) == 0
    call.refresh_from_db()
    assert (call.state, call.missed_at) == ("reached", None)


def test_the_command_does_what_the_task_does(call, capsys):
    with time_machine.travel(MISSED, tick=False):
        call_command("mark_missed")

    assert capsys.readouterr().out == "Calls missed: 1.\n"
    call.refresh_from_db()
    assert call.state == "missed"
