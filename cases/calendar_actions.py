"""Changing the council's calendar: the promises concerned move with it, and people are told.

Here and not in clocks because the people promised are known from the contacts upwards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection, transaction

from accounts.access import only_administrators
from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import tell_moved
from clocks.calendars import calendar_for_display, council_calendar
from clocks.moving import Move, move_to_calendar, moves
from clocks.rules import BeyondCalendar
from clocks.working_time import WorkingCalendar

log = structlog.get_logger(__name__)

# Writes the change; returns it in words, or "" when there was nothing to change.
Change = Callable[[], str]


@dataclass(frozen=True)
class Changed:
    """What a change came to. ``said`` is empty when it was so already, and nothing moves."""

    said: str
    moves: list[Move]
    before: WorkingCalendar | None
    after: WorkingCalendar


def change_calendar(*, change: Change, by: User, now: datetime, apply: bool) -> Changed:
    """Make ``change``, move every running promise to the calendar it gives, tell the people.

    All in one transaction. Without ``apply`` everything is worked out in the same way and then
    taken back, so that what would move can be shown first. ``now`` is aware. Raises RuleBroken
    (``may_not_change``, ``beyond_calendar`` and those of ``change``).
    """
    only_administrators(by)
    with transaction.atomic():
        _hold_calendar()
        changed = _changed(change, by, now, apply)
        if not apply:
            transaction.set_rollback(True)
    if apply and changed.said:
        log.info("calendar_changed", moved=len(changed.moves), by=by.pk)
    return changed


def _changed(change: Change, by: User, now: datetime, apply: bool) -> Changed:
    before = calendar_for_display()
    said = change()
    try:
        after = council_calendar()
        if not said:
            return Changed("", [], before, after)
        if not apply:
            return Changed(said, moves(now=now), before, after)
        moved = move_to_calendar(by=by, now=now, reason=said)
    except BeyondCalendar as error:
        raise RuleBroken(
            "With this change some promises would have no date, because bank holidays are not "
            "known that late.",
            "beyond_calendar",
        ) from error
    tell_moved(moves=moved, now=now)
    return Changed(said, moved, before, after)


def _hold_calendar() -> None:
    """Two administrators come one after the other: each sees what the other has changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('calendar', 0))")
