"""What somebody writes about a matter that an app above has settled goes to whoever had it last.

An app that stands on this one (concerns taken further) cannot be asked from here: it adds how it
keeps such a message when it is loaded, as it adds its promises (docs/decisions/0017).
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from cases.models import Contact
from cases.received import Received


class Keeping(Protocol):
    """Writes ``received`` down for whoever had ``matter``, and tells them.

    None when ``matter`` is not settled there, or the message is not its sender's.
    """

    def __call__(
        self,
        *,
        matter: Contact,
        received: Received,
        submission: UUID,
        now: datetime,
        acknowledge: bool,
    ) -> Contact | None: ...


_keeping: list[Keeping] = []


def add_keeping(keeping: Keeping) -> None:
    """Called by an app when it is loaded; a second call with the same one adds nothing."""
    if keeping not in _keeping:
        _keeping.append(keeping)


def kept_after_settling(
    *, matter: Contact, received: Received, submission: UUID, now: datetime, acknowledge: bool
) -> Contact | None:
    """The contact that ``received`` became after what was settled; None when nothing was (H102).

    ``now`` is aware. ``acknowledge`` is False where an automatic answer must not go (RFC 3834).
    """
    for keep in _keeping:
        if contact := keep(
            matter=matter,
            received=received,
            submission=submission,
            now=now,
            acknowledge=acknowledge,
        ):
            return contact
    return None
