"""Calls in figures: every figure is the number of rows it says it counts."""

import re
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest
import time_machine

from accounts.models import Absence, Role
from callbacks.booking_actions import cancel
from callbacks.models import Attempt, Booking, DeskCall, SlotPolicy
from callbacks.outcome_actions import mark_missed, not_reached, reached
from clocks.calendars import council_calendar
from reports.calls import (
    DESK_FIGURES,
    FIGURES,
    desk_figures,
    hours_kept,
    resolved_at_once,
    slot_figures,
    week_of,
    weeks_until,
)
from tests.callbacks.cast import NOW, booked, hours, rang, slots
from tests.factories import CaseFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
# The week of Monday 2 November 2026, in which NOW is.
THIS_WEEK = [week_of(date(2026, 11, 2))]
IN_THE_CALL = datetime(2026, 11, 3, 14, 10, tzinfo=UTC)


@pytest.fixture
def case(policy, cora):
    hours(cora)
    return CaseFactory(owner=cora, team=cora.team)


def counted(team=None, weeks=THIS_WEEK) -> dict[str, int]:
    """The figures of one week that are not nought."""
    # Both have a figure "booked": here it is the slots'.
    figures = desk_figures(weeks, team) | slot_figures(weeks, team)
    return {name: numbers[0] for name, numbers in figures.items() if numbers[0]}


def desk_call(case, adviser, **given) -> DeskCall:
    ended = {"ended_at": NOW} if given.get("outcome") else {}
    return DeskCall.objects.create(case=case, adviser=adviser, started_at=NOW, **ended, **given)


@pytest.mark.rule("H35")
@pytest.mark.rule("H36")
def test_a_call_that_was_made_is_honoured(case, cora):
    booking = booked(case)
    reached(booking=booking, note="Told her.", submission=uuid4(), by=cora, now=IN_THE_CALL)

    assert counted() == {"offered": 4, "booked": 1, "honoured": 1, "rings": 1}


@pytest.mark.rule("H36")
def test_a_call_reached_after_it_was_missed_stays_missed(case, cora):
    booking = booked(case)
    mark_missed(now=datetime(2026, 11, 3, 15, tzinfo=UTC))
    later = datetime(2026, 11, 3, 16, tzinfo=UTC)
    reached(booking=booking, note="Sorry.", submission=uuid4(), by=cora, now=later)

    assert counted() == {"offered": 4, "booked": 1, "missed": 1, "rings": 1}


def test_calls_not_reached_called_off_and_to_come_are_counted_apart(case, cora):
    first, second, third = (
        booked(case, slot, contact=rang(case, sender_name=f"Caller {number}"))
        for number, slot in enumerate(slots(cora)[:3])
    )
    not_reached(booking=first, note="", submission=uuid4(), by=cora, now=IN_THE_CALL)
    cancel(booking=second, how=Booking.Whose.CALLER, reason="", by=None, now=NOW)

    assert third.is_booked
    assert counted() == {
        "offered": 4,
        "booked": 3,
        "no_answer": 1,
        "cancelled": 1,
        "to_come": 1,
        "rings": 1,
    }


@pytest.mark.rule("H29")
def test_a_call_outside_the_standard_is_counted(case, cora):
    late = next(slot for slot in slots(cora) if slot.starts_at > NOW + timedelta(days=10))
    booked(case, late, reason="No slot in time")

    assert counted(weeks=[week_of(late.starts_at.date())])["outside"] == 1


@pytest.mark.rule("H24")
def test_first_contact_resolution_is_what_was_settled_of_what_was_finished(case, asif):
    desk_call(case, asif, outcome="answered", gate="open")
    desk_call(case, asif, outcome="message", gate="open")
    desk_call(case, asif, outcome="waiting", gate="wait")
    going_on = desk_call(case, asif)
    Attempt.objects.create(call=going_on, party="coordinator", result="no_answer", at=NOW)

    figures = desk_figures(THIS_WEEK, None)
    assert resolved_at_once(figures) == ["33%"]
    assert counted() == {
        "offered": 4,
        "calls": 4,
        "answered": 1,
        "message": 1,
        "waiting": 1,
        "unfinished": 1,
        "gate_open": 2,
        "gate_wait": 1,
        "coordinator_no_answer": 1,
    }


def test_a_week_without_calls_has_no_share():
    figures = {name: [0] for name, _, _ in DESK_FIGURES}

    assert resolved_at_once(figures) == ["–"]


def test_another_team_counts_its_own_alone(case):
    booked(case)

    assert counted(TeamFactory()) == {}
    assert counted(case.team) == counted()


