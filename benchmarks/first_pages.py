"""What first pages ask of a county's year: ``python -m benchmarks.first_pages [CONTACTS]``.

Half a million contacts about 23,000 cases of twelve teams, in a database of its own on a
throw-away PostgreSQL, or beside the one that DATABASE_URL names, dropped at the end. Prints the
median of several for each question and the indexes it reads; whole tables of contacts or clocks
may be read by the month's figures only. Exit status 1 when a limit is passed.
"""

import re
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any

from benchmarks.database import database_of_its_own, servers
from benchmarks.enforcement import make_staff

CONTACTS = 500_000
CASES, COUNTY_TEAMS, TEAMS, OWNERS_A_TEAM = 23_000, 12, 153, 19
NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
TODAY = date(2026, 11, 17)
TIMES = 7
PAGE_MS, MONTH_MS = 50.0, 2_000.0

# Contact n came n times 63 seconds (for half a million) after the year began; its clock is n.
# What a day of the year old is open: a third of the last twenty days, and nearly nothing before.
STEPS = [
    """
INSERT INTO cases_person (id, local_id, given_name, family_name, known_as, date_of_birth, sex,
                          upn, postcode)
SELECT n, 'L' || n, 'Given' || n %% 900, 'Family' || n %% 7000, '', date '2014-02-03', '', '', ''
FROM generate_series(1, %(cases)s) AS n
""",
    """
INSERT INTO cases_case (id, reference, person_id, status, owner_id, team_id, primary_need,
                        next_step)
SELECT n, 'EHC-' || lpad(n::text, 6, '0'), n, 'plan', owner.id, owner.team_id, '', ''
FROM generate_series(1, %(cases)s) AS n
JOIN accounts_user AS owner
  ON owner.id = %(first_owner)s + n %% %(county)s + %(teams)s * (n %% %(owners)s)
""",
    """
CREATE TEMPORARY TABLE came AS
SELECT n, 1 + (n::bigint * 7919) %% %(cases)s AS case_id,
       %(now)s - interval '1 second' * ((%(contacts)s - n) * (31536000 / %(contacts)s)) AS at,
       n %% 20 IN (3, 11, 17) AND n > 20 AS chases,
       n %% 3 = 0 AND (%(contacts)s - n)::bigint * 365 / %(contacts)s < 20 OR n %% 500 = 0
       AS is_open
FROM generate_series(1, %(contacts)s) AS n
""",
    """
INSERT INTO clocks_clock (id, standard_id, owner_id, team_id, about, path, received_at,
                          started_at, due_at, state, stopped_at)
SELECT came.n, %(standard)s, own.owner_id, own.team_id, 'E-mail from a parent', '/contacts/',
       came.at, came.at, came.at + interval '14 days',
       CASE WHEN is_open THEN 'running' ELSE 'met' END,
       CASE WHEN NOT is_open THEN came.at + interval '1 day' * (1 + n %% 18) END
FROM came JOIN cases_case AS own ON own.id = came.case_id WHERE NOT chases
""",
    """
INSERT INTO clocks_clock (id, standard_id, owner_id, team_id, about, path, received_at,
                          started_at, due_at, state, stopped_at)
SELECT part.first + came.n, %(standard)s, own.owner_id, own.team_id, part.about, '/contacts/',
       came.at, came.at, came.at + part.takes,
       CASE WHEN came.at + part.takes > %(now)s THEN 'running' ELSE 'met' END,
       CASE WHEN came.at + part.takes <= %(now)s THEN came.at + part.takes END
FROM came JOIN cases_case AS own ON own.id = came.case_id
JOIN (VALUES (%(contacts)s, 20, 1, 'Filing', interval '1 day'),
             (2 * %(contacts)s, 50, 2, 'Complaint', interval '42 days'))
  AS part (first, every, rest, about, takes) ON came.n %% part.every = part.rest
WHERE NOT chases
""",
    """
INSERT INTO clocks_clock (id, standard_id, owner_id, team_id, about, path, received_at,
                          started_at, due_at, state, stopped_at)
SELECT 3 * %(contacts)s + n, standard_id, owner_id, team_id, about, clock.path, received_at,
       started_at, due_at, 'met', due_at
FROM came JOIN clocks_clock AS clock ON clock.id = n WHERE n %% 40 = 5
""",
    """
UPDATE clocks_clock AS clock SET previous_id = 3 * %(contacts)s + clock.id
WHERE clock.id <= %(contacts)s AND clock.id %% 40 = 5
""",
    """
INSERT INTO cases_contact (id, reference, case_id, channel, sender, sender_name, sender_phone,
                           sender_email, message, received_at, logged_at, submission, clock_id,
                           original_id, link, filing_clock_id, urgent_claimed, answer, answer_note)
SELECT n, 'CON-' || lpad(n::text, 7, '0'),
       CASE WHEN filing.state = 'running' THEN NULL ELSE case_id END,
       CASE WHEN n %% 3 = 0 THEN 'telephone' ELSE 'email' END, 'parent', 'Somebody', '', '',
       repeat('They ask when the taxi starts. ', 12), at, at, gen_random_uuid(),
       CASE WHEN NOT chases THEN n END, CASE WHEN chases THEN n - 1 END,
       CASE WHEN chases THEN 'chaser' ELSE '' END, filing.id, n %% 11 = 0, '', ''
FROM came LEFT JOIN clocks_clock AS filing ON filing.id = %(contacts)s + n
""",
    """
INSERT INTO cases_formalmatter (contact_id, category, clock_id, recognised_at, outcome)
SELECT id - 2 * %(contacts)s, 'complaint', id, received_at, ''
FROM clocks_clock WHERE id > 2 * %(contacts)s AND id <= 3 * %(contacts)s
""",
    """
INSERT INTO cases_recipient (contact_id, user_id, kind, position)
SELECT n, %(first_owner)s + (n / 16) %% %(county)s, 'copy', 1 FROM came WHERE n %% 16 = 1
""",
    """
INSERT INTO clocks_clockevent (clock_id, kind, happened_at, recorded_at, reason)
SELECT n, kind, at, at, ''
FROM came JOIN (VALUES ('started', 1), ('met', 1), ('reassigned', 13)) AS found (kind, every)
  ON n %% every = 0
WHERE NOT chases
""",
]


