"""Leave that begins after a step was taken, and people who have left (H62, H91, H97)."""

import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction

from accounts.models import Absence, Role
from cases.models import Case, NamedStaff
from cases.restriction_actions import restrict
from clocks.models import ClockEvent
from escalations.giving_actions import give_step
from escalations.pass_back_actions import pass_back
from escalations.response_actions import respond
from escalations.standing_in_actions import see_to_handlers
from escalations.tasks import see_to_handlers as task
from notices.models import Notice
from tests.escalations.complaining import looked_at, opened
from tests.escalations.making import AFTER, NOW, case_of, further, managed, matter, officer, on_desk
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H62"), pytest.mark.rule("H91")]

# Wednesday 11 and Thursday 12 November 2026.
FIRST, LAST = date(2026, 11, 11), date(2026, 11, 12)
ON_LEAVE = datetime(2026, 11, 11, 9, tzinfo=UTC)
BACK = datetime(2026, 11, 13, 9, tzinfo=UTC)


@pytest.fixture
def maya(north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return officer()


@pytest.fixture
def dan(db):
    """A coordinator of another team, who covers."""
    return UserFactory.create(full_name="Dan Reed")


@pytest.fixture
def step(policy, cora, lena, maya, rosa):
    """Step 2, which is Lena's."""
    taken = further(matter(case_of(cora))).step
    assert taken
    return taken


@pytest.fixture
def entry(policy, cora, lena, maya, rosa):
    """On the desk, and Rosa's."""
    return on_desk(matter(case_of(cora)), lena)


def away(person, cover, first=FIRST, last=LAST) -> None:
    Absence.objects.create(person=person, first_day=first, last_day=last, cover=cover)


def owner_of(row):
    row.clock.refresh_from_db()
    return row.clock.owner


def leaves(person) -> None:
    person.is_active = False
    person.save()


def test_a_step_goes_to_the_cover_when_leave_begins_and_back_afterwards(step, lena, dan):
    due_at = step.clock.due_at
    away(lena, dan)

    assert (see_to_handlers(now=AFTER), owner_of(step)) == (0, lena)
    assert (see_to_handlers(now=ON_LEAVE), owner_of(step)) == (1, dan)
    assert (see_to_handlers(now=ON_LEAVE), owner_of(step)) == (0, dan)
    assert (see_to_handlers(now=BACK), owner_of(step)) == (1, lena)
    assert (see_to_handlers(now=BACK), owner_of(step)) == (0, lena)

    step.clock.refresh_from_db()
    assert step.clock.due_at == due_at
    events = ClockEvent.objects.filter(clock=step.clock, kind="reassigned")
    reasons = ["Lena Marsh is on leave", "Lena Marsh is back from leave"]
    assert [(event.by, event.reason) for event in events] == [(None, one) for one in reasons]


def test_the_cover_sees_the_case_and_is_told_in_the_summary(step, lena, dan):
    away(lena, dan)
    see_to_handlers(now=ON_LEAVE)
    assert Case.objects.visible_to(dan).filter(pk=step.escalation.case_id).exists()
    [told] = Notice.objects.filter(recipient=dan)
    assert told.mail == Notice.Mail.DIGEST
    assert "Lena Marsh is on leave. This is yours now: Concern taken further" in told.body


@pytest.mark.rule("H5")
def test_a_cover_whom_it_is_about_is_passed_over(step, lena, cora, maya):
    away(lena, cora)
    see_to_handlers(now=ON_LEAVE)
    assert owner_of(step) == maya


def test_without_a_cover_it_stays(step, lena):
    away(lena, None)
    assert (see_to_handlers(now=ON_LEAVE), owner_of(step)) == (0, lena)


def test_a_cover_who_goes_on_leave_hands_it_on(step, lena, dan):
    away(lena, dan, last=LAST + timedelta(days=7))
    see_to_handlers(now=ON_LEAVE)
    gil = UserFactory.create(full_name="Gil Rowe")
    away(dan, gil, first=date(2026, 11, 13), last=date(2026, 11, 13))
    see_to_handlers(now=BACK)
    assert owner_of(step) == gil
    see_to_handlers(now=BACK + timedelta(days=3))
    assert owner_of(step) == dan


def on_day(day: int) -> datetime:
    """Nine o'clock on a day of November 2026."""
    return datetime(2026, 11, day, 9, tzinfo=UTC)


def test_after_leave_within_leave_it_goes_back_to_whose_it_was(step, lena, dan):
    eve = UserFactory.create(full_name="Eve Fox")
    away(lena, dan, last=date(2026, 11, 17))
    away(dan, eve, first=date(2026, 11, 12), last=date(2026, 11, 13))
    had = []
    for day in (11, 12, 16, 18, 19):
        see_to_handlers(now=on_day(day))
        had.append(owner_of(step))
    assert had == [dan, eve, dan, lena, lena]


def test_back_before_the_cover_it_goes_home_at_once(step, lena, dan):
    eve = UserFactory.create(full_name="Eve Fox")
    away(lena, dan)
    away(dan, eve, first=LAST, last=date(2026, 11, 20))
    had = []
    for day in (11, 12, 13, 23):
        see_to_handlers(now=on_day(day))
        had.append(owner_of(step))
    assert had == [dan, eve, lena, lena]


def test_it_goes_back_no_further_than_to_whom_somebody_gave_it(step, lena, dan):
    noor = UserFactory.create(role=Role.TEAM_LEAD, full_name="Noor Finch")
    away(lena, dan)
    see_to_handlers(now=ON_LEAVE)
    give_step(step=step, to=noor, reason="Knows it.", by=dan, now=ON_LEAVE)
    away(noor, dan, first=LAST, last=LAST)
    had = []
    for day in (12, 13):
        see_to_handlers(now=on_day(day))
        had.append(owner_of(step))
    assert had == [dan, noor]


def test_what_somebody_gave_on_by_hand_stays_there(step, lena, dan):
    other = UserFactory.create(role=Role.TEAM_LEAD, full_name="Noor Finch")
    away(lena, dan)
    see_to_handlers(now=ON_LEAVE)
    give_step(step=step, to=other, reason="Knows it.", by=dan, now=ON_LEAVE)
    assert (see_to_handlers(now=BACK), owner_of(step)) == (0, other)


def test_passed_back_it_goes_to_the_case_owners_cover(step, lena, cora, dan):
    pass_back(step=step, reason="Knows it best.", by=lena, now=AFTER)
    away(cora, dan)
    see_to_handlers(now=ON_LEAVE)
    assert owner_of(step) == dan


@pytest.mark.rule("H106")
def test_what_is_on_the_desk_goes_to_the_cover_until_it_is_responded_to(entry, rosa):
    iris = officer("Iris Holt")
    away(rosa, iris, first=NOW.date(), last=LAST)
    assert (see_to_handlers(now=NOW), owner_of(entry)) == (1, iris)

    entry.refresh_from_db()
    respond(entry=entry, how=entry.Answer.TELEPHONE, text="I rang.", by=iris, now=NOW)
    assert (see_to_handlers(now=BACK), owner_of(entry)) == (0, iris)


def test_a_stage_of_a_complaint_goes_to_the_cover(policy, cora, lena, maya, rosa, dan):
    complaint = looked_at(opened(case_of(cora), lena), lena, lena)
    away(lena, dan)
    assert (see_to_handlers(now=ON_LEAVE), owner_of(complaint)) == (1, dan)
    assert (see_to_handlers(now=BACK), owner_of(complaint)) == (1, lena)


# --- Who sees the child meanwhile, and for how long ---------------------------------------------


def sees(person, step) -> bool:
    return Case.objects.visible_to(person).filter(pk=step.escalation.case_id).exists()


def stood_in(lena, dan) -> None:
    away(lena, dan)
    see_to_handlers(now=ON_LEAVE)
    see_to_handlers(now=BACK)


def restricted(step, by, *staff) -> None:
    shown = {"reason": "", "staff": []}
    case = step.escalation.case
    restrict(case=case, shown=shown, reason="Safety.", staff=staff, by=by, now=AFTER)


def test_whoever_stood_in_for_some_days_does_not_see_the_child_for_ever(step, lena, dan):
    stood_in(lena, dan)
    assert owner_of(step) == lena
    assert not sees(dan, step)
    assert not NamedStaff.objects.exists()


def test_nor_a_restricted_one(step, lena, dan, maya):
    restricted(step, maya)
    away(lena, dan)
    see_to_handlers(now=ON_LEAVE)
    assert (sees(dan, step), sees(lena, step)) == (True, False)
    see_to_handlers(now=BACK)
    assert (sees(dan, step), sees(lena, step)) == (False, True)


def test_whoever_owes_something_else_about_the_child_goes_on_seeing_it(step, lena, dan):
    other = further(matter(step.escalation.case)).step
    give_step(step=other, to=lead_elsewhere(), reason="Knows it.", by=lena, now=AFTER)
    noor = owner_of(other)
    away(lena, noor)
    see_to_handlers(now=ON_LEAVE)
    see_to_handlers(now=BACK)
    assert owner_of(step) == lena
    assert sees(noor, step)


def lead_elsewhere():
    return UserFactory.create(role=Role.TEAM_LEAD, full_name="Noor Finch")


@pytest.mark.parametrize("before", [False, True])
def test_whoever_was_chosen_by_hand_stays_named(step, lena, dan, maya, before):
    """Chosen before they stood in, or while they did."""
    if before:
        restricted(step, maya, dan)
    away(lena, dan)
    see_to_handlers(now=ON_LEAVE)
    if not before:
        restricted(step, maya, dan)
    see_to_handlers(now=BACK)
    assert owner_of(step) == lena
    assert sees(dan, step)


def test_whoever_has_it_given_away_from_them_sees_it_no_longer(step, lena, maya):
    noor = lead_elsewhere()
    give_step(step=step, to=noor, reason="Knows it.", by=lena, now=AFTER)
    assert sees(noor, step)
    give_step(step=step, to=lena, reason="Noor is busy.", by=maya, now=AFTER)
    assert not sees(noor, step)


@pytest.mark.django_db(transaction=True)
def test_given_something_else_while_it_goes_back_they_go_on_seeing_it(step, lena, maya):
    noor = lead_elsewhere()
    other = further(matter(step.escalation.case)).step
    give_step(step=step, to=noor, reason="Knows it.", by=lena, now=AFTER)
    began = threading.Event()

    def give_other() -> None:
        try:
            with transaction.atomic():
                give_step(step=other, to=noor, reason="Knows it.", by=lena, now=AFTER)
                began.set()
                time.sleep(1)
        finally:
            connection.close()

    thread = threading.Thread(target=give_other)
    thread.start()
    assert began.wait(20)
    give_step(step=step, to=lena, reason="Noor is busy.", by=maya, now=AFTER)
    thread.join()
    assert owner_of(other) == noor
    assert sees(noor, step)


# --- People who have left ---------------------------------------------------------------------


def test_of_a_lead_who_left_it_goes_to_the_one_above(step, lena, maya):
    leaves(lena)
    assert (see_to_handlers(now=AFTER), owner_of(step)) == (1, maya)
    assert (see_to_handlers(now=BACK), owner_of(step)) == (0, maya)


def test_of_a_lead_who_left_it_goes_to_the_new_lead(step, lena, north):
    north.lead = UserFactory.create(role=Role.TEAM_LEAD, team=north, full_name="Noor Finch")
    north.save()
    leaves(lena)
    see_to_handlers(now=AFTER)
    assert owner_of(step) == north.lead


def test_of_an_officer_who_left_it_goes_to_another(entry, rosa):
    iris = officer("Iris Holt")
    leaves(rosa)
    assert (see_to_handlers(now=NOW), owner_of(entry)) == (1, iris)


def test_of_somebody_in_another_role_it_goes_where_a_new_step_would(step, lena, maya):
    lena.role = Role.ADMINISTRATOR
    lena.save()
    assert (see_to_handlers(now=AFTER), owner_of(step)) == (1, maya)


def test_a_complaint_of_somebody_who_left_goes_to_the_lead(policy, cora, lena, maya, rosa, dan):
    complaint = looked_at(opened(case_of(cora), lena), dan, lena)
    leaves(dan)
    assert (see_to_handlers(now=AFTER), owner_of(complaint)) == (1, lena)


def test_one_that_nobody_can_take_keeps_no_other_back(step, lena, maya, rosa, dan):
    complaint = looked_at(opened(case_of(dan), dan), dan, dan)
    for person in (lena, maya, rosa):
        leaves(person)
    away(dan, UserFactory.create(full_name="Gil Rowe"))
    assert see_to_handlers(now=ON_LEAVE) == 1
    assert owner_of(step) == lena
    assert owner_of(complaint).full_name == "Gil Rowe"


def test_celery_asks_for_it(step, lena, maya):
    leaves(lena)
    assert task() == 1


@pytest.mark.django_db(transaction=True)
def test_asked_by_several_at_once_it_goes_once(step, lena, dan):
    away(lena, dan)
    together, moved = threading.Barrier(3), []

    def ask() -> None:
        together.wait()
        try:
            moved.append(see_to_handlers(now=ON_LEAVE))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(moved) == [0, 0, 1]
    assert ClockEvent.objects.filter(clock=step.clock, kind="reassigned").count() == 1
