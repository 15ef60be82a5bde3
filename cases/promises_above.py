"""What apps above have promised about a matter: its sender waits for that, not for us.

An app that stands on this one (concerns taken further) cannot be asked from here: it adds how it
finds its promise when it is loaded, as it adds its objections (docs/decisions/0017).
"""

from collections.abc import Callable

from cases.models import Contact
from clocks.models import Clock

# The promise that counts for the sender now; None when there is none. The matter's row is held;
# whoever finds it holds what stands between the matter and the clock, before any clock.
Promising = Callable[[Contact], Clock | None]
_promising: list[Promising] = []


def add_promising(promising: Promising) -> None:
    """Called by an app when it is loaded; a second call with the same one adds nothing."""
    if promising not in _promising:
        _promising.append(promising)


def promise_above(matter: Contact) -> Clock | None:
    """The open promise of an app above about ``matter``, which the caller holds."""
    found = (promising(matter) for promising in _promising)
    return next(filter(None, found), None)
