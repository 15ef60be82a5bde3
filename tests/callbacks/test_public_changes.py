"""What a caller changes with the link in their confirmation: another time, or none."""

from datetime import UTC, datetime, time
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from callbacks import booking_actions
from callbacks.models import Booking
from notices.models import Notice
from tests.callbacks.callers import choose, path, press, read
from tests.callbacks.cast import NGOZI, NOW, booked, hours, rang, slots
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_tried_too_often(db):
    cache.clear()


@pytest.fixture
def booking(case) -> Booking:
    return booked(case)


@pytest.fixture
def colleague(case, cora):
    person = UserFactory(full_name="Sam Reed", team=cora.team)
    hours(person, weekday=2)
    return person


# --- Another time ---------------------------------------------------------------------------


@pytest.mark.rule("H36")
def test_the_caller_moves_the_call_and_the_old_link_leads_to_it(client, booking, cora):
    page = read(client, booking, "another_time")
    assert page.count('type="radio"') == 12
    assert "2:30pm, Cora Hill" in page
    assert "None of these suits me" in page

    response = choose(client, booking, slots(cora)[1])

    made = Booking.objects.get(follows=booking)
    booking.refresh_from_db()
    assert (booking.state, booking.ended_how, booking.ended_by) == ("moved", "caller", None)
    assert (made.starts_at, made.breach) == (datetime(2026, 11, 3, 15, tzinfo=UTC), "")
    shown = response.content.decode()
    assert "Your call has a new time" in shown
    assert "Tuesday 3 November 2026 at 3pm" in shown
    assert response.redirect_chain == [(f"{path('mine', made)}?done=moved", 302)]
    assert "Tuesday 3 November 2026 at 3pm" in read(client, booking)


@pytest.mark.rule("H29")
def test_a_later_time_that_the_caller_chose_is_not_our_breach(client, booking, cora):
    # Tuesday 10 November, after the five working days.
    later = slots(cora)[3]

    choose(client, booking, later)

    made = Booking.objects.get(follows=booking)
    assert (made.breach, made.promised_by) == ("wish", booking.promised_by)
    assert not Notice.objects.filter(key__endswith=":outside").exists()


def test_the_same_person_is_offered_first_and_then_colleagues(client, booking, cora, colleague):
    assert "Sam Reed" not in read(client, booking, "another_time")

    for pattern in cora.callback_patterns.all():
        pattern.last_day = datetime(2026, 11, 3, tzinfo=UTC).date()
        pattern.save()
    for slot in slots(cora)[3:]:
        slot.withdrawn_at = NOW
        slot.save()
    page = read(client, booking, "another_time")

    assert page.count(", Cora Hill") == 3
    assert page.count(", Sam Reed") == 9


def test_when_the_same_person_has_none_in_time_some_of_colleagues_are_there(
    client, booking, cora, colleague
):
    for slot in slots(cora)[:3]:
        slot.withdrawn_at = NOW
        slot.save()

    page = read(client, booking, "another_time")

    assert (page.count(", Cora Hill"), page.count(", Sam Reed")) == (8, 4)
    assert page.index("Wednesday 4 November 2026") < page.index("Tuesday 10 November 2026")


def test_at_night_nothing_is_offered_that_nobody_could_see_in_time(client, case, cora):
    hours(cora, weekday=0, starts=time(9), ends=time(11))
    monday = datetime(2026, 11, 9, tzinfo=UTC)
    booking = booked(case, next(slot for slot in slots(cora) if slot.starts_at > monday))

    page = read(client, booking, "another_time", now=datetime(2026, 11, 8, 23, tzinfo=UTC))

    # The service opens at 9am.
    assert "Monday 9 November 2026 at </span>9:30am" not in page
    assert "Monday 9 November 2026 at </span>10am, Cora Hill" in page


def test_no_time_at_all_leads_to_the_duty_line(client, booking, cora):
    for slot in slots(cora):
        slot.withdrawn_at = NOW
        slot.save()

    page = read(client, booking, "another_time")

    assert "There are no other times at the moment." in page
    assert "01632 960100" in page
    assert "Until then your call stays as it is." in page


def test_nothing_chosen_is_asked_for_again(client, booking):
    page = press(client, booking, "another_time", submission=uuid4()).content.decode()

    assert "Select a time" in page
    assert "<title>Error: Choose another time" in page
    assert page.count('type="radio"') == 12


@pytest.mark.rule("H28")
def test_a_time_that_was_just_taken_gives_the_next_three(client, case, booking, cora):
    wanted = slots(cora)[0]
    booked(case, wanted, contact=rang(case, sender_name="Somebody else"))

    page = choose(client, booking, wanted).content.decode()

    assert "That time has just been taken. Here are the next three." in page
    assert page.count('type="radio"') == 3
    assert "See all times" in page
    booking.refresh_from_db()
    assert booking.state == "booked"


