"""Others who work on a case for a time, side by side with its owner."""

from datetime import date
from typing import Any

import pytest

from accounts.errors import RuleBroken
from accounts.models import Role
from cases.involvement_actions import add_involvement, end_involvement
from cases.models import Involvement
from tests.cases.owning import NOW, SINCE, TODAY, owned
from tests.factories import CaseFactory, UserFactory


@pytest.fixture
def case(policy, cora):
    """A case that Cora has owned since September."""
    made = CaseFactory(reference="EHC-000042", owner=cora)
    owned(made)
    return made


def add(case, worker, by, **changes) -> Involvement:
    given: dict[str, Any] = {
        "role": Involvement.Role.PLACEMENT,
        "started_on": TODAY,
        "ended_on": None,
        "now": NOW,
    }
    return add_involvement(case=case, worker=worker, by=by, **given | changes)


@pytest.mark.rule("H37")
def test_several_people_work_on_a_case_at_once(case, cora, dan, oscar, north):
    add(case, dan, cora)
    add(case, oscar, cora, role=Involvement.Role.OTHER)

    current = Involvement.objects.filter(case=case).current(TODAY).order_by("pk")
    assert [(one.worker, one.role, one.team) for one in current] == [
        (cora, "owner", north),
        (dan, "placement", north),
        (oscar, "other", oscar.team),
    ]


def test_the_same_part_twice_is_one_and_another_time_of_it_is_refused(case, cora, dan):
    first = add(case, dan, cora)

    assert add(case, dan, cora) == first
    with pytest.raises(RuleBroken, match="already has this part from Wednesday 4 November 2026"):
        add(case, dan, cora, started_on=date(2026, 11, 9))


@pytest.mark.rule("H37")
def test_an_involvement_ends_and_another_may_follow(case, cora, dan):
    first = add(case, dan, cora, started_on=SINCE)
    end_involvement(involvement=first, on=TODAY, by=cora, now=NOW)

    assert not Involvement.objects.filter(worker=dan).current(TODAY).exists()
    assert add(case, dan, cora).pk != first.pk


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"role": Involvement.Role.OWNER}, "owner_by_allocation"),
        ({"ended_on": date(2026, 11, 3)}, "backwards"),
        ({"by_role": Role.AUDITOR}, "may_not_keep"),
        ({"by_role": Role.CSC_ADVISER}, "may_not_keep"),
        ({"worker_role": Role.ADMINISTRATOR}, "may_not_work"),
    ],
)
def test_an_involvement_that_cannot_be_is_refused(case, north, changes, code):
    by = UserFactory(role=changes.pop("by_role", Role.COORDINATOR), team=north)
    worker = UserFactory(role=changes.pop("worker_role", Role.COORDINATOR))
    with pytest.raises(RuleBroken) as broken:
        add(case, worker, by, **changes)

    assert broken.value.code == code


def test_an_owner_is_not_ended_without_a_next_one(case, cora):
    with pytest.raises(RuleBroken) as broken:
        end_involvement(involvement=Involvement.objects.get(), on=TODAY, by=cora, now=NOW)

    assert broken.value.code == "owner_by_allocation"


def test_what_ended_earlier_is_not_ended_later(case, cora, dan):
    first = add(case, dan, cora, started_on=SINCE, ended_on=date(2026, 10, 1))
    with pytest.raises(RuleBroken, match="ended on Thursday 1 October 2026 already"):
        end_involvement(involvement=first, on=TODAY, by=cora, now=NOW)
