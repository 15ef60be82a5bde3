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

from accounts.models import User
from clocks.calendars import council_calendar
from clocks.models import Clock, ClockEvent, ClockQuerySet, EnforcementTick
from clocks.wording import moment_in_words
from clocks.working_time import BeyondCalendar
from notices.actions import Message, tell
from notices.models import Notice

log = structlog.get_logger(__name__)

BATCH = 500


@dataclass(frozen=True)
class Tick:
    breached: int
    warned: int


def tick(*, now: datetime, batch: int = BATCH) -> Tick:
    """Work through everything due at ``now`` (aware) and note that it was done."""
    mail_from = staff_mail_from(now)
    done = Tick(
        breached=_drain(lambda: breach_batch(now=now, mail_from=mail_from, batch=batch)),
        warned=_drain(lambda: warn_batch(now=now, mail_from=mail_from, batch=batch)),
    )
    EnforcementTick.objects.update_or_create(
        pk=1, defaults={"finished_at": now, "breached": done.breached, "warned": done.warned}
    )
    log.info("enforced", breached=done.breached, warned=done.warned)
    return done


def _drain(work: Callable[[], int]) -> int:
    total = 0
    while count := work():
        total += count
    return total


def staff_mail_from(now: datetime) -> datetime:
    """The moment from which staff may be e-mailed: now, or the next opening (H60).

    Enforcement must not stop because holidays have run out, so then it is now.
    """
    try:
        return council_calendar().next_opening(now)
    except BeyondCalendar:
        return now


@transaction.atomic
def breach_batch(*, now: datetime, mail_from: datetime, batch: int = BATCH) -> int:
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
        [
            breach_message(clock, person, mail_from)
            for clock in clocks
            for person in owner_and_lead(clock)
        ],
        now=now,
    )
    return len(clocks)


@transaction.atomic
def warn_batch(*, now: datetime, mail_from: datetime, batch: int = BATCH) -> int:
    """Remind the owners of one batch of clocks whose date is near; returns how many clocks."""
    clocks = _claim(Clock.objects.to_warn(now).order_by("warn_at"), batch)
    Clock.objects.filter(pk__in=[clock.pk for clock in clocks]).update(warned_at=now)
    ClockEvent.objects.bulk_create(
        ClockEvent(clock=clock, kind=ClockEvent.Kind.WARNED, happened_at=now, recorded_at=now)
        for clock in clocks
    )
    tell([warning_message(clock, mail_from) for clock in clocks], now=now)
    return len(clocks)


def _claim(due: ClockQuerySet, batch: int) -> list[Clock]:
    locked = due.select_for_update(skip_locked=True, of=("self",))
    return list(locked.select_related("owner", "team__lead")[:batch])


def owner_and_lead(clock: Clock) -> list[User]:
    """Who is told of a breach: the owner, and the team's lead when that is somebody else."""
    lead = clock.team.lead
    return [clock.owner, lead] if lead and lead != clock.owner else [clock.owner]


def breach_message(clock: Clock, person: User, mail_from: datetime) -> Message:
    """What ``person`` reads when the date has passed; mailed not before ``mail_from`` (aware)."""
    whose = "It is yours" if person == clock.owner else f"It is {clock.owner.full_name}’s"
    return Message(
        key=f"clock:{clock.pk}:breach:{person.pk}",
        kind=Notice.Kind.BREACH,
        subject=f"Date passed: {clock.about}",
        body=(
            f"An answer was due by {moment_in_words(clock.due_at)}: {clock.about}.\n"
            f"{whose} to answer, and stays open until it is."
        ),
        path=clock.path,
        recipient=person,
        address=person.email if person.is_active else "",
        mail_from=mail_from,
    )


def warning_message(clock: Clock, mail_from: datetime) -> Message:
    """What the owner reads when the date is near; mailed not before ``mail_from`` (aware)."""
    owner = clock.owner
    return Message(
        key=f"clock:{clock.pk}:warning:{owner.pk}",
        kind=Notice.Kind.WARNING,
        subject=f"Due soon: {clock.about}",
        body=f"An answer is due by {moment_in_words(clock.due_at)}: {clock.about}.",
        path=clock.path,
        recipient=owner,
        address=owner.email if owner.is_active else "",
        mail_from=mail_from,
    )
