"""What is still to happen: kept by its moment, so that references follow the order of logging."""

from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

Happening = Callable[[datetime], None]


class Later:
    """Holds what follows from contacts of the last days, never more than some days' worth."""

    def __init__(self) -> None:
        self._waiting: list[tuple[datetime, int, Happening]] = []
        self._numbers = count()

    def add(self, at: datetime, happening: Happening) -> None:
        """Let ``happening`` be called at ``at``; what is added first happens first."""
        heappush(self._waiting, (at, next(self._numbers), happening))

    def until(self, moment: datetime) -> None:
        """Let happen what is due by ``moment``, in order."""
        while self._waiting and self._waiting[0][0] <= moment:
            at, _, happening = heappop(self._waiting)
            happening(at)
