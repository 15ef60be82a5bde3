"""A PostgreSQL for a benchmark: throw-away, unless DATABASE_URL names one; never anybody's data."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO

import django

from dev.embedded import throw_away_servers


@contextmanager
def servers() -> Iterator[None]:
    """Servers, and Django set up on them."""
    started = throw_away_servers()
    try:
        os.environ |= started.env | {
            "PORTAL_MODE": "test",
            "DJANGO_SETTINGS_MODULE": "send_portal.settings",
        }
        django.setup()
        yield
    finally:
        started.stop()


@contextmanager
def database_of_its_own(name: str) -> Iterator[None]:
    """An empty, migrated database beside the one that is named, dropped at the end."""
    from django.db import connection

    connection.settings_dict["TEST"]["NAME"] = name
    original = connection.settings_dict["NAME"]
    with redirect_stdout(StringIO()):
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(original, verbosity=0)
