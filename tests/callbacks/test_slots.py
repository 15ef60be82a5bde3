"""Slots are made from weekly hours and taken away by what fills a diary; booked ones stay."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection

from accounts.errors import RuleBroken
from accounts.models import Absence
from callbacks import booking_actions
from callbacks.models import Booking, Pattern, Slot, SlotPolicy
from callbacks.slot_actions import change_policy, end_hours, renew_everybody, renew_slots
from clocks.models import Closure
from tests.callbacks.cast import NGOZI, NOW, booked, hours, on, rang, slots
from tests.diaries.making import at, block, protect, shift
from tests.factories import CaseFactory, UserFactory

pytestmark = pytest.mark.django_db

TUESDAY, NEXT_TUESDAY = date(2026, 11, 3), date(2026, 11, 10)
ALL = ["14:00", "14:30", "15:00", "15:30"]
CHRISTMAS = date(2026, 12, 25)


# --- What takes slots away --------------------------------------------------------------------


@pytest.mark.rule("H28")
def test_there_are_no_slots_on_bank_holidays(policy, cora):
    now = datetime(2026, 12, 1, 10, tzinfo=UTC)
    hours(cora, weekday=4, now=now)

    assert on(cora, date(2026, 12, 18), now=now) == ALL
    assert on(cora, CHRISTMAS, now=now) == []


@pytest.mark.rule("H28")
def test_there_are_no_slots_while_the_service_is_closed(case, cora):
    Closure.objects.create(name="Training", first_day=NEXT_TUESDAY, last_day=NEXT_TUESDAY)
    renew_slots(person=cora, now=NOW)

    assert (on(cora, TUESDAY), on(cora, NEXT_TUESDAY)) == (ALL, [])


@pytest.mark.rule("H28")
def test_there_are_no_slots_on_leave_and_they_come_back_with_the_person(case, cora):
    away = Absence.objects.create(person=cora, first_day=TUESDAY, last_day=TUESDAY)
    renew_slots(person=cora, now=NOW)
    assert (on(cora, TUESDAY), on(cora, NEXT_TUESDAY)) == ([], ALL)

    away.delete()
    renew_slots(person=cora, now=NOW)
    assert on(cora, TUESDAY) == ALL


@pytest.mark.rule("H19")
def test_a_meeting_takes_the_slots_that_it_touches(case, cora):
    block(cora, at(TUESDAY, 14, 45), at(TUESDAY, 15, 5))
    renew_slots(person=cora, now=NOW)

    assert on(cora, TUESDAY) == ["14:00", "15:30"]


@pytest.mark.rule("H19")
def test_a_day_on_the_duty_line_has_no_slots(case, cora, north):
    shift(north, cora, TUESDAY)
    renew_slots(person=cora, now=NOW)

    assert (on(cora, TUESDAY), on(cora, NEXT_TUESDAY)) == ([], ALL)


@pytest.mark.rule("H28")
def test_protected_time_has_no_slots(case, cora, lena, north):
    protect(north, lena, 1, time(13), time(15))
    renew_slots(person=cora, now=NOW)

    assert on(cora, TUESDAY) == ["15:00", "15:30"]


def test_days_that_somebody_does_not_work_have_no_slots(case, cora):
    cora.working_days = [0, 2]
    cora.save()
    renew_slots(person=cora, now=NOW)

    assert slots(cora) == []


def test_who_has_left_is_offered_no_more(case, cora):
    cora.is_active = False
    cora.save()
    renew_everybody(now=NOW)

    assert slots(cora) == []


def test_slots_reach_as_far_as_the_settings_say_and_move_on_with_time(case, cora):
    assert slots(cora)[-1].starts_at == datetime(2026, 12, 8, 15, 30, tzinfo=UTC)

    later = NOW + timedelta(days=7)
    renew_slots(person=cora, now=later)
    assert slots(cora, now=later)[-1].starts_at == datetime(2026, 12, 15, 15, 30, tzinfo=UTC)


# --- Renewing ---------------------------------------------------------------------------------


def test_renewing_twice_changes_nothing(case, cora):
    block(cora, at(TUESDAY, 14), at(TUESDAY, 15))
    assert renew_everybody(now=NOW) == 1

    before = list(Slot.objects.order_by("pk").values_list())
    assert renew_everybody(now=NOW) == 0
    assert renew_slots(person=cora, now=NOW) == 0
    assert list(Slot.objects.order_by("pk").values_list()) == before


def test_the_command_does_what_the_task_does(case, cora, capsys):
    Absence.objects.create(person=cora, first_day=TUESDAY, last_day=TUESDAY)

    with time_machine.travel(NOW, tick=False):
        call_command("renew_slots")
    assert capsys.readouterr().out == "People whose slots changed: 1.\n"
    assert on(cora, TUESDAY) == []


@pytest.mark.parametrize("people", [1, 3])
def test_what_is_up_to_date_costs_the_same_for_one_and_for_three(
    policy, north, people, django_assert_num_queries
):
    for _ in range(people):
        person = UserFactory(team=north)
        hours(person)
        case = CaseFactory(owner=person, team=north)
        # One that is booked and lies outside the hours by now needs no writing either.
        call = booked(case, slots(person)[1])
        end_hours(pattern=Pattern.objects.get(person=person), last_day=TUESDAY, by=person, now=NOW)
        assert call.slot.withdrawn_at is None

    with django_assert_num_queries(13):
        assert renew_everybody(now=NOW) == 0


@pytest.mark.rule("H28")
@pytest.mark.rule("H124")
def test_changing_the_hours_never_touches_what_is_booked(case, cora):
    first, second, *_ = slots(cora)
    call = booked(case, second)
    pattern = Pattern.objects.get()

    end_hours(pattern=pattern, last_day=NOW.date() - timedelta(days=1), by=cora, now=NOW)

    assert Pattern.objects.count() == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.withdrawn_at, second.withdrawn_at) == (NOW, None)
    assert Booking.objects.get().state == call.state == "booked"
    assert slots(cora) == []


@pytest.mark.rule("H124")
def test_slots_of_another_length_leave_room_for_what_is_booked(case, cora, ada):
    booked(case, slots(cora)[1])

    change_policy(policy=SlotPolicy(slot_minutes=45), by=ada, now=NOW)
    renew_slots(person=cora, now=NOW)

    # 2:30pm to 3pm is booked: of 2pm, 2:45pm and so on only the last fits.
    assert on(cora, TUESDAY) == []
    assert on(cora, NEXT_TUESDAY) == ["14:00", "14:45"]


@pytest.mark.rule("H28")
@pytest.mark.django_db(transaction=True)
def test_booking_and_renewing_at_once_leave_every_call_its_slot(case, cora):
    offered = slots(cora)[:8]
    contacts = [rang(case) for _ in offered]
    Absence.objects.create(person=cora, first_day=TUESDAY, last_day=NEXT_TUESDAY)
    at_once = Barrier(12)

    def book(pair):
        contact, slot = pair
        at_once.wait()
        try:
            booking_actions.book(
                contact=contact, slot=slot, caller=NGOZI, submission=uuid4(), by=None, now=NOW
            )
        except RuleBroken as broken:
            return broken.code
        finally:
            connection.close()
        return "booked"

    def renew(_):
        at_once.wait()
        try:
            return renew_slots(person=cora, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        renewals = [threads.submit(renew, number) for number in range(4)]
        results = list(threads.map(book, zip(contacts, offered, strict=True)))

    # The leave was there first: whoever comes before the renewal is told by it, too.
    assert set(results) <= {"not_free", "just_taken"}
    assert sum(renewal.result() for renewal in renewals) == 8
    assert not Booking.objects.holding_slot().filter(slot__withdrawn_at__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_renewing_at_once_makes_each_slot_once(case, cora):
    Slot.objects.all().delete()
    at_once = Barrier(4)

    def renew(_):
        at_once.wait()
        try:
            return renew_slots(person=cora, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(renew, range(4))) == [0, 0, 0, 24]
    assert len(slots(cora)) == 24


@pytest.mark.rule("H124")
@pytest.mark.django_db(transaction=True)
def test_hours_that_end_while_calls_are_booked_leave_each_call_its_slot(case, cora):
    offered = slots(cora)[:8]
    contacts = [rang(case) for _ in offered]
    pattern = Pattern.objects.get()
    at_once = Barrier(9)

    def book(pair):
        contact, slot = pair
        at_once.wait()
        try:
            booking_actions.book(
                contact=contact,
                slot=slot,
                caller=NGOZI,
                submission=uuid4(),
                by=None,
                now=NOW,
                # Some are after the standard.
                reason="No sooner.",
            )
        except RuleBroken as broken:
            return broken.code
        finally:
            connection.close()
        return "booked"

    def stop():
        at_once.wait()
        try:
            end_hours(pattern=pattern, last_day=NOW.date(), by=cora, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(9) as threads:
        stopped = threads.submit(stop)
        results = list(threads.map(book, zip(contacts, offered, strict=True)))
        stopped.result()

    assert set(results) <= {"booked", "just_taken"}
    taken = Booking.objects.holding_slot()
    assert taken.count() == results.count("booked")
    assert not taken.filter(slot__withdrawn_at__isnull=False).exists()
    assert slots(cora) == []
