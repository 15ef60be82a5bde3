"""The account of one promise: why this date, and everything that happened to it (read only)."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models.expressions import RawSQL

from clocks.calendars import LONDON
from clocks.day_count import Pause, PausedStep, count
from clocks.models import Clock, ClockEvent
from clocks.wording import time_in_words
from clocks.working_time import BeyondCalendar, Step, Unit, WorkingCalendar

Kind = ClockEvent.Kind

# What happened to the promise itself. A reminder to staff is nobody else's business.
FAMILY_KINDS = frozenset(Kind) - {Kind.WARNED}

# The clock and those it follows, oldest last: however many holding replies, one query.
CHAIN = """
WITH RECURSIVE chain (id, previous_id) AS (
    SELECT id, previous_id FROM clocks_clock WHERE id = %s
    UNION ALL
    SELECT earlier.id, earlier.previous_id
    FROM clocks_clock AS earlier JOIN chain ON earlier.id = chain.previous_id
)
SELECT id FROM chain
"""


@dataclass(frozen=True)
class Happening:
    """One thing that happened: names and reason are empty when there are none to tell."""

    kind: Kind
    happened_at: datetime
    recorded_at: datetime
    by: str = ""
    reason: str = ""
    due_before: datetime | None = None
    due_after: datetime | None = None
    owner_before: str = ""
    owner_after: str = ""

    @property
    def label(self) -> str:
        return self.kind.label

    @property
    def moved_the_date(self) -> bool:
        return bool(self.due_before and self.due_after) and self.due_before != self.due_after

    @property
    def written_later(self) -> bool:
        """True when it was written down on another day than it happened."""
        return (
            self.happened_at.astimezone(LONDON).date() != self.recorded_at.astimezone(LONDON).date()
        )


@dataclass(frozen=True)
class PauseAccount:
    """One pause: ``until`` is None while it lasts, ``working_days`` when they are not known."""

    since: datetime
    until: datetime | None
    reason: str
    working_days: int | None


@dataclass(frozen=True)
class Account:
    """Why a promise has its date. All moments are aware.

    ``steps`` end on the day of ``due_at``. ``complete`` is False, and ``steps`` empty, when the
    count cannot be given because the calendar has been changed since. A date given in a holding
    reply was chosen, not counted: ``promised`` is True and there are no steps. ``counted_from``
    is None beyond the loaded calendar; ``act_by`` is for standards in elapsed hours only.
    """

    standard: str
    wording: str
    unit: Unit
    received_at: datetime
    counted_from: datetime | None
    due_at: datetime
    act_by: datetime | None
    stopped_at: datetime | None
    state: Clock.State
    promised: bool
    complete: bool
    steps: tuple[Step, ...]
    pauses: tuple[PauseAccount, ...]
    events: tuple[Happening, ...]

    @property
    def promises(self) -> tuple[Happening, ...]:
        """The new dates promised in holding replies, first to last."""
        return self._of(Kind.PROMISED)

    @property
    def moves(self) -> tuple[Happening, ...]:
        """The times the date moved because the calendar changed."""
        return self._of(Kind.MOVED)

    @property
    def reassignments(self) -> tuple[Happening, ...]:
        return self._of(Kind.REASSIGNED)

    @property
    def paused_since(self) -> datetime | None:
        """When the pause that still lasts began."""
        return next((pause.since for pause in self.pauses if pause.until is None), None)

    def for_families(self) -> "Account":
        """The same without names of staff and without anything that staff typed about the case.

        Names of holidays and closures stay: they are settings, made for the public.
        """
        return replace(
            self,
            steps=tuple(
                replace(step, reason="Paused") if isinstance(step, PausedStep) else step
                for step in self.steps
            ),
            pauses=tuple(replace(pause, reason="") for pause in self.pauses),
            events=tuple(_nameless(event) for event in self.events if event.kind in FAMILY_KINDS),
        )

    def _of(self, kind: Kind) -> tuple[Happening, ...]:
        return tuple(event for event in self.events if event.kind == kind)


def account_of(clock: Clock, calendar: WorkingCalendar | None) -> Account:
    """The account of ``clock``, counted on ``calendar`` (None when none is loaded).

    One query for the events, those of the promises it follows included; the clock's standard
    should have been fetched with it.
    """
    events = _events(clock)
    promised = clock.is_chosen
    own_pauses = [event for event in events if _pauses_the_count(event, clock)]
    steps = () if promised else _steps(clock, calendar, _pauses(own_pauses, calendar))
    told = [_happening(event) for event in events if _tells(event, clock)]
    return Account(
        standard=clock.standard.name,
        wording=clock.standard.wording,
        unit=Unit(clock.standard.unit),
        received_at=clock.received_at,
        counted_from=_counted_from(clock, calendar),
        due_at=clock.due_at,
        act_by=_act_by(clock, calendar),
        stopped_at=clock.stopped_at,
        state=Clock.State(clock.state),
        promised=promised,
        complete=promised or bool(steps),
        steps=steps,
        pauses=tuple(_pauses(events, calendar)),
        # Back-dated events are told where they happened; recorded order parts equal moments.
        events=tuple(sorted(told, key=lambda event: event.happened_at)),
    )


def _events(clock: Clock) -> list[ClockEvent]:
    # The text is ours and the id is passed apart: nothing can be injected.
    chain = RawSQL(CHAIN, [clock.pk])  # noqa: S611
    events = ClockEvent.objects.filter(clock__in=chain)
    return list(events.select_related("by", "owner_before", "owner_after"))


def _pauses_the_count(event: ClockEvent, clock: Clock) -> bool:
    """A pause from before it was made urgent is behind the count."""
    hastened = clock.hastened_at
    return event.clock_id == clock.pk and (not hastened or event.happened_at > hastened)


def _tells(event: ClockEvent, clock: Clock) -> bool:
    """False for the two events that a holding reply's own event already tells."""
    if event.kind == Kind.STARTED:
        return event.due_before is None
    return event.kind != Kind.MET or event.clock_id == clock.pk


