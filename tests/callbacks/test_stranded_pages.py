"""The list of every call whose owner cannot ring, and its place on first pages."""

from datetime import date, timedelta

import pytest

from accounts.models import Absence, Role, Team, User
from callbacks.models import Booking
from callbacks.stranded import stranded, stranded_soon
from tests.callbacks.absences import (
    AT_TWO,
    NO_ADDRESS,
    STRANDED,
    TUESDAY,
    another,
    away,
    calls,
    owners,
)
from tests.callbacks.cast import NOW, booked, hours, slots
from tests.callbacks.pages import text
from tests.diaries.making import block, protect, shift
from tests.factories import CaseFactory, TeamFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_a_monday")]


# --- Everybody who cannot ring ----------------------------------------------------------------


def _leaves(cora, dan, lena):
    User.objects.filter(pk=cora.pk).update(is_active=False)


def _loses_the_role(cora, dan, lena):
    User.objects.filter(pk=cora.pk).update(role=Role.BUSINESS_SUPPORT)


def _is_away(cora, dan, lena):
    away(cora)


def _has_a_meeting(cora, dan, lena):
    block(cora, AT_TWO, AT_TWO + timedelta(minutes=10))


def _is_on_duty(cora, dan, lena):
    shift(cora.team, cora, TUESDAY)


def _is_protected(cora, dan, lena):
    protect(cora.team, lena, 1, AT_TWO.time(), (AT_TWO + timedelta(hours=1)).time())


def _works_no_more_on_tuesdays(cora, dan, lena):
    User.objects.filter(pk=cora.pk).update(working_days=[0, 2, 3])


@pytest.mark.rule("H36")
@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (_leaves, "Has left"),
        (_loses_the_role, "Does not ring families back any more"),
        (_is_away, "On leave"),
        (_has_a_meeting, "In a meeting"),
        (_is_on_duty, "On the duty line"),
        (_is_protected, "Protected time"),
        (_works_no_more_on_tuesdays, "Does not work on Tuesdays"),
    ],
)
def test_a_call_whose_owner_cannot_ring_is_listed_and_moved(
    as_person, case, cora, dan, lena, happens, why
):
    booking = booked(case)
    assert stranded(lena, NOW) == []
    happens(cora, dan, lena)
    client = as_person(lena)

    assert [(one.booking, one.why) for one in stranded(lena, NOW)] == [(booking, why)]
    listed = text(client.get(STRANDED))
    assert f"Tuesday 3 November 2026 at 2pm, with Ngozi Okafor. {why}" in listed
    one = f"{STRANDED}{cora.pk}/"
    form = {"way": "same_time", "stand_in": lena.pk if why == "Protected time" else dan.pk}
    protected = text(client.post(one, form, follow=True))
    if why == "Protected time":
        # It is the whole team's: nobody of it is free then.
        assert "Lena Marsh cannot ring then: protected time." in protected
        client.post(one, {"way": "back"})
        assert Booking.objects.get(state="booked").starts_at > AT_TWO
    else:
        assert owners() == ["Dan Reed"]
    assert "Every booked call can be made." in text(client.get(STRANDED))


def test_somebody_who_has_left_is_offered_no_later_time(as_person, case, cora, dan, lena):
    booked(case)
    _leaves(cora, dan, lena)

    page = text(as_person(lena).get(f"{STRANDED}{cora.pk}/"))

    assert "Cora Hill rings at their next free times" not in page
    assert "Each caller gets the nearest free time of a colleague" in page


@pytest.mark.rule("E4")
def test_somebody_who_moves_to_another_team_still_makes_the_calls(case, cora, lena):
    booking = booked(case)
    User.objects.filter(pk=cora.pk).update(team=TeamFactory())

    assert stranded(lena, NOW) == []
    booking.refresh_from_db()
    assert (booking.owner, booking.state) == (cora, "booked")


