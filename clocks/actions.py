"""Everything that happens to a clock. Guard, change, record, in that order."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import Team, User
from clocks.calendars import LONDON, council_calendar
from clocks.models import ALLOWED_TRANSITIONS, Clock, ClockEvent, Standard
from clocks.telling import late_answer_message
from clocks.working_time import BeyondCalendar, WorkingCalendar
from notices.actions import tell


@dataclass(frozen=True)
class Promise:
    """A date worked out but not yet given: ``due_at`` and ``warn_at`` are aware."""

    standard: Standard
    due_at: datetime
    warn_at: datetime


def work_out(*, code: str, received_at: datetime) -> Promise:
    """The date the standard ``code`` gives for something received at ``received_at`` (aware).

    Raises RuleBroken (``no_standard``, ``beyond_calendar``) instead of guessing a date.
    """
    try:
        standard = Standard.objects.in_force(code, received_at.astimezone(LONDON).date())
    except Standard.DoesNotExist as error:
        raise RuleBroken(
            "No response standard was in force on that day.", "no_standard", field="received_at"
        ) from error
    try:
        calendar = council_calendar()
        due_at = calendar.due(received_at, standard.rule)
        warn_at = warn_moment(calendar, due_at, standard)
    except BeyondCalendar as error:
        raise RuleBroken(
            "A date cannot be given, because the bank holidays for that time are not loaded. "
            "Ask an administrator to load them.",
            "beyond_calendar",
            field="received_at",
        ) from error
    return Promise(standard, due_at, warn_at)


def warn_moment(calendar: WorkingCalendar, due_at: datetime, standard: Standard) -> datetime:
    """When the owner is reminded: opening time, ``warn_working_days`` working days before the
    due day. ``due_at`` is aware; raises BeyondCalendar.
    """
    last_open_day = calendar.previous_close(due_at).date()
    day = calendar.add_working_days(last_open_day, -standard.warn_working_days)
    midnight = datetime(day.year, day.month, day.day, tzinfo=LONDON)
    return calendar.next_opening(midnight)


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

    ``received_at`` and ``now`` are aware; receipt may lie in the past, never in the future.
    ``about`` must carry no child's details: it is repeated in notices. Raises RuleBroken
    (``future``, ``no_standard``, ``beyond_calendar``).
    """
    if received_at > now:
        raise RuleBroken("The time received must be in the past.", "future", field="received_at")
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
        # The notice of new work already says the date when the reminder would be past.
        warn_at=promise.warn_at if promise.warn_at > now else None,
    )
    _record(clock, ClockEvent.Kind.STARTED, received_at, by=by, now=now)
    return clock


@transaction.atomic
def meet(*, clock: Clock, at: datetime, by: User, now: datetime, how: str = "") -> Clock:
    """Keep the promise at ``at`` (aware, not after ``now``); kept late, the breach is recorded.

    Raises RuleBroken (``future``, ``before_receipt``, ``not_open``).
    """
    locked = _locked(clock)
    if at > now:
        raise RuleBroken("The time of the answer must be in the past.", "future")
    if at < locked.received_at:
        raise RuleBroken("The answer cannot be before the contact was received.", "before_receipt")
    _refuse_transition(locked, Clock.State.MET)
    if at > locked.due_at and locked.breached_at is None:
        # Answered after the date but before the next enforcement: late all the same.
        _record(locked, ClockEvent.Kind.BREACHED, locked.due_at, by=None, now=now)
        locked.breached_at = now
        if locked.team.lead and locked.team.lead not in (locked.owner, by):
            tell([late_answer_message(locked, locked.team.lead, at)], now=now)
    locked.state = Clock.State.MET
    locked.stopped_at = at
    locked.save(update_fields=["state", "stopped_at", "breached_at"])
    _record(locked, ClockEvent.Kind.MET, at, by=by, now=now, reason=how)
    return locked


def _locked(clock: Clock) -> Clock:
    """The clock's row as it stands now, held until the transaction ends: no lost update."""
    return Clock.objects.select_for_update(of=("self",)).get(pk=clock.pk)


def _refuse_transition(clock: Clock, state: Clock.State) -> None:
    current = Clock.State(clock.state)
    if state not in ALLOWED_TRANSITIONS[current]:
        raise RuleBroken(f"This has already been {current.label.lower()}.", "not_open")


def _record(
    clock: Clock,
    kind: ClockEvent.Kind,
    happened_at: datetime,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
) -> None:
    ClockEvent.objects.create(
        clock=clock,
        kind=kind,
        happened_at=happened_at,
        recorded_at=now,
        by=by,
        reason=reason[:300],
    )
