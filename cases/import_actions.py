"""What ``import_cases`` writes: a whole caseload file, or nothing of it.

Beside ``actions.py`` and not in it, because together they would pass 400 lines, and nothing
else shares this code.

1. Read the file (``cases.caseload``): no database, no locks.
2. In one transaction: take the import's advisory lock, lock the rows that the file names, and
   find out for every row what it would create or change.
3. If no row is wrong, or the wrong ones are to be skipped, write: people and cases in batches,
   only those that are new or changed, so that history rows appear only for real changes. A case
   that comes with another owner or team gets the owner's involvement that says so (H37).

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
from cases.import_involvements import follow_owners
from cases.models import Case, Establishment, Person
from clocks.calendars import LONDON

log = structlog.get_logger(__name__)

BATCH = 1000
LOCK_NAME = "cases:import"
# The columns of a case that point at another table; their keys are compared.
RELATIONS = ["owner", "team", "establishment"]

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
            imported = _load(caseload, choices, today, progress)
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
def _load(caseload: Caseload, choices: Choices, today: date, progress: Progress) -> Imported:
    _hold_imports()
    matches = _matched(caseload.rows, choices, progress)
    good = [match for match in matches if not match.row.faults]
    loaded = choices.skip_bad or len(good) == len(matches)
    imported = _counted(caseload, good, loaded)
    if loaded:
        _write([match for match in good if match.writes], today, progress)
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


def _match(row: Row, found: dict[str, tuple[Person, Case | None]], directory: Directory) -> Match:
    match = Match(row, *found.get(row.values.get("local_id", ""), (None, None)))
    if not row.values:
        return match
    match.of_person = _differences(match.person, _values_of(row, PERSON_FIELDS))
    of_case = _values_of(row, CASE_FIELDS) | _related(match, directory)
    match.of_case = _differences(match.case, of_case)
    for column, reason in contradictions(_as_it_would_be(match)):
        row.refuse(column, reason)
    return match


def _values_of(row: Row, names: list[str]) -> dict[str, Any]:
    return {name: row.values[name] for name in names if name in row.values}


def _differences(existing: models.Model | None, values: dict[str, Any]) -> dict[str, Any]:
    """Those of ``values`` that ``existing`` does not have already; all of them for a new one."""
    if existing is None:
        return values
    return {name: value for name, value in values.items() if not _has(existing, name, value)}


def _has(existing: models.Model, name: str, value: Any) -> bool:
    if name not in RELATIONS:
        return bool(getattr(existing, name) == value)
    # Comparing keys spares reading the related row; one that is still unsaved has no key.
    key = getattr(existing, f"{name}_id")
    return key is None if value is None else value.pk is not None and bool(key == value.pk)


def _related(match: Match, directory: Directory) -> dict[str, Any]:
    """The owner, team and establishment of the case, as far as the row says anything of them."""
    row = match.row
    related: dict[str, Any] = {}
    with row.refusing("owner_email"):
        if "owner_email" in row.values:
            related["owner"] = directory.owner(row.values["owner_email"])
    with row.refusing("team"):
        if team := _team(match, related.get("owner"), directory):
            related["team"] = team
    if "establishment_urn" in row.values:
        related["establishment"] = directory.establishment(row)
    return related


def _team(match: Match, owner: User | None, directory: Directory) -> Team | None:
    """The team that is named, or else the owner's; None leaves the case where it is."""
    row = match.row
    if name := row.values.get("team"):
        return directory.team(name)
    if owner and owner.team:
        return owner.team
    if row.is_faulty_in("team") or row.is_faulty_in("owner_email"):
        return None
    if match.case is None or "team" in row.values:
        raise Wrong("this cannot be empty unless the case has an owner who belongs to a team.")
    return None


def _as_it_would_be(match: Match) -> dict[str, Any]:
    """What contradictions can lie between, of the case after the import."""
    values: dict[str, Any] = {"next_step": ""}
    if match.person:
        values |= {"date_of_birth": match.person.date_of_birth}
    if match.case:
        names = ("plan_issued_on", "next_step", "next_step_on")
        values |= {name: getattr(match.case, name) for name in names}
    values |= match.row.values
    return {name: value for name, value in values.items() if not match.row.is_faulty_in(name)}


