"""Whatever happens while a step is open: one step counts, somebody who may see it has it, it is
about none of their answers, the sender's page says the truth, and no word is lost (0026)."""

from collections.abc import Callable
from datetime import date

import pytest

from accounts.models import Role, User
from cases.matter_actions import file_contact
from cases.merge_actions import merge
from cases.models import Case
from cases.restriction_actions import restrict
from escalations.giving_actions import give_step
from escalations.pass_back_actions import pass_back
from escalations.standing_in_actions import see_to_handlers
from tests.escalations.around_a_step import (
    NEXT,
    World,
    allocated,
    away,
    changed,
    holds,
    in_the_background,
    world_of,
)
from tests.escalations.making import AFTER, case_of
from tests.factories import TeamFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H91"), pytest.mark.rule("H102")]


@pytest.fixture
def world(policy, cora, lena, north) -> World:
    return world_of(cora, lena, north)


# --- People -----------------------------------------------------------------------------------


def leave_begins(world: World) -> User:
    away(world.lena, world.dan)
    return world.dan


def leave_without_cover(world: World) -> User:
    away(world.lena, None)
    return world.lena


def leave_with_whom_it_is_about(world: World) -> User:
    away(world.lena, world.cora)
    return world.maya


def cover_away_too(world: World) -> User:
    away(world.lena, world.dan)
    away(world.dan, world.noor)
    return world.lena


def leave_is_over(world: World) -> User:
    away(world.lena, world.dan, 10, 10)
    see_to_handlers(now=AFTER)
    return world.lena


def leave_is_shortened(world: World) -> User:
    absence = away(world.lena, world.dan, 10, 20)
    see_to_handlers(now=AFTER)
    changed(absence, last_day=date(2026, 11, 10))
    return world.lena


def handler_changes_team(world: World) -> User:
    changed(world.lena, team=world.south)
    changed(world.north, lead=world.noor)
    return world.lena


def handler_has_another_role(world: World) -> User:
    changed(world.lena, role=Role.COORDINATOR)
    changed(world.north, lead=None)
    return world.lena


def handler_looks_after_the_portal(world: World) -> User:
    changed(world.lena, role=Role.ADMINISTRATOR)
    return world.maya


def team_has_no_lead(world: World) -> User:
    changed(world.north, lead=None)
    return world.lena


def lead_has_left(world: World) -> User:
    changed(world.north, lead=None)
    changed(world.lena, is_active=False)
    return world.maya


def lead_and_manager_have_left(world: World) -> User:
    changed(world.lena, is_active=False)
    changed(world.maya, is_active=False)
    return world.rosa


def new_lead_is_named(world: World) -> User:
    changed(world.lena, is_active=False)
    changed(world.noor, team=world.north)
    changed(world.north, lead=world.noor)
    return world.noor


def cover_changes_team(world: World) -> User:
    away(world.lena, world.dan)
    see_to_handlers(now=NEXT)
    changed(world.dan, team=world.south)
    return world.dan


def given_to_a_colleague_who_changes_team(world: World) -> User:
    give_step(step=world.step, to=world.noor, reason="Knows it.", by=world.lena, now=AFTER)
    changed(world.noor, team=TeamFactory.create())
    return world.noor


PEOPLE = [
    leave_begins,
    leave_without_cover,
    leave_with_whom_it_is_about,
    cover_away_too,
    leave_is_over,
    leave_is_shortened,
    handler_changes_team,
    handler_has_another_role,
    handler_looks_after_the_portal,
    team_has_no_lead,
    lead_has_left,
    lead_and_manager_have_left,
    new_lead_is_named,
    cover_changes_team,
    given_to_a_colleague_who_changes_team,
]


@pytest.mark.parametrize("happens", PEOPLE)
def test_whatever_happens_to_people(world, happens: Callable[[World], User]):
    who = happens(world)
    in_the_background(NEXT)
    holds(world, who, NEXT)


# --- The case ---------------------------------------------------------------------------------


def case_goes_to_another_team(world: World) -> User:
    allocated(world)
    return world.noor


def case_goes_while_the_cover_has_it(world: World) -> User:
    away(world.lena, world.dan)
    see_to_handlers(now=NEXT)
    allocated(world)
    return world.noor


def case_goes_while_an_officer_has_it(world: World) -> User:
    changed(world.lena, is_active=False)
    changed(world.maya, is_active=False)
    see_to_handlers(now=AFTER)
    allocated(world, by=UserFactory.create(role=Role.SENIOR_MANAGER, team=None))
    return world.rosa


def case_goes_to_the_cover_of_the_handler(world: World) -> User:
    """Who covered owns the case now: it would be about them."""
    away(world.lena, world.dan)
    see_to_handlers(now=NEXT)
    allocated(world, to=world.dan, team=world.dan.team)
    return world.rosa


def case_has_another_owner_in_the_team(world: World) -> User:
    eve = UserFactory.create(full_name="Eve Fox", team=world.north)
    allocated(world, to=eve, team=world.north)
    return world.lena


def case_is_merged(world: World) -> User:
    kept = case_of(UserFactory.create(full_name="Oscar Pine", team=world.south))
    together(kept, world.case, world.maya)
    return world.noor


def case_is_merged_in_the_team(world: World) -> User:
    together(case_of(world.cora), world.case, world.maya)
    return world.lena


def together(kept: Case, other: Case, by: User) -> None:
    merge(keep=kept, other=other, reason="Twice.", by=by, now=NEXT, same_child=True)


def case_is_closed(world: World) -> User:
    changed(world.case, status=Case.Status.CEASED)
    return world.lena


def case_is_restricted(world: World) -> User:
    shown = {"reason": "", "staff": []}
    restrict(case=world.case, shown=shown, reason="Safety.", staff=[], by=world.maya, now=NEXT)
    return world.lena


def case_is_restricted_and_leave_begins(world: World) -> User:
    case_is_restricted(world)
    away(world.lena, world.dan)
    return world.dan


def case_is_filed_with_another_child(world: World) -> User:
    other = case_of(UserFactory.create(full_name="Oscar Pine", team=world.south))
    file_contact(contact=world.matter, case=other, reason="Her brother.", by=world.maya, now=NEXT)
    return world.noor


CASES = [
    case_goes_to_another_team,
    case_goes_while_the_cover_has_it,
    case_goes_while_an_officer_has_it,
    case_goes_to_the_cover_of_the_handler,
    case_has_another_owner_in_the_team,
    case_is_merged,
    case_is_merged_in_the_team,
    case_is_closed,
    case_is_restricted,
    case_is_restricted_and_leave_begins,
    case_is_filed_with_another_child,
]


@pytest.mark.parametrize("happens", CASES)
def test_whatever_happens_to_the_case(world, happens: Callable[[World], User]):
    who = happens(world)
    in_the_background(NEXT)
    holds(world, who, NEXT)


def test_passed_back_it_stays_with_the_case_owner_whose_team_is_another(world):
    """The owner of a case may work in another team than the one that looks after it."""
    changed(world.cora, team=world.south)
    pass_back(step=world.step, reason="Knows it best.", by=world.lena, now=AFTER)
    in_the_background(NEXT)
    assert world.step.handler == world.cora
    assert world.step.clock.team == world.north
