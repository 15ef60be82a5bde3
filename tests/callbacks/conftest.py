"""Who else the tests of callbacks need, the case that most calls are about, and the day."""

from collections.abc import Iterator

import pytest
import time_machine

from accounts.models import Role, Team, User
from callbacks.models import Booking
from cases.models import Case
from tests.callbacks.cast import NOW, booked, hours
from tests.factories import CaseFactory, UserFactory


@pytest.fixture
def on_a_monday() -> Iterator[None]:
    """Time stands still on Monday 2 November 2026, 10am."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(policy: None, cora: User) -> Case:
    """Amara's case, owned by Cora, who rings on Tuesday afternoons."""
    hours(cora)
    return CaseFactory.create(owner=cora, team=cora.team, reference="EHC-000123")


@pytest.fixture
def call(case: Case) -> Booking:
    """A call booked in Cora's first slot: Tuesday 3 November 2026, 2pm."""
    return booked(case)


@pytest.fixture
def dan(north: Team) -> User:
    """Another coordinator of the north team, who covers for Cora."""
    return UserFactory.create(full_name="Dan Reed", team=north)


@pytest.fixture
def mira(db: None) -> User:
    """A senior manager."""
    return UserFactory.create(full_name="Mira Stone", role=Role.SENIOR_MANAGER, team=None)


@pytest.fixture
def ada(db: None) -> User:
    """An administrator."""
    return UserFactory.create(role=Role.ADMINISTRATOR, team=None)


@pytest.fixture
def sam(cora: User) -> User:
    """A colleague of Cora's who rings on Wednesdays."""
    person = UserFactory.create(
        full_name="Sam Reed", email="sam@wexmoor.example.org", team=cora.team
    )
    hours(person, weekday=2)
    return person
