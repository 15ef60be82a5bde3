"""Enforcement: every minute, write down the promises whose date has passed and tell people.

Any number of workers may run it at once, and any of them may be killed at any moment:

1. Claim a batch of due rows with FOR UPDATE SKIP LOCKED: two workers never hold the same clock.
2. In the same transaction mark them, append their events and write the notices.
3. Commit. A worker that dies before that leaves the rows as they were; the next tick, or the
   next worker, finds them. A missed hour is caught up by the next tick.

The cost follows the number of rows that are due, never the number that are open: both claims
read a partial index (see Clock.Meta).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection, transaction

from accounts.models import Team, User
from clocks.calendars import LONDON, calendar_for_display
from clocks.models import Clock, ClockEvent, ClockQuerySet, EnforcementTick
from clocks.promises import next_warning
from clocks.telling import (
    Late,
    breach_messages,
    staff_may_be_mailed,
    up_the_line,
    warning_message,
)
from clocks.wording import day_in_words
from clocks.working_time import BeyondCalendar, WorkingCalendar
from notices.actions import sum_up, summary_waits, tell

log = structlog.get_logger(__name__)

BATCH = 2000

# Claim, mark and record in one statement. In Django's words it takes three, with a model instance
# for every row; a tick with 10,000 due then took three times as long (benchmarks/enforcement.py).
BREACH = """
WITH late AS (
    SELECT id FROM clocks_clock
    WHERE state = 'running' AND breached_at IS NULL AND due_at < %(now)s
    ORDER BY due_at, id
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
), marked AS (
    UPDATE clocks_clock AS clock SET breached_at = %(now)s FROM late WHERE clock.id = late.id
    RETURNING clock.id, clock.due_at, clock.about, clock.path, clock.owner_id, clock.team_id
), recorded AS (
    INSERT INTO clocks_clockevent (clock_id, kind, happened_at, recorded_at, reason)
    SELECT id, 'breached', due_at, %(now)s, '' FROM marked
)
SELECT marked.id, due_at, about, path, owner_id, team.lead_id, team_id
FROM marked JOIN accounts_team AS team ON team.id = team_id
"""


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
    if summary_waits() and staff_may_be_mailed(now):
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
    if not EnforcementTick.objects.filter(pk=1, ran_at__lt=now).update(**counts):
        EnforcementTick.objects.get_or_create(pk=1, defaults=counts)


@transaction.atomic
def breach_batch(*, now: datetime, batch: int = BATCH) -> int:
    """Record one batch of breaches and their notices; returns how many clocks."""
    with connection.cursor() as cursor:
        cursor.execute(BREACH, {"now": now, "batch": batch})
        rows = cursor.fetchall()
    people = User.objects.in_bulk({person for row in rows for person in row[4:6] if person})
    above = _above({row[6] for row in rows if not _anybody(people, row[4:6])})
    late = (
        Late(pk, due_at, about, path, people[owner], people.get(lead), above.get(team, ()))
        for pk, due_at, about, path, owner, lead, team in rows
    )
    tell((message for clock in late for message in breach_messages(clock)), now=now)
    return len(rows)


def _anybody(people: dict[int, User], keys: Sequence[int | None]) -> bool:
    """Whether one of them still works here."""
    return any(people[key].is_active for key in keys if key)


def _above(teams: set[int]) -> dict[int, list[User]]:
    """Who hears of what each team owes whose owner and lead have left: a team is asked once."""
    return {team.pk: up_the_line(team) for team in Team.objects.filter(pk__in=teams)}


@transaction.atomic
def warn_batch(*, now: datetime, batch: int = BATCH) -> int:
    """Remind the owners of one batch of clocks whose date is near; returns how many clocks.

    Each clock has two reminders, the standard's and the morning it is due; one notice each.
    """
    clocks = _claim(Clock.objects.to_warn(now).order_by("warn_at", "id"), batch)
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
