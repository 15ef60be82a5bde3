"""The policy figures as data, and the clock: a promise with an owner and a date."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pghistory
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest

from accounts.append_only import append_only

# Django looks for models here; so does everybody else.
from clocks.calendar_models import (  # noqa: F401
    BankHoliday,
    CalendarYear,
    Closure,
    OpeningPeriod,
)
from clocks.working_time import Receipt, Rule, Unit


class UnitChoice(models.TextChoices):
    WORKING_DAYS = Unit.WORKING_DAYS.value, "working days"
    WORKING_HOURS = Unit.WORKING_HOURS.value, "working hours"
    ELAPSED_HOURS = Unit.ELAPSED_HOURS.value, "hours"
    CALENDAR_DAYS = Unit.CALENDAR_DAYS.value, "days"
    WEEKS = Unit.WEEKS.value, "weeks"
    CALENDAR_MONTHS = Unit.CALENDAR_MONTHS.value, "months"


class ReceiptChoice(models.TextChoices):
    NEXT_OPENING = Receipt.NEXT_OPENING.value, "Out of hours counts from the next opening"
    SAME_DAY = Receipt.SAME_DAY.value, "Counts from the date it came"
    CUT_OFF = Receipt.CUT_OFF.value, "After the cut-off time counts from the next working day"


class StandardQuerySet(models.QuerySet["Standard"]):
    def in_force(self, code: str, on: date) -> "Standard":
        """The version of ``code`` in force on local date ``on``; DoesNotExist when none is."""
        found = self.filter(code=code, effective_from__lte=on).order_by("-effective_from").first()
        if found is None:
            raise Standard.DoesNotExist(f"No standard {code} is in force on {on}.")
        return found


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Standard(models.Model):
    """One version of one policy figure. A clock keeps the version it started with."""

    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    amount = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    unit = models.CharField(max_length=20, choices=UnitChoice, default=UnitChoice.WORKING_DAYS)
    receipt = models.CharField(
        max_length=20, choices=ReceiptChoice, default=ReceiptChoice.NEXT_OPENING
    )
    cut_off = models.TimeField(null=True, blank=True)
    beginning_with_day = models.BooleanField(default=False)
    roll_to_working_day = models.BooleanField(default=False)
    # The owner is reminded this many working days before the date.
    warn_working_days = models.PositiveSmallIntegerField(default=2)
    effective_from = models.DateField()

    objects = StandardQuerySet.as_manager()

    class Meta:
        ordering = ["code", "-effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["code", "effective_from"], name="standard_version"),
            models.CheckConstraint(condition=Q(amount__gte=1), name="standard_amount_positive"),
            models.CheckConstraint(
                condition=Q(receipt="cut_off", cut_off__isnull=False)
                | (~Q(receipt="cut_off") & Q(cut_off__isnull=True)),
                name="standard_cut_off_with_rule",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.wording}"

    @property
    def wording(self) -> str:
        """The promise in public words, for example "within 5 working days"."""
        unit = self.get_unit_display()
        return f"within {self.amount} {unit.removesuffix('s') if self.amount == 1 else unit}"

    @property
    def rule(self) -> Rule:
        return Rule(
            amount=self.amount,
            unit=Unit(self.unit),
            receipt=Receipt(self.receipt),
            cut_off=self.cut_off,
            beginning_with_day=self.beginning_with_day,
            roll_to_working_day=self.roll_to_working_day,
        )


@dataclass(frozen=True)
class Backlog:
    """How many clocks enforcement should have written down, and since when the oldest waits."""

    clocks: int
    since: datetime | None

    def lag(self, now: datetime) -> timedelta:
        """How far enforcement is behind at ``now`` (aware); zero when nothing waits."""
        return now - self.since if self.since else timedelta()


class ClockQuerySet(models.QuerySet["Clock"]):
    def open(self) -> "ClockQuerySet":
        return self.filter(state__in=OPEN_STATES)

    def counts(self, now: datetime, soon: datetime) -> dict[str, int]:
        """How many are open, late at ``now``, and due by ``soon`` but not late (both aware)."""
        return self.open().aggregate(**_counts(now, soon))

    def counts_by_owner(self, now: datetime, soon: datetime) -> "models.QuerySet[Any, Any]":
        """The same a person, those with most late first."""
        counts = _counts(now, soon)
        people = self.open().values("owner_id", "owner__full_name").annotate(**counts)
        return people.order_by(*(F(name).desc() for name in ("late_count", "soon_count")))

    def counts_by_team(self, now: datetime, soon: datetime) -> "models.QuerySet[Any, Any]":
        """The same a team, in the order of their names."""
        teams = self.open().values("team_id", "team__name", "team__lead__full_name")
        return teams.annotate(**_counts(now, soon)).order_by("team__name")

    def to_breach(self, now: datetime) -> "ClockQuerySet":
        """Running clocks whose due moment has passed and is not yet written down as a breach."""
        return self.filter(state=Clock.State.RUNNING, breached_at=None, due_at__lt=now)

    def backlog(self, now: datetime) -> Backlog:
        """What is past its date at ``now`` (aware) and not yet recorded.

        Something logged late waits since it was logged, however long ago its date was.
        """
        waits_since = Greatest("due_at", "started_at")
        found = self.to_breach(now).aggregate(
            clocks=models.Count("*"), since=models.Min(waits_since)
        )
        return Backlog(**found)

    def open_and_late(self, now: datetime) -> tuple[int, int]:
        """How many are open, and how many of them are past their date at ``now`` (aware)."""
        found = self.open().aggregate(
            open=models.Count("pk"),
            late=models.Count("pk", filter=Q(state=Clock.State.RUNNING, due_at__lt=now)),
        )
        return found["open"], found["late"]

    def to_warn(self, now: datetime) -> "ClockQuerySet":
        """Running clocks, not yet late, whose owner should be reminded by ``now``."""
        return self.filter(state=Clock.State.RUNNING, breached_at=None, warn_at__lte=now)


def _counts(now: datetime, soon: datetime) -> dict[str, models.Count]:
    return {
        "open_count": models.Count("pk"),
        "late_count": models.Count("pk", filter=Q(state=Clock.State.RUNNING, due_at__lt=now)),
        "soon_count": models.Count("pk", filter=Q(due_at__gte=now, due_at__lte=soon)),
    }


class Clock(models.Model):
    """A promise: who owes an answer, by when, and whether it was kept.

    ``about`` and ``path`` say what it is for in words that carry no child's details, because
    they go into notices; the row that owes something points down here. A breached clock keeps
    running until it is met. All moments are stored in UTC.

    The due moment is that of the standard, counted from ``received_at``, moved on by what the
    pauses so far came to: ``paused_days`` for standards in days (working days or calendar days,
    as the standard counts), ``paused_time`` for standards in hours. A clock made by a holding
    reply has a ``previous`` one and its date is the one promised (H58).
    """

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        MET = "met", "Answered"
        CANCELLED = "cancelled", "Cancelled"

    standard = models.ForeignKey(Standard, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="clocks"
    )
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="clocks")
    about = models.CharField(max_length=160)
    path = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # The next reminder; none when there is none to come.
    warn_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    pause_began_at = models.DateTimeField(null=True, blank=True)
    paused_days = models.PositiveSmallIntegerField(default=0, db_default=0)
    paused_time = models.DurationField(default=timedelta, db_default=timedelta())
    previous = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="following"
    )
    # Holding replies in a row, this clock's own included.
    promises_in_a_row = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Since when its standard counts, when it was made urgent after it was received (H64).
    hastened_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["running", "paused"], stopped_at__isnull=True)
                | Q(state__in=["met", "cancelled"], stopped_at__isnull=False),
                name="clock_stopped_when_closed",
            ),
            models.CheckConstraint(
                condition=Q(state="paused", pause_began_at__isnull=False)
                | (~Q(state="paused") & Q(pause_began_at__isnull=True)),
                name="clock_paused_since",
            ),
        ]
        indexes = [
            # Enforcement: running clocks past their date (clocks.enforcement.tick).
            models.Index(
                fields=["due_at"],
                condition=Q(state="running", breached_at__isnull=True),
                name="clock_to_breach",
            ),
            # Enforcement: running clocks whose owner is to be reminded.
            models.Index(
                fields=["warn_at"],
                condition=Q(state="running", warn_at__isnull=False, breached_at__isnull=True),
                name="clock_to_warn",
            ),
            # "What do I owe, soonest first?" (a person's worklist).
            models.Index(
                fields=["owner", "due_at", "id"],
                condition=Q(state__in=["running", "paused"]),
                name="clock_owed_by",
            ),
            # "Where is my team about to break a promise?" (the team's page).
            models.Index(
                fields=["team", "due_at", "id"],
                condition=Q(state__in=["running", "paused"]),
                name="clock_owed_by_team",
            ),
            # "What is past its date in the whole service?" (the resolution desk).
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state__in=["running", "paused"]),
                name="clock_owed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about}, due {self.due_at:%d/%m/%Y}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def counts_since(self) -> datetime:
        """The moment (aware) that its standard is counted from."""
        return self.hastened_at or self.received_at

    @property
    def is_chosen(self) -> bool:
        """True when its date was given in a holding reply, and not counted (H58)."""
        return self.previous_id is not None and self.hastened_at is None

    @property
    def is_promised_too_often(self) -> bool:
        """Three holding replies in a row: somebody should look why (H58)."""
        return self.promises_in_a_row >= TOO_MANY_PROMISES

    @property
    def was_late(self) -> bool:
        """True when the promise was kept after its date."""
        return self.stopped_at is not None and self.stopped_at > self.due_at


OPEN_STATES = [Clock.State.RUNNING, Clock.State.PAUSED]
TOO_MANY_PROMISES = 3
# One door: every change of state is looked up here by clocks.transitions.
ALLOWED_TRANSITIONS = {
    Clock.State.RUNNING: {Clock.State.PAUSED, Clock.State.MET, Clock.State.CANCELLED},
    Clock.State.PAUSED: {Clock.State.RUNNING, Clock.State.MET, Clock.State.CANCELLED},
    Clock.State.MET: set(),
    Clock.State.CANCELLED: set(),
}


class ClockEvent(models.Model):
    """One thing that happened to a clock: append-only, kept by the database itself.

    ``happened_at`` is when it happened, ``recorded_at`` when it was written down.
    """

    class Kind(models.TextChoices):
        STARTED = "started", "Promise made"
        WARNED = "warned", "Reminder sent"
        BREACHED = "breached", "Date passed"
        PAUSED = "paused", "Paused"
        RESUMED = "resumed", "Resumed"
        PROMISED = "promised", "New date promised"
        REASSIGNED = "reassigned", "Passed on"
        MOVED = "moved", "Date moved with the calendar"
        HASTENED = "hastened", "Accepted as urgent"
        MET = "met", "Answered"
        CANCELLED = "cancelled", "Cancelled"

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)
    due_before = models.DateTimeField(null=True, blank=True)
    due_after = models.DateTimeField(null=True, blank=True)
    owner_before = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    owner_after = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["recorded_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "kind"],
                condition=Q(kind__in=["started", "breached", "met", "cancelled"]),
                name="clock_event_once",
            )
        ]
        triggers = append_only("clock_event")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.clock}"


class EnforcementTick(models.Model):
    """The last pass of enforcement: one row, so that its age can be watched."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    ran_at = models.DateTimeField()
    breached = models.PositiveIntegerField(default=0)
    warned = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_tick_row")]

    def __str__(self) -> str:
        return f"Enforced {self.ran_at:%d/%m/%Y %H:%M}"
