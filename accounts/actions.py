"""Writes of the accounts app."""

from datetime import datetime

from accounts.models import AccessEntry, User


def note_read(*, record: str, by: User, now: datetime, detail: str = "") -> None:
    """Write down that ``by`` read ``record`` (a reference), or a part of it, at ``now`` (aware)."""
    AccessEntry.objects.create(
        at=now, user=by, kind=AccessEntry.Kind.READ, record=record[:200], detail=detail[:60]
    )


def note_search(*, text: str, by: User, now: datetime) -> None:
    """Write down that ``by`` searched for ``text`` at ``now`` (aware) (H23)."""
    AccessEntry.objects.create(at=now, user=by, kind=AccessEntry.Kind.SEARCH, record=text[:200])
