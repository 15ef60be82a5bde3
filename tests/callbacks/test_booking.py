"""One booking a slot, whoever presses at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.errors import RuleBroken
from callbacks import booking_actions
from callbacks.models import Booking
from notices.models import Notice
from tests.callbacks.cast import NGOZI, NOW, booked, hours, rang, slots
from tests.factories import CaseFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(policy, cora):
    hours(cora)
    return CaseFactory(owner=cora, team=cora.team)


@pytest.mark.rule("H28")
def test_weekly_hours_make_slots_of_half_an_hour(case, cora):
    first = slots(cora)[0]

    assert (first.starts_at, first.ends_at) == (
        datetime(2026, 11, 3, 14, tzinfo=UTC),
        datetime(2026, 11, 3, 14, 30, tzinfo=UTC),
    )
    # Tuesdays of six weeks.
    assert len(slots(cora)) == 4 * 6


@pytest.mark.rule("H28")
def test_booking_a_slot_takes_it_and_tells_both(case, cora):
    booking = booked(case)

    assert booking.slot not in slots(cora)
    assert booking.breach == ""
    told = {notice.address: notice for notice in Notice.objects.filter(kind="callback")}
    assert set(told) == {"ngozi@example.org", cora.email}
    assert "Tuesday 3 November 2026 at 2pm" in told["ngozi@example.org"].body
    assert "Okafor" not in told[cora.email].body + told[cora.email].subject
    assert "METHOD:REQUEST" in told[cora.email].calendar


@pytest.mark.rule("H28")
@pytest.mark.django_db(transaction=True)
def test_two_hundred_advisers_at_one_slot_make_one_booking(case, cora):
    [slot, *_] = slots(cora)
    contacts = [rang(case, sender_name=f"Caller {number}") for number in range(200)]
    at_once = Barrier(200)

    def press(contact):
        at_once.wait()
        try:
            booking_actions.book(
                contact=contact,
                slot=slot,
                caller=NGOZI,
                submission=uuid4(),
                by=None,
                now=NOW,
            )
        except RuleBroken as broken:
            return broken.code
        finally:
            connection.close()
        return "booked"

    with ThreadPoolExecutor(200) as threads:
        results = list(threads.map(press, contacts))

    assert sorted(set(results)) == ["booked", "just_taken"]
    assert results.count("booked") == 1
    assert Booking.objects.count() == 1


@pytest.mark.rule("H28")
@pytest.mark.django_db(transaction=True)
def test_many_who_book_about_one_matter_at_once_make_one_call_to_come(case, cora):
    hours(cora, starts=time(9), ends=time(11))
    contact, free = rang(case), slots(cora)[:8]
    at_once = Barrier(len(free))

    def press(slot):
        at_once.wait()
        try:
            booked(case, slot, contact=contact)
        except RuleBroken as broken:
            return broken.code, broken.message
        finally:
            connection.close()
        return "booked", ""

    with ThreadPoolExecutor(len(free)) as threads:
        said = sorted(threads.map(press, free))

    [to_come] = Booking.objects.all()
    assert [code for code, _ in said] == ["booked", *["booked_already"] * 7]
    assert said[-1][1].startswith("Cora Hill rings about this on Tuesday")
    assert to_come.is_booked


def test_the_database_refuses_a_second_call_to_come_about_a_matter(case, cora):
    first, other = booked(case), booked(case, slots(cora)[0])

    with pytest.raises(IntegrityError, match="booking_one_to_come"), transaction.atomic():
        Booking.objects.filter(pk=other.pk).update(contact=first.contact)

    # One that was missed leaves room for the next.
    Booking.objects.filter(pk=first.pk).update(state="missed", missed_at=NOW)
    Booking.objects.filter(pk=other.pk).update(contact=first.contact)
    assert first.contact.bookings.count() == 2