@pytest.mark.rule("H36")
def test_the_leads_first_page_counts_them(as_person, case, cora, dan, lena):
    client = as_person(lena)
    assert "booked call" not in text(client.get("/"))
    booked(case)
    another(cora, caller=NO_ADDRESS)
    absence = away(cora, dan)
    assert "2 booked calls of the next seven days that nobody can make" in text(client.get("/"))

    client.post(calls(absence), {"way": "same_time", "teller": lena.pk})

    assert " 1 caller to be told of a new time " in text(client.get("/"))


def test_a_call_that_is_over_is_not_stranded(case, cora, dan, lena):
    booked(case)
    _leaves(cora, dan, lena)

    assert stranded(lena, AT_TWO + timedelta(minutes=30)) == []


def test_a_lead_sees_the_own_team_and_a_manager_everybody(
    as_person, case, cora, dan, lena, mira, oscar
):
    booked(case)
    hours(oscar)
    other = booked(CaseFactory(owner=oscar, team=oscar.team))
    for person in (cora, oscar):
        away(person)

    def listed(user):
        return {one.booking.owner.full_name for one in stranded(user, NOW)}

    assert listed(lena) == {"Cora Hill"}
    assert listed(mira) == {"Cora Hill", "Oscar Pine"}
    assert listed(oscar) == set()
    assert as_person(lena).get(f"{STRANDED}{oscar.pk}/").status_code == 404
    assert other.contact.case.reference not in text(as_person(lena).get(STRANDED))
    assert as_person(cora).get(STRANDED).status_code == 404


def test_a_lead_sees_a_call_about_the_own_team_whoever_was_to_make_it(as_person, case, cora, lena):
    booked(case)
    away(cora)
    User.objects.filter(pk=cora.pk).update(team=Team.objects.create(name="South team"))

    assert [one.booking.owner for one in stranded(lena, NOW)] == [cora]
    assert "Okafor" in text(as_person(lena).get(f"{STRANDED}{cora.pk}/"))


@pytest.mark.parametrize("rows", [1, 3])
def test_both_lists_ask_the_same_number_of_questions(
    as_person, case, cora, dan, lena, rows, django_assert_num_queries
):
    for number in range(rows):
        owner = cora if number == 0 else UserFactory(team=cora.team)
        if number:
            hours(owner)
        booked(case if number == 0 else CaseFactory(owner=owner, team=owner.team))
        away(owner)
    client = as_person(lena)

    with django_assert_num_queries(13):
        page = client.get(STRANDED)
    assert page.content.decode().count("On leave") == rows
    with django_assert_num_queries(25):
        client.get(f"{STRANDED}{cora.pk}/")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_absences_counts_calls_in_as_many_questions(
    as_person, case, cora, lena, dan, rows, django_assert_num_queries
):
    booked(case)
    for person in [cora, dan, lena][:rows]:
        away(person)
    client = as_person(lena)

    with django_assert_num_queries(7):
        page = client.get("/account/absences/")

    assert text(page).count("call booked then") == 1
    assert calls(Absence.objects.get(person=cora)) in page.content.decode()


# --- On a first page ----------------------------------------------------------------------------


def test_a_first_page_counts_what_comes_within_seven_days(case, cora, dan, lena):
    booked(case)
    week_later = next(slot for slot in slots(cora) if slot.starts_at > NOW + timedelta(days=7))
    booked(case, week_later, reason="The first that is free")
    Absence.objects.create(person=cora, first_day=TUESDAY, last_day=date(2026, 11, 30))

    assert stranded_soon(lena, NOW) == 1
    assert len(stranded(lena, NOW)) == 2


@pytest.mark.parametrize("rows", [1, 3])
def test_a_first_page_asks_the_same_number_of_questions(
    case, cora, lena, rows, django_assert_num_queries
):
    for _ in range(rows):
        booked(case)
    away(cora)

    with django_assert_num_queries(6):
        assert stranded_soon(lena, NOW) == rows
