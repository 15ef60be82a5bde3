"""Moving a call and calling it off: by us, by the caller, and by both at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from accounts.actions import enter_absence
from accounts.errors import RuleBroken
from callbacks import booking_actions
from callbacks.booking_actions import latest
from callbacks.models import Booking
from callbacks.other_times import other_times
from callbacks.outcome_actions import mark_missed
from cases.matter_actions import pass_on
from cases.models import NamedStaff
from notices.models import Notice
from tests.callbacks.cast import NOW, booked, hours, rang, slots
from tests.factories import CaseFactory, UserFactory

pytestmark = pytest.mark.django_db

Whose = Booking.Whose
LATER = NOW + timedelta(hours=1)
# Monday 9 November 2026, 5:30pm: five working days after the call.
DUE = datetime(2026, 11, 9, 17, 30, tzinfo=UTC)


@pytest.fixture
def case(policy, cora):
    hours(cora)
    return CaseFactory(owner=cora, team=cora.team, reference="EHC-000123")


@pytest.fixture
def sam(cora):
    """A colleague of Cora's who rings on Wednesdays."""
    person = UserFactory(full_name="Sam Reed", team=cora.team)
    hours(person, weekday=2)
    return person


def move(booking: Booking, slot, how: Whose = Whose.CALLER, **more: Any) -> Booking:
    given: dict[str, Any] = {"by": None, "now": LATER, "submission": uuid4()}
    return booking_actions.move(booking=booking, slot=slot, how=how, **given | more)


def cancel(booking: Booking, how: Whose = Whose.CALLER, **more: Any) -> Booking:
    given: dict[str, Any] = {"by": None, "now": LATER, "reason": ""}
    return booking_actions.cancel(booking=booking, how=how, **given | more)


def again(booking: Booking) -> Booking:
    """As the database has it now, with everything it points at."""
    return Booking.objects.with_people().select_related("slot").get(pk=booking.pk)


def at_once(*presses: Callable[[], object]) -> list[str]:
    """What comes of each when all are pressed at the same moment."""
    ready = Barrier(len(presses))

    def press(action: Callable[[], object]) -> str:
        ready.wait(timeout=20)
        try:
            action()
        except RuleBroken as broken:
            return broken.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(presses)) as threads:
        return list(threads.map(press, presses))


# --- What it counts as ----------------------------------------------------------------------


@pytest.mark.rule("H29")
@pytest.mark.rule("H36")
def test_the_date_promised_stays_however_often_it_is_moved(case, cora, lena):
    booking = booked(case)
    second = move(booking, slots(cora)[-1], now=NOW + timedelta(minutes=1))
    third = move(second, slots(cora)[1], Whose.OURS, by=lena, reason="Illness")

    assert [one.promised_by for one in (booking, second, third)] == [DUE] * 3
    assert [one.breach for one in (booking, second, third)] == ["", "wish", ""]
    assert latest(booking) == third


@pytest.mark.rule("H29")
def test_moved_by_us_after_the_date_is_our_breach_and_the_lead_hears_of_it(case, cora, lena):
    booking = booked(case)

    moved = move(booking, slots(cora)[4], Whose.OURS, by=cora, reason="A tribunal")

    assert (moved.breach, moved.breach_reason) == ("outside", "A tribunal")
    assert Notice.objects.get(key__endswith=":outside").recipient == lena


@pytest.mark.rule("H29")
def test_a_colleague_in_time_whom_the_caller_chose_is_no_want_of_slots(case, cora, sam):
    booking = booked(case)

    moved = move(booking, slots(sam)[0])

    assert (moved.owner, moved.breach) == (sam, "")
    # But where there was none of the owner's, there still is none.
    other = booked(case, slots(sam)[1], contact=rang(case, sender_name="Somebody else"))
    assert move(other, slots(sam)[0]).breach == "colleague"


def test_a_caller_moves_nothing_whose_time_has_begun(case, cora):
    booking = booked(case)
    begun = booking.starts_at

    for press in (
        lambda: move(booking, slots(cora)[3], now=begun),
        lambda: cancel(booking, now=begun),
    ):
        with pytest.raises(RuleBroken) as broken:
            press()
        assert broken.value.code == "begun"

    # The one who rings may: the caller has asked for it on the telephone.
    assert move(booking, slots(cora)[3], now=begun, by=cora).owner == cora


def test_a_missed_call_is_moved_and_stays_missed(case, cora):
    booking = booked(case)
    after = booking.ends_at + timedelta(minutes=16)
    mark_missed(now=after)

    moved = move(booking, slots(cora, now=after)[-1], now=after)

    booking.refresh_from_db()
    assert (booking.state, booking.missed_at) == ("moved", after)
    assert (moved.state, moved.breach) == ("booked", "outside")
    assert not Notice.objects.filter(key__endswith=":outside").exists()


# --- At the same moment ---------------------------------------------------------------------


@pytest.mark.rule("H36")
@pytest.mark.django_db(transaction=True)
def test_caller_and_coordinator_at_once_one_wins_and_the_other_is_told(case, cora):
    for _ in range(3):
        booking = booked(case, contact=rang(case))
        one, other = slots(cora)[:2]

        results = at_once(
            lambda booking=booking, one=one: move(booking, one),
            lambda booking=booking, other=other: move(
                booking, other, Whose.OURS, by=cora, reason="Illness"
            ),
        )

        assert sorted(results) == ["done", "over"]
        standing = latest(booking)
        assert standing.state == "booked"
        assert (standing.booked_by is None) == (results[0] == "done")
        assert Booking.objects.filter(follows=booking).count() == 1


