"""Two people change one record at once: both changes are kept, and nothing typed is lost.

A form carries the values that it was opened with (``shown``). Only what its person changed is
written, so the other's changes of other fields stay. Where both changed one field, the second
is told what it is now, keeps the text, and may press again to put it in its place.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Model

from accounts.errors import RuleBroken

Values = Mapping[str, Any]


class ChangedMeanwhile(RuleBroken):
    """Somebody else changed the same fields; ``now`` is what they hold, as ``plain`` gives it."""

    def __init__(self, message: str, *, field: str, now: dict[str, Any]) -> None:
        super().__init__(message, "changed_meanwhile", field=field)
        self.now = now


def plain(value: Any) -> Any:
    """A value as a form can carry it in JSON, and compare it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple):
        return sorted((plain(item) for item in value), key=str)
    # Browsers send other line ends than the ones we keep, and forms cut the edges.
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


def all_plain(values: Values) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def own_changes(*, shown: Values, wanted: Values, current: Values) -> dict[str, Any]:
    """Those of ``wanted`` that differ from both what was shown and what is there now."""
    return {
        name: value
        for name, value in wanted.items()
        if plain(value) not in (shown.get(name), plain(current[name]))
    }


def collisions(*, shown: Values, mine: Values, current: Values) -> dict[str, Any]:
    """What others have put meanwhile into the fields of ``mine``, as ``plain`` gives it."""
    now = {name: plain(current[name]) for name in mine}
    return {name: value for name, value in now.items() if value != shown.get(name)}
