"""The demonstration authority, loaded once a file, on Monday 7 December 2026."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from callbacks.signpost_actions import load_signposts
from cases.policy_actions import load_urgent_reasons
from clocks.policy_actions import load_policy

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """pytest-django makes a database only where a test asks for one; these may run alone."""
    for item in items:
        if item.path.parent == HERE and item.get_closest_marker("django_db") is None:
            item.add_marker(pytest.mark.django_db)


@pytest.fixture(scope="module")
def council(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """A tenth of a council, taken back after the last test of the file."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
        load_urgent_reasons()
        load_signposts()
        call_command("load_demo", today=date(2026, 12, 7), stdout=StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def in_council(council: None) -> Iterator[None]:
    """What a test writes, the next does not find."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