def _happening(event: ClockEvent) -> Happening:
    return Happening(
        kind=Kind(event.kind),
        happened_at=event.happened_at,
        recorded_at=event.recorded_at,
        by=str(event.by or ""),
        reason=event.reason,
        due_before=event.due_before,
        due_after=event.due_after,
        owner_before=str(event.owner_before or ""),
        owner_after=str(event.owner_after or ""),
    )


def _nameless(event: Happening) -> Happening:
    return replace(event, by="", reason="", owner_before="", owner_after="")


def _pauses(events: list[ClockEvent], calendar: WorkingCalendar | None) -> list[PauseAccount]:
    """Each pause with the resumption that ended it, in the order they were written down."""
    pauses: list[PauseAccount] = []
    for event in events:
        if event.kind == Kind.PAUSED:
            pauses.append(PauseAccount(event.happened_at, None, event.reason, None))
        elif event.kind == Kind.RESUMED and pauses:
            days = _working_days(pauses[-1].since, event.happened_at, calendar)
            pauses[-1] = replace(pauses[-1], until=event.happened_at, working_days=days)
    return pauses


def _working_days(since: datetime, until: datetime, calendar: WorkingCalendar | None) -> int | None:
    try:
        return calendar.working_days_between(_day(since), _day(until)) if calendar else None
    except BeyondCalendar:
        return None


def _steps(
    clock: Clock, calendar: WorkingCalendar | None, pauses: list[PauseAccount]
) -> tuple[Step, ...]:
    """The day-by-day count; its last line says by what time. Empty when it cannot be given."""
    ended = [Pause(each.since, each.until, each.reason) for each in pauses if each.until]
    rule = clock.standard.rule
    try:
        steps = count(calendar, rule, clock.counts_since, clock.due_at, ended) if calendar else []
    except BeyondCalendar:
        return ()
    if not steps:
        return ()
    last = f"{steps[-1].reason}: answer due by {time_in_words(clock.due_at)}"
    return (*steps[:-1], replace(steps[-1], reason=last))


def _counted_from(clock: Clock, calendar: WorkingCalendar | None) -> datetime | None:
    try:
        return calendar.counted_from(clock.counts_since, clock.standard.rule) if calendar else None
    except BeyondCalendar:
        return None


def _act_by(clock: Clock, calendar: WorkingCalendar | None) -> datetime | None:
    if calendar is None or Unit(clock.standard.unit) is not Unit.ELAPSED_HOURS:
        return None
    try:
        return calendar.act_by(clock.due_at)
    except BeyondCalendar:
        return None


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()