def _add_holders(holders: dict[str, set[str]], batch: list[Row]) -> None:
    """Add who has the batch's UPNs in the database now: UPN to local ids."""
    people = Person.objects.filter(upn__in=_named(batch, "upn"))
    for upn, local_id in people.values_list("upn", "local_id"):
        holders.setdefault(upn, set()).add(local_id)


def _refuse_taken_upns(matches: list[Match], holders: dict[str, set[str]]) -> None:
    """Refuse the rows whose UPN another person has and does not give up in this same file.

    Repeated until nothing is added: a refused row gives nothing up, which may refuse another.
    """
    rows = {
        match.row.values["local_id"]: match.row
        for match in matches
        if "local_id" in match.row.values
    }
    claims = [row for row in rows.values() if holders.get(row.values.get("upn", ""))]
    while [row for row in claims if _refuse_if_taken(row, holders[row.values["upn"]], rows)]:
        claims = [row for row in claims if not row.is_faulty_in("upn")]


def _refuse_if_taken(row: Row, holders: set[str], rows: dict[str, Row]) -> bool:
    upn = row.values["upn"]
    for holder in sorted(holders - {row.values["local_id"]}):
        other = rows.get(holder)
        gives_up = other and not other.faults and other.values.get("upn", upn) != upn
        if not gives_up:
            row.refuse(
                "upn", f"{shown(upn)} is the UPN of another person, local id {shown(holder)}."
            )
            return True
    return False


# --- Writing ----------------------------------------------------------------------------------


def _write(matches: list[Match], today: date, progress: Progress) -> None:
    Team.objects.bulk_create(_unsaved(matches, "team"))
    Establishment.objects.bulk_create(_unsaved(matches, "establishment"))
    done = 0
    for batch in _batches(matches):
        _write_batch(batch, today)
        done += len(batch)
        progress("Saved", done, len(matches))


def _unsaved(matches: list[Match], relation: str) -> list[Any]:
    """The teams or establishments that these rows need and that do not exist, each once."""
    related = [match.of_case.get(relation) for match in matches]
    return list({id(one): one for one in related if one is not None and one.pk is None}.values())


def _write_batch(batch: list[Match], today: date) -> None:
    """Write new and changed people and cases: a fixed number of queries for any batch."""
    known = {match.case.pk for match in batch if match.case}
    _make_missing(batch)
    people, cases = [], []
    for match in batch:
        if match.person and match.of_person:
            people.append(_with(match.person, match.of_person))
        if match.case and match.of_case:
            cases.append(_with(match.case, match.of_case))
    _upsert(people, PERSON_FIELDS)
    _upsert(cases, [*CASE_FIELDS, *RELATIONS])
    moved = [match.case for match in batch if match.case and {"owner", "team"} & {*match.of_case}]
    follow_owners(
        new=[case for case in moved if case.pk not in known],
        changed=[case for case in moved if case.pk in known],
        on=today,
    )


def _make_missing(batch: list[Match]) -> None:
    """Give new rows a person and a case, with ids: the reference is made of the case's own."""
    without_person = [match for match in batch if match.person is None]
    for match, pk in zip(without_person, _next_ids(Person, len(without_person)), strict=True):
        match.person = Person(pk=pk)
    without_case = [match for match in batch if match.case is None]
    for match, pk in zip(without_case, _next_ids(Case, len(without_case)), strict=True):
        match.case = Case(pk=pk, reference=f"EHC-{pk:06d}", person=match.person)


def _next_ids(model: type[models.Model], count: int) -> list[int]:
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [int(pk) for (pk,) in cursor.fetchall()]


def _with(instance: Model, values: dict[str, Any]) -> Model:
    for name, value in values.items():
        setattr(instance, name, value)
    return instance


def _upsert(instances: list[Model], fields: list[str]) -> None:
    if instances:
        # One statement for new and changed rows. A changed row is a real UPDATE to the
        # history triggers.
        type(instances[0])._default_manager.bulk_create(
            instances, update_conflicts=True, unique_fields=["id"], update_fields=fields
        )
