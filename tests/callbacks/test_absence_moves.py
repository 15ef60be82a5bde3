"""Leave begins and calls are booked: somebody else rings, or at another time, and all are told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from accounts.errors import RuleBroken
from accounts.models import Absence, User
from callbacks import absence_actions, booking_actions
from callbacks.absence_actions import Way, Wish, hand_to, move_calls, note_told
from callbacks.booking_actions import Caller
from callbacks.models import Booking, Slot
from callbacks.slot_actions import renew_everybody, renew_slots
from callbacks.stranded import calls_during, to_be_told, waits_to_be_told
from cases.answer_actions import answer_contact
from cases.models import Case, Contact, NamedStaff
from notices.models import Notice
from tests.callbacks.cast import NGOZI, NOW, booked, hours, slots
from tests.diaries.making import block
from tests.factories import CaseFactory, UserFactory

pytestmark = pytest.mark.django_db

TUESDAY, WEDNESDAY = date(2026, 11, 3), date(2026, 11, 4)
AT_TWO = datetime(2026, 11, 3, 14, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)
NO_ADDRESS = Caller(name="Ngozi Okafor", phone="07700 900123")
PAGE = "/account/absences/1/calls/"


@pytest.fixture
def case(policy, cora):
    hours(cora)
    return CaseFactory(owner=cora, team=cora.team)


@pytest.fixture
def dan(north):
    """Another coordinator of the north team, who covers for Cora."""
    return UserFactory(full_name="Dan Reed", team=north)


def away(person, cover=None, *, by=None, first=TUESDAY, last=WEDNESDAY, now=NOW) -> Absence:
    return absence_actions.enter_absence(
        person=person, first_day=first, last_day=last, cover=cover, by=by or person, now=now
    )


def wish(booking, way=Way.SAME_TIME, **more) -> Wish:
    return Wish(booking=booking, way=way, **more)


def move_all(*wishes, by, teller=None, now=NOW):
    return move_calls(wishes=wishes, teller=teller or by, page=PAGE, by=by, now=now)


def live() -> list[Booking]:
    return list(Booking.objects.filter(state="booked").order_by("starts_at", "pk"))


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


# --- Leave begins and ends --------------------------------------------------------------------


@pytest.mark.rule("H62")
@pytest.mark.rule("H124")
def test_leave_takes_free_slots_at_once_and_leaves_what_is_booked(case, cora):
    booking = booked(case)
    away(cora)

    assert [slot for slot in slots(cora) if slot.starts_at.date() == TUESDAY] == []
    booking.slot.refresh_from_db()
    assert (booking.slot.withdrawn_at, live()) == (None, [booking])


@pytest.mark.rule("H62")
def test_the_lead_is_told_of_the_calls_once(case, cora, lena):
    booked(case)
    absence = away(cora)

    [notice] = Notice.objects.filter(key=f"absence:{absence.pk}:calls")
    assert notice.recipient == lena
    assert notice.subject == "1 call is booked while Cora Hill is away"
    assert notice.path == f"/account/absences/{absence.pk}/calls/"
    assert "Okafor" not in notice.body


@pytest.mark.parametrize("by_lead", [True, False])
def test_a_lead_who_enters_it_or_leave_without_calls_needs_no_notice(case, cora, lena, by_lead):
    if by_lead:
        booked(case)
    away(cora, by=lena if by_lead else cora)

    assert not Notice.objects.filter(key__startswith="absence:").exists()


def test_of_a_leads_own_leave_the_manager_is_told(policy, north, lena):
    north.manager = UserFactory(full_name="Mira Stone", role="senior_manager")
    north.save()
    hours(lena)
    booked(CaseFactory(owner=lena, team=north))
    away(lena)

    assert Notice.objects.get(key__startswith="absence:").recipient == north.manager


@pytest.mark.rule("H62")
def test_back_early_the_slots_return_and_moved_calls_stay_moved(case, cora, dan):
    booking = booked(case)
    absence = away(cora, dan)
    moved = hand_to(booking=booking, person=dan, by=cora, now=NOW)

    absence_actions.end_absence(
        absence=absence, last_day=TUESDAY - timedelta(days=1), by=cora, now=NOW
    )

    assert live() == [moved]
    assert len([slot for slot in slots(cora) if slot.starts_at.date() == TUESDAY]) == 4


@pytest.mark.rule("H62")
def test_ill_today_the_calls_of_later_today_are_among_them(case, cora):
    morning = datetime(2026, 11, 3, 9, tzinfo=UTC)
    booking = booked(case)
    absence = away(cora, first=TUESDAY, last=TUESDAY, now=morning)

    assert list(calls_during(absence)) == [booking]


# --- The cover rings at the same time ---------------------------------------------------------


@pytest.mark.rule("H36")
@pytest.mark.rule("H62")
def test_the_cover_rings_at_the_same_time_and_everybody_is_told(case, cora, dan):
    before = booked(case)
    away(cora, dan)

    moved = hand_to(booking=before, person=dan, by=cora, now=NOW)

    assert (moved.owner, moved.starts_at, moved.ends_at) == (dan, AT_TWO, AT_TWO + HALF_AN_HOUR)
    assert (moved.promised_by, moved.follows, moved.contact) == (
        before.promised_by,
        before,
        before.contact,
    )
    assert moved.contact.clock.owner == cora
    told = {notice.address for notice in Notice.objects.filter(key__contains=f"booking:{moved.pk}")}
    assert {"ngozi@example.org", dan.email} <= told
    called_off = Notice.objects.get(key=f"booking:{before.pk}:called-off")
    assert (called_off.recipient, "METHOD:CANCEL" in called_off.calendar) == (cora, True)


def test_what_the_cover_offered_at_that_time_is_withdrawn(case, cora, dan):
    hours(dan, starts=time(14, 15), ends=time(15, 15))
    hand_to(booking=booked(case), person=dan, by=cora, now=NOW)

    day = [slot.starts_at for slot in slots(dan) if slot.starts_at.date() == TUESDAY]
    assert day == [AT_TWO + timedelta(minutes=45)]
    # The next renewal leaves it so.
    assert renew_slots(person=dan, now=NOW) == 0


def test_a_time_they_never_offered_is_nobodys_when_the_call_is_called_off(case, cora, dan):
    moved = hand_to(booking=booked(case), person=dan, by=cora, now=NOW)
    assert renew_everybody(now=NOW) == 0
    booking_actions.cancel(booking=moved, how="caller", reason="", by=None, now=NOW)

    assert renew_everybody(now=NOW) == 1
    assert slots(dan) == []


def test_a_later_wish_of_the_callers_stays_their_wish(case, cora, dan):
    late = slots(cora)[8]
    booking = booked(case, late, wish=True)
    moved = hand_to(booking=booking, person=dan, by=cora, now=NOW)

    assert (booking.breach, moved.breach) == ("wish", "wish")


@pytest.mark.parametrize("what", ["meeting", "other call", "leave"])
@pytest.mark.rule("H62")
def test_a_cover_who_is_busy_then_gets_no_call(case, cora, dan, what):
    booking = booked(case)
    reasons = {
        "meeting": "in a meeting",
        "other call": "another call is booked with them then",
        "leave": "on leave",
    }
    if what == "meeting":
        block(dan, AT_TWO + timedelta(minutes=15), AT_TWO + timedelta(hours=1))
    elif what == "leave":
        away(dan)
    else:
        hours(dan, starts=time(14, 15), ends=time(15, 15))
        booked(CaseFactory(owner=dan, team=dan.team))

    moved, stays = move_all(wish(booking, stand_in=dan), by=cora)

    assert moved == []
    assert stays == {booking.pk: f"Dan Reed cannot ring then: {reasons[what]}."}
    booking.refresh_from_db()
    assert booking.state == "booked"
    assert Slot.objects.filter(owner=dan, made_at=NOW, withdrawn_at__isnull=False).count() == 0


def test_somebody_who_has_left_gets_no_call(case, cora, dan):
    booking = booked(case)
    User.objects.filter(pk=dan.pk).update(is_active=False)

    assert move_all(wish(booking, stand_in=dan), by=cora)[1] == {
        booking.pk: "Dan Reed does not ring families back."
    }


@pytest.mark.rule("H62")
def test_a_cover_of_another_team_rings_when_they_can_open_the_record_then(case, cora, oscar):
    booking = booked(case)
    with pytest.raises(RuleBroken) as broken:
        hand_to(booking=booking, person=oscar, by=cora, now=NOW)
    assert broken.value.code == "other_person"

    away(cora, oscar)
    assert hand_to(booking=booking, person=oscar, by=cora, now=NOW).owner == oscar


def test_of_a_restricted_record_the_cover_is_named(case, cora, oscar):
    booking = booked(case)
    Case.objects.update(restricted=True, restricted_reason="A relative works here.")

    hand_to(booking=booking, person=oscar, by=cora, now=NOW)

    assert list(Case.objects.visible_to(oscar)) == [case]
    assert NamedStaff.objects.get().user == oscar


# --- Another time, another person -------------------------------------------------------------


@pytest.mark.rule("H36")
def test_after_leave_the_same_person_rings_at_their_next_free_times(case, cora):
    two = [booked(case), booked(CaseFactory(owner=cora, team=cora.team))]
    absence = away(cora)
    back = datetime(2026, 11, 5, tzinfo=UTC)

    moved, stays = move_all(*(wish(one, Way.BACK, back=back) for one in two), by=cora)

    assert (stays, absence.last_day) == ({}, WEDNESDAY)
    week_later = AT_TWO + timedelta(days=7)
    assert [(one.owner, one.starts_at) for one in moved] == [
        (cora, week_later),
        (cora, week_later + HALF_AN_HOUR),
    ]


@pytest.mark.rule("H36")
def test_a_colleague_rings_at_their_nearest_free_time_and_never_earlier(case, cora, dan):
    hours(dan, weekday=1, starts=time(9), ends=time(10))
    hours(dan, weekday=2, starts=time(9), ends=time(10))
    booking = booked(case)

    [moved], stays = move_all(wish(booking, Way.COLLEAGUE), by=cora)

    assert stays == {}
    assert (moved.owner, moved.starts_at) == (dan, datetime(2026, 11, 4, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        (Way.BACK, "Cora Hill has no free time after that."),
        (Way.COLLEAGUE, "No colleague has a free time from then on."),
        (Way.SAME_TIME, "Choose who rings instead."),
    ],
)
def test_what_cannot_be_moved_says_why_and_stays(case, cora, lena, way, reason):
    booking = booked(case)
    away(cora, last=date(2026, 12, 31))

    assert move_all(wish(booking, way), by=lena) == ([], {booking.pk: reason})
    assert live() == [booking]


def test_a_call_whose_question_is_answered_is_no_call_to_move(case, cora, dan):
    booking = booked(case)
    answer_contact(
        contact=booking.contact, answer=Contact.Answer.EMAIL, note="Wrote.", by=cora, now=NOW
    )

    moved, stays = move_all(wish(booking, stand_in=dan), by=cora)

    assert (moved, len(stays)) == ([], len(live()))


def test_a_call_to_leave_is_left(case, cora):
    booking = booked(case)

    assert move_all(wish(booking, Way.LEAVE), by=cora) == ([], {})
    assert live() == [booking]


# --- Nothing is lost on the way ---------------------------------------------------------------


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


# --- Callers without an address ---------------------------------------------------------------


@pytest.fixture
def untold(case, cora, lena, dan):
    """A call that Dan makes now; Lena is to tell the caller."""
    booking = booked(case, caller=NO_ADDRESS)
    [moved], _ = move_all(wish(booking, stand_in=dan), by=cora, teller=lena)
    return moved


@pytest.mark.rule("H36")
def test_who_cannot_be_written_to_is_on_the_list_until_somebody_rang(untold, lena):
    assert list(to_be_told(lena)) == [untold]
    assert untold.follows.note == "Cora Hill cannot ring then. (told later: Lena Marsh rings them)"
    [notice] = Notice.objects.filter(key=f"booking:{untold.pk}:to-tell")
    assert (notice.recipient, notice.path) == (lena, PAGE)
    assert "Okafor" not in notice.body + notice.subject


@pytest.mark.rule("H44")
def test_telling_them_goes_on_the_record_as_a_call_once(untold, lena):
    assert note_told(booking=untold, by=lena, now=NOW) is True
    assert note_told(booking=untold, by=lena, now=NOW) is False

    assert list(to_be_told(lena)) == []
    untold.follows.refresh_from_db()
    assert untold.follows.note == (
        "Cora Hill cannot ring then. "
        "(told by telephone on Monday 2 November 2026 at 10am by Lena Marsh)"
    )
    call = Contact.objects.get(direction="out")
    assert (call.channel, call.sender_name, call.original) == (
        "telephone",
        "Ngozi Okafor",
        untold.contact,
    )
    assert call.message == (
        "Told them that Dan Reed rings on Tuesday 3 November 2026 at 2pm, instead of Cora Hill on "
        "Tuesday 3 November 2026 at 2pm."
    )


def test_moved_once_more_only_the_last_time_is_to_be_told(untold, cora, lena):
    [again], _ = move_all(wish(untold, stand_in=cora), by=lena)

    assert list(to_be_told(lena)) == [again]
    untold.refresh_from_db()
    assert not waits_to_be_told(untold)


def test_somebody_with_an_address_need_not_be_rung(case, cora, lena, dan):
    [moved], _ = move_all(wish(booked(case, caller=NGOZI), stand_in=dan), by=cora, teller=lena)

    assert list(to_be_told(lena)) == []
    assert moved.follows.note == "Cora Hill cannot ring then."
    assert not Notice.objects.filter(key__endswith=":to-tell").exists()
