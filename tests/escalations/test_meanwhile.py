"""The next step, a child whom nobody knows yet, and who sees the child, while somebody is away or
gone (0026)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Role, User
from cases.matter_actions import file_contact
from cases.models import Case
from escalations.follow_page import followed
from escalations.giving_actions import colleagues_of_step, give_step
from escalations.standing_in_actions import see_to_handlers
from escalations.step_actions import promise_step
from tests.escalations.around_a_step import (
    NEXT,
    World,
    allocated,
    away,
    changed,
    holds,
    in_the_background,
    unfiled,
    world_of,
)
from tests.escalations.making import AFTER, case_of, further
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H91"), pytest.mark.rule("H102")]

# The first morning on which step 3 is open.
OVER = datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.fixture
def world(policy, cora, lena, north) -> World:
    return world_of(cora, lena, north)


# --- The next step ----------------------------------------------------------------------------


def test_step_three_while_the_cover_of_step_two_is_away(world):
    """Lena and her cover are both away, and nobody answers: the manager has it."""
    away(world.lena, world.dan, 11, 30)
    see_to_handlers(now=NEXT)
    away(world.dan, None, 12, 30)
    in_the_background(OVER)

    further(world.matter, now=OVER)

    in_the_background(OVER)
    holds(world, world.maya, OVER, due=date(2026, 12, 9), number=3)
    page = followed(world.step.contact, OVER)
    assert page.rungs[1].words == "No answer by Tuesday 24 November 2026. We are sorry."


def test_step_three_while_the_manager_is_away_and_the_lead_covers(world):
    away(world.maya, world.lena, 24, 30)
    further(world.matter, now=OVER)
    in_the_background(OVER)
    holds(world, world.rosa, OVER, due=date(2026, 12, 9), number=3)


def test_the_manager_comes_back_to_a_step_that_began_with_their_cover(world):
    """A step that was never theirs is not taken from whoever has it."""
    away(world.maya, world.noor, 24, 30)
    further(world.matter, now=OVER)
    in_the_background(OVER)
    holds(world, world.noor, OVER, due=date(2026, 12, 9), number=3)
    in_the_background(OVER + timedelta(days=6))
    assert world.step.handler == world.noor


def test_a_date_promised_by_the_cover_opens_step_three_only_after_it(world):
    away(world.lena, world.dan, 11, 12)
    see_to_handlers(now=NEXT)
    until = date(2026, 12, 4)
    promise_step(step=world.step, until=until, reason="A report.", by=world.dan, now=NEXT)
    back = NEXT + timedelta(days=2)
    in_the_background(back)
    holds(world, world.lena, back, due=until)

    assert further(world.matter, now=OVER).placement.kind == "wait"
    assert further(world.matter, now=datetime(2026, 12, 5, 9, tzinfo=UTC)).step.number == 3


# --- A child whom nobody knows yet --------------------------------------------------------------


@pytest.fixture
def unknown(world) -> World:
    """The matter belongs to no case yet."""
    world.matter = unfiled(world)
    further(world.matter)
    return world


def test_of_no_case_yet_it_goes_to_a_cover_who_may_see_it(unknown):
    eve = UserFactory.create(full_name="Eve Fox", team=unknown.north)
    away(unknown.lena, eve)
    in_the_background(NEXT)
    holds(unknown, eve, NEXT)


def test_of_no_case_yet_a_cover_who_may_not_see_it_is_passed_over(unknown):
    away(unknown.lena, unknown.dan)
    in_the_background(NEXT)
    holds(unknown, unknown.maya, NEXT)


def test_of_no_case_yet_it_begins_with_somebody_who_may_see_it(world):
    away(world.lena, world.dan)
    world.matter = unfiled(world)
    further(world.matter, now=NEXT)
    holds(world, world.maya, NEXT, due=date(2026, 11, 25))


def test_of_no_case_yet_it_is_not_offered_to_a_lead_who_may_not_see_it(unknown):
    assert unknown.noor not in colleagues_of_step(unknown.step)


def test_of_no_case_yet_it_leaves_whoever_goes_to_another_team(unknown):
    changed(unknown.lena, team=unknown.south)
    in_the_background(NEXT)
    holds(unknown, unknown.maya, NEXT)


# --- Who sees the child -------------------------------------------------------------------------


def sees(person: User, case: Case) -> bool:
    return Case.objects.visible_to(person).filter(pk=case.pk).exists()


def test_of_another_team_now_the_old_handler_sees_the_child_no_longer(world):
    give_step(step=world.step, to=world.noor, reason="Knows it.", by=world.lena, now=AFTER)
    eve = UserFactory.create(role=Role.TEAM_LEAD, full_name="Eve Fox")
    changed(eve.team, lead=eve)
    allocated(world, to=UserFactory.create(team=eve.team), team=eve.team)
    in_the_background(NEXT)
    assert world.step.handler == eve
    assert (sees(eve, world.case), sees(world.noor, world.case)) == (True, False)


def test_filed_wrongly_at_first_the_handler_sees_that_child_no_longer(world):
    away(world.lena, world.dan)
    in_the_background(NEXT)
    wrong = world.case
    assert sees(world.dan, wrong)
    other = case_of(UserFactory.create(full_name="Oscar Pine", team=world.south))
    file_contact(contact=world.matter, case=other, reason="Her brother.", by=world.maya, now=NEXT)
    in_the_background(NEXT)
    assert not sees(world.dan, wrong)


@pytest.mark.rule("H5")
def test_whose_silence_it_is_about_does_not_cover_once_the_case_is_somebody_elses(world):
    """Cora had the matter when the step was taken; the case is another's by now."""
    eve = UserFactory.create(full_name="Eve Fox", team=world.north)
    allocated(world, to=eve, team=world.north)
    away(world.lena, world.cora)
    in_the_background(NEXT)
    holds(world, world.maya, NEXT)
