"""Who owes something about a child to the apps above: a restriction hides none of it from them.

An app that stands on this one (concerns taken further) cannot be asked from here: it adds its
promises when it is loaded, as it adds its objections (cases.objections).
"""

from collections.abc import Callable, Iterable, Sequence

from cases.models import Case

# The ids of the staff who have something open about the child of these records.
Owing = Callable[[Sequence[Case]], Iterable[int]]
_owing: list[Owing] = []


def add_owing(owing: Owing) -> None:
    """Called by an app when it is loaded; a second call with the same one adds nothing."""
    if owing not in _owing:
        _owing.append(owing)


def owing_above(records: Sequence[Case]) -> set[int]:
    """The ids of all staff who owe something in an app above about ``records`` of one child."""
    return {pk for owing in _owing for pk in owing(records)}
