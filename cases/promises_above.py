"""What apps above have promised about a matter: its sender waits for that, not for us.

An app that stands on this one (concerns taken further) cannot be asked from here: it adds how it
finds its promise when it is loaded, as it adds its objections (docs/decisions/0017).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from cases.models import Contact
from clocks.models import Clock

# The promise that counts for the sender now; None when there is none. The matter's row is held;
# whoever finds it holds what stands between the matter and the clock, before any clock.
Promising = Callable[[Contact], Clock | None]
_promising: list[Promising] = []
# What is promised about these matters now, by the id of the matter: only read, nothing held, in a
# fixed number of queries.
Promised = Callable[[Collection[Contact]], Mapping[int, Sequence[Clock]]]
_promised: list[Promised] = []


def add_promising(promising: Promising) -> None:
    """Called by an app when it is loaded; a second call with the same one adds nothing."""
    if promising not in _promising:
        _promising.append(promising)


def promise_above(matter: Contact) -> Clock | None:
    """The open promise of an app above about ``matter``, which the caller holds."""
    found = (promising(matter) for promising in _promising)
    return next(filter(None, found), None)


def add_promised(promised: Promised) -> None:
    """Called by an app when it is loaded; a second call with the same one adds nothing."""
    if promised not in _promised:
        _promised.append(promised)


def promises_about(matters: Collection[Contact]) -> dict[int, list[Clock]]:
    """All that the senders of ``matters`` (with clock and owner) wait for, by the matter's id: its
    own promise and the open ones of apps above, soonest first. Nothing is held.

    One that is kept stays only where nothing else is promised.
    """
    above = [promised(matters) for promised in _promised]
    return {one.pk: _soonest(one, above) for one in matters}


def soonest_ahead(promises: Sequence[Clock], now: datetime) -> Clock:
    """Of ``promises``, soonest first, the one that somebody can be told at ``now`` (aware); the
    first of all where every date is over."""
    return next((one for one in promises if one.due_at >= now), promises[0])


def _soonest(matter: Contact, above: Sequence[Mapping[int, Sequence[Clock]]]) -> list[Clock]:
    own = [matter.promise] if matter.is_open else []
    found = [*own, *(clock for one in above for clock in one.get(matter.pk, ()))]
    return sorted(found, key=lambda clock: clock.due_at) or [matter.promise]
