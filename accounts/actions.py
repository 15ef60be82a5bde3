"""Writes of the accounts app."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import AccessEntry, User


def note_read(*, record: str, by: User, now: datetime, detail: str = "") -> None:
    """Write down that ``by`` read ``record`` (a reference), or a part of it, at ``now`` (aware)."""
    _note(AccessEntry.Kind.READ, [record], by, now, detail)


def note_listed(*, records: Iterable[str], by: User, now: datetime, detail: str = "") -> None:
    """Write down that a list showed ``records`` (references) to ``by``; nothing for none."""
    if shown := sorted(set(records)):
        _note(AccessEntry.Kind.LISTED, shown, by, now, detail)


def note_search(*, text: str, found: Iterable[str], by: User, now: datetime) -> None:
    """Write down that ``by`` searched for ``text`` and was shown ``found`` (H23)."""
    _note(AccessEntry.Kind.SEARCH, sorted(found), by, now, text)


def _note(kind: AccessEntry.Kind, records: list[str], by: User, now: datetime, detail: str) -> None:
    AccessEntry.objects.create(at=now, user=by, kind=kind, records=records, detail=detail[:200])
