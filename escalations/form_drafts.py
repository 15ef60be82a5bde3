"""Forms that are being filled in: kept on our side, in the sender's own anonymous session.

Nothing of them is in an address or a cookie. Each form has an id of its own, so that two tabs
with two children never mix; whoever has no such session learns nothing from the id. Answers are
dropped once the form is sent, and some hours after the last of them was typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.sessions.backends.base import SessionBase

KEY = "concerns"
LASTS = timedelta(hours=4)
# Of what was begun and sent in one browser; what was sent goes first.
MOST = 20


@dataclass
class Draft:
    """One form. ``kept`` are its answers by field, ``done`` the pages that were answered.

    ``wrong`` is what was typed last and could not be taken: the page and its fields, shown with
    what is wrong until it is put right. ``sent`` is what the last page says, once it is sent;
    ``saved`` True when only the last
    answer could be saved of a form that had gone. ``touched_at`` is aware.
    """

    form: UUID
    touched_at: datetime
    kept: dict[str, Any] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    wrong: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, Any] | None = None
    saved: bool = False

    @classmethod
    def read(cls, form: str, stored: dict[str, Any]) -> "Draft":
        touched_at = datetime.fromisoformat(stored["touched_at"])
        return cls(**{**stored, "form": UUID(form), "touched_at": touched_at})

    def stored(self) -> dict[str, Any]:
        """As a session keeps it."""
        return {
            "touched_at": self.touched_at.isoformat(),
            "kept": self.kept,
            "done": self.done,
            "wrong": self.wrong,
            "sent": self.sent,
            "saved": self.saved,
        }


def begin(session: SessionBase, now: datetime, *, saved: bool = False) -> Draft:
    """A new, empty form."""
    draft = Draft(form=uuid4(), touched_at=now, saved=saved)
    _write(session, [*_all(session, now), draft])
    return draft


def find(session: SessionBase, form: UUID, now: datetime) -> Draft | None:
    """The form with this id, while its answers are kept."""
    return next((draft for draft in _all(session, now) if draft.form == form), None)


def unfinished(session: SessionBase, now: datetime) -> Sequence[Draft]:
    """What was begun and neither sent nor deleted, the latest first."""
    begun = [draft for draft in _all(session, now) if not draft.sent and draft.done]
    return sorted(begun, key=lambda draft: draft.touched_at, reverse=True)


def sent_since(session: SessionBase, since: datetime, now: datetime) -> int:
    """How many were sent from this browser since then."""
    return sum(bool(draft.sent) and draft.touched_at >= since for draft in _all(session, now))


def save(session: SessionBase, draft: Draft, now: datetime) -> None:
    draft.touched_at = now
    others = [other for other in _all(session, now) if other.form != draft.form]
    _write(session, [*others, draft])


def finish(session: SessionBase, draft: Draft, sent: dict[str, Any], now: datetime) -> None:
    """It is sent: what was typed is with us, and nothing of it stays in the session."""
    draft.kept, draft.done, draft.wrong, draft.sent = {}, [], {}, sent
    save(session, draft, now)


def forget(session: SessionBase, form: UUID, now: datetime) -> None:
    """Delete what was typed, for whoever shares the machine."""
    _write(session, [draft for draft in _all(session, now) if draft.form != form])


def _all(session: SessionBase, now: datetime) -> list[Draft]:
    found = [Draft.read(form, stored) for form, stored in session.get(KEY, {}).items()]
    return [draft for draft in found if now - draft.touched_at < LASTS]


def _write(session: SessionBase, drafts: list[Draft]) -> None:
    kept = sorted(drafts, key=lambda draft: (draft.sent is None, draft.touched_at))[-MOST:]
    session[KEY] = {str(draft.form): draft.stored() for draft in kept}
