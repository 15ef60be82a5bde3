"""What happens to a clock, but for its pauses. Guard, change, record, in that order.

Every function locks the clock's row first, so that two people acting at once come one after
the other, and raises RuleBroken when what is asked does not fit the clock as it then stands.
All moments are aware; ``at`` and ``since`` say when a thing happened and may lie in the past,
with a reason, ``now`` is when it is written down. Nothing can happen in the future.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import CASE_HOLDING_ROLES, Team, User
from clocks.calendars import council_calendar
from clocks.models import Clock, ClockEvent
from clocks.pause_actions import resume
from clocks.promises import beyond_calendar, next_warning, work_out
from clocks.telling import late_answer_message, reassigned_message, up_the_line
from clocks.transitions import (
    hold_calendar,
    lock,
    record,
    refuse_closed,
    refuse_future,
    refuse_no_reason,
    set_state,
)
from clocks.working_time import BeyondCalendar
from notices.actions import tell

Kind = ClockEvent.Kind


@transaction.atomic
def start(
    *,
    code: str,
    owner: User,
    team: Team,
    about: str,
    path: str,
    received_at: datetime,
    by: User | None,
    now: datetime,
) -> Clock:
    """Make a promise: start the clock of standard ``code`` (H17, H29, H46).

    Receipt may lie in the past, never in the future. ``about`` must carry no child's details:
    it is repeated in notices. Raises RuleBroken (``future``, ``no_standard``,
    ``beyond_calendar``).
    """
    refuse_future(received_at, now, "The time received must be in the past.", "received_at")
    hold_calendar()
    promise = work_out(code=code, received_at=received_at)
    clock = Clock.objects.create(
        standard=promise.standard,
        owner=owner,
        team=team,
        about=about,
        path=path,
        received_at=received_at,
        started_at=now,
        due_at=promise.due_at,
        # The notice of new work already says the date when a reminder would be past.
        warn_at=next_warning(council_calendar(), promise.due_at, promise.standard, now),
    )
    record(clock, Kind.STARTED, received_at, by=by, now=now)
    return clock


@transaction.atomic
def promise(*, clock: Clock, until: date | None, reason: str, by: User, now: datetime) -> Clock:
    """The holding reply: meets this clock and starts one to the working day ``until`` (H58).

    Returns the new clock, due at closing time of ``until``. Without a date it is refused; the
    third in a row is flagged (Clock.is_promised_too_often). Raises RuleBroken
    (``date_missing``, ``reason_missing``, ``date_past``, ``not_working_day``, ``not_open``,
    ``beyond_calendar``).
    """
    if until is None:
        raise RuleBroken("Give the new date: a holding reply needs one.", "date_missing")
    refuse_no_reason(reason)
    hold_calendar()
    try:
        calendar = council_calendar()
        if not calendar.is_working_day(until):
            raise RuleBroken("Choose a working day for the new date.", "not_working_day")
        due_at = calendar.closing(until)
        warn_at = next_warning(calendar, due_at, clock.standard, now)
    except BeyondCalendar as error:
        raise beyond_calendar() from error
    if due_at <= now:
        raise RuleBroken("The new date must be in the future.", "date_past")
    met = meet(clock=clock, at=now, by=by, now=now, how="Holding reply")
    following = Clock.objects.create(
        standard=met.standard,
        owner=met.owner,
        team=met.team,
        about=met.about,
        path=met.path,
        received_at=met.received_at,
        started_at=now,
        due_at=due_at,
        warn_at=warn_at,
        previous=met,
        promises_in_a_row=met.promises_in_a_row + 1,
    )
    for kept, kind in ((met, Kind.PROMISED), (following, Kind.STARTED)):
        record(
            kept,
            kind,
            now,
            by=by,
            now=now,
            reason=reason,
            due_before=met.due_at,
            due_after=due_at,
        )
    return following


@transaction.atomic
def reassign(
    *,
    clock: Clock,
    to: User,
    reason: str,
    by: User | None,
    now: datetime,
    among: Collection[str] = CASE_HOLDING_ROLES,
    team: Team | None = None,
) -> Clock:
    """Hand the promise to another person, who is told; the date stays (H59).

    ``among`` are the roles that may keep such a promise: those that hold cases, unless the app
    that owes it says otherwise. It follows them into their team, when they have one and no
    other ``team`` is given. ``by`` is None when nobody chose it, such as when leave begins.
    Raises RuleBroken (``reason_missing``, ``may_not_own``, ``same_owner``, ``not_open``).
    """
    locked = lock(clock)
    refuse_no_reason(reason)
    refuse_closed(locked)
    if not (to.is_active and to.role in among):
        raise RuleBroken(f"{to} cannot be given this to answer.", "may_not_own")
    if to == locked.owner:
        raise RuleBroken(f"{to} already has this to answer.", "same_owner")
    before, locked.owner = locked.owner, to
    locked.team = team or to.team or locked.team
    locked.save(update_fields=["owner", "team"])
    event = record(
        locked,
        Kind.REASSIGNED,
        now,
        by=by,
        now=now,
        reason=reason,
        owner_before=before,
        owner_after=to,
    )
    if to != by:
        tell([reassigned_message(locked, event)], now=now)
    return locked


@transaction.atomic
def hasten(*, clock: Clock, code: str, reason: str, by: User, now: datetime) -> Clock:
    """Bring the date forward to what standard ``code`` gives from ``now``; never put it back (H64).

    A count that stood still goes on. A date that is sooner already stays. Raises RuleBroken
    (``reason_missing``, ``not_open``, ``no_standard``, ``beyond_calendar``).
    """
    hold_calendar()
    locked = lock(clock)
    refuse_no_reason(reason)
    refuse_closed(locked)
    if locked.pause_began_at:
        locked = resume(clock=locked, at=now, by=by, now=now)
    sooner = work_out(code=code, received_at=now)
    if sooner.due_at >= locked.due_at:
        return locked
    before, locked.due_at = locked.due_at, sooner.due_at
    locked.standard, locked.hastened_at = sooner.standard, now
    # What was paused before is behind it: it counts from here.
    locked.paused_days, locked.paused_time = 0, timedelta()
    locked.warn_at = next_warning(council_calendar(), locked.due_at, locked.standard, now)
    locked.save(
        update_fields=[
            "standard",
            "hastened_at",
            "due_at",
            "warn_at",
            "paused_days",
            "paused_time",
        ]
    )
    record(
        locked,
        Kind.HASTENED,
        now,
        by=by,
        now=now,
        reason=reason,
        due_before=before,
        due_after=locked.due_at,
    )
    return locked


@transaction.atomic
def meet(*, clock: Clock, at: datetime, by: User, now: datetime, how: str = "") -> Clock:
    """Keep the promise at ``at``; kept late, the breach is recorded and the lead is told.

    A pause still running ends here. An answer earlier than ``now`` needs ``how`` as its reason.
    Raises RuleBroken (``future``, ``reason_missing``, ``before_receipt``, ``not_open``).
    """
    # Before the clock's own row, in the same order as a change of the calendar takes them.
    hold_calendar()
    locked = lock(clock)
    refuse_future(at, now, "The time of the answer must be in the past.")
    if at < locked.received_at:
        raise RuleBroken("The answer cannot be before the contact was received.", "before_receipt")
    refuse_closed(locked)
    if at < now:
        refuse_no_reason(how)
    if locked.pause_began_at:
        # Answered during a pause: the count stood still until then.
        locked = resume(
            clock=locked, at=max(at, locked.pause_began_at), by=by, now=now, reason="Answered"
        )
    set_state(locked, Clock.State.MET)
    if at > locked.due_at and locked.breached_at is None:
        # Answered after the date but before the next enforcement: late all the same.
        record(locked, Kind.BREACHED, locked.due_at, by=None, now=now)
        locked.breached_at = now
        hear = [one for one in _leads(locked.team) if one not in (locked.owner, by)]
        tell([late_answer_message(locked, one, at) for one in hear], now=now)
    locked.stopped_at = at
    locked.save(update_fields=["state", "stopped_at", "breached_at"])
    record(locked, Kind.MET, at, by=by, now=now, reason=how)
    return locked


def _leads(team: Team) -> list[User]:
    """The team's lead, or who is above when the lead has left."""
    if team.lead is None:
        return []
    return [team.lead] if team.lead.is_active else up_the_line(team)


@transaction.atomic
def cancel(*, clock: Clock, reason: str, by: User | None, now: datetime) -> Clock:
    """End a promise that no longer holds, such as one logged by mistake; nothing is deleted.

    ``by`` is None when the sender themself says that nothing is owed any more. Raises
    RuleBroken (``reason_missing``, ``not_open``).
    """
    locked = lock(clock)
    refuse_no_reason(reason)
    refuse_closed(locked)
    set_state(locked, Clock.State.CANCELLED)
    locked.pause_began_at = None
    locked.stopped_at = now
    locked.save(update_fields=["state", "stopped_at", "pause_began_at"])
    record(locked, Kind.CANCELLED, now, by=by, now=now, reason=reason)
    return locked