@pytest.mark.django_db(transaction=True)
def test_called_off_and_moved_at_once_is_one_of_the_two(case, cora):
    for _ in range(3):
        booking = booked(case, contact=rang(case))
        slot = slots(cora)[0]

        results = at_once(
            lambda booking=booking: cancel(booking),
            lambda booking=booking, slot=slot: move(
                booking, slot, Whose.OURS, by=cora, reason="Illness"
            ),
        )

        assert sorted(results) == ["done", "over"]
        booking.refresh_from_db()
        assert booking.state == ("cancelled" if results[0] == "done" else "moved")


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_ten_times_at_once_moves_once(case, cora):
    booking, submission = booked(case), uuid4()
    slot = slots(cora)[0]

    results = at_once(*[lambda: move(booking, slot, submission=submission)] * 10)

    assert results == ["done"] * 10
    assert Booking.objects.count() == 2
    assert Notice.objects.filter(key__endswith=":booked").count() == 2


@pytest.mark.django_db(transaction=True)
def test_called_off_ten_times_at_once_is_once(case, cora):
    booking = booked(case)

    results = at_once(*[lambda: cancel(booking)] * 10)

    assert results == ["done"] * 10
    assert Notice.objects.filter(key__endswith=":cancelled").count() == 1
    assert Notice.objects.filter(key__endswith=":called-off").count() == 1


@pytest.mark.rule("H28")
@pytest.mark.django_db(transaction=True)
def test_two_callers_who_move_to_one_slot(case, cora):
    first = booked(case)
    second = booked(case, contact=rang(case, sender_name="Somebody else"))
    slot = slots(cora)[0]

    results = at_once(lambda: move(first, slot), lambda: move(second, slot))

    assert sorted(results) == ["done", "just_taken"]
    # Who was too late keeps the time they had.
    assert Booking.objects.filter(state="booked").count() == 2


# --- What happens to the people and the record meanwhile --------------------------------------


@pytest.mark.rule("H59")
@pytest.mark.rule("H36")
def test_a_matter_that_is_passed_on_leaves_the_call_with_whoever_was_booked(case, cora, sam, lena):
    booking = booked(case)

    pass_on(contact=booking.contact, to=sam, reason="Sam knows", by=lena, now=LATER)

    booking.refresh_from_db()
    assert (booking.owner, booking.state) == (cora, "booked")
    assert other_times(booking, LATER)[0].owner == cora


def test_a_case_that_gets_another_owner_leaves_the_caller_with_the_same_person(case, oscar, cora):
    booking = booked(case)
    case.owner, case.team = oscar, oscar.team
    case.save()
    hours(oscar, weekday=3)

    times = other_times(again(booking), LATER)
    moved = move(booking, times[0])

    assert {slot.owner for slot in times} == {cora}
    assert (moved.owner, moved.breach) == (cora, "")


def test_who_has_left_is_offered_no_more_and_keeps_the_call_until_it_is_moved(case, cora, sam):
    booking = booked(case)
    theirs = slots(cora)[0]
    cora.is_active = False
    cora.save()

    times = other_times(again(booking), LATER)

    assert {slot.owner for slot in times} == {sam}
    assert len(times) == 12
    with pytest.raises(RuleBroken) as broken:
        move(booking, theirs)
    assert broken.value.code == "just_taken"
    assert move(booking, times[0]).owner == sam


def test_who_goes_on_leave_is_not_offered_for_those_days(case, cora, sam, lena):
    booking = booked(case)
    enter_absence(
        person=cora,
        first_day=date(2026, 11, 3),
        last_day=date(2026, 11, 9),
        cover=sam,
        by=lena,
    )

    times = other_times(booking, LATER)

    booking.refresh_from_db()
    assert (booking.owner, booking.state) == (cora, "booked")
    assert [slot.owner for slot in times[:4]] == [sam] * 4
    assert times[0].starts_at == datetime(2026, 11, 4, 14, tzinfo=UTC)
    assert min(slot.starts_at for slot in times if slot.owner == cora) == datetime(
        2026, 11, 10, 14, tzinfo=UTC
    )


def test_of_a_restricted_case_only_those_who_may_see_it_ring(case, cora, sam):
    booking = booked(case, slots(sam)[0])
    case.restricted, case.restricted_reason = True, "Witness protection"
    case.save()

    assert {slot.owner for slot in other_times(again(booking), LATER)} == {cora}
    with pytest.raises(RuleBroken) as broken:
        move(booking, slots(sam)[1])
    assert broken.value.code == "other_person"

    NamedStaff.objects.create(case=case, user=sam)
    assert {slot.owner for slot in other_times(booking, LATER)} == {sam}


def test_a_call_about_a_merged_record_is_moved_as_before(case, cora):
    booking = booked(case)
    case.merged_into = CaseFactory()
    case.save()

    assert move(booking, other_times(again(booking), LATER)[0]).owner == cora


def test_two_colleagues_at_one_time_are_one_choice(case, cora, sam):
    booking = booked(case)
    hours(UserFactory(full_name="Zoe Ash", team=cora.team), weekday=2)
    for slot in slots(cora):
        slot.withdrawn_at = NOW
        slot.save()

    times = other_times(booking, LATER)

    assert {slot.owner for slot in times} == {sam}
    assert len({slot.starts_at for slot in times}) == 12


@pytest.mark.parametrize("colleagues", [1, 3])
def test_the_times_take_the_same_queries_however_many_colleagues(
    case, cora, django_assert_num_queries, colleagues
):
    booking = booked(case)
    booking = again(booking)
    for _ in range(colleagues):
        hours(UserFactory(team=cora.team), weekday=2)

    with django_assert_num_queries(16):
        other_times(booking, LATER)
