"""``import_cases``: the command, the sample that comes with it and its documented columns."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cases.caseload_columns import COLUMNS, columns_as_markdown
from cases.import_actions import LOCK_NAME
from cases.models import Case, Person
from tests.cases.caseload_files import ROOT, as_csv, counts, load, nothing_was_written, row

SAMPLE = ROOT / "docs" / "samples" / "caseload.csv"


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
