"""The cast and the policy that most tests share."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pgtrigger
import pytest
from django.core.cache import cache
from django.core.management.commands.flush import Command as Flush
from django.test import Client

from accounts.models import Role, Team, User
from cases.policy_actions import load_urgent_reasons
from clocks.policy_actions import load_policy
from clocks.working_time import WorkingCalendar
from tests.factories import TeamFactory, UserFactory


@pytest.fixture(autouse=True, scope="session")
def _flush_past_append_only_triggers() -> Iterator[None]:
    """Emptying tables between tests is the one TRUNCATE that the database has to allow."""
    flush = Flush.handle

    def flush_with_triggers_off(self: Flush, **options: Any) -> None:
        with pgtrigger.ignore():
            flush(self, **options)
        # The cache's table belongs to no app, so the flush leaves lock-outs behind.
        cache.clear()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flush, "handle", flush_with_triggers_off)
        yield


@pytest.fixture
def policy(db: None) -> None:
    """Standards, opening hours, bank holidays and urgent reasons as shipped."""
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    load_urgent_reasons()


@pytest.fixture
def calendar(policy: None) -> WorkingCalendar:
    from clocks.calendars import council_calendar

    return council_calendar()


@pytest.fixture
def north(db: None) -> Team:
    """The north team, led by Lena."""
    team = TeamFactory.create(name="North team")
    team.lead = UserFactory.create(
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
    return UserFactory.create(
        email="cora@wexmoor.example.org", full_name="Cora Hill", role=Role.COORDINATOR, team=north
    )


@pytest.fixture
def asif(db: None) -> User:
    """A Customer Service Centre adviser."""
    return UserFactory.create(
        email="asif@wexmoor.example.org",
        full_name="Asif Rahman",
        role=Role.CSC_ADVISER,
        team=None,
    )


@pytest.fixture
def oscar(db: None) -> User:
    """A coordinator of another team: the outsider."""
    return UserFactory.create(email="oscar@wexmoor.example.org", full_name="Oscar Pine")


@pytest.fixture
def as_person(client: Client):
    """The test client signed in as someone."""

    def sign_in(user: User) -> Client:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