def test_a_call_late_on_sunday_belongs_to_the_week_in_london(case, asif):
    at = datetime(2026, 10, 25, 23, 30, tzinfo=UTC)  # the clock has gone back: 11:30pm on Sunday
    DeskCall.objects.create(case=case, adviser=asif, started_at=at)

    assert desk_figures([week_of(date(2026, 10, 19))], None)["calls"] == [1]


# --- Hours kept ------------------------------------------------------------------------------


@pytest.mark.rule("H35")
def test_three_slots_next_week_are_too_few(policy, cora):
    hours(cora, weekday=1, starts=time(14), ends=time(15, 30))
    weeks = [week_of(date(2026, 11, 9))]

    [keeper] = hours_kept([cora], weeks, council_calendar())

    assert [(week.made, week.wanted) for week in keeper.weeks] == [(3, 4)]
    assert keeper.is_short


@pytest.mark.rule("H35")
def test_leave_makes_the_minimum_smaller_and_a_whole_week_none(policy, cora):
    Absence.objects.create(person=cora, first_day=date(2026, 11, 9), last_day=date(2026, 11, 13))
    Absence.objects.create(person=cora, first_day=date(2026, 11, 16), last_day=date(2026, 11, 18))
    weeks = [week_of(date(2026, 11, 9)), week_of(date(2026, 11, 16))]

    [keeper] = hours_kept([cora], weeks, council_calendar())

    # Two days of five: 1.6 slots.
    assert [week.wanted for week in keeper.weeks] == [0, 2]


@pytest.mark.rule("H35")
def test_slots_that_leave_takes_are_not_offered(policy, cora):
    hours(cora)
    hours(cora, weekday=2)
    # Entered behind the back of the renewal: the slots of that day are still there.
    Absence.objects.create(person=cora, first_day=date(2026, 11, 10), last_day=date(2026, 11, 10))

    [keeper] = hours_kept([cora], [week_of(date(2026, 11, 9))], council_calendar())

    # Four days of five: 3.2 slots.
    assert [(week.made, week.wanted) for week in keeper.weeks] == [(4, 4)]


@pytest.mark.rule("H35")
@pytest.mark.parametrize(
    ("fte", "slots_a_week"), [("1.00", 4), ("0.60", 3), ("0.50", 2), ("0.10", 1)]
)
def test_the_minimum_is_in_proportion_and_one_at_least(policy, cora, fte, slots_a_week):
    cora.fte = fte
    cora.save()
    cora.refresh_from_db()

    assert SlotPolicy.current().minimum_slots(cora) == slots_a_week


def test_those_who_keep_too_few_come_first(policy, cora, north):
    hours(cora)
    UserFactory(full_name="Zoe Zander", team=north)
    everybody = list(north.members.filter(role=Role.COORDINATOR))

    keepers = hours_kept(everybody, THIS_WEEK, council_calendar())

    assert [keeper.person.full_name for keeper in keepers] == ["Zoe Zander", "Cora Hill"]


# --- The page --------------------------------------------------------------------------------


def page_of(client, path="/reports/calls/") -> str:
    page = client.get(path).content.decode().replace("&nbsp;", " ")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_lead_sees_the_figures_and_hours_of_the_team(case, as_person, lena):
    with time_machine.travel(NOW, tick=False):
        booked(case)
        page = page_of(as_person(lena))

    assert "Calls in figures: North team" in page
    assert "Calls booked 0 0 0 0 0 1" in page
    assert re.search(r"Cora Hill 0 of 4 4 of 4 4 of 4 4 of 4", page)


def test_a_senior_manager_chooses_a_team(case, as_person, north):
    client = as_person(UserFactory(role=Role.SENIOR_MANAGER, team=None))

    assert "Choose a team to see who keeps the hours" in page_of(client)
    assert "Cora Hill" in page_of(client, f"/reports/calls/?team={north.pk}")
    assert page_of(client, "/reports/calls/?team=x") == page_of(client)


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_the_same_queries_whatever_the_rows(
    case, as_person, lena, north, django_assert_num_queries, number
):
    client = as_person(lena)
    for _ in range(number):
        hours(UserFactory(team=north))
        booked(CaseFactory(owner=case.owner, team=north))
    with time_machine.travel(NOW, tick=False), django_assert_num_queries(22):
        client.get("/reports/calls/")


def test_every_figure_has_a_row_of_its_own(case):
    figures = slot_figures(weeks_until(date(2026, 11, 2), 6), None)

    assert list(figures) == [name for name, _, _ in FIGURES]
    assert {len(numbers) for numbers in figures.values()} == {6}
