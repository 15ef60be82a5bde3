"""Streaming rows into tables with PostgreSQL's COPY."""

import csv
from collections.abc import Iterable, Iterator, Sequence
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
    """One table that rows are streamed into. ``row`` is a named tuple of its columns."""

    def __init__(self, model: type[Model], row: type[Any]) -> None:
        self.model = model
        self.ids: Iterator[int] = count(first_free_id(model))
        self.written = 0
        self.waiting = 0
        self._copy = _copy_statement(model, row._fields)
        self._start()

    def next_id(self) -> int:
        """The id that the next row gets."""
        following = next(self.ids)
        self.ids = count(following)
        return following

    def go_on_after(self, last: int) -> None:
        """Count the rows up to the id ``last``, written by others, as written."""
        self.written += max(0, last + 1 - self.next_id())
        self.ids = count(max(last + 1, self.next_id()))

    def _start(self) -> None:
        self._text = StringIO()
        self.add_line = csv.writer(self._text, lineterminator="\n").writerow
        self.waiting = 0

    def add(self, row: tuple[Any, ...]) -> None:
        self.add_line(row)
        self.waiting += 1

    def flush(self) -> None:
        """Write the rows that wait."""
        if not self.waiting:
            return
        self._text.seek(0)
        with connection.cursor() as cursor:
            cursor.copy_expert(self._copy, self._text)
        self.written += self.waiting
        self._start()


def hand_over(tables: Sequence[Table]) -> None:
    """Write what waits, and let the portal's own rows follow it."""
    flush(tables)
    following = [(table.model._meta.db_table, table.next_id()) for table in tables]
    calls = ", ".join(["setval(pg_get_serial_sequence(%s, 'id'), %s, false)"] * len(tables))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", [value for pair in following for value in pair])


def take_back(tables: Sequence[Table]) -> None:
    """Go on after rows that the portal itself has written."""
    largest = ", ".join(
        f"(SELECT max(id) FROM {table.model._meta.db_table})"  # noqa: S608
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {largest}")
        found = cursor.fetchone()
    for table, last in zip(tables, found, strict=True):
        table.go_on_after(last or 0)


def flush(tables: Iterable[Table]) -> None:
    """Write what waits, in the order given."""
    for table in tables:
        table.flush()


def _copy_statement(model: type[Model], columns: tuple[str, ...]) -> str:
    """CSV does not tell an empty text from NULL, so say which columns are never NULL."""
    quote = connection.ops.quote_name
    null = {field.attname: field.null for field in model._meta.concrete_fields}
    never_null = ", ".join(quote(column) for column in columns if not null[column])
    return (
        f"COPY {quote(model._meta.db_table)} ({', '.join(map(quote, columns))}) "
        f"FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({never_null}))"
    )


def continue_sequence(model: type[Model]) -> None:
    """Let the next row made in the portal follow the largest id there is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)",
            [model._meta.db_table, first_free_id(model)],
        )


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
