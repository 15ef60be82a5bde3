"""Who and what else the tests of cases need."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper


@pytest.fixture
def elsewhere(db: None) -> Iterator[BaseDatabaseWrapper]:
    """A second connection to the test's database, as another import would have."""
    other = connection.copy()
    yield other
    other.close()
