"""Weekly hours, meetings and the figures behind the slots, on their pages (H19, H35, H124)."""

from datetime import date, time

import pytest

from accounts.models import Absence
from callbacks.models import Pattern, SlotPolicy
from callbacks.slot_actions import renew_slots
from diaries.models import Block
from tests.callbacks.cast import NOW, booked, hours, slots
from tests.callbacks.pages import text
from tests.diaries.making import at, block, protect
from tests.factories import CaseFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_a_monday")]

TUESDAY = date(2026, 11, 3)
RESTRICTED = {"restricted": True, "restricted_reason": "A parent works here"}


# --- Hours ------------------------------------------------------------------------------------


@pytest.mark.rule("H35")
def test_hours_say_how_many_slots_they_give_and_what_leave_takes(case, cora, as_person):
    Absence.objects.create(person=cora, first_day=date(2026, 11, 10), last_day=date(2026, 11, 10))
    renew_slots(person=cora, now=NOW)
    booked(case)

    words = text(as_person(cora).get("/callbacks/hours/"))
    assert "These hours give 4 slots of 30 minutes a week. The least is 4." in words
    assert "Tuesday 2pm to 4pm Since Monday 2 November 2026" in words
    assert "2 November (this week) 4. The least is 4. 1" in words
    assert "9 November 0. The least is 4. 1 day off or on duty. Too few 0" in words
    assert "16 November 4. The least is 4. 0" in words


@pytest.mark.rule("H35")
def test_too_few_hours_are_said(policy, cora, as_person):
    hours(cora, ends=time(15))

    assert "Too few These hours give 2 slots" in text(as_person(cora).get("/callbacks/hours/"))


@pytest.mark.rule("H35")
@pytest.mark.rule("H40")
def test_hours_in_protected_time_of_the_team_are_not_counted_and_it_is_said(
    case, cora, lena, as_person
):
    protect(cora.team, lena, 3, time(9, 45), time(11))
    client = as_person(cora)
    typed = {"weekday": "3", "first_day_day": "2", "first_day_month": "11"}
    typed |= {"first_day_year": "2026", "starts": "9am", "ends": "11am"}

    said = text(client.post("/callbacks/hours/new/", typed, follow=True))
    assert (
        "These hours give 1 slot a week: no calls are offered in the team’s protected time, "
        "Thursday 9:45am to 11am." in said
    )
    assert "These hours give 5 slots of 30 minutes a week. The least is 4." in said
    assert (
        "3 more would lie in the team’s protected time and are not offered: "
        "Thursday 9:45am to 11am." in said
    )
    assert "9 November 5. The least is 4." in said


@pytest.mark.rule("H35")
def test_hours_are_added_by_the_person_and_by_their_lead(policy, cora, lena, as_person):
    typed = {
        "weekday": "1",
        "starts": "2pm",
        "ends": "4pm",
        "first_day_day": "3",
        "first_day_month": "11",
        "first_day_year": "2026",
    }
    as_person(cora).post("/callbacks/hours/new/", typed)
    as_person(lena).post(f"/callbacks/hours/new/?person={cora.pk}", typed | {"weekday": "3"})

    assert list(Pattern.objects.values_list("person", "weekday", "starts")) == [
        (cora.pk, 1, time(14)),
        (cora.pk, 3, time(14)),
    ]
    page = as_person(cora).post("/callbacks/hours/new/", typed | {"ends": "5pm"})
    assert "already keeps Tuesday 2pm to 4pm" in text(page)
    assert 'value="5pm"' in page.content.decode()


@pytest.mark.rule("H124")
def test_stopping_hours_says_what_stays_booked(call, cora, as_person):
    pattern = Pattern.objects.get()
    client = as_person(cora)

    page = client.get(f"/callbacks/hours/{pattern.pk}/stop/")
    assert "Calls booked in these hours stay: Tuesday 3 November 2026." in text(page)
    client.post(
        f"/callbacks/hours/{pattern.pk}/stop/",
        {"first_day_day": "2", "first_day_month": "11", "first_day_year": "2026"},
    )
    call.refresh_from_db()
    assert (Pattern.objects.count(), call.state, slots(cora)) == (0, "booked", [])


