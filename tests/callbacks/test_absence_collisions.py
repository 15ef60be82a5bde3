"""Calls of somebody away are moved while others press at the same moment, or a worker dies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from accounts.errors import RuleBroken
from callbacks import booking_actions
from callbacks.models import Booking
from callbacks.stranded import calls_during
from notices.models import Notice
from tests.callbacks.absences import AT_TWO, away, live, move_all, wish
from tests.callbacks.cast import NOW, booked, hours, slots
from tests.factories import CaseFactory

pytestmark = pytest.mark.django_db
HALF_AN_HOUR = timedelta(minutes=30)


def at_once(*presses):
    """What each returns, or the code of the rule it broke, pressed at the same moment."""
    barrier = Barrier(len(presses))

    def press(act):
        barrier.wait()
        try:
            return act()
        except RuleBroken as broken:
            return broken.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(presses)) as threads:
        return list(threads.map(press, presses))


@pytest.mark.rule("H36")
@pytest.mark.django_db(transaction=True)
def test_what_is_done_stays_done_when_the_worker_dies_and_the_rest_is_done_after(case, cora, dan):
    first, second = booked(case), booked(CaseFactory(owner=cora, team=cora.team))
    # A row that is not there: the press ends in an error in the middle.
    broken = Booking(pk=0, contact=first.contact, owner=cora, caller_email="a@example.org")
    wishes = [wish(one, stand_in=dan) for one in (first, broken, second)]

    with pytest.raises(Booking.DoesNotExist):
        move_all(*wishes, by=cora)
    assert [one.owner for one in live()] == [dan, cora]

    moved, stays = move_all(wishes[0], wishes[2], by=cora)
    assert (len(moved), stays) == (1, {})
    assert [one.owner for one in live()] == [dan, dan]
    assert Notice.objects.filter(address="ngozi@example.org", kind="callback").count() == 4


@pytest.mark.rule("H36")
@pytest.mark.django_db(transaction=True)
def test_two_people_press_at_once_and_each_call_moves_once(case, cora, lena, dan):
    calls = [booked(case), booked(CaseFactory(owner=cora, team=cora.team))]
    wishes = [wish(one, stand_in=dan) for one in calls]

    results = at_once(
        lambda: move_all(*wishes, by=cora),
        lambda: move_all(*wishes, by=lena),
    )

    assert sum(len(moved) for moved, _ in results) == 2
    assert [stays for _, stays in results] == [{}, {}]
    assert [(one.owner, one.starts_at) for one in live()] == [
        (dan, AT_TWO),
        (dan, AT_TWO + HALF_AN_HOUR),
    ]


@pytest.mark.rule("H36")
@pytest.mark.django_db(transaction=True)
def test_the_caller_moves_it_by_their_link_at_the_same_moment(case, cora, dan):
    booking = booked(case)
    chosen = slots(cora)[4]

    def by_link():
        return booking_actions.move(
            booking=booking, slot=chosen, how="caller", submission=uuid4(), by=None, now=NOW
        )

    ours, theirs = at_once(lambda: move_all(wish(booking, stand_in=dan), by=cora), by_link)

    [left] = live()
    assert left.follows == booking
    assert (len(ours[0]), theirs) in [(1, "over"), (0, left)]
    assert ours[1] == {}


@pytest.mark.rule("H28")
@pytest.mark.django_db(transaction=True)
def test_the_covers_slot_is_booked_at_the_same_moment(case, cora, dan):
    hours(dan)
    booking, other = booked(case), CaseFactory(owner=dan, team=dan.team)
    slot = slots(dan)[0]

    ours, theirs = at_once(
        lambda: move_all(wish(booking, stand_in=dan), by=cora), lambda: booked(other, slot)
    )

    calls = [(one.owner, one.starts_at) for one in live()]
    if theirs == "just_taken":
        assert (calls, ours[1]) == ([(dan, AT_TWO)], {})
    else:
        reason = "Dan Reed cannot ring then: another call is booked with them then."
        assert ours == ([], {booking.pk: reason})
        assert calls == [(cora, AT_TWO), (dan, AT_TWO)]


@pytest.mark.rule("H124")
@pytest.mark.django_db(transaction=True)
def test_a_call_booked_while_leave_is_entered_is_seen_or_not_made(case, cora):
    slot = slots(cora)[0]
    absence, made = at_once(lambda: away(cora), lambda: booked(case, slot))

    if isinstance(made, str):
        assert (made, list(calls_during(absence))) == ("just_taken", [])
    else:
        assert list(calls_during(absence)) == [made]
        assert Notice.objects.filter(key=f"absence:{absence.pk}:calls").count() == 1
