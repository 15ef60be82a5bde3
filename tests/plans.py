"""What PostgreSQL plans for a statement, whichever tests used the same database before.

Rows that were rolled back still take up room in a table and in its indexes, and ANALYZE notes the
number of rows past any rollback. The planner reckons with both, so a test that looks at a plan
has every table written afresh and counted first.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


def write_afresh() -> None:
    """Write each table and its indexes anew, with nothing but the rows there are, and count them.

    Within the test's transaction, whose end undoes it.
    """
    tables = connection.introspection.django_table_names(only_existing=True)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f'CLUSTER "{table}" USING "{table}_pkey"')
            cursor.execute(f'ANALYZE "{table}"')


@contextmanager
def plans(*, without: str = "") -> Iterator[dict[str, str]]:
    """The plan of each SELECT that is asked inside, by the statement with its values.

    Reading whole tables is made dear, as it is in a table of a million rows; ``without`` names
    another way of reading ("sort", "indexscan") to make dear.
    """
    write_afresh()
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        for way in ["seqscan", *without.split()]:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        # Below the wrapper, which would otherwise see its own question.
        plain = cursor.cursor

        def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if re.match(r"\s*(SELECT\b.*\bFROM|WITH)\b", sql, re.DOTALL):
                statement = plain.mogrify(sql, params).decode()
                plain.execute(f"EXPLAIN {statement}")
                found[statement] = "\n".join(row[0] for row in plain.fetchall())
            return execute(sql, params, many, context)

        with connection.execute_wrapper(explain):
            yield found


def indexes(plan: str) -> set[str]:
    """The names of the indexes that a plan reads."""
    return set(re.findall(r"(?:using|Index Scan on) (\w+)", plan))
