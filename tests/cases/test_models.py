"""Who may open which case, and finding one."""

from datetime import UTC, datetime

import pytest

from accounts.models import Role
from cases.models import Case, Contact
from clocks.models import Clock, Standard
from tests.factories import CaseFactory, ClockFactory, ContactFactory, UserFactory
from tests.plans import indexes, plans


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.CSC_ADVISER, True),
        (Role.BUSINESS_SUPPORT, False),
        (Role.COORDINATOR, False),
        (Role.PLACEMENT_OFFICER, False),
        (Role.TEAM_LEAD, False),
        (Role.SENIOR_MANAGER, True),
        (Role.RESOLUTION_OFFICER, True),
        (Role.ADMINISTRATOR, False),
        (Role.AUDITOR, True),
    ],
)
def test_a_case_of_another_team_is_visible_to(policy, cora, role, sees):
    contact = ContactFactory(case__owner=cora)
    person = UserFactory(role=role)

    assert Case.objects.visible_to(person).exists() is sees
    assert Contact.objects.visible_to(person).filter(pk=contact.pk).exists() is sees


@pytest.mark.parametrize(
    "role", [Role.BUSINESS_SUPPORT, Role.COORDINATOR, Role.PLACEMENT_OFFICER, Role.TEAM_LEAD]
)
def test_a_case_of_ones_own_team_is_visible(cora, north, role):
    CaseFactory(owner=cora)

    assert Case.objects.visible_to(UserFactory(role=role, team=north)).count() == 1


def test_a_case_is_visible_to_an_owner_in_another_team_and_to_who_still_owes(
    policy, cora, north, oscar
):
    owned = CaseFactory(owner=oscar, team=north)
    owing = ContactFactory(case=CaseFactory(owner=cora), clock__owner=oscar).case

    assert set(Case.objects.visible_to(oscar)) == {owned, owing}


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.BUSINESS_SUPPORT])
def test_a_case_that_moved_stays_visible_to_the_team_that_still_owes_an_answer(
    policy, cora, north, oscar, role
):
    contact = ContactFactory(case__owner=cora)
    case = contact.case
    case.team, case.owner = oscar.team, oscar
    case.save()

    assert list(Case.objects.visible_to(UserFactory(role=role, team=north))) == [case]


def test_a_person_without_a_team_sees_only_their_own(cora):
    CaseFactory(owner=cora)
    loner = UserFactory(team=None)
    mine = CaseFactory(owner=loner, team=cora.team)

    assert list(Case.objects.visible_to(loner)) == [mine]


def test_the_lists_of_what_is_owed_read_their_indexes(policy, cora):
    """Among many of others: of one row every index is as good."""
    ContactFactory(case__owner=cora)
    owners = [UserFactory() for _ in range(5)]
    Clock.objects.bulk_create(
        ClockFactory.build(
            standard=Standard.objects.get(code="contact.telephone"),
            owner=owners[number % 5],
            due_at=datetime(2026, 11, 9, 17, number % 60, tzinfo=UTC),
        )
        for number in range(1000)
    )
    lists = {
        "clock_owed_by": Contact.objects.owed_by(cora.pk)[:50],
        "clock_owed_by_team": Contact.objects.owed_by_team(cora.team_id)[:50],
        "clock_owed": Contact.objects.owed()[:50],
    }
    for index, owed in lists.items():
        with plans(without="sort") as found:
            list(owed)
        assert index in indexes(next(iter(found.values())))
