"""What enforcement costs with a million open clocks: ``python -m benchmarks.enforcement``.

Works in a database of its own on a throw-away PostgreSQL, or beside the one that DATABASE_URL
names, and drops it at the end.

1. A tick that finds nothing due: the time its statements take, as Django waits for them.
2. A tick that finds 10,000 due, beside the bare SQL that marks as many clocks and inserts the
   same events and notices. The rows of the bare SQL are made by a tick that is rolled back, and
   lie ready in tables: it is the least that any program could ask of the database.

The median of many idle ticks, the best of several busy rounds; each round has 10,000 clocks of
its own. Exit status 1 when a limit of the specification is passed.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from time import perf_counter
from typing import Any

from benchmarks.database import database_of_its_own, servers

OPEN = 1_000_000
DUE = 10_000
ROUNDS = 5
IDLE_TICKS = 50
OWNERS, TEAMS = 3_000, 153
NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)

IDLE_LIMIT_MS = 5.0
RATIO_LIMIT = 2.0

# The clocks of each round fall due within one hour, a round an hour; all others much later.
CLOCKS = """
INSERT INTO clocks_clock (standard_id, owner_id, team_id, about, path, received_at, started_at,
                          due_at, warn_at, state)
SELECT %(standard)s, owner.id, owner.team_id, 'Telephone call from a parent or carer',
       '/contacts/CON-' || lpad(n::text, 7, '0') || '/',
       %(now)s - interval '5 days', %(now)s - interval '5 days',
       CASE WHEN n <= %(soon)s
            THEN %(now)s + interval '1 hour' * ((n - 1) / %(due)s) + interval '1 minute' * (n %% 60)
            ELSE %(now)s + interval '10 days' + interval '1 minute' * (n %% 10000) END,
       CASE WHEN n > %(soon)s
            THEN %(now)s + interval '8 days' + interval '1 minute' * (n %% 10000) END,
       'running'
FROM generate_series(1, %(open)s) AS n
JOIN accounts_user AS owner ON owner.id = %(first_owner)s + n %% %(owners)s
"""


def main() -> int:
    with servers(), database_of_its_own("benchmark_enforcement"):
        fill()
        idle = idle_tick()
        ratio = busy_tick()
    return 0 if idle < IDLE_LIMIT_MS and ratio <= RATIO_LIMIT else 1


# --- A million open clocks ------------------------------------------------------------------


def fill() -> None:
    """Teams with leads, their staff, and the clocks; then statistics, as autovacuum would."""
    from django.db import connection

    from clocks.models import Standard
    from clocks.policy_actions import load_policy

    begun = perf_counter()
    load_policy(now=NOW)
    figures: dict[str, Any] = {
        "standard": Standard.objects.get(code="contact.telephone").pk,
        "first_owner": make_staff(),
        "owners": OWNERS,
        "now": NOW,
        "due": DUE,
        # Each round takes two: one for the tick, one for the bare SQL.
        "soon": DUE * 2 * ROUNDS,
        "open": OPEN,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLOCKS, figures)
        cursor.execute("VACUUM ANALYZE")
    print(f"{OPEN:,} open clocks made in {perf_counter() - begun:.0f} seconds")


def make_staff() -> int:
    """Every owner works in a team with a lead who is none of them; the first owner's id."""
    from accounts.models import Role, Team, User

    leads = User.objects.bulk_create(_person(f"lead{n}", Role.TEAM_LEAD) for n in range(TEAMS))
    teams = Team.objects.bulk_create(
        Team(name=f"Team {n}", lead=lead) for n, lead in enumerate(leads)
    )
    owners = User.objects.bulk_create(
        _person(f"owner{n}", Role.COORDINATOR, teams[n % TEAMS]) for n in range(OWNERS)
    )
    return owners[0].pk


def _person(name: str, role: str, team: Any = None) -> Any:
    from accounts.models import User

    return User(email=f"{name}@example.org", full_name=f"Person {name}", role=role, team=team)


# --- Nothing due ----------------------------------------------------------------------------


