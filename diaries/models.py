"""What fills a working day besides calls: meetings, time a team protects, turns on the duty line.

Moments are stored in UTC; times of day and days are London's.
"""

from datetime import date, datetime

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    DateRangeField,
    DateTimeRangeField,
    DecimalRangeField,
    RangeOperators,
)
from django.contrib.postgres.indexes import GistIndex, OpClass
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F, Func, Q, Value

from accounts.models import Team, User


class BlockQuerySet(models.QuerySet["Block"]):
    def in_force(self) -> "BlockQuerySet":
        return self.filter(withdrawn_at=None)

    def overlapping(self, start: datetime, end: datetime) -> "BlockQuerySet":
        """Blocks that share a moment with the half-open range from ``start`` to ``end``."""
        return self.filter(period__overlap=DateTimeTZRange(start, end))


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Block(models.Model):
    """Time in somebody's diary when they take no calls (H19, H41).

    ``title`` is for the person and their team alone: advisers see the kind, never the words.
    """

    class Kind(models.TextChoices):
        MEETING = "meeting", "Meeting"
        CASEWORK = "casework", "Casework"
        TRAINING = "training", "Training"
        OTHER = "other", "Something else"

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="blocks")
    kind = models.CharField(max_length=10, choices=Kind)
    period = DateTimeRangeField()
    title = models.CharField(max_length=120, blank=True, db_default="")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = BlockQuerySet.as_manager()

    class Meta:
        ordering = ["period", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    period__isempty=False,
                    period__lower_inf=False,
                    period__upper_inf=False,
                    period__lower_inc=True,
                    period__upper_inc=False,
                ),
                name="block_has_start_and_end",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="block_withdrawn_by_somebody",
            ),
        ]
        indexes = [
            # "When is this person busy?", asked for every slot and every caller.
            GistIndex(
                OpClass("person", name="gist_int8_ops"),
                "period",
                condition=Q(withdrawn_at=None),
                name="block_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.person}"


def _seconds(field: str) -> Func:
    """A time of day as a number: PostgreSQL has no range of times."""
    return Func(
        F(field),
        template="EXTRACT(EPOCH FROM %(expressions)s)",
        output_field=models.DecimalField(max_digits=8, decimal_places=2),
    )


class ProtectedTimeQuerySet(models.QuerySet["ProtectedTime"]):
    def between(self, first: date, last: date) -> "ProtectedTimeQuerySet":
        """What is in force on some day from ``first`` to ``last``, both included."""
        return self.filter(Q(last_day=None) | Q(last_day__gte=first), first_day__lte=last)


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class ProtectedTime(models.Model):
    """Time of a weekday in which the case owners of a team need not answer calls (H40).

    On the London clock, also in the weeks the clock changes; ``last_day`` None: until further
    notice.
    """

    class Weekday(models.IntegerChoices):
        MONDAY = 0, "Monday"
        TUESDAY = 1, "Tuesday"
        WEDNESDAY = 2, "Wednesday"
        THURSDAY = 3, "Thursday"
        FRIDAY = 4, "Friday"
        SATURDAY = 5, "Saturday"
        SUNDAY = 6, "Sunday"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="protected_times")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    starts = models.TimeField()
    ends = models.TimeField()
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = ProtectedTimeQuerySet.as_manager()

    class Meta:
        ordering = ["weekday", "starts", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="protected_on_a_weekday"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="protected_forwards"),
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")),
                name="protected_days_forwards",
            ),
            ExclusionConstraint(
                name="protected_no_overlap",
                expressions=[
                    ("team", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (
                        Func(
                            _seconds("starts"),
                            _seconds("ends"),
                            Value("[)"),
                            function="numrange",
                            output_field=DecimalRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("first_day"),
                            F("last_day"),
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team}, {self.get_weekday_display()} {self.starts} to {self.ends}"


class DutyShiftQuerySet(models.QuerySet["DutyShift"]):
    def between(self, first: date, last: date) -> "DutyShiftQuerySet":
        return self.filter(day__range=(first, last))


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class DutyShift(models.Model):
    """One person answers the duty line of a team on one London day (H39)."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="duty_shifts")
    day = models.DateField()
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="duty_shifts")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = DutyShiftQuerySet.as_manager()

    class Meta:
        ordering = ["day", "id"]
        constraints = [
            models.UniqueConstraint(fields=["team", "day", "person"], name="duty_once_a_day"),
        ]
        indexes = [
            # "On which of these days is this person on duty?"
            models.Index(fields=["person", "day"], name="duty_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person} on duty on {self.day}"
