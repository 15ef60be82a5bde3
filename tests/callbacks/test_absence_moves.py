"""Leave begins and calls are booked: somebody else rings, or at another time, and all are told."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from accounts.errors import RuleBroken
from accounts.models import User
from callbacks import absence_actions, booking_actions
from callbacks.absence_actions import Way, hand_to
from callbacks.models import Slot
from callbacks.slot_actions import renew_everybody, renew_slots
from callbacks.stranded import calls_during
from cases.answer_actions import answer_contact
from cases.models import Case, Contact, NamedStaff
from notices.models import Notice
from tests.callbacks.absences import AT_TWO, TUESDAY, WEDNESDAY, away, live, move_all, wish
from tests.callbacks.cast import NOW, booked, hours, slots
from tests.diaries.making import block
from tests.factories import CaseFactory, UserFactory

pytestmark = pytest.mark.django_db
HALF_AN_HOUR = timedelta(minutes=30)


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
