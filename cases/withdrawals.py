"""What ends with a formal matter that was none: what apps above have begun about it.

An app that stands on this one (the stages of complaints) cannot be asked from here: it adds what
it ends when it is loaded, as it adds its objections (docs/decisions/0017).
"""

from collections.abc import Callable
from datetime import datetime

from accounts.models import User
from cases.models import FormalMatter

# Ends what is open, with the reason; True when it was not over. The contact's and the matter's
# rows are held. May refuse with RuleBroken.
Ending = Callable[[FormalMatter, str, User, datetime], bool]
_endings: list[Ending] = []


def add_ending(ending: Ending) -> None:
    """Called by an app when it is loaded; a second call with the same one adds nothing."""
    if ending not in _endings:
        _endings.append(ending)


def end_above(matter: FormalMatter, reason: str, by: User, now: datetime) -> bool:
    """Have every app above end what it has of ``matter``; whether anything went on there."""
    ended = [ending(matter, reason, by, now) for ending in _endings]
    return any(ended)
