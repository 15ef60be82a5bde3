"""What changed in a record, field by field, from the rows that the database keeps of before."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models

from accounts.models import User
from clocks.wording import day_in_words

MOST_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field of one change. ``by`` is empty when no member of staff made it (an import)."""

    field: str
    label: str
    before: str
    after: str
    by: str
    at: datetime


@dataclass(frozen=True)
class _Step:
    """One field that differs between an event's row and the one after it."""

    field: "models.Field[Any, Any]"
    before: Any
    after: Any
    event: Any


def what_changed(rows: Iterable[models.Model], *, most: int = MOST_SHOWN) -> list[Change]:
    """The latest changes of ``rows``, newest first.

    The number of queries depends on the tables that the changed fields point at, never on how
    many changes there were.
    """
    steps = [step for row in rows for step in _steps(row, most)]
    steps.sort(key=lambda step: step.event.pgh_created_at, reverse=True)
    return _in_words(steps[:most])


def last_change(row: models.Model, field: str) -> tuple[str, str, str]:
    """What ``field`` is called, what it is now and who changed it last."""
    steps = [step for step in _steps(row, 50) if step.field.name == field]
    if not steps:
        return field.replace("_", " "), "different", "Somebody else"
    change = _in_words(steps[:1])[0]
    return change.label, f"“{change.after}”", change.by or "Somebody else"


def _steps(row: Any, most: int) -> list[_Step]:
    """The events hold the row as it was before; what it became is in the next one."""
    found = []
    after = row
    for event in row.events.select_related("pgh_context").order_by("-pgh_id")[:most]:
        for field in _tracked(row, event):
            old, new = getattr(event, field.attname), getattr(after, field.attname)
            if old != new:
                found.append(_Step(field, old, new, event))
        after = event
    return found


def _tracked(row: Any, event: Any) -> "list[models.Field[Any, Any]]":
    """Columns that the database works out are not in the events."""
    return [field for field in row._meta.concrete_fields if hasattr(event, field.attname)]


def _in_words(steps: Sequence[_Step]) -> list[Change]:
    people = User.objects.in_bulk({key for step in steps if (key := _actor(step.event))})
    names = _names_of_related(steps)
    return [
        Change(
            field=step.field.name,
            label=str(step.field.verbose_name),
            before=_value_in_words(step.field, step.before, names),
            after=_value_in_words(step.field, step.after, names),
            by=str(people.get(_actor(step.event) or 0, "")),
            at=step.event.pgh_created_at,
        )
        for step in steps
    ]


def _actor(event: Any) -> int | None:
    return event.pgh_context.metadata.get("user") if event.pgh_context else None


def _names_of_related(steps: Sequence[_Step]) -> dict[tuple[type[models.Model], Any], str]:
    """What the changed foreign keys point at, one query for each table."""
    keys: dict[type[models.Model], set[Any]] = defaultdict(set)
    for step in steps:
        if related := _related(step.field):
            keys[related] |= {step.before, step.after} - {None}
    return {
        (related, key): str(row)
        for related, wanted in keys.items()
        for key, row in related._default_manager.in_bulk(wanted).items()
    }


def _related(field: Any) -> type[models.Model] | None:
    return field.related_model if field.is_relation else None


def _value_in_words(field: Any, value: Any, names: dict[Any, str]) -> str:
    if value in (None, "", []):
        return "nothing"
    if related := _related(field):
        return names.get((related, value), "something that is gone")
    if isinstance(value, list):
        labels = dict(field.base_field.flatchoices)
        return ", ".join(str(labels.get(item, item)) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return day_in_words(value)
    return str(dict(field.flatchoices).get(value, value))
