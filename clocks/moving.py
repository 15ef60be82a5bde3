"""Moving running promises when the calendar changes: shown first, then done, never silently."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from clocks import pauses
from clocks.calendars import council_calendar
from clocks.models import Clock, ClockEvent, ClockQuerySet
from clocks.pauses import Paused
from clocks.promises import next_warning
from clocks.telling import moved_message
from clocks.working_time import WorkingCalendar
from notices.actions import tell


@dataclass(frozen=True)
class Move:
    """One running clock whose date the calendar of now would put elsewhere (aware moments)."""

    clock: Clock
    due_before: datetime
    due_after: datetime

    def working_days(self, calendar: WorkingCalendar) -> int:
        """By how many working days the date moves; negative when it comes earlier."""
        days = (moment.astimezone(calendar.zone).date() for moment in self._in_order())
        count = calendar.working_days_between(*days)
        return count if self.due_after > self.due_before else -count

    def _in_order(self) -> tuple[datetime, datetime]:
        first, last = sorted([self.due_before, self.due_after])
        return first, last


def moves(*, now: datetime) -> list[Move]:
    """The promises that the calendar, as it stands in this transaction, would put elsewhere.

    Broken ones are history, whether written down yet or not, and dates given in a holding reply
    were chosen by a person: both stay. So does one that would come to lie in the past: nobody
    is made late by a calendar.
    Raises BeyondCalendar.
    """
    calendar = council_calendar()
    found = []
    for clock in _movable(now).select_related("standard", "owner", "team__lead").iterator():
        paused = Paused(clock.paused_days, clock.paused_time)
        due_at = pauses.due(calendar, clock.standard.rule, clock.counts_since, paused)
        if due_at != clock.due_at and due_at > now:
            found.append(Move(clock, clock.due_at, due_at))
    return found


@transaction.atomic
def move_to_calendar(*, by: User, now: datetime, reason: str) -> list[Move]:
    """Move them, each with an event, and tell their owners; returns what moved.

    Whoever called tells the people promised: clocks do not know them. Raises BeyondCalendar.
    """
    list(_movable(now).select_for_update(of=("self",)).values_list("pk"))
    calendar = council_calendar()
    moved = moves(now=now)
    for move in moved:
        move.clock.due_at = move.due_after
        move.clock.warn_at = next_warning(calendar, move.due_after, move.clock.standard, now)
    Clock.objects.bulk_update(
        [move.clock for move in moved], ["due_at", "warn_at"], batch_size=1000
    )
    ClockEvent.objects.bulk_create(
        [
            ClockEvent(
                clock=move.clock,
                kind=ClockEvent.Kind.MOVED,
                happened_at=now,
                recorded_at=now,
                by=by,
                reason=reason,
                due_before=move.due_before,
                due_after=move.due_after,
            )
            for move in moved
        ],
        batch_size=1000,
    )
    tell([moved_message(move.clock, move.due_before, now) for move in moved], now=now)
    return moved


def _movable(now: datetime) -> ClockQuerySet:
    counted = Q(previous=None) | Q(hastened_at__isnull=False)
    unbroken = Clock.objects.open().filter(counted, breached_at=None)
    return unbroken.exclude(state=Clock.State.RUNNING, due_at__lt=now)
