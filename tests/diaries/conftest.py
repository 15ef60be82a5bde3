"""Who else the diaries' tests need."""

import pytest

from accounts.models import Role, Team, User
from tests.factories import UserFactory


@pytest.fixture
def bea(north: Team) -> User:
    """Business support of the north team."""
    return UserFactory.create(full_name="Bea Frost", role=Role.BUSINESS_SUPPORT, team=north)


@pytest.fixture
def mira(db: None) -> User:
    """A senior manager."""
    return UserFactory.create(full_name="Mira Stone", role=Role.SENIOR_MANAGER, team=None)


@pytest.fixture
def ada(db: None) -> User:
    """An administrator."""
    return UserFactory.create(full_name="Ada Lunn", role=Role.ADMINISTRATOR, team=None)