@pytest.mark.parametrize("slot", ["0", "rubbish", "99999999999999999999", "\x00"])
def test_what_is_no_time_of_ours_is_not_to_be_had(client, booking, slot):
    typed = {"slot": slot, "submission": uuid4()}
    page = press(client, booking, "another_time", **typed).content.decode()

    assert "That time has just been taken." in page
    assert not Booking.objects.exclude(pk=booking.pk).exists()


def test_somebody_elses_slot_in_another_team_is_not_to_be_had(client, booking, oscar):
    hours(oscar)

    page = choose(client, booking, slots(oscar)[0]).content.decode()

    assert "That time has just been taken." in page
    assert not Booking.objects.exclude(pk=booking.pk).exists()


def test_a_form_without_its_mark_is_sent_again_with_one(client, booking, cora):
    page = press(client, booking, "another_time", slot=slots(cora)[0].pk).content.decode()

    assert 'name="submission" value="' in page
    assert not Booking.objects.exclude(pk=booking.pk).exists()


def test_a_form_without_a_cookie_and_from_nowhere_is_taken(booking):
    """Under "no-referrer" browsers send "Origin: null"; the address itself is the proof."""
    strict = Client(enforce_csrf_checks=True, headers={"origin": "null"})

    press(strict, booking, "not_needed")

    booking.refresh_from_db()
    assert booking.state == "cancelled"


def test_two_clicks_move_once(client, booking, cora):
    wanted, submission = slots(cora)[0], uuid4()

    first = choose(client, booking, wanted, submission)
    second = choose(client, booking, wanted, submission)

    assert first.redirect_chain == second.redirect_chain
    assert "Your call has a new time" in second.content.decode()
    assert Booking.objects.count() == 2
    assert Notice.objects.filter(address=NGOZI.email, kind="callback").count() == 2


def test_the_second_of_two_tabs_is_told_how_it_stands(client, booking, cora):
    one, other = slots(cora)[:2]
    choose(client, booking, one)

    moved = choose(client, booking, other).content.decode()
    off = press(client, booking, "not_needed").content.decode()

    for page in (moved, off):
        assert "Your call has changed. This is how it stands now" in page
        assert "Tuesday 3 November 2026 at 2:30pm" in page
    assert Booking.objects.get(follows=booking).state == "booked"


# --- Not needed -----------------------------------------------------------------------------


@pytest.mark.rule("H36")
def test_the_caller_calls_it_off_after_one_question(client, booking, cora):
    question = read(client, booking, "not_needed")
    assert "Do you want to call it off?" in question
    assert "You will still hear from us by Monday 9 November 2026." in question

    page = press(client, booking, "not_needed", reason="It is settled").content.decode()

    booking.refresh_from_db()
    assert (booking.state, booking.ended_how) == ("cancelled", "caller")
    assert (booking.note, booking.ended_by) == ("It is settled", None)
    assert "You told us that you do not need the call" in page
    assert booking.contact.promise.is_open
    assert booking.slot in slots(cora)


def test_two_clicks_call_it_off_once(client, booking):
    for _ in range(2):
        page = press(client, booking, "not_needed").content.decode()
        assert "The call is called off" in page

    assert Notice.objects.filter(key__endswith=":cancelled").count() == 1


def test_a_reason_that_is_too_long_is_kept_and_asked_for_again(client, booking):
    page = press(client, booking, "not_needed", reason="x" * 201).content.decode()

    assert "Use 200 characters or less" in page
    assert "x" * 201 in page
    booking.refresh_from_db()
    assert booking.state == "booked"


def test_a_call_that_we_called_off_says_so_without_the_reason(client, booking, lena):
    booking_actions.cancel(
        booking=booking, how=Booking.Whose.OURS, reason="Cora is ill", by=lena, now=NOW
    )

    page = read(client, booking)

    assert "We had to call off the call" in page
    assert "Cora is ill" not in page
    assert "You will still hear from us by Monday 9 November 2026." in page


def test_a_banner_of_something_that_did_not_happen_is_not_shown(client, booking):
    for done in ("called-off", "rubbish", "moved%00"):
        with time_machine.travel(NOW, tick=False):
            page = client.get(f"{path('mine', booking)}?done={done}").content.decode()
        assert "govuk-notification-banner" not in page


# --- Too often ------------------------------------------------------------------------------


def test_so_many_forms_about_one_matter_and_a_neighbour_is_not_held_up(client, case, booking):
    neighbour = booked(case, contact=rang(case, sender_name="Somebody else"))
    statuses = [press(client, booking, "another_time").status_code for _ in range(21)]

    assert statuses == [200] * 20 + [429]
    page = press(client, booking, "not_needed")
    assert page.status_code == 429
    assert "Wait ten minutes" in page.content.decode()
    assert "We will ring you" in read(client, booking)
    assert "called off" in press(client, neighbour, "not_needed").content.decode()
