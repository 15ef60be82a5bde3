"""``import_cases``: a caseload file in, all of it or nothing."""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pghistory.models
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import RuleBroken
from accounts.models import Role, Team
from cases.caseload_columns import COLUMNS, columns_as_markdown, upn_check_letter
from cases.import_actions import LOCK_NAME, Choices, Imported, import_caseload
from cases.models import Case, Establishment, Involvement, Person
from clocks.models import Clock
from tests.factories import (
    CaseFactory,
    ContactFactory,
    EstablishmentFactory,
    PersonFactory,
    TeamFactory,
    UserFactory,
)

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "docs" / "samples" / "caseload.csv"
NOW = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
UPN = "A123456789012"
OTHER_UPN = upn_check_letter("999000000001") + "999000000001"


def row(local_id: str = "P1", **cells: Any) -> dict[str, Any]:
    """A good row of the north team; keywords add columns or change cells."""
    return {
        "local_id": local_id,
        "given_name": "Rowan",
        "family_name": "Ashdown",
        "date_of_birth": "2014-02-28",
        "status": "plan",
        "team": "North team",
    } | cells


def without(cells: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: cell for name, cell in cells.items() if name not in names}


def as_csv(*rows: dict[str, Any]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def load(*rows: dict[str, Any], by=None, **choices: Any) -> Imported:
    return import_caseload(
        data=as_csv(*rows), source="test.csv", choices=Choices(**choices), by=by, now=NOW
    )


def counts(imported: Imported) -> tuple[int, int, int, int]:
    return imported.created, imported.changed, imported.unchanged, imported.refused


def faults(imported: Imported) -> list[str]:
    return [str(fault) for fault in imported.caseload.all_faults()]


def history() -> list[tuple[str, str]]:
    """Which tables have history rows, and of what kind."""
    events = pghistory.models.Events.objects.order_by("pgh_created_at")
    return [(event.pgh_obj_model, event.pgh_label) for event in events]


def nothing_was_written() -> bool:
    return not (Person.objects.exists() or Case.objects.exists() or Establishment.objects.exists())


# --- Creating ---------------------------------------------------------------------------------


def test_new_row_makes_a_person_and_a_case(north, cora):
    school = EstablishmentFactory()
    imported = load(
        row(
            known_as="Ro",
            sex="Male",
            upn=UPN.lower(),
            postcode="zz993wz",
            owner_email="CORA@wexmoor.example.org",
            establishment_urn=school.urn,
            primary_need="Hearing impairment",
            plan_issued_on="14/06/2019",
            next_step="Annual review",
            next_step_on="2027-03-01",
        )
    )
    assert faults(imported) == []
    assert counts(imported) == (1, 0, 0, 0)
    case = Case.objects.select_related("person").get()
    assert case.reference == f"EHC-{case.pk:06d}"
    assert (case.status, case.owner, case.team, case.establishment) == (
        Case.Status.PLAN,
        cora,
        north,
        school,
    )
    assert (case.primary_need, case.plan_issued_on) == ("Hearing impairment", date(2019, 6, 14))
    assert (case.next_step, case.next_step_on) == ("Annual review", date(2027, 3, 1))
    person = case.person
    assert (person.given_name, person.known_as, person.family_name) == ("Rowan", "Ro", "Ashdown")
    assert (person.sex, person.upn, person.postcode) == ("M", UPN, "ZZ99 3WZ")
    assert person.date_of_birth == date(2014, 2, 28)
    assert history() == []


def test_person_without_a_case_gets_one(north):
    person = PersonFactory(local_id="P1", given_name="Rowan", family_name="Ashdown")
    assert counts(load(row())) == (1, 0, 0, 0)
    assert Case.objects.get().person == person


def test_team_comes_from_the_owner(north, cora):
    load(
        without(row(owner_email=cora.email), "team"),
        without(row("P2", owner_email=cora.email), "team"),
    )
    load(row("P3", owner_email=cora.email, team=""))
    assert [case.team for case in Case.objects.all()] == [north] * 3


def test_new_row_without_any_team(north):
    UserFactory(email="head@example.org", role=Role.SENIOR_MANAGER, team=None)
    imported = load(
        row(owner_email="head@example.org", team=""), row("P2", owner_email="", team="")
    )
    assert faults(imported) == [
        "Line 2, team: this cannot be empty unless the case has an owner who belongs to a team.",
        "Line 3, team: this cannot be empty unless the case has an owner who belongs to a team.",
    ]


def test_missing_teams_are_made_when_asked(north):
    imported = load(
        row(), row("P2", team="East team"), row("P3", team="EAST TEAM"), create_teams=True
    )
    assert (imported.teams, counts(imported)) == (["East team"], (3, 0, 0, 0))
    assert set(Team.objects.values_list("name", flat=True)) == {"North team", "East team"}


def test_missing_establishment_is_made_from_its_description(north):
    described = {
        "establishment_urn": "990001",
        "establishment_name": "Larkmead School",
        "establishment_kind": "Special school",
    }
    imported = load(row(**described), row("P2", **described))
    assert (imported.establishments, counts(imported)) == (1, (2, 0, 0, 0))
    school = Establishment.objects.get()
    assert (school.urn, school.name, school.kind) == (990001, "Larkmead School", "special")
    assert {case.establishment for case in Case.objects.all()} == {school}


def test_establishment_may_be_described_on_a_later_row(north):
    described = {"establishment_name": "Larkmead School", "establishment_kind": "primary"}
    imported = load(
        row(establishment_urn="990001", **dict.fromkeys(described, "")),
        row("P2", establishment_urn="990001", **described),
    )
    assert (faults(imported), imported.establishments) == ([], 1)


def test_known_establishment_is_left_as_it_is(north):
    school = EstablishmentFactory(name="Thornley School", kind="primary")
    load(
        row(
            establishment_urn=school.urn,
            establishment_name="Another name",
            establishment_kind="college",
        )
    )
    school.refresh_from_db()
    assert (school.name, school.kind) == ("Thornley School", "primary")


# --- Changing ---------------------------------------------------------------------------------


def test_only_what_changed_is_written_and_kept_in_history(north):
    load(row(next_step="Annual review"), row("P2", next_step=""))
    imported = load(row(next_step="Annual review"), row("P2", next_step="Phase transfer"))
    assert (counts(imported), dict(imported.changes)) == ((0, 1, 1, 0), {"next_step": 1})
    assert history() == [("cases.Case", "update")]
    event = pghistory.models.Events.objects.get()
    assert event.pgh_obj_id == str(Case.objects.get(person__local_id="P2").pk)
    assert event.pgh_context == {"source": "import_cases", "file": "test.csv", "user": None}


def test_history_names_who_asked(north, lena):
    load(row())
    load(row(given_name="Robin"), by=lena)
    event = pghistory.models.Events.objects.get()
    assert (event.pgh_obj_model, event.pgh_context["user"]) == ("cases.Person", lena.pk)


def test_unchanged_file_writes_nothing(north):
    rows = [row(f"P{number}", next_step="Annual review") for number in range(3)]
    load(*rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(xmin::text || ctid::text ORDER BY id) FROM cases_case")
        before = cursor.fetchone()
        assert counts(load(*rows)) == (0, 0, 3, 0)
        cursor.execute("SELECT array_agg(xmin::text || ctid::text ORDER BY id) FROM cases_case")
        assert cursor.fetchone() == before
    assert history() == []


def test_absent_column_leaves_the_field_and_empty_cell_clears_it(north, cora):
    school = EstablishmentFactory()
    full = row(
        known_as="Ro",
        owner_email=cora.email,
        establishment_urn=school.urn,
        next_step="Annual review",
        next_step_on="2027-03-01",
    )
    load(full)
    load(row())
    case = Case.objects.select_related("person").get()
    assert (case.person.known_as, case.owner, case.establishment) == ("Ro", cora, school)
    assert (case.next_step, case.next_step_on) == ("Annual review", date(2027, 3, 1))
    names = ("known_as", "owner_email", "establishment_urn", "next_step", "next_step_on")
    load(full | dict.fromkeys(names, ""))
    case = Case.objects.select_related("person").get()
    assert (case.person.known_as, case.owner, case.establishment) == ("", None, None)
    assert (case.next_step, case.next_step_on) == ("", None)


def test_case_stays_in_its_team_when_neither_team_nor_owner_is_given(north, cora):
    load(row(owner_email=cora.email))
    assert faults(load(without(row(owner_email=""), "team"))) == []
    case = Case.objects.get()
    assert (case.owner, case.team) == (None, north)


def test_contradiction_with_what_the_case_has_already(north):
    load(
        row(next_step="Annual review", next_step_on="2027-03-01"),
        row("P2", next_step="", next_step_on=""),
    )
    assert faults(load(row(next_step=""), row("P2", next_step=""))) == [
        "Line 2, next_step_on: there is a date but no next step."
    ]
    assert faults(load(row("P2", next_step_on="2027-03-01"))) == [
        "Line 2, next_step_on: there is a date but no next step."
    ]


def test_birth_moved_past_the_plan_already_issued(north):
    load(row(plan_issued_on="2019-06-14"))
    assert faults(load(row(date_of_birth="2019-06-15"))) == [
        "Line 2, plan_issued_on: the plan was issued on 14/06/2019, before the birth on 15/06/2019."
    ]


def test_running_promise_stays_with_who_made_it(north, cora, policy):
    case = CaseFactory(owner=cora, team=north)
    person = case.person
    contact = ContactFactory(case=case)
    other = UserFactory(email="other@example.org", team=north)
    imported = load(
        row(
            person.local_id,
            given_name=person.given_name,
            family_name=person.family_name,
            date_of_birth=person.date_of_birth.isoformat(),
            owner_email="other@example.org",
        )
    )
    assert dict(imported.changes) == {"owner": 1}
    case.refresh_from_db()
    assert case.owner == other
    assert Clock.objects.get(pk=contact.clock.pk).owner == cora


def owned_as_involved() -> list[str]:
    """Cases whose owner is not the one whose involvement runs; there must be none."""
    running = dict(
        Involvement.objects.filter(role="owner", ended_on=None).values_list("case_id", "worker_id")
    )
    cases = Case.objects.values_list("pk", "reference", "owner_id")
    return [reference for pk, reference, owner in cases if running.get(pk) != owner]


@pytest.mark.rule("H37")
def test_an_owner_comes_with_the_involvement_that_says_so(north, cora):
    load(row(owner_email=cora.email), row("P2", owner_email=""))

    [involvement] = Involvement.objects.all()
    assert (involvement.case.owner, involvement.worker, involvement.team) == (cora, cora, north)
    assert (involvement.started_on, involvement.ended_on) == (date(2026, 12, 8), None)
    assert owned_as_involved() == []


@pytest.mark.rule("H37")
def test_another_owner_begins_on_the_day_the_first_one_ends(north, cora):
    other = UserFactory(email="other@example.org", team=north)
    load(row(owner_email=cora.email))
    Involvement.objects.update(started_on=date(2026, 9, 1))

    load(row(owner_email=other.email))
    load(row(owner_email=other.email, next_step="Annual review"))

    assert list(
        Involvement.objects.order_by("id").values_list("worker", "started_on", "ended_on")
    ) == [
        (cora.pk, date(2026, 9, 1), date(2026, 12, 8)),
        (other.pk, date(2026, 12, 8), None),
    ]
    assert owned_as_involved() == []


@pytest.mark.rule("H37")
@pytest.mark.rule("E21")
def test_another_team_begins_another_involvement_of_the_same_owner(north, cora):
    south = TeamFactory(name="South team")
    load(row(owner_email=cora.email))

    load(row(owner_email=cora.email, team="South team"))

    involvements = Involvement.objects.order_by("id")
    assert [(one.worker, one.team) for one in involvements] == [(cora, north), (cora, south)]
    assert owned_as_involved() == []


@pytest.mark.rule("H37")
def test_an_owner_taken_away_leaves_an_ended_involvement_and_a_case_in_the_list(north, cora):
    load(row(owner_email=cora.email))
    load(row(owner_email=""))

    assert Involvement.objects.get().ended_on == date(2026, 12, 8)
    assert [case.owner for case in Case.objects.without_owner()] == [None]
    assert owned_as_involved() == []


def test_an_involvement_that_begins_after_the_import_leaves_no_gap_and_no_overlap(north, cora):
    other = UserFactory(email="other@example.org", team=north)
    load(row(owner_email=cora.email))
    Involvement.objects.update(started_on=date(2026, 12, 10))

    load(row(owner_email=other.email))

    assert list(
        Involvement.objects.order_by("id").values_list("worker", "started_on", "ended_on")
    ) == [
        (cora.pk, date(2026, 12, 10), date(2026, 12, 10)),
        (other.pk, date(2026, 12, 10), None),
    ]


# --- Refusing ---------------------------------------------------------------------------------


def test_wrong_row_keeps_all_of_the_file_out(north):
    imported = load(row(), row("P2", date_of_birth="31/02/2014", team="Nroth team"))
    assert (imported.loaded, imported.refused) == (False, 1)
    assert faults(imported) == [
        'Line 3, date_of_birth: "31/02/2014" is not a real date.',
        'Line 3, team: there is no team "Nroth team". Did you mean "North team"?',
    ]
    assert nothing_was_written()


def test_skip_bad_loads_the_good_rows(north):
    described = {"establishment_name": "Larkmead School", "establishment_kind": "primary"}
    imported = load(
        row(establishment_urn="990001", **described),
        row("P2", status="open", team="East team", establishment_urn="990002", **described),
        row("P3", establishment_urn="", establishment_name="", establishment_kind=""),
        skip_bad=True,
        create_teams=True,
    )
    assert counts(imported) == (2, 0, 0, 1)
    assert set(Person.objects.values_list("local_id", flat=True)) == {"P1", "P3"}
    # What only the refused row named is not made either.
    assert list(Team.objects.values_list("name", flat=True)) == ["North team"]
    assert list(Establishment.objects.values_list("urn", flat=True)) == [990001]


def test_skip_bad_cannot_help_a_faulty_file(north):
    imported = import_caseload(
        data=as_csv(row()) + b'P2,"never closed',
        source="test.csv",
        choices=Choices(skip_bad=True),
        by=None,
        now=NOW,
    )
    assert not imported.loaded
    assert nothing_was_written()


def test_owner_must_be_active_staff_who_hold_cases(north, asif):
    UserFactory(email="left@example.org", is_active=False)
    assert faults(
        load(
            row(owner_email="left@example.org"),
            row("P2", owner_email="asif@wexmoor.example.org"),
            row("P3", owner_email="nobody@example.org"),
        )
    ) == [
        'Line 2, owner_email: the account of "left@example.org" is closed.',
        'Line 3, owner_email: "asif@wexmoor.example.org" cannot own a case: their role is '
        "Customer Service Centre adviser.",
        'Line 4, owner_email: no member of staff signs in as "nobody@example.org".',
    ]


def test_establishment_that_nobody_knows(north):
    assert faults(load(row(establishment_urn="990001"))) == [
        "Line 2, establishment_urn: no establishment has the URN 990001. To create it, give "
        "establishment_name and establishment_kind."
    ]


def test_establishment_described_in_two_ways(north):
    described = {"establishment_urn": "990001", "establishment_kind": "primary"}
    assert faults(
        load(
            row(establishment_name="Larkmead School", **described),
            row("P2", establishment_name="Larkmeed School", **described),
            row("P3", **(described | {"establishment_urn": "", "establishment_name": "Hollin"})),
        )
    ) == [
        'Line 3, establishment_name: "Larkmeed School" is not what line 2 says of 990001: '
        '"Larkmead School".',
        "Line 4, establishment_urn: there is an establishment_name but no URN.",
    ]


def test_upn_of_another_person(north):
    load(row(upn=UPN))
    imported = load(row("P2", upn=UPN))
    assert faults(imported) == [
        f'Line 2, upn: "{UPN}" is the UPN of another person, local id "P1".'
    ]


def test_upn_may_move_within_one_file(north):
    load(row(upn=UPN), row("P2", upn=OTHER_UPN))
    imported = load(row(upn=OTHER_UPN), row("P2", upn=UPN))
    assert (faults(imported), counts(imported)) == ([], (0, 2, 0, 0))


def test_upn_does_not_move_from_a_refused_row(north):
    """P1 does not give its UPN up, so P2 cannot take it, so P3 cannot take P2's."""
    load(row(upn=UPN), row("P2", upn=OTHER_UPN), row("P3", upn=""))
    imported = load(
        row("P3", upn=OTHER_UPN), row("P2", upn=UPN), row(upn="", status="open"), skip_bad=True
    )
    assert [(fault.line, fault.column) for fault in imported.caseload.all_faults()] == [
        (2, "upn"),
        (3, "upn"),
        (4, "status"),
    ]
    assert sorted(Person.objects.values_list("local_id", "upn")) == [
        ("P1", UPN),
        ("P2", OTHER_UPN),
        ("P3", ""),
    ]


def test_dry_run_says_what_would_happen_and_keeps_nothing(north):
    load(row())
    imported = load(
        row(status="ceased"),
        row("P2", team="East team"),
        create_teams=True,
        dry_run=True,
    )
    assert (counts(imported), imported.teams) == ((1, 1, 0, 0), ["East team"])
    assert Case.objects.get().status == "plan"
    assert list(Team.objects.values_list("name", flat=True)) == ["North team"]
    assert history() == []


def test_log_has_the_counts_and_no_names(north, caplog):
    with caplog.at_level("INFO", logger="cases.import_actions"):
        load(row(), row("P2", status="open"), skip_bad=True)
    [record] = caplog.records
    assert {name: value for name, value in record.msg.items() if not name.startswith("_")} == {
        "event": "caseload_imported",
        "level": "info",
        "logger": "cases.import_actions",
        "timestamp": record.msg["timestamp"],
        "file": "test.csv",
        "by": None,
        "dry_run": False,
        "loaded": True,
        "rows": 2,
        "created": 1,
        "changed": 0,
        "unchanged": 0,
        "refused": 1,
    }


def test_progress_is_told_after_every_batch(north):
    told = []
    import_caseload(
        data=as_csv(*[row(f"P{number}") for number in range(1001)]),
        source="test.csv",
        choices=Choices(),
        by=None,
        now=NOW,
        progress=lambda *progress: told.append(progress),
    )
    assert told == [
        ("Checked", 1000, 1001),
        ("Checked", 1001, 1001),
        ("Saved", 1000, 1001),
        ("Saved", 1001, 1001),
    ]
    assert Case.objects.values("reference").distinct().count() == 1001


# --- Cost, and two at once --------------------------------------------------------------------


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


@pytest.fixture
def elsewhere(db: None) -> Iterator[BaseDatabaseWrapper]:
    """A second connection to the test's database, as another import would have."""
    other = connection.copy()
    yield other
    other.close()


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


# --- Any text at all --------------------------------------------------------------------------

GOOD_ROW = row(
    known_as="",
    sex="F",
    upn="",
    postcode="ZZ99 3WZ",
    owner_email="cora@wexmoor.example.org",
    establishment_urn="990001",
    establishment_name="Larkmead School",
    establishment_kind="primary",
    primary_need="Hearing impairment",
    plan_issued_on="14/06/2019",
    next_step="Annual review",
    next_step_on="2027-03-01",
)
# Cells that are right somewhere, and anything at all.
CELLS = st.sampled_from(["", "P1", "2014-02-28", "31/02/2014", "plan", UPN, "990002", "x" * 10_000])
SPOILT = st.dictionaries(st.sampled_from(list(GOOD_ROW)), CELLS | st.text(max_size=60), max_size=3)
# Up to four good rows, two of which may be about one person, with a few cells overwritten.
ROWS = st.lists(
    st.builds(
        lambda number, spoilt: GOOD_ROW | {"local_id": f"P{number}"} | spoilt,
        st.integers(0, 9),
        SPOILT,
    ),
    min_size=1,
    max_size=4,
)


# Each example is rolled back, so that it does not matter that they share the fixture.
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, create_teams=st.booleans())
def test_any_cells_load_or_say_what_is_wrong(rows, create_teams, cora):
    with transaction.atomic():
        imported = load(*rows, create_teams=create_teams, skip_bad=True)
        caseload = imported.caseload
        assert imported.loaded or [str(fault) for fault in caseload.faults] == [
            "Line 1: there are no rows below the column names."
        ]
        assert all(fault.line > 1 and fault.reason for row in caseload.rows for fault in row.faults)
        good = len(caseload.rows) - imported.refused
        assert Case.objects.count() == good
        if good:
            again = load(*rows, create_teams=create_teams, skip_bad=True)
            assert again.unchanged == good
        transaction.set_rollback(True)


# --- The command ------------------------------------------------------------------------------


def written(tmp_path: Path, *rows: dict[str, Any]) -> str:
    file = tmp_path / "caseload.csv"
    file.write_bytes(as_csv(*rows))
    return str(file)


def test_sample_imports_on_an_empty_portal(policy, capsys):
    call_command("import_cases", str(SAMPLE), create_teams=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(": 12 created, 0 changed, 0 unchanged, 0 refused.")
    assert lines[1].startswith("New teams: North team, Post-16 team, South team. ")
    assert lines[2] == "New establishments: 7."
    assert (Person.objects.count(), Case.objects.count()) == (12, 12)
    assert Person.objects.get(local_id="W-200105").given_name == "Oisín"
    call_command("import_cases", str(SAMPLE))
    [line] = capsys.readouterr().out.splitlines()
    assert line.endswith(": 0 created, 0 changed, 12 unchanged, 0 refused.")


def test_sample_has_every_column():
    with SAMPLE.open(encoding="utf-8") as file:
        assert next(csv.reader(file)) == [column.name for column in COLUMNS]


def test_round_trip_of_the_sample(policy):
    """What was loaded, written out again as a caseload, changes nothing."""
    call_command("import_cases", str(SAMPLE), create_teams=True, verbosity=0)
    written_out = [
        row(
            case.person.local_id,
            given_name=case.person.given_name,
            family_name=case.person.family_name,
            known_as=case.person.known_as,
            date_of_birth=f"{case.person.date_of_birth:%d/%m/%Y}",
            sex=case.person.get_sex_display(),
            upn=case.person.upn,
            postcode=case.person.postcode,
            status=case.get_status_display(),
            owner_email="",
            team=case.team.name,
            establishment_urn=case.establishment.urn if case.establishment else "",
            primary_need=case.primary_need,
            plan_issued_on=f"{case.plan_issued_on:%d/%m/%Y}" if case.plan_issued_on else "",
            next_step=case.next_step,
            next_step_on=case.next_step_on or "",
        )
        for case in Case.objects.with_people()
    ]
    assert counts(load(*written_out)) == (0, 0, 12, 0)


def test_documented_columns_are_the_real_ones(capsys):
    document = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    table = document.partition("<!-- columns -->\n")[2].partition("\n<!-- end of columns -->")[0]
    assert table == columns_as_markdown()
    call_command("import_cases", columns=True)
    assert capsys.readouterr().out == columns_as_markdown() + "\n"


def test_example_of_each_column_is_good():
    for column in COLUMNS:
        column.read(column.example)


def test_command_refuses_with_reasons_and_status(north, tmp_path, capsys):
    file = written(tmp_path, row(), row("P2", date_of_birth="31/02/2014"))
    with pytest.raises(CommandError) as caught:
        call_command("import_cases", file)
    assert str(caught.value) == (
        "Nothing was loaded, because of 1 row of 2. Mend the file, or load the others with "
        "--skip-bad."
    )
    assert caught.value.returncode == 1
    assert 'Line 3, date_of_birth: "31/02/2014" is not a real date.' in capsys.readouterr().err
    assert nothing_was_written()


def test_command_skips_bad_rows_and_still_tells_by_its_status(north, tmp_path, capsys):
    file = written(tmp_path, row(), row("P2", date_of_birth="31/02/2014"))
    with pytest.raises(CommandError, match=r"^Refused 1 row of 2; the reasons are above\.$"):
        call_command("import_cases", file, skip_bad=True)
    assert capsys.readouterr().out.endswith(": 1 created, 0 changed, 0 unchanged, 1 refused.\n")
    assert Case.objects.count() == 1


def test_command_dry_run(north, tmp_path, capsys):
    call_command("import_cases", written(tmp_path, row()), dry_run=True)
    out = capsys.readouterr().out
    assert out.startswith("Dry run, nothing was kept. Read 1 row in ")
    assert out.endswith(": 1 would be created, 0 would be changed, 0 unchanged, 0 refused.\n")
    assert nothing_was_written()


def test_errors_file_can_be_mended_and_loaded(north, tmp_path):
    file = written(tmp_path, row(given_name="Zoë"), row("P2", given_name="Zoë", status="open"))
    errors = tmp_path / "errors.csv"
    with pytest.raises(CommandError):
        call_command("import_cases", file, skip_bad=True, errors=str(errors))
    with errors.open(encoding="utf-8-sig", newline="") as opened:
        [bad] = csv.DictReader(opened)
    assert bad.pop("import_faults").startswith('Line 3, status: "open" is not one of request')
    assert bad == row("P2", given_name="Zoë", status="open")
    errors.write_text(errors.read_text(encoding="utf-8-sig").replace(",open,", ",plan,"), "utf-8")
    again = tmp_path / "again.csv"
    call_command("import_cases", str(errors), errors=str(again))
    assert Case.objects.count() == 2
    # The old reasons are not carried along.
    assert again.read_text(encoding="utf-8-sig").splitlines() == [
        "import_faults," + ",".join(row())
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "Say which file to load: import_cases FILE.csv"),
        (["absent.csv"], "Cannot read absent.csv: No such file or directory."),
        (["."], "Cannot read .: Is a directory."),
        (["c.csv", "--errors", "./c.csv"], "--errors would overwrite the file that is being"),
        (["c.csv", "--by", "no@example.org"], "No active member of staff signs in as no@example"),
        (["c.csv", "--errors", "no/e.csv"], "Cannot write no/e.csv: No such file or directory."),
    ],
)
def test_command_cannot_start(db, tmp_path, monkeypatch, arguments, reason):
    monkeypatch.chdir(tmp_path)
    written_to = tmp_path / "c.csv"
    written_to.write_bytes(as_csv(row()))
    with pytest.raises(CommandError) as caught:
        call_command("import_cases", *arguments)
    assert str(caught.value).startswith(reason)


def test_command_says_that_another_import_runs(elsewhere, north, tmp_path):
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [LOCK_NAME])
    with pytest.raises(CommandError, match="Another import is running"):
        call_command("import_cases", written(tmp_path, row()))
