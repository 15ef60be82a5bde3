"""What keeps a row, or the whole of a caseload file, out; and what a trial run or the log tells."""

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Team
from cases.import_actions import Choices, import_caseload
from cases.models import Case, Establishment, Person
from tests.cases.caseload_files import (
    NOW,
    OTHER_UPN,
    UPN,
    as_csv,
    counts,
    faults,
    history,
    load,
    nothing_was_written,
    row,
)
from tests.factories import UserFactory

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
