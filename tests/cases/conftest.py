"""Who and what else the tests of cases need."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.models import Role, Team, User
from tests.factories import UserFactory


@pytest.fixture
def dan(north: Team) -> User:
    """Another coordinator of the north team."""
    return UserFactory.create(
        email="dan@wexmoor.example.org", full_name="Dan Reed", phone="01632 960201", team=north
    )


@pytest.fixture
def maya(db: None) -> User:
    """A senior manager."""
    return UserFactory.create(
        email="maya@wexmoor.example.org",
        full_name="Maya Stone",
        role=Role.SENIOR_MANAGER,
        team=None,
    )


@pytest.fixture
def ruth(db: None) -> User:
    """Another senior manager."""
    return UserFactory.create(
        email="ruth@wexmoor.example.org", full_name="Ruth Vale", role=Role.SENIOR_MANAGER, team=None
    )


@pytest.fixture
def on_a_wednesday() -> Iterator[None]:
    """Time stands still on Wednesday 4 November 2026, 10am."""
    with time_machine.travel(datetime(2026, 11, 4, 10, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def elsewhere(db: None) -> Iterator[BaseDatabaseWrapper]:
    """A second connection to the test's database, as another import would have."""
    other = connection.copy()
    yield other
    other.close()
