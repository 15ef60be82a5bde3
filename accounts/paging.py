"""Pages of a list by key, never by offset: page 1,000 costs what page 1 costs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page:
    """The rows of one page and, when there are more, the key to ask for the next with."""

    rows: list[Any]
    next_key: str
    is_first: bool

    @property
    def next_query(self) -> str:
        """The query string of the next page, "?after=…", or "" when this is the last."""
        return "?" + urlencode({"after": self.next_key}) if self.next_key else ""


def page_by_moment(
    rows: "QuerySet[Any]",
    key: str,
    *,
    moment: str,
    tie: str,
    newest_first: bool = False,
    size: int = PAGE_SIZE,
) -> Page:
    """The page of ``rows`` after ``key``, ordered by the fields ``moment`` and then ``tie``.

    ``moment`` names an aware datetime field and ``tie`` a unique whole number; both may follow
    relations. A key that is empty or not one of ours gives the first page.
    """
    sign, beyond = ("-", "lt") if newest_first else ("", "gt")
    ordered = rows.order_by(f"{sign}{moment}", f"{sign}{tie}")
    after = _read_key(key)
    if after:
        at, number = after
        # The first condition is the one the index can start from.
        ordered = ordered.filter(**{f"{moment}__{beyond}e": at}).filter(
            Q(**{f"{moment}__{beyond}": at}) | Q(**{moment: at, f"{tie}__{beyond}": number})
        )
    found = list(ordered[: size + 1])
    shown = found[:size]
    more = len(found) > size
    return Page(shown, _write_key(shown[-1], moment, tie) if more else "", after is None)


def _write_key(row: Any, moment: str, tie: str) -> str:
    return f"{_follow(row, moment).isoformat()}~{_follow(row, tie)}"


def _follow(row: Any, field: str) -> Any:
    for part in field.split("__"):
        row = getattr(row, part)
    return row


def _read_key(key: str) -> tuple[datetime, int] | None:
    moment, _, number = key.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return (at, int(number)) if at.tzinfo else None
    except ValueError:
        return None