def idle_tick() -> float:
    """Milliseconds of statements in the median tick that finds nothing due."""
    from clocks.enforcement import tick

    in_database, whole = [], []
    tick(now=NOW)
    for _ in range(IDLE_TICKS):
        with time_of_statements() as statements:
            whole.append(seconds(lambda: tick(now=NOW)))
        in_database.append(sum(statements))
    median = sorted(in_database)[IDLE_TICKS // 2] * 1000
    whole_median = sorted(whole)[IDLE_TICKS // 2] * 1000
    print(
        f"Nothing due: {median:.2f} ms in the database ({len(statements)} statements, limit "
        f"{IDLE_LIMIT_MS:.0f} ms, ratio {median / IDLE_LIMIT_MS:.2f}), {whole_median:.2f} ms in all"
    )
    return median


@contextmanager
def time_of_statements() -> Iterator[list[float]]:
    """The seconds of each statement, from handing it to the driver to having its rows."""
    from django.db import connection

    taken: list[float] = []

    def timed(execute: Callable[..., Any], *words: Any) -> Any:
        begun = perf_counter()
        try:
            return execute(*words)
        finally:
            taken.append(perf_counter() - begun)

    with connection.execute_wrapper(timed):
        yield taken


def seconds(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


# --- 10,000 due -----------------------------------------------------------------------------


def busy_tick() -> float:
    """How many times the bare SQL's time a tick takes; both the best of the rounds."""
    ticks, bares = [], []
    for number in range(ROUNDS):
        now = NOW + timedelta(hours=2 * number + 1)
        ticks.append(timed_tick(now))
        bares.append(timed_bare(now + timedelta(hours=1)))
        print(f"  round {number + 1}: tick {ticks[-1]:.2f} s, bare SQL {bares[-1]:.2f} s")
    ratio = min(ticks) / min(bares)
    print(
        f"{DUE:,} due: tick {min(ticks):.2f} s, bare SQL {min(bares):.2f} s, "
        f"ratio {ratio:.2f} (limit {RATIO_LIMIT:.0f})"
    )
    return ratio


def timed_tick(now: datetime) -> float:
    from clocks.enforcement import tick

    vacuum()
    begun = perf_counter()
    done = tick(now=now)
    taken = perf_counter() - begun
    assert (done.breached, done.warned) == (DUE, 0), done
    return taken


def timed_bare(now: datetime) -> float:
    from clocks.models import Clock

    lay_ready(now)
    vacuum()
    taken = seconds(lambda: bare_sql(now))
    assert not Clock.objects.to_breach(now).exists()
    return taken


def bare_sql(now: datetime) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clocks_clock SET breached_at = %s "
            "WHERE state = 'running' AND breached_at IS NULL AND due_at < %s",
            [now, now],
        )
        assert cursor.rowcount == DUE
        for table, columns in written():
            ready = f"SELECT {columns} FROM ready_{table}"  # noqa: S608 (names of our models)
            cursor.execute(f"INSERT INTO {table} ({columns}) {ready}")


def lay_ready(now: datetime) -> None:
    """Tables of the very rows that a tick at ``now`` would write; the tick itself is undone."""
    from django.db import connection, transaction

    from clocks.enforcement import tick

    kept = [(table, columns, StringIO()) for table, columns in written()]
    with transaction.atomic(), connection.cursor() as cursor:
        before = {table: _last_id(cursor, table) for table, _, _ in kept}
        tick(now=now)
        for table, columns, rows in kept:
            new = f"SELECT {columns} FROM {table} WHERE id > {before[table]}"  # noqa: S608
            cursor.copy_expert(f"COPY ({new}) TO STDOUT", rows)
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        for table, columns, rows in kept:
            cursor.execute(f"DROP TABLE IF EXISTS ready_{table}")
            cursor.execute(f"CREATE TABLE ready_{table} (LIKE {table})")
            cursor.execute(f"ALTER TABLE ready_{table} ALTER id DROP NOT NULL")
            rows.seek(0)
            cursor.copy_expert(f"COPY ready_{table} ({columns}) FROM STDIN", rows)


def written() -> list[tuple[str, str]]:
    """The tables a tick adds rows to, each with its columns; the database numbers the rows."""
    from clocks.models import ClockEvent
    from notices.models import Notice

    return [
        (
            model._meta.db_table,
            ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields[1:]),
        )
        for model in (ClockEvent, Notice)
    ]


def _last_id(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608
    return cursor.fetchone()[0]


def vacuum() -> None:
    """Tidy what the round before left, so that no round pays for another."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE clocks_clock, clocks_clockevent, notices_notice")


if __name__ == "__main__":
    sys.exit(main())
