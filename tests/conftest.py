"""The cast and the policy that most tests share."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pgtrigger
import pytest
from django.core.cache import cache
from django.test import Client, TransactionTestCase

from accounts.models import Role, Team, User
from clocks.policy import load_policy
from clocks.working_time import WorkingCalendar
from tests.factories import TeamFactory, UserFactory


@pytest.fixture(autouse=True, scope="session")
def _flush_past_append_only_triggers() -> Iterator[None]:
    """Emptying tables between tests is the one TRUNCATE that the database has to allow."""
    flush = TransactionTestCase._fixture_teardown

    def flush_with_triggers_off(self: TransactionTestCase) -> None:
        with pgtrigger.ignore():
            flush(self)
        # The cache's table belongs to no app, so the flush leaves lock-outs behind.
        cache.clear()

    TransactionTestCase._fixture_teardown = flush_with_triggers_off  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = flush  # type: ignore[method-assign]


@pytest.fixture
def policy(db: None) -> None:
    """Standards, opening hours and bank holidays as shipped."""
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def calendar(policy: None) -> WorkingCalendar:
    from clocks.calendars import council_calendar

    return council_calendar()


@pytest.fixture
def north(db: None) -> Team:
    """The north team, led by Lena."""
    team = TeamFactory(name="North team")
    team.lead = UserFactory(
        email="lena@wexmoor.example.org", full_name="Lena Marsh", role=Role.TEAM_LEAD, team=team
    )
    team.save()
    return team


@pytest.fixture
def lena(north: Team) -> User:
    assert north.lead is not None
    return north.lead


@pytest.fixture
def cora(north: Team) -> User:
    """A coordinator of the north team."""
    return UserFactory(
        email="cora@wexmoor.example.org", full_name="Cora Hill", role=Role.COORDINATOR, team=north
    )


@pytest.fixture
def asif(db: None) -> User:
    """A Customer Service Centre adviser."""
    return UserFactory(
        email="asif@wexmoor.example.org",
        full_name="Asif Rahman",
        role=Role.CSC_ADVISER,
        team=None,
    )


@pytest.fixture
def oscar(db: None) -> User:
    """A coordinator of another team: the outsider."""
    return UserFactory(email="oscar@wexmoor.example.org", full_name="Oscar Pine")


@pytest.fixture
def as_person(client: Client):
    """The test client signed in as someone."""

    def sign_in(user: User) -> Client:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