def main(contacts: int) -> int:
    with servers(), database_of_its_own("benchmark_first_pages"):
        begun = perf_counter()
        fill(contacts)
        print(f"{contacts:,} contacts in {perf_counter() - begun:.0f} seconds")
        passed = [measure(name, ask, limit) for name, ask, limit in questions()]
    return 0 if all(passed) else 1


def fill(contacts: int) -> None:
    from django.db import connection

    from clocks.models import Standard
    from clocks.policy_actions import load_policy

    load_policy(now=datetime(2025, 1, 1, tzinfo=UTC))
    figures: dict[str, Any] = {
        "contacts": contacts,
        "cases": CASES,
        "county": COUNTY_TEAMS,
        "teams": TEAMS,
        "owners": OWNERS_A_TEAM,
        "now": NOW,
        "first_owner": make_staff(),
        "standard": Standard.objects.get(code="contact.email").pk,
    }
    with connection.cursor() as cursor:
        for step in STEPS:
            cursor.execute(step, figures)
        cursor.execute("VACUUM ANALYZE")


def questions() -> list[tuple[str, Callable[[], Any], float]]:
    """What is asked, by whom it matters to, and how long it may take."""
    from accounts.models import Role, User
    from cases.models import Contact, FormalMatter, Recipient
    from reports.messages import by_channel, came_in, figures_by_team, month_before, of_team
    from reports.sections import MOST_COPIES, MOST_FORMAL

    owner = User.objects.filter(role=Role.COORDINATOR).order_by("pk")[1]
    manager = User(pk=0, role=Role.SENIOR_MANAGER)
    formal = FormalMatter.objects
    tray = Contact.objects.unfiled_for
    month = month_before(TODAY)

    def first(matters: Any, user: User) -> int:
        return len(matters.unrestricted_for(user)[: MOST_FORMAL + 1])

    def figures(contacts: Any) -> int:
        teams = figures_by_team(contacts, month, NOW)
        assert sum(number for _, number in by_channel(contacts)) > 0
        return sum(team["came_in"] for team in teams)

    team = owner.team_id or 0
    return [
        ("to be filed, coordinator", lambda: tray(owner).count(), PAGE_MS),
        ("to be filed, manager", lambda: tray(manager).count(), PAGE_MS),
        ("filed late, manager", lambda: tray(manager).filed_late(NOW).count(), PAGE_MS),
        ("formal, own", lambda: first(formal.owed_by(owner.pk), owner), PAGE_MS),
        ("formal, team", lambda: first(formal.owed_by_team(team), owner), PAGE_MS),
        ("formal, service", lambda: first(formal.owed(), manager), PAGE_MS),
        (
            "copies",
            lambda: len(Recipient.objects.copied_to(owner).with_answerers()[:MOST_COPIES]),
            PAGE_MS,
        ),
        ("month's figures, team", lambda: figures(of_team(came_in(month), team)), MONTH_MS),
        ("month's figures, service", lambda: figures(came_in(month)), MONTH_MS),
    ]


def measure(name: str, ask: Callable[[], int], limit: float) -> bool:
    """Print the median of several, and what the last one read."""
    taken = []
    for _ in range(TIMES):
        begun = perf_counter()
        found = ask()
        taken.append((perf_counter() - begun) * 1000)
    median = sorted(taken)[TIMES // 2]
    read = reads(ask)
    whole = {"all of cases_contact", "all of clocks_clock"} & read
    print(f"{name:26} {median:8.1f} ms (limit {limit:.0f}), found {found}")
    print(f"{'':26} reads {', '.join(sorted(read))}")
    return median <= limit and (limit == MONTH_MS or not whole)


def reads(ask: Callable[[], int]) -> set[str]:
    """The indexes that PostgreSQL reads for it, and the tables that it reads whole."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        ask()
    plans = ""
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            cursor.execute("EXPLAIN " + query["sql"].replace("%", "%%"), [])
            plans += "\n".join(line for (line,) in cursor.fetchall()) + "\n"
    indexes = re.findall(r"(?:Index (?:Only )?Scan (?:Backward )?using|Index Scan on) (\w+)", plans)
    return set(indexes) | {f"all of {table}" for table in re.findall(r"Seq Scan on (\w+)", plans)}


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else CONTACTS))
