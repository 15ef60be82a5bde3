"""Duty and protected time put over booked calls: whoever does it is told at once (H39, H40)."""

import re
from datetime import date, time
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Absence, Role
from callbacks.collisions import calls_without_anybody
from callbacks.models import Booking
from tests.callbacks.cast import NOW, booked, hours
from tests.diaries.making import protect, shift
from tests.factories import CaseFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H124")]

MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)
LIST = "/callbacks/stranded/"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(policy, cora):
    hours(cora)
    return CaseFactory(owner=cora, team=cora.team, reference="EHC-000123")


@pytest.fixture
def bea(north):
    return UserFactory(full_name="Bea Frost", role=Role.BUSINESS_SUPPORT, team=north)


def words(page) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.content.decode())))


def put_on_duty(client, person, day=TUESDAY):
    path = reverse("diaries:duty_day", args=[person.team_id, day])
    return client.post(path, {"person": [person.pk]}, follow=True)


@pytest.mark.rule("H39")
def test_the_lead_who_puts_somebody_on_duty_over_a_call_can_move_it_at_once(
    case, cora, lena, as_person
):
    call, client = booked(case), as_person(lena)

    page = put_on_duty(client, cora)

    said = words(page)
    assert "Cora Hill is on duty on Tuesday 3 November 2026." in said
    assert "1 booked call cannot be made now: Cora Hill on Tuesday 3 November 2026 at 2pm." in said
    assert f'href="{LIST}">See and move them</a>' in page.content.decode()
    assert "Okafor" not in said
    assert "On the duty line" in words(client.get(LIST))
    call.refresh_from_db()
    assert call.is_booked


@pytest.mark.rule("H39")
def test_business_support_is_asked_to_tell_the_lead(case, cora, bea, as_person):
    booked(case)

    page = put_on_duty(as_person(bea), cora)

    assert "The team’s lead has them on a list: please tell them." in words(page)
    assert LIST not in page.content.decode()


def test_nothing_is_said_where_no_call_is_in_the_way(case, cora, lena, as_person):
    booked(case)
    page = put_on_duty(as_person(lena), cora, date(2026, 11, 4))
    assert "cannot be made" not in words(page)


@pytest.mark.rule("H39")
def test_copying_a_week_says_which_calls_of_the_next_are_in_the_way(case, cora, lena, as_person):
    shift(cora.team, cora, date(2026, 10, 27))
    booked(case)

    path = reverse("diaries:copy_week", args=[cora.team_id, date(2026, 10, 26)])
    page = as_person(lena).post(path, follow=True)

    assert "1 turn copied" in words(page)
    assert "1 booked call cannot be made now" in words(page)


@pytest.mark.rule("H40")
def test_protected_time_over_calls_names_three_of_them(case, cora, lena, as_person):
    for _ in range(4):
        booked(case)
    given = {"weekdays": ["1"], "starts": "1pm", "ends": "5pm"}
    first = {"first_day_day": "2", "first_day_month": "11", "first_day_year": "2026"}

    page = as_person(lena).post(
        reverse("diaries:protect", args=[cora.team_id]), given | first, follow=True
    )

    said = words(page)
    assert "4 booked calls cannot be made now: Cora Hill on Tuesday 3 November 2026 at 2pm;" in said
    assert "Tuesday 3 November 2026 at 3pm; and 1 more." in said


def test_calls_that_leave_takes_away_are_not_laid_at_dutys_door(case, cora, lena):
    booked(case)
    shift(cora.team, cora, TUESDAY)
    Absence.objects.create(person=cora, first_day=TUESDAY, last_day=TUESDAY)
    assert calls_without_anybody([cora], MONDAY, TUESDAY, lena, NOW) is None


@pytest.mark.parametrize("calls", [1, 3])
def test_asking_costs_the_same_however_many_calls(
    case, cora, lena, calls, django_assert_num_queries
):
    for _ in range(calls):
        booked(case)
    protect(cora.team, lena, 1, time(13), time(17))

    with django_assert_num_queries(6):
        found = calls_without_anybody([cora], MONDAY, TUESDAY, lena, NOW)

    assert found
    assert found.words.startswith(f"{calls} booked call")
    assert Booking.objects.filter(state="booked").count() == calls
