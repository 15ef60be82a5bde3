"""A clock stands still and goes on: the date moves by the working days of the pause.

As in clocks.actions: the row is held first, all moments are aware, and ``at`` and ``since`` say
when a thing happened, ``now`` when it is written down.
"""

from datetime import datetime

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from clocks import pauses
from clocks.calendars import council_calendar
from clocks.models import Clock, ClockEvent
from clocks.pauses import Paused
from clocks.promises import beyond_calendar, next_warning
from clocks.transitions import (
    hold_calendar,
    lock,
    record,
    refuse_future,
    refuse_no_reason,
    set_state,
)
from clocks.working_time import BeyondCalendar, WorkingCalendar

Kind = ClockEvent.Kind


@transaction.atomic
def pause(*, clock: Clock, since: datetime, reason: str, by: User, now: datetime) -> Clock:
    """Stop the count from ``since`` on; the date moves when it is resumed.

    Raises RuleBroken (``reason_missing``, ``future``, ``before_receipt``, ``late``,
    ``overlap``, ``not_open``): a promise already broken cannot be paused out of.
    """
    locked = lock(clock)
    refuse_no_reason(reason)
    refuse_future(since, now, "The pause must begin in the past.")
    if since < locked.received_at:
        raise RuleBroken("The pause cannot begin before the receipt.", "before_receipt")
    if now > locked.due_at or locked.breached_at:
        raise RuleBroken("The date has passed: the clock can no longer be paused.", "late")
    _refuse_days_paused_already(locked, since)
    set_state(locked, Clock.State.PAUSED)
    locked.pause_began_at = since
    locked.save(update_fields=["state", "pause_began_at"])
    record(locked, Kind.PAUSED, since, by=by, now=now, reason=reason)
    return locked


def _refuse_days_paused_already(clock: Clock, since: datetime) -> None:
    """No day moves a date twice: a pause begins after the one before it and after its promise."""
    resumed = clock.events.filter(kind=Kind.RESUMED).order_by("-happened_at").first()
    if resumed and since < resumed.happened_at:
        raise RuleBroken("These days were paused already.", "overlap")
    if clock.previous_id and since < clock.started_at:
        raise RuleBroken("The pause cannot begin before the new date was promised.", "overlap")
    if clock.hastened_at and since < clock.hastened_at:
        raise RuleBroken("The pause cannot begin before it was made urgent.", "overlap")


@transaction.atomic
def resume(*, clock: Clock, at: datetime, by: User, now: datetime, reason: str = "") -> Clock:
    """Go on counting from ``at``; the date moves by what the pause came to.

    A pause of k working days moves it by k working days, one of no length not at all. Ended
    earlier than ``now``, it needs a reason. Raises RuleBroken (``future``, ``before_pause``,
    ``reason_missing``, ``not_open``, ``beyond_calendar``).
    """
    hold_calendar()
    locked = lock(clock)
    refuse_future(at, now, "The pause must end in the past.")
    if locked.pause_began_at is None:
        raise RuleBroken("The clock is not paused.", "not_open")
    if at < locked.pause_began_at:
        raise RuleBroken("The pause cannot end before it began.", "before_pause")
    if at < now:
        refuse_no_reason(reason)
    set_state(locked, Clock.State.RUNNING)
    before, rule = locked.due_at, locked.standard.rule
    try:
        calendar = council_calendar()
        # A pause before the count began holds nothing up.
        begun = calendar.counted_from(locked.counts_since, rule)
        since = min(max(locked.pause_began_at, begun), max(at, begun))
        this = pauses.length(calendar, rule, since, max(at, begun))
        locked.due_at = _due_after(calendar, locked, this)
        locked.warn_at = next_warning(calendar, locked.due_at, locked.standard, now)
    except BeyondCalendar as error:
        raise beyond_calendar() from error
    locked.paused_days += this.days
    locked.paused_time += this.time
    locked.pause_began_at = None
    locked.save(
        update_fields=[
            "state",
            "pause_began_at",
            "due_at",
            "warn_at",
            "paused_days",
            "paused_time",
        ]
    )
    record(
        locked,
        Kind.RESUMED,
        at,
        by=by,
        now=now,
        reason=reason,
        due_before=before,
        due_after=locked.due_at,
    )
    return locked


def _due_after(calendar: WorkingCalendar, clock: Clock, this: Paused) -> datetime:
    """The date after one more pause.

    Counted anew from the receipt while that still gives the date promised. A date from a
    holding reply, or one that the calendar would by now put elsewhere, is moved on itself.
    """
    rule, already = clock.standard.rule, Paused(clock.paused_days, clock.paused_time)
    counted = pauses.due(calendar, rule, clock.counts_since, already)
    if not clock.is_chosen and counted == clock.due_at:
        return pauses.due(calendar, rule, clock.counts_since, already + this)
    return pauses.moved(calendar, rule, clock.due_at, this)
