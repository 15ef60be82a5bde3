"""Who owns a case: one owner at a time without a gap, and who may decide it."""

import threading
from datetime import date

import pytest
from django.db import IntegrityError, connections, transaction

from accounts.errors import RuleBroken
from accounts.models import Role, User
from cases.models import Case, Involvement
from clocks.models import Clock
from clocks.policy_actions import load_policy
from notices.models import Notice
from tests.cases.owning import DUE_AT, NOW, SINCE, TODAY, allocate, owned, ownership, related
from tests.factories import CaseFactory, ContactFactory, TeamFactory, UserFactory


@pytest.fixture
def case(policy, cora):
    """A case that Cora has owned since September."""
    made = CaseFactory(reference="EHC-000042", owner=cora)
    owned(made)
    return made


@pytest.fixture
def maya(db) -> User:
    """A senior manager."""
    return UserFactory.create(full_name="Maya Stone", role=Role.SENIOR_MANAGER, team=None)


def refused(code: str, case, to, by, **changes) -> str:
    with pytest.raises(RuleBroken) as broken:
        allocate(case, to, by, **changes)
    assert broken.value.code == code
    return broken.value.message


# --- One owner, no gap ----------------------------------------------------------------------


@pytest.mark.rule("H37")
def test_the_next_owner_begins_on_the_day_the_last_one_ends(case, cora, dan, lena, north):
    done = allocate(case, dan, lena)

    assert ownership(case) == [(cora, north, SINCE, TODAY), (dan, north, TODAY, None)]
    assert done.involvement.reason == "Cora has left the area."


@pytest.mark.rule("H37")
def test_a_hand_over_on_an_earlier_day_leaves_neither_gap_nor_overlap(case, cora, dan, lena, north):
    allocate(case, dan, lena, on=date(2026, 10, 1))

    assert ownership(case) == [
        (cora, north, SINCE, date(2026, 10, 1)),
        (dan, north, date(2026, 10, 1), None),
    ]


@pytest.mark.rule("H37")
def test_two_hand_overs_on_one_day_are_possible(case, cora, dan, lena, north):
    allocate(case, dan, lena)
    allocate(case, lena, lena)

    assert ownership(case) == [
        (cora, north, SINCE, TODAY),
        (dan, north, TODAY, TODAY),
        (lena, north, TODAY, None),
    ]


@pytest.mark.rule("H37")
def test_the_database_refuses_two_owners_at_once(case, dan, north):
    with pytest.raises(IntegrityError), transaction.atomic():
        Involvement.objects.create(
            case=case, worker=dan, role="owner", team=north, started_on=TODAY
        )


def test_a_first_owner_ends_nothing(policy, cora, dan, lena, north):
    case = CaseFactory(owner=None, team=north)
    allocate(case, dan, lena)

    assert ownership(case) == [(dan, north, TODAY, None)]


@pytest.mark.rule("E4")
def test_a_transfer_without_a_person_goes_to_the_lead_of_the_other_team(case, cora, lena):
    south = TeamFactory(name="South team")
    south.lead = UserFactory(full_name="Sol Grey", role=Role.TEAM_LEAD, team=south)
    south.save()
    allocate(case, None, lena, team=south)

    assert ownership(case)[-1] == (south.lead, south, TODAY, None)


@pytest.mark.rule("E21")
def test_the_same_owner_in_another_team_is_another_involvement(case, cora, lena, north):
    south = TeamFactory(name="South team")
    contact = ContactFactory(case=case)
    allocate(case, cora, lena, team=south)

    assert ownership(case) == [(cora, north, SINCE, TODAY), (cora, south, TODAY, None)]
    clock = Clock.objects.get(pk=contact.clock.pk)
    assert (clock.owner, clock.team, clock.due_at) == (cora, south, DUE_AT)


# --- What is refused ------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_leads_of_the_team_and_senior_managers_allocate(case, dan, north, role):
    by = UserFactory(role=role, team=north)
    if role in {Role.TEAM_LEAD, Role.SENIOR_MANAGER}:
        allocate(case, dan, by)
        assert ownership(case)[-1][0] == dan
    else:
        refused("may_not_allocate", case, dan, by)


def test_the_lead_of_another_team_does_not_allocate(case, dan):
    refused("may_not_allocate", case, dan, UserFactory(role=Role.TEAM_LEAD))


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.AUDITOR}])
def test_a_case_is_not_given_to_a_leaver_or_to_who_holds_none(case, dan, lena, change):
    User.objects.filter(pk=dan.pk).update(**change)
    dan.refresh_from_db()

    refused("may_not_own", case, dan, lena)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": "  "}, "reason_missing"),
        ({"on": date(2026, 11, 5)}, "future"),
        ({"on": date(2026, 8, 31)}, "before_start"),
    ],
)
def test_a_reason_and_a_possible_day_are_needed(case, dan, lena, changes, code):
    refused(code, case, dan, lena, **changes)
    assert Notice.objects.count() == 0


def test_a_gap_after_an_ended_ownership_is_closed_no_earlier_than_it_ended(case, dan, lena):
    Involvement.objects.update(ended_on=date(2026, 10, 1))
    Case.objects.update(owner=None)

    refused("before_start", case, dan, lena, on=date(2026, 9, 30))
    allocate(case, dan, lena, on=date(2026, 10, 1))
    assert ownership(case)[-1][2:] == (date(2026, 10, 1), None)


def test_a_team_whose_lead_has_left_holds_nothing(case, lena):
    refused("nobody_to_hold", case, None, lena, team=TeamFactory())


def test_what_is_so_already_is_said(case, cora, lena):
    assert refused("no_change", case, cora, lena) == "Cora Hill in North team has it already."


def test_a_record_merged_into_another_is_not_allocated(case, cora, dan, lena):
    refused("merged", CaseFactory(owner=cora, merged_into=case), dan, lena)


# --- Two at once ----------------------------------------------------------------------------


def test_the_second_click_does_nothing_more(case, dan, lena):
    seen = Involvement.objects.get().pk
    first = allocate(case, dan, lena, instead_of=seen)
    again = allocate(case, dan, lena, instead_of=seen)

    assert again.involvement == first.involvement
    assert Involvement.objects.count() == 2


def test_the_second_of_two_people_is_told_what_the_first_did(case, dan, lena, maya):
    seen = Involvement.objects.get().pk
    allocate(case, dan, lena, instead_of=seen)

    said = refused("changed_meanwhile", case, lena, maya, instead_of=seen)
    assert said.startswith("Meanwhile EHC-000042 was allocated to Dan Reed in North team.")
    assert ownership(case)[-1][0] == dan


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_told(dan, lena, maya, cora):
    load_policy(now=NOW)
    case = CaseFactory(owner=cora)
    seen = owned(case).pk
    together = threading.Barrier(2)
    came: list[str] = []

    def give(to, by) -> None:
        together.wait(timeout=10)
        try:
            allocate(case, to, by, instead_of=seen)
            came.append("done")
        except RuleBroken as broken:
            came.append(broken.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=give, args=pair) for pair in [(dan, lena), (lena, maya)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(came) == ["changed_meanwhile", "done"]
    assert len(ownership(case)) == 2


@pytest.mark.parametrize("people", [1, 3])
def test_queries_do_not_grow_with_the_people_told(
    case, dan, lena, people, django_assert_num_queries
):
    for number in range(people):
        related(case, f"Person{number} Okafor")
    with django_assert_num_queries(18):
        allocate(case, dan, lena)
