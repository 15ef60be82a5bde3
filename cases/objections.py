"""Why a contact may not be struck, joined, closed or passed on: what apps above would lose by it.

An app that stands on this one (concerns taken further) cannot be asked from here: it adds its
objection when it is loaded, as it adds its panels (docs/decisions/0017).
"""

from collections.abc import Callable
from enum import Enum, auto

from accounts.errors import RuleBroken
from cases.models import Contact


class Act(Enum):
    STRIKE = auto()
    JOIN = auto()
    CLOSE = auto()
    PASS_ON = auto()


# Words for whoever tries; none when nothing would be lost. The contact's row is held.
Objection = Callable[[Contact, Act], str]
_objections: list[Objection] = []


def add_objection(objection: Objection) -> None:
    """Called by an app when it is loaded; a second call with the same one adds nothing."""
    if objection not in _objections:
        _objections.append(objection)


def refuse_objected(contact: Contact, act: Act) -> None:
    """Raises RuleBroken (``in_hand``) with the words of whichever app objects first."""
    words = (objection(contact, act) for objection in _objections)
    if objected := next(filter(None, words), ""):
        raise RuleBroken(objected, "in_hand")
