"""What acts on a clock share: its row is held, what does not fit refused, its event kept."""

from datetime import datetime

from django.db import connection

from accounts.errors import RuleBroken
from accounts.models import User
from clocks.models import ALLOWED_TRANSITIONS, Clock, ClockEvent


def hold_calendar() -> None:
    """Share the calendar with other promises, but with no change of it (see cases'
    calendar_actions): a date is never counted on a calendar that is being replaced."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended('calendar', 0))")


def lock(clock: Clock) -> Clock:
    """The clock's row as it stands now, held until the transaction ends: no lost update.

    Held first and read afterwards: a row that was waited for is joined to what it pointed at
    before the wait, so that a new owner would be missed, or the row with it.
    """
    Clock.objects.select_for_update(of=("self",)).only("pk").get(pk=clock.pk)
    return Clock.objects.select_related("standard", "owner", "team__lead").get(pk=clock.pk)


def refuse_future(moment: datetime, now: datetime, message: str, field: str | None = None) -> None:
    """Raises RuleBroken (``future``) when ``moment`` is after ``now``; both are aware."""
    if moment > now:
        raise RuleBroken(message, "future", field=field)


def refuse_no_reason(reason: str) -> None:
    """Raises RuleBroken (``reason_missing``)."""
    if not reason.strip():
        raise RuleBroken("Give a reason: it is kept with the promise.", "reason_missing")


def refuse_closed(clock: Clock) -> None:
    """Raises RuleBroken (``not_open``) for a promise that was kept or cancelled."""
    if not clock.is_open:
        raise _not_open(clock)


def set_state(clock: Clock, state: Clock.State) -> None:
    """The one door: what may follow what is in ALLOWED_TRANSITIONS. Not saved yet.

    Raises RuleBroken (``not_open``).
    """
    if state not in ALLOWED_TRANSITIONS[Clock.State(clock.state)]:
        raise _not_open(clock)
    clock.state = state


def _not_open(clock: Clock) -> RuleBroken:
    state = Clock.State(clock.state).label.lower()
    return RuleBroken(f"This is {state} already.", "not_open")


def record(
    clock: Clock,
    kind: ClockEvent.Kind,
    happened_at: datetime,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    due_before: datetime | None = None,
    due_after: datetime | None = None,
    owner_before: User | None = None,
    owner_after: User | None = None,
) -> ClockEvent:
    """Write down what happened at ``happened_at``, as it is known ``now``; both are aware."""
    return ClockEvent.objects.create(
        clock=clock,
        kind=kind,
        happened_at=happened_at,
        recorded_at=now,
        by=by,
        reason=reason,
        due_before=due_before,
        due_after=due_after,
        owner_before=owner_before,
        owner_after=owner_after,
    )
