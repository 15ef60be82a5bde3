"""How fast a caseload loads: ``python -m benchmarks.import_cases [ROWS]``.

Works in a database of its own on a throw-away PostgreSQL, or beside the one that DATABASE_URL
names, and drops it at the end. The rows are made with a fixed seed, so that two runs load the
same file.
"""

import csv
import io
import random
import sys
import time
from datetime import UTC, date, datetime, timedelta

from benchmarks.database import database_of_its_own, servers

ROWS = 13_000
SEED = 20261208
NOW = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
TEAMS = ["North team", "South team", "East team", "West team", "Post-16 team"]
OWNERS = 60
ESTABLISHMENTS = 400

Row = dict[str, object]


def main(rows: int) -> None:
    with servers(), database_of_its_own("benchmark_import_cases"):
        measure(rows)


def measure(rows: int) -> None:
    make_staff()
    made = make_rows(rows)
    load("first import", made)
    load("the same file again", made)
    for row in made[::10]:
        row["next_step_on"] = "2027-04-30"
    load("one row in ten changed", made)
    for row in made:
        row["primary_need"] = "Reworded"
        row["known_as"] = "Reworded"
    load("every row changed", made)


def make_staff() -> None:
    from accounts.models import Role, Team, User

    teams = Team.objects.bulk_create(Team(name=name) for name in TEAMS)
    User.objects.bulk_create(
        User(
            email=f"owner{number}@example.org",
            full_name=f"Owner {number}",
            role=Role.COORDINATOR,
            team=teams[number % len(teams)],
        )
        for number in range(OWNERS)
    )


def make_rows(count: int) -> list[Row]:
    chance = random.Random(SEED)
    return [make_row(number, chance) for number in range(count)]


def make_row(number: int, chance: random.Random) -> Row:
    from cases.caseload_columns import upn_check_letter

    born = date(2004, 1, 1) + timedelta(days=chance.randrange(365 * 17))
    rest = f"999{number:09d}"
    school = chance.randrange(ESTABLISHMENTS)
    return {
        "local_id": f"B-{number:06d}",
        "given_name": chance.choice(["Rowan", "Isla", "Tomasz", "Amara", "Oisín", "Zofia"]),
        "family_name": f"{chance.choice(['Ash', 'Brack', 'Dun', 'Fern'])}{chance.randrange(999)}",
        "known_as": chance.choice(["", "", "Sam"]),
        "date_of_birth": born.isoformat(),
        "sex": chance.choice("FM"),
        "upn": upn_check_letter(rest) + rest,
        "postcode": f"ZZ99 {chance.randrange(10)}AA",
        "status": chance.choice(["plan", "plan", "plan", "assessment", "request"]),
        "owner_email": f"owner{chance.randrange(OWNERS)}@example.org",
        "team": chance.choice(TEAMS),
        "establishment_urn": 990000 + school,
        "establishment_name": f"School {school}",
        "establishment_kind": "primary",
        "primary_need": chance.choice(["Autistic spectrum disorder", "Hearing impairment"]),
        "plan_issued_on": (born + timedelta(days=1500)).isoformat(),
        "next_step": "Annual review",
        "next_step_on": "2027-03-01",
    }


def load(title: str, rows: list[Row]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from cases.import_actions import Choices, import_caseload

    data = as_csv(rows)
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        done = import_caseload(data=data, source="benchmark", choices=Choices(), by=None, now=NOW)
    seconds = time.perf_counter() - started
    assert done.loaded, done.caseload.all_faults()[:5]
    print(
        f"{title}: {len(rows):,} rows in {seconds:.2f} s, {len(rows) / seconds:,.0f} rows/s, "
        f"{len(queries)} queries ({done.created:,} created, {done.changed:,} changed, "
        f"{done.unchanged:,} unchanged)"
    )


def as_csv(rows: list[Row]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
