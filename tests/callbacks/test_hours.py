"""Weekly hours, meetings over their slots, and the figures behind them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from decimal import Decimal
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from accounts.errors import RuleBroken
from accounts.models import Absence, Role
from callbacks import booking_actions
from callbacks.block_actions import BookedOver, add_block, withdraw_block
from callbacks.hours import usual_week, weeks_of
from callbacks.models import Booking, Pattern, SlotPolicy
from callbacks.slot_actions import change_policy, end_hours, keep_hours, renew_slots
from tests.callbacks.cast import NGOZI, NOW, booked, hours, on, rang, slots
from tests.diaries.making import at
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db

TUESDAY, NEXT_TUESDAY = date(2026, 11, 3), date(2026, 11, 10)
ALL = ["14:00", "14:30", "15:00", "15:30"]


# --- Hours ------------------------------------------------------------------------------------


@pytest.mark.rule("H35")
def test_the_same_hours_twice_are_one_from_the_earlier_day_on(policy, cora):
    given = {"person": cora, "weekday": 1, "starts": time(14), "ends": time(16)}
    keep_hours(**given, first_day=NEXT_TUESDAY, by=cora, now=NOW)
    keep_hours(**given, first_day=TUESDAY, by=cora, now=NOW)
    keep_hours(**given, first_day=NEXT_TUESDAY, by=cora, now=NOW)

    assert Pattern.objects.get().first_day == TUESDAY
    assert on(cora, TUESDAY) == ALL


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"starts": time(15), "ends": time(17)}, "overlap"),
        ({"weekday": 6}, "not_worked"),
        ({"starts": time(16), "ends": time(15)}, "backwards"),
        ({"starts": time(16), "ends": time(16, 20)}, "too_short"),
        ({"starts": time(6), "ends": time(8)}, "outside_the_day"),
        ({"first_day": date(2026, 11, 1)}, "in_the_past"),
    ],
)
def test_hours_that_cannot_be_kept_are_refused(case, cora, changed, code):
    given = {"weekday": 1, "starts": time(16), "ends": time(17), "first_day": TUESDAY}

    with pytest.raises(RuleBroken) as refused:
        keep_hours(person=cora, **given | changed, by=cora, now=NOW)
    assert refused.value.code == code


def test_an_overlap_is_named_in_words(case, cora):
    with pytest.raises(RuleBroken, match="Cora Hill already keeps Tuesday 2pm to 4pm"):
        hours(cora, starts=time(15), ends=time(17))


def test_only_the_person_and_who_arranges_for_their_team_change_hours(case, cora, lena, oscar):
    given = {
        "person": cora,
        "weekday": 2,
        "starts": time(9),
        "ends": time(10),
        "first_day": TUESDAY,
    }
    with pytest.raises(RuleBroken) as refused:
        keep_hours(**given, by=oscar, now=NOW)
    assert refused.value.code == "may_not_change_diary"
    with pytest.raises(RuleBroken):
        end_hours(pattern=Pattern.objects.get(), last_day=TUESDAY, by=oscar, now=NOW)

    keep_hours(**given, by=lena, now=NOW)
    assert Pattern.objects.filter(person=cora).count() == 2


def test_ended_hours_are_not_made_longer_and_the_past_is_not_changed(case, cora):
    pattern = Pattern.objects.get()
    end_hours(pattern=pattern, last_day=TUESDAY, by=cora, now=NOW)
    end_hours(pattern=pattern, last_day=TUESDAY, by=cora, now=NOW)
    assert Pattern.objects.get().last_day == TUESDAY

    for last_day, code in [(NEXT_TUESDAY, "ended_before"), (date(2026, 10, 31), "in_the_past")]:
        with pytest.raises(RuleBroken) as refused:
            end_hours(pattern=pattern, last_day=last_day, by=cora, now=NOW)
        assert refused.value.code == code


@pytest.mark.rule("H35")
@pytest.mark.parametrize(
    ("fte", "role", "slots_a_week"),
    [
        ("1.00", Role.COORDINATOR, 4),
        # 72 minutes: a part of a slot is a whole one.
        ("0.60", Role.COORDINATOR, 3),
        ("0.50", Role.COORDINATOR, 2),
        ("0.05", Role.COORDINATOR, 1),
        ("1.00", Role.TEAM_LEAD, 2),
    ],
)
def test_the_least_is_in_proportion_to_the_hours_worked(fte, role, slots_a_week):
    policy = SlotPolicy(minimum_minutes_managers=60)
    person = UserFactory.build(fte=Decimal(fte), role=role, team=None)

    assert policy.minimum_slots(person) == slots_a_week


@pytest.mark.rule("H35")
def test_a_week_with_leave_asks_for_less_and_a_week_away_for_nothing(case, cora, calendar):
    monday = date(2026, 11, 9)
    Absence.objects.create(person=cora, first_day=monday, last_day=NEXT_TUESDAY)
    Absence.objects.create(person=cora, first_day=date(2026, 11, 16), last_day=date(2026, 11, 20))
    renew_slots(person=cora, now=NOW)
    booked(case)

    weeks = weeks_of(cora, SlotPolicy(), date(2026, 11, 2), 3, calendar)
    assert [(week.made, week.booked, week.wanted, week.away) for week in weeks] == [
        (4, 1, 4, 0),
        (0, 0, 3, 2),
        (0, 0, 0, 5),
    ]
    assert [week.is_short for week in weeks] == [False, True, False]
    assert usual_week(cora, Pattern.objects.all(), 30, TUESDAY).slots == 4


# --- Meetings over slots ----------------------------------------------------------------------


def meeting(person, by, start, end, *, now=NOW):
    return add_block(person=person, kind="meeting", start=start, end=end, by=by, now=now)


@pytest.mark.rule("H19")
def test_a_meeting_withdraws_free_slots_at_once_and_gives_them_back(case, cora):
    made = meeting(cora, cora, at(TUESDAY, 14), at(TUESDAY, 15))
    assert on(cora, TUESDAY) == ["15:00", "15:30"]

    withdraw_block(block=made, by=cora, now=NOW)
    withdraw_block(block=made, by=cora, now=NOW)
    assert on(cora, TUESDAY) == ALL


@pytest.mark.rule("H124")
def test_nothing_is_put_over_a_booked_call(case, cora):
    call = booked(case, slots(cora)[1])

    with pytest.raises(BookedOver) as refused:
        meeting(cora, cora, at(TUESDAY, 14), at(TUESDAY, 15))

    assert (refused.value.code, refused.value.calls) == ("booked_over", [call])
    assert "Tuesday 3 November 2026 at 2:30pm" in refused.value.message
    assert on(cora, TUESDAY) == ["14:00", "15:00", "15:30"]
    assert not cora.blocks.exists()


def test_a_call_that_was_called_off_leaves_room_for_a_meeting(case, cora):
    call = booked(case)
    booking_actions.cancel(
        booking=call, how=Booking.Whose.OURS, reason="Settled.", by=cora, now=NOW
    )

    meeting(cora, cora, at(TUESDAY, 14), at(TUESDAY, 15))
    assert on(cora, TUESDAY) == ["15:00", "15:30"]


def test_a_stranger_puts_nothing_into_a_diary(case, cora, oscar):
    with pytest.raises(RuleBroken) as refused:
        meeting(cora, oscar, at(TUESDAY, 14), at(TUESDAY, 15))

    assert refused.value.code == "may_not_change_diary"
    assert on(cora, TUESDAY) == ALL


@pytest.mark.rule("H124")
@pytest.mark.django_db(transaction=True)
def test_a_meeting_and_a_booking_at_once_never_both_have_the_time(case, cora):
    offered = slots(cora)[:4]
    contacts = [rang(case) for _ in offered]
    at_once = Barrier(8)

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

    def meet(hour):
        at_once.wait()
        try:
            meeting(cora, cora, at(TUESDAY, *hour), at(TUESDAY, *hour) + timedelta(minutes=30))
        except RuleBroken as broken:
            return broken.code
        finally:
            connection.close()
        return "met"

    with ThreadPoolExecutor(8) as threads:
        meetings = [threads.submit(meet, hour) for hour in [(14, 0), (14, 30), (15, 0), (15, 30)]]
        calls = list(threads.map(book, zip(contacts, offered, strict=True)))
        met = [one.result() for one in meetings]

    both = list(zip(calls, met, strict=True))
    assert set(both) <= {("booked", "booked_over"), ("just_taken", "met"), ("not_free", "met")}


def test_other_peoples_slots_are_not_touched(case, cora):
    dan = UserFactory(team=TeamFactory())
    hours(dan)
    meeting(cora, cora, at(TUESDAY, 14), at(TUESDAY, 16))

    assert (on(cora, TUESDAY), on(dan, TUESDAY)) == ([], ALL)


# --- Figures ----------------------------------------------------------------------------------


def test_only_administrators_change_the_figures(cora):
    with pytest.raises(RuleBroken) as refused:
        change_policy(policy=SlotPolicy(slot_minutes=20), by=cora, now=NOW)

    assert refused.value.code == "may_not_change"
    assert SlotPolicy.current().slot_minutes == 30
