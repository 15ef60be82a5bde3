"""What ``import_cases`` writes: a whole caseload file, or nothing of it.

Beside ``actions.py`` and not in it, because together they would pass 400 lines, and nothing
else shares this code.

1. Read the file (``cases.caseload``): no database, no locks.
2. In one transaction: take the import's advisory lock, lock the rows that the file names, and
   find out for every row what it would create or change.
3. If no row is wrong, or the wrong ones are to be skipped, write: people and cases in batches,
   only those that are new or changed, so that history rows appear only for real changes.

An import that is killed at any point leaves nothing, because there is no second transaction.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from typing import Any, TypeVar

import pghistory
import structlog
from django.db import connection, models, transaction

from accounts.errors import RuleBroken
from accounts.models import Team, User
from cases.caseload import Caseload, Row, contradictions, read_caseload
from cases.caseload_columns import CASE_FIELDS, PERSON_FIELDS, Wrong, shown
from cases.import_directory import Directory
from cases.models import Case, Establishment, Person
from clocks.calendars import LONDON

log = structlog.get_logger(__name__)

BATCH = 1000
LOCK_NAME = "cases:import"

Progress = Callable[[str, int, int], None]
Item = TypeVar("Item")
Model = TypeVar("Model", bound=models.Model)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the person who imports has asked for."""

    skip_bad: bool = False
    create_teams: bool = False
    dry_run: bool = False
    encoding: str = ""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What came of a file. ``loaded`` is false when a fault kept all of it out.

    The counts are of good rows; ``changes`` says how many of the changed ones differ in which
    column. The faults are on ``caseload``.
    """

    caseload: Caseload
    loaded: bool
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    teams: list[str] = field(default_factory=list)
    establishments: int = 0
    changes: Counter[str] = field(default_factory=Counter)

    @property
    def refused(self) -> int:
        return sum(bool(row.faults) for row in self.caseload.rows)


@dataclass(slots=True)
class Match:
    """A row beside the person and case it is about; None where they are still to be made."""

    row: Row
    person: Person | None
    case: Case | None
    of_person: dict[str, Any] = field(default_factory=dict)
    of_case: dict[str, Any] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        return self.case is None or bool(self.of_person or self.of_case)


def _silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody is shown."""


def import_caseload(
    *,
    data: bytes,
    source: str,
    choices: Choices,
    by: User | None,
    now: datetime,
    progress: Progress = _silent,
) -> Imported:
    """Load the caseload file ``data``, called ``source``, by local id.

    ``by`` is the member of staff on whose behalf it runs, None when nobody is named; ``now`` is
    aware, and its London date is the one no date of birth may pass. ``progress`` is told the
    stage, the rows done and all rows. Raises RuleBroken (``import_running``).
    """
    today = now.astimezone(LONDON).date()
    caseload = read_caseload(data, today=today, encoding=choices.encoding)
    if caseload.faults:
        imported = Imported(caseload=caseload, loaded=False)
    else:
        with pghistory.context(source="import_cases", file=source, user=by.pk if by else None):
            imported = _load(caseload, choices, progress)
    _note_in_log(imported, source, choices, by)
    return imported


def _note_in_log(imported: Imported, source: str, choices: Choices, by: User | None) -> None:
    log.info(
        "caseload_imported",
        file=source,
        by=by.pk if by else None,
        dry_run=choices.dry_run,
        loaded=imported.loaded,
        rows=len(imported.caseload.rows),
        created=imported.created,
        changed=imported.changed,
        unchanged=imported.unchanged,
        refused=imported.refused,
    )


@transaction.atomic
def _load(caseload: Caseload, choices: Choices, progress: Progress) -> Imported:
    _hold_imports()
    matches = _matched(caseload.rows, choices, progress)
    good = [match for match in matches if not match.row.faults]
    loaded = choices.skip_bad or len(good) == len(matches)
    imported = _counted(caseload, good, loaded)
    if loaded:
        _write([match for match in good if match.writes], progress)
    if choices.dry_run:
        transaction.set_rollback(True)
    return imported


def _hold_imports() -> None:
    """One import at a time; the lock goes with the transaction, however that ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK_NAME])
        if not cursor.fetchone()[0]:
            raise RuleBroken(
                "Another import is running. Wait until it has ended, then start this one again.",
                "import_running",
            )


def _counted(caseload: Caseload, good: list[Match], loaded: bool) -> Imported:
    changed = [match for match in good if match.case is not None and match.writes]
    return Imported(
        caseload=caseload,
        loaded=loaded,
        created=sum(match.case is None for match in good),
        changed=len(changed),
        unchanged=sum(not match.writes for match in good),
        teams=sorted(team.name for team in _unsaved(good, "team")),
        establishments=len(_unsaved(good, "establishment")),
        changes=Counter(
            field for match in changed for field in chain(match.of_person, match.of_case)
        ),
    )


def _batches(items: list[Item]) -> Iterator[list[Item]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


# --- What each row would do -------------------------------------------------------------------


def _matched(rows: list[Row], choices: Choices, progress: Progress) -> list[Match]:
    directory = Directory(rows, create_teams=choices.create_teams)
    matches: list[Match] = []
    holders: dict[str, set[str]] = {}
    for batch in _batches(rows):
        found = _existing(batch)
        matches += [_match(row, found, directory) for row in batch]
        _add_holders(holders, batch)
        progress("Checked", len(matches), len(rows))
    _refuse_taken_upns(matches, holders)
    return matches


def _named(rows: list[Row], column: str) -> list[str]:
    return [value for row in rows if (value := row.values.get(column))]


def _existing(batch: list[Row]) -> dict[str, tuple[Person, Case | None]]:
    """The people of a batch by local id, with their cases, locked until the import ends.

    The lock lets others log contacts of these cases, but not change the cases underneath us.
    """
    people = Person.objects.select_for_update(no_key=True).order_by("pk")
    cases = Case.objects.select_for_update(no_key=True).order_by("pk")
    found = list(people.filter(local_id__in=_named(batch, "local_id")))
    by_person = {case.person_id: case for case in cases.filter(person__in=found)}
    return {person.local_id: (person, by_person.get(person.pk)) for person in found}


def _match(
    row: Row, found: dict[str, tuple[Person, Case | None]], directory: Directory
) -> Match:
    match = Match(row, *found.get(row.values.get("local_id", ""), (None, None)))
    values = row.values
    match.of_person = _differences(match.person, {name: values.get(name) for name in PERSON_FIELDS if name in values})
    of_case = {name: values[name] for name in CASE_FIELDS if name in values}
    of_case |= _relations(match, directory)
    match.of_case = _differences(match.case, of_case)
    for column, reason in contradictions(_as_it_would_be(match)):
        row.refuse(column, reason)
    return match


def _differences(existing: models.Model | None, values: dict[str, Any]) -> dict[str, Any]:
    """Those of ``values`` that ``existing`` does not have already; all of them for a new one."""
    if existing is None:
        return values
    return {name: value for name, value in values.items() if not _has(existing, name, value)}


def _has(existing: models.Model, name: str, value: Any) -> bool:
    if isinstance(value, models.Model):
        # Comparing keys spares reading the related row.
        return bool(getattr(existing, f"{name}_id") == value.pk)
    return bool(getattr(existing, name) == value)
