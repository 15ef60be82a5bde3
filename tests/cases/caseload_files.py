"""Rows of a caseload and short ways to load them, for the tests of the import."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pghistory.models

from cases.caseload_columns import upn_check_letter
from cases.import_actions import Choices, Imported, import_caseload
from cases.models import Case, Establishment, Involvement, Person

ROOT = Path(__file__).resolve().parents[2]
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


def owned_as_involved() -> list[str]:
    """Cases whose owner is not the one whose involvement runs; there must be none."""
    running = dict(
        Involvement.objects.filter(role="owner", ended_on=None).values_list("case_id", "worker_id")
    )
    cases = Case.objects.values_list("pk", "reference", "owner_id")
    return [reference for pk, reference, owner in cases if running.get(pk) != owner]
