"""What a caseload costs to load, two imports at once, and one that is killed half way."""

import os
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
from django.db import connection

from accounts.errors import RuleBroken
from accounts.models import Team
from cases.caseload_columns import upn_check_letter
from cases.import_actions import LOCK_NAME
from tests.cases.caseload_files import (
    ROOT,
    as_csv,
    load,
    nothing_was_written,
    owned_as_involved,
    row,
)


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_rows(cora, django_assert_num_queries, number):
    new = [
        row(
            f"P{place}",
            owner_email=cora.email,
            upn=upn_check_letter(f"99900000000{place}") + f"99900000000{place}",
            establishment_urn=f"99000{place}",
            establishment_name=f"School {place}",
            establishment_kind="primary",
        )
        for place in range(number)
    ]
    # Savepoint, lock; teams, staff, establishments; people, UPNs; new establishments; ids of
    # people and of cases, people, cases, the owners' involvements; release.
    with django_assert_num_queries(14):
        load(*new)
    changed = [one | {"given_name": "Robin", "status": "ceased"} for one in new]
    # The same with the cases looked up, and without establishments and ids.
    with django_assert_num_queries(11):
        load(*changed)
    # Without the two writes.
    with django_assert_num_queries(9):
        load(*changed)
    # Nobody looked up; the cases, and two for the involvements that end.
    ownerless = [one | {"owner_email": ""} for one in changed]
    with django_assert_num_queries(11):
        load(*ownerless)
    assert owned_as_involved() == []


def test_second_import_at_once_is_told_so(north, elsewhere):
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [LOCK_NAME])
    with pytest.raises(RuleBroken) as caught:
        load(row())
    assert caught.value.code == "import_running"
    assert nothing_was_written()
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [LOCK_NAME])
    assert load(row()).loaded


@pytest.mark.django_db(transaction=True)
def test_killed_import_leaves_nothing(elsewhere, tmp_path):
    """The import is stopped by a lock when people are written and cases are not, then killed."""
    file = tmp_path / "caseload.csv"
    file.write_bytes(as_csv(row(), row("P2")))
    elsewhere.set_autocommit(False)
    with elsewhere.cursor() as cursor:
        cursor.execute("LOCK TABLE cases_case IN SHARE ROW EXCLUSIVE MODE")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "import_cases", str(file), "--create-teams"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": address_of_this_database()},
    )
    try:
        wait_until_blocked()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    elsewhere.rollback()
    wait_until_no_import_runs()
    assert nothing_was_written()
    assert not Team.objects.exists()
    assert load(row(), create_teams=True).loaded


def address_of_this_database() -> str:
    """Where another process finds the test's own database."""
    name = connection.settings_dict["NAME"]
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def wait_until_blocked() -> None:
    waiting = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'cases_case'::regclass"
    )
    wait_for(waiting, 1)


def wait_until_no_import_runs() -> None:
    """The server notices a dead client in its own time."""
    others = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    wait_for(others, 0)


def wait_for(question: str, answer: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(question)
            if cursor.fetchone()[0] == answer:
                return
        time.sleep(0.05)
    raise AssertionError(f"still not {answer}: {question}")