# --- Meetings ---------------------------------------------------------------------------------


MEETING = {
    "kind": "meeting",
    "title": "Team meeting",
    "day_day": "3",
    "day_month": "11",
    "day_year": "2026",
    "starts": "2pm",
    "ends": "3pm",
}


@pytest.mark.rule("H19")
def test_a_meeting_goes_into_the_diary_and_out_again(case, cora, as_person):
    client = as_person(cora)
    client.post("/callbacks/blocks/new/", MEETING)

    made = Block.objects.get()
    assert (made.title, made.period.lower) == ("Team meeting", at(TUESDAY, 14))
    assert [slot.starts_at for slot in slots(cora)[:2]] == [at(TUESDAY, 15), at(TUESDAY, 15, 30)]

    address = f"/callbacks/blocks/{made.pk}/withdraw/"
    assert client.get(address).status_code == 405
    assert client.post(address).url == "/callbacks/?day=2026-11-03"
    assert client.post(address).status_code == 302
    assert slots(cora)[0].starts_at == at(TUESDAY, 14)


@pytest.mark.rule("H124")
def test_a_meeting_over_a_call_is_refused_with_the_way_to_move_it(call, cora, as_person):
    page = as_person(cora).post("/callbacks/blocks/new/", MEETING)

    words, html = text(page), page.content.decode()
    assert "A call is booked for Tuesday 3 November 2026 at 2pm. Move it first" in words
    assert f'href="/callbacks/{call.pk}/move/"' in html
    assert 'value="Team meeting"' in html
    assert not Block.objects.exists()


def test_a_call_that_one_may_not_see_is_refused_without_a_way_to_it(policy, cora, lena, as_person):
    hours(cora)
    call = booked(CaseFactory(owner=cora, team=cora.team, **RESTRICTED))

    page = as_person(lena).post(f"/callbacks/blocks/new/?person={cora.pk}", MEETING)

    assert "A call is booked for Tuesday 3 November 2026 at 2pm." in text(page)
    assert f"/callbacks/{call.pk}/" not in page.content.decode()
    assert not Block.objects.exists()


def test_nobody_else_takes_a_meeting_out(case, cora, oscar, lena, as_person):
    made = block(cora, at(TUESDAY, 14), at(TUESDAY, 15))
    address = f"/callbacks/blocks/{made.pk}/withdraw/"

    assert as_person(oscar).post(address).status_code == 404
    assert Block.objects.in_force().count() == 1
    assert as_person(lena).post(address).url == f"/callbacks/?person={cora.pk}&day=2026-11-03"
    assert Block.objects.in_force().count() == 0


# --- The figures ------------------------------------------------------------------------------


FIGURES = {
    "slot_minutes": "20",
    "minimum_minutes": "100",
    "minimum_minutes_managers": "60",
    "horizon_days": "28",
    "grace_minutes": "0",
    "attempts_before_writing": "2",
}


@pytest.mark.rule("H35")
def test_an_administrator_changes_the_figures(policy, ada, as_person):
    client = as_person(ada)
    assert "Callback slots" in text(client.get("/settings/"))

    assert client.post("/settings/callbacks/", FIGURES).url == "/settings/"
    kept = SlotPolicy.current()
    assert {name: str(getattr(kept, name)) for name in FIGURES} == FIGURES


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"slot_minutes": "4"}, "The length of a call must be between 5 and 120"),
        ({"slot_minutes": "x"}, "The length of a call must be a whole number"),
        ({"grace_minutes": "-1"}, "must be between 0 and 240"),
        ({"attempts_before_writing": ""}, "Enter the number of tries"),
    ],
)
def test_figures_without_sense_are_refused(policy, ada, as_person, changed, said):
    page = as_person(ada).post("/settings/callbacks/", FIGURES | changed)

    assert said in text(page)
    assert SlotPolicy.current().slot_minutes == 30
