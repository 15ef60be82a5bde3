import csv
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.errors import RuleBroken
from accounts.models import User
from cases.caseload import FAULTS_COLUMN, Caseload, Fault
from cases.caseload_columns import columns_as_markdown
from cases.import_actions import Choices, Imported, import_caseload

# Read whole into memory; a council's caseload is a few megabytes.
MOST_BYTES = 200_000_000
# Where nobody watches, progress is worth a line only now and then.
QUIET_SECONDS = 10


class Command(BaseCommand):
    help = "Load a caseload from a CSV file, by local id. Nothing is loaded if a row is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="the CSV file")
        parser.add_argument(
            "--columns", action="store_true", help="print the columns a file may have, and stop"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="do everything, then undo it and say what it was"
        )
        parser.add_argument(
            "--skip-bad", action="store_true", help="load the good rows and list the wrong ones"
        )
        parser.add_argument(
            "--create-teams", action="store_true", help="create teams that do not exist yet"
        )
        parser.add_argument(
            "--errors", type=Path, metavar="FILE", help="write the wrong rows, with reasons, here"
        )
        parser.add_argument("--encoding", default="", help="for example cp1252; UTF-8 is tried")
        parser.add_argument("--by", metavar="EMAIL", help="the member of staff who asked for it")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["columns"]:
            self.stdout.write(columns_as_markdown())
            return
        if options["file"] is None:
            raise CommandError("Say which file to load: import_cases FILE.csv")
        file = Path(options["file"])
        errors = Path(options["errors"]) if options["errors"] else None
        data = _read(file)
        if errors:
            _prepare_to_write(errors, file)
        choices = Choices(
            skip_bad=options["skip_bad"],
            create_teams=options["create_teams"],
            dry_run=options["dry_run"],
            encoding=options["encoding"],
        )
        started = time.monotonic()
        imported = self._import(data, file.name, choices, _member_of_staff(options["by"]))
        self._list_faults(imported.caseload)
        if errors:
            self._write_errors(errors, imported.caseload)
        self._sum_up(imported, choices, time.monotonic() - started)

    def _import(self, data: bytes, source: str, choices: Choices, by: User | None) -> Imported:
        progress = _Progress(self)
        try:
            return import_caseload(
                data=data,
                source=source,
                choices=choices,
                by=by,
                now=timezone.now(),
                progress=progress.tell,
            )
        except RuleBroken as broken:
            raise CommandError(broken.message) from broken
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing was loaded.", returncode=130) from None

    def _list_faults(self, caseload: Caseload) -> None:
        if caseload.note:
            self.stderr.write(caseload.note, self.style.WARNING)
        for fault in caseload.all_faults():
            self.stderr.write(str(fault), str)

    def _write_errors(self, path: Path, caseload: Caseload) -> None:
        bad = [row for row in caseload.rows if row.faults]
        # The mark at the beginning tells spreadsheets that this is UTF-8.
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            old = _places_of_old_faults(caseload)
            writer.writerow([FAULTS_COLUMN, *_without(caseload.header, old)])
            for row in bad:
                writer.writerow([_in_words(row.faults), *_without(row.cells, old)])
        self.stderr.write(f"Wrote {_rows(len(bad))} to {path}.", str)

    def _sum_up(self, imported: Imported, choices: Choices, seconds: float) -> None:
        """Raises CommandError, so that the exit status tells of it, when a row was refused."""
        rows = len(imported.caseload.rows)
        if not imported.loaded:
            raise CommandError(_why_nothing(imported, rows))
        self.stdout.write(
            f"{'Dry run, nothing was kept. ' if choices.dry_run else ''}"
            f"Read {_rows(rows)} in {seconds:.1f} seconds: {_counts(imported, choices.dry_run)}."
        )
        for line in _details(imported, choices.dry_run):
            self.stdout.write(line)
        if imported.refused:
            raise CommandError(
                f"Refused {_rows(imported.refused)} of {rows:,}; the reasons are above."
            )


class _Progress:
    """Progress lines: each one for a person who watches, now and then for a log."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._every = 0 if sys.stderr.isatty() else QUIET_SECONDS
        self._last = time.monotonic()

    def tell(self, stage: str, done: int, total: int) -> None:
        if time.monotonic() - self._last < self._every:
            return
        self._last = time.monotonic()
        self._command.stderr.write(f"{stage} {done:,} of {total:,} rows", str)


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise CommandError(f"{file} is larger than {MOST_BYTES:,} bytes: split it.")
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"Cannot read {file}: {error.strerror}.") from error


def _prepare_to_write(errors: Path, file: Path) -> None:
    """Find out before the import, not after it, whether the wrong rows can be written."""
    if errors.exists() and errors.samefile(file):
        raise CommandError("--errors would overwrite the file that is being loaded.")
    try:
        errors.open("a").close()
    except OSError as error:
        raise CommandError(f"Cannot write {errors}: {error.strerror}.") from error


def _member_of_staff(email: str | None) -> User | None:
    if not email:
        return None
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise CommandError(f"No active member of staff signs in as {email}.")
    return user


def _places_of_old_faults(caseload: Caseload) -> set[int]:
    """Where a file that came from --errors keeps its old faults."""
    return {place for place, name in enumerate(caseload.columns) if name == FAULTS_COLUMN}


def _without(cells: list[str], places: set[int]) -> list[str]:
    return [cell for place, cell in enumerate(cells) if place not in places]


def _in_words(faults: list[Fault]) -> str:
    return " ".join(str(fault) for fault in faults)


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"


def _why_nothing(imported: Imported, rows: int) -> str:
    if imported.caseload.faults:
        return "Nothing was loaded: the file cannot be used as it is."
    return (
        f"Nothing was loaded, because of {_rows(imported.refused)} of {rows:,}. Mend the file, "
        "or load the others with --skip-bad."
    )


def _counts(imported: Imported, dry_run: bool) -> str:
    would = "would be " if dry_run else ""
    return (
        f"{imported.created:,} {would}created, {imported.changed:,} {would}changed, "
        f"{imported.unchanged:,} unchanged, {imported.refused:,} refused"
    )


def _details(imported: Imported, dry_run: bool) -> list[str]:
    lines = []
    if imported.changes:
        counts = (f"{name} {count:,}" for name, count in sorted(imported.changes.items()))
        lines.append(f"Changed fields: {', '.join(counts)}.")
    new = "Would be new" if dry_run else "New"
    if imported.teams:
        lines.append(
            f"{new} teams: {', '.join(imported.teams)}. Give each a lead, who answers for cases "
            "that nobody owns."
        )
    if imported.establishments:
        lines.append(f"{new} establishments: {imported.establishments:,}.")
    return lines
