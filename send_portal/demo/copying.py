"""Streaming rows into tables with PostgreSQL's COPY."""

from collections.abc import Iterator
from io import StringIO
from itertools import count
from typing import Any

from django.db import connection
from django.db.models import Max, Model


def first_free_id(model: type[Model]) -> int:
    """The id after the largest in use: the same for every load into an empty table.

    The sequence itself will not do, because a load that was killed may have left it further on.
    """
    largest = model._default_manager.aggregate(largest=Max("pk"))["largest"]
    return int(largest or 0) + 1


class Table:
    """One table that rows are streamed into. ``row`` names its columns."""

    def __init__(self, model: type[Model], row: type[Any]) -> None:
        self.model = model
        self.columns = row._fields
        self.ids: Iterator[int] = count(first_free_id(model))
        self.written = 0
        self._lines: list[str] = []

    def __len__(self) -> int:
        """Rows that wait to be written."""
        return len(self._lines)

    def add(self, row: tuple[Any, ...]) -> None:
        self._lines.append("\t".join(map(_cell, row)))

    def flush(self) -> None:
        if not self._lines:
            return
        text = StringIO("\n".join(self._lines) + "\n")
        quoted = [connection.ops.quote_name(name) for name in self.columns]
        with connection.cursor() as cursor:
            cursor.copy_expert(
                f"COPY {self._name()} ({', '.join(quoted)}) FROM STDIN",
                text,
            )
        self.written += len(self._lines)
        self._lines.clear()

    def _name(self) -> str:
        return connection.ops.quote_name(self.model._meta.db_table)


# The backslash comes first: the others bring one along.
ESCAPES = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        for character, escaped in ESCAPES:
            value = value.replace(character, escaped)
        return value
    return str(value)


def advance_sequence(model: type[Model]) -> None:
    """Let the next row made in the portal get the id after the largest one."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        sequence = cursor.fetchone()[0]
        # Never back: an id that was once given out is not given out again.
        cursor.execute(
            f"SELECT setval(%s, greatest((SELECT max(id) FROM {table}), "  # noqa: S608
            f"(SELECT last_value FROM {sequence})))",
            [sequence],
        )
