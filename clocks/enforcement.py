"""Enforcement: every minute, write down the promises whose date has passed and tell people.

Any number of workers may run it at once, and any of them may be killed at any moment:

1. Claim a batch of due rows with FOR UPDATE SKIP LOCKED: two workers never hold the same clock.
2. In the same transaction mark them, append their events and write the notices.
3. Commit. A worker that dies before that leaves the rows as they were; the next tick, or the
   next worker, finds them. A missed hour is caught up by the next tick.

The cost follows the number of rows that are due, never the number that are open: both claims
read a partial index (see Clock.Meta).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from clocks.actions import next_warning
from clocks.calendars import LONDON, calendar_for_display
from clocks.models import Clock, ClockEvent, ClockQuerySet, EnforcementTick
from clocks.telling import breach_message, owner_and_lead, staff_may_be_mailed, warning_message
from clocks.wording import day_in_words
from clocks.working_time import BeyondCalendar, WorkingCalendar
from notices.actions import sum_up, tell

log = structlog.get_logger(__name__)

BATCH = 500


@dataclass(frozen=True)
class Tick:
    breached: int
    warned: int


def tick(*, now: datetime, batch: int = BATCH) -> Tick:
    """Work through everything due at ``now`` (aware) and note that it was done."""
    done = Tick(
        breached=_drain(lambda: breach_batch(now=now, batch=batch)),
        warned=_drain(lambda: warn_batch(now=now, batch=batch)),
    )
    if staff_may_be_mailed(now):
        sum_up(day=day_in_words(now.astimezone(LONDON).date()), now=now)
    _note(done, now)
    log.info("enforced", breached=done.breached, warned=done.warned)
    return done


def _drain(work: Callable[[], int]) -> int:
    total = 0
    while count := work():
        total += count
    return total


def _note(done: Tick, now: datetime) -> None:
    """Keep the newest tick: one that took long must not make a later one look old."""
    counts = {"ran_at": now, "breached": done.breached, "warned": done.warned}
    EnforcementTick.objects.get_or_create(pk=1, defaults=counts)
    EnforcementTick.objects.filter(pk=1, ran_at__lt=now).update(**counts)


@transaction.atomic
def breach_batch(*, now: datetime, batch: int = BATCH) -> int:
    """Record one batch of breaches and their notices; returns how many clocks."""
    clocks = _claim(Clock.objects.to_breach(now).order_by("due_at"), batch)
    Clock.objects.filter(pk__in=[clock.pk for clock in clocks]).update(breached_at=now)
    ClockEvent.objects.bulk_create(
        ClockEvent(
            clock=clock,
            kind=ClockEvent.Kind.BREACHED,
            happened_at=clock.due_at,
            recorded_at=now,
        )
        for clock in clocks
    )
    tell(
        [breach_message(clock, person) for clock in clocks for person in owner_and_lead(clock)],
        now=now,
    )
    return len(clocks)


@transaction.atomic
def warn_batch(*, now: datetime, batch: int = BATCH) -> int:
    """Remind the owners of one batch of clocks whose date is near; returns how many clocks.

    Each clock has two reminders, the standard's and the morning it is due; one notice each.
    """
    clocks = _claim(Clock.objects.to_warn(now).order_by("warn_at"), batch)
    if not clocks:
        return 0
    tell([warning_message(clock) for clock in clocks], now=now)
    calendar = calendar_for_display()
    for clock in clocks:
        clock.warned_at = now
        clock.warn_at = _following_warning(calendar, clock, now)
    Clock.objects.bulk_update(clocks, ["warned_at", "warn_at"])
    ClockEvent.objects.bulk_create(
        ClockEvent(clock=clock, kind=ClockEvent.Kind.WARNED, happened_at=now, recorded_at=now)
        for clock in clocks
    )
    return len(clocks)


def _following_warning(
    calendar: WorkingCalendar | None, clock: Clock, now: datetime
) -> datetime | None:
    try:
        return next_warning(calendar, clock.due_at, clock.standard, now) if calendar else None
    except BeyondCalendar:
        return None


def _claim(due: ClockQuerySet, batch: int) -> list[Clock]:
    locked = due.select_for_update(skip_locked=True, of=("self",))
    return list(locked.select_related("owner", "team__lead", "standard")[:batch])
