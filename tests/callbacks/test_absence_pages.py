"""The pages of calls that somebody cannot make during leave, from entering it on."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest
import time_machine

from accounts.models import Absence, AccessEntry, Role
from callbacks.absence_actions import hand_to
from callbacks.models import Booking
from callbacks.outcome_actions import mark_missed, not_reached
from callbacks.stranded import stranded
from cases.answer_actions import answer_contact
from cases.models import Case, Contact, NamedStaff
from notices.models import Notice
from tests.callbacks.absences import (
    AT_TWO,
    NO_ADDRESS,
    STRANDED,
    TUESDAY,
    WEDNESDAY,
    another,
    away,
    calls,
    owners,
)
from tests.callbacks.cast import NOW, booked, hours
from tests.callbacks.pages import text
from tests.diaries.making import block
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_a_monday")]


# --- Entering leave ---------------------------------------------------------------------------


def dates(first: date, last: date) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, day in (("first_day", first), ("last_day", last)):
        found |= {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}
    return found


@pytest.mark.rule("H62")
def test_leave_with_calls_leads_to_them_and_one_press_moves_them(as_person, case, cora, dan):
    booked(case)
    another(cora)
    client = as_person(cora)
    form = {"person": cora.pk, "cover": dan.pk, **dates(TUESDAY, WEDNESDAY)}

    entered = client.post("/account/absences/new/", form, follow=True)
    page = text(entered)
    assert entered.redirect_chain[-1][0] == calls(Absence.objects.get())
    assert "Tuesday 3 November 2026 at 2pm: Amara Okafor, EHC-000123" in page
    assert "Still booked Open this call" in page
    assert "Ngozi Okafor, 07700 900123, ngozi@example.org" in page

    done = text(client.post(calls(Absence.objects.get()), {"way": "same_time"}, follow=True))
    assert "2 calls are moved." in done
    assert "No calls are left to move." in done
    assert "Dan Reed rings Ngozi Okafor on Tuesday 3 November 2026 at 2pm." in done
    assert owners() == ["Dan Reed", "Dan Reed"]


@pytest.mark.rule("H62")
def test_a_lead_enters_leave_of_somebody_ill_today(as_person, case, cora, lena, dan):
    booking = booked(case)
    with time_machine.travel(datetime(2026, 11, 3, 8, tzinfo=UTC), tick=False):
        form = {"person": cora.pk, "cover": dan.pk, **dates(TUESDAY, TUESDAY)}
        page = as_person(lena).post("/account/absences/new/", form, follow=True)

    assert f'name="call_{booking.pk}"' in page.content.decode()
    assert not Notice.objects.filter(key__startswith="absence:").exists()


def test_leave_without_calls_goes_back_to_the_list(as_person, case, cora):
    entered = as_person(cora).post(
        "/account/absences/new/", {"person": cora.pk, **dates(TUESDAY, WEDNESDAY)}
    )

    assert entered.url == "/account/absences/"


def test_leave_in_the_past_is_kept_and_said_to_change_nothing(as_person, case, cora):
    past = NOW.date() - timedelta(days=7)

    page = as_person(cora).post(
        "/account/absences/new/", {"person": cora.pk, "cover": "", **dates(past, past)}, follow=True
    )

    assert "It is in the past: nothing to come changes, and it is not listed here." in text(page)
    assert Absence.objects.get().last_day == past


def test_leave_in_another_century_is_a_slip(as_person, case, cora):
    far = date(2126, 11, 3)

    page = as_person(cora).post(
        "/account/absences/new/", {"person": cora.pk, "cover": "", **dates(far, far)}
    )

    assert "Choose days within the next two years." in text(page)
    assert not Absence.objects.exists()


def test_an_administrator_learns_how_many_and_no_more(as_person, case, cora):
    booked(case)
    admin = UserFactory(role=Role.ADMINISTRATOR, team=None)
    client = as_person(admin)
    form = {"person": cora.pk, **dates(TUESDAY, WEDNESDAY)}

    page = text(client.post("/account/absences/new/", form, follow=True))

    assert "1 call is booked on these days. The team lead moves them." in page
    assert "1 call booked then" in page
    assert "Okafor" not in page
    assert client.get(calls(Absence.objects.get())).status_code == 404


# --- The page of calls ------------------------------------------------------------------------


@pytest.mark.rule("H36")
def test_each_call_can_have_a_way_of_its_own(as_person, case, cora, dan):
    first, second, third = booked(case), another(cora), another(cora)
    absence = away(cora, dan)
    form = {
        "way": "same_time",
        f"call_{second.pk}": "back",
        f"call_{third.pk}": "leave",
    }

    page = text(as_person(cora).post(calls(absence), form, follow=True))

    assert "2 calls are moved." in page
    moved = {booking.follows_id: booking for booking in Booking.objects.exclude(follows=None)}
    assert (moved[first.pk].owner, moved[first.pk].starts_at) == (dan, AT_TWO)
    assert moved[second.pk].starts_at == AT_TWO + timedelta(days=7)
    third.refresh_from_db()
    assert third.state == "booked"


@pytest.mark.rule("H36")
def test_what_could_not_be_moved_says_why_and_the_next_press_does_the_rest(
    as_person, case, cora, dan
):
    first, second = booked(case), another(cora)
    absence = away(cora, dan)
    block(dan, second.starts_at, second.ends_at)
    client = as_person(cora)

    before = text(client.get(calls(absence)))
    assert "Dan Reed cannot ring then: in a meeting" in before
    page = client.post(calls(absence), {"way": "same_time"})

    assert "1 call is moved." in text(page)
    error = "Tuesday 3 November 2026 at 2:30pm, "
    assert f"{error}{second.contact.case}: Dan Reed cannot ring then: in a meeting." in text(page)
    assert f'href="#id_call_{second.pk}"' in page.content.decode()
    assert f'name="call_{first.pk}"' not in page.content.decode()
    client.post(calls(absence), {"way": "back"})
    assert owners() == ["Dan Reed", "Cora Hill"]


@pytest.mark.rule("H36")
def test_what_was_missed_or_rung_in_vain_on_these_days_is_there_too(
    as_person, case, cora, dan, lena
):
    tried, missed, settled = booked(case), another(cora), another(cora)
    for call in (tried, settled):
        not_reached(booking=call, note="", submission=uuid4(), by=cora, now=call.starts_at)
    mark_missed(now=missed.ends_at + timedelta(minutes=16))
    later = missed.ends_at + timedelta(hours=1)
    answer_contact(
        contact=settled.contact, answer=Contact.Answer.LETTER, note="x", by=cora, now=later
    )

    with time_machine.travel(later, tick=False):
        absence = away(cora)
        assert [one.booking for one in stranded(lena, later)] == [tried, missed]
        words = text(as_person(lena).get("/account/absences/"))
        client = as_person(lena)
        said = text(client.get(calls(absence)))
        hours(dan, weekday=3, now=later)
        client.post(calls(absence), {"way": "colleague"})

    assert "2 calls" in words
    assert "No answer" in said
    assert "Missed by us" in said
    assert owners() == ["Dan Reed", "Dan Reed"]


def test_a_leavers_call_that_was_rung_in_vain_is_stranded(case, cora, lena):
    call = booked(case)
    not_reached(booking=call, note="", submission=uuid4(), by=cora, now=call.starts_at)
    cora.is_active = False
    cora.save()

    [stuck] = stranded(lena, NOW + timedelta(days=8))
    assert (stuck.booking, stuck.why) == (call, "Has left")


def test_a_colleague_on_leave_that_day_cannot_be_chosen(as_person, case, cora, dan, lena):
    booked(case)
    absence = away(cora)
    Absence.objects.create(person=dan, first_day=TUESDAY, last_day=TUESDAY)

    page = as_person(cora).get(calls(absence)).content.decode()
    assert ">Lena Marsh</option>" in page
    assert "Dan Reed" not in page


@pytest.mark.rule("H124")
def test_the_time_that_a_moved_call_leaves_is_no_longer_offered(as_person, case, cora, dan):
    call = booked(case)
    absence = away(cora)

    as_person(cora).post(calls(absence), {"way": "same_time", "stand_in": dan.pk})

    assert owners() == ["Dan Reed"]
    call.slot.refresh_from_db()
    assert call.slot.withdrawn_at == NOW


def test_nothing_chosen_is_asked_for(as_person, case, cora):
    booked(case)

    page = text(as_person(cora).post(calls(away(cora)), {"way": ""}))

    assert "There is a problem" in page
    assert "Select what happens with the calls" in page


def test_without_a_cover_a_colleague_is_chosen(as_person, case, cora, dan):
    booked(case)
    absence = away(cora)
    client = as_person(cora)

    missing = text(client.post(calls(absence), {"way": "same_time"}))
    assert "Select who rings at the same times" in missing
    client.post(calls(absence), {"way": "same_time", "stand_in": dan.pk})
    assert owners() == ["Dan Reed"]


def test_somebody_of_another_team_cannot_be_chosen(as_person, case, cora, dan, oscar):
    booked(case)

    form = {"way": "same_time", "stand_in": oscar.pk}
    page = text(as_person(cora).post(calls(away(cora)), form))

    assert "Select a colleague from the list" in page
    assert owners() == ["Cora Hill"]


def test_a_second_press_is_harmless(as_person, case, cora, dan):
    booked(case)
    absence = away(cora, dan)
    client = as_person(cora)

    for _ in range(2):
        answer = client.post(calls(absence), {"way": "same_time"}, follow=True)

    assert answer.status_code == 200
    assert owners() == ["Dan Reed"]


@pytest.mark.rule("H36")
def test_who_has_no_address_is_told_by_telephone_and_ticked_off(as_person, case, cora, lena, dan):
    booked(case, caller=NO_ADDRESS)
    absence = away(cora, dan)
    client = as_person(cora)

    asked = text(client.post(calls(absence), {"way": "same_time"}))
    assert "Select who tells them" in asked
    moved = text(client.post(calls(absence), {"way": "same_time", "teller": lena.pk}, follow=True))
    assert "To be told by telephone" in moved
    assert "(told later: Lena Marsh rings them)" in moved

    nobody = text(client.post(calls(absence), {"told": "They have been told"}))
    assert "Select whom you have told" in nobody
    lead = as_person(lena)
    assert "Ngozi Okafor, 07700 900123" in text(lead.get(STRANDED))
    ticked = {"told": "They have been told", "callers": Booking.objects.get(state="booked").pk}
    assert "1 caller has been told." in text(lead.post(calls(absence), ticked, follow=True))
    again = text(lead.post(calls(absence), ticked, follow=True))
    assert "been told." not in again
    assert "by Lena Marsh" in again
    assert "To be told by telephone" not in text(lead.get(STRANDED))


@pytest.mark.rule("H36")
def test_they_can_be_ticked_off_on_the_leads_list_too(as_person, case, cora, lena, dan):
    booked(case, caller=NO_ADDRESS)
    absence = away(cora, dan)
    as_person(cora).post(calls(absence), {"way": "same_time", "teller": lena.pk})
    ticked = {"told": "1", "callers": Booking.objects.get(state="booked").pk}

    page = text(as_person(lena).post(STRANDED, ticked, follow=True))

    assert "1 caller has been told." in page
    assert "To be told by telephone" not in page


def test_the_page_is_for_those_who_plan_the_leave_and_the_cover(
    as_person, case, cora, lena, dan, mira, oscar, asif
):
    booked(case)
    absence = away(cora, dan)

    def status(person):
        return as_person(person).get(calls(absence)).status_code

    assert [status(person) for person in (cora, lena, dan, mira)] == [200] * 4
    assert [status(person) for person in (oscar, asif)] == [404] * 2
    assert as_person(oscar).post(calls(absence), {"way": "same_time"}).status_code == 404


def test_calls_about_restricted_records_are_counted_and_not_named(as_person, case, cora, lena):
    booked(case)
    absence = away(cora)
    Case.objects.update(restricted=True, restricted_reason="A relative works here.")

    page = text(as_person(lena).get(calls(absence)))
    assert "1 more about a restricted record" in page
    assert "Okafor" not in page
    as_person(lena).post(calls(absence), {"way": "colleague"})
    assert owners() == ["Cora Hill"]

    NamedStaff.objects.create(case=case, user=lena)
    assert "Okafor" in text(as_person(lena).get(calls(absence)))


@pytest.mark.rule("H23")
def test_who_was_shown_is_in_the_access_log(as_person, case, cora):
    booked(case)

    as_person(cora).get(calls(away(cora)))

    entry = AccessEntry.objects.get(detail="calls to move")
    assert (entry.records, entry.user) == (["EHC-000123"], cora)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_the_same_number_of_questions(
    as_person, case, cora, dan, rows, django_assert_num_queries
):
    hours(cora, starts=time(9), ends=time(11))
    made = [booked(case), *(another(cora) for _ in range(rows * 2 - 1))]
    absence = away(cora, dan)
    for booking in made[rows:]:
        hand_to(booking=booking, person=dan, by=cora, now=NOW)
    client = as_person(cora)

    with django_assert_num_queries(23):
        page = client.get(calls(absence))

    assert page.content.decode().count('name="call_') == rows
    assert page.content.decode().count("Was Tuesday") == rows
