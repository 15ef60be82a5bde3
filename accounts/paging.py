"""Pages of a list by key, never by offset: page 1,000 costs what page 1 costs."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
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

    # What else narrows the list, kept from page to page.
    narrowed_by: dict[str, str] = field(default_factory=dict)

    @property
    def next_query(self) -> str:
        """The query string of the next page, "?after=…", or "" when this is the last."""
        if not self.next_key:
            return ""
        return "?" + urlencode(self.narrowed_by | {"after": self.next_key})

    @property
    def first_query(self) -> str:
        return "?" + urlencode(self.narrowed_by) if self.narrowed_by else ""


def page_by_moment(
    rows: "QuerySet[Any]",
    key: str,
    *,
    moment: str,
    tie: str,
    newest_first: bool = False,
    size: int = PAGE_SIZE,
    narrowed_by: dict[str, str] | None = None,
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
    next_key = _write_key(shown[-1], moment, tie) if more else ""
    return Page(shown, next_key, after is None, narrowed_by or {})


def page_by_number(
    rows: "QuerySet[Any]",
    key: str,
    *,
    number: str = "pk",
    newest_first: bool = False,
    size: int = PAGE_SIZE,
) -> Page:
    """The page of ``rows`` after ``key``, ordered by the unique whole number ``number``.

    A key that is empty or not one of ours gives the first page.
    """
    sign, beyond = ("-", "lt") if newest_first else ("", "gt")
    ordered = rows.order_by(f"{sign}{number}")
    after = int(key) if re.fullmatch("[0-9]{1,18}", key) else None
    if after is not None:
        ordered = ordered.filter(**{f"{number}__{beyond}": after})
    found = list(ordered[: size + 1])
    shown = found[:size]
    next_key = str(_follow(shown[-1], number)) if len(found) > size else ""
    return Page(shown, next_key, after is None)


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
        return (at.astimezone(UTC), int(number)) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
