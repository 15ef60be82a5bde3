"""When somebody may be booked: their weekly times, and the figures."""

from datetime import date
from math import ceil

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.models import Role, User
from clocks.wording import clock_in_words

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class SlotPolicy(models.Model):
    """The figures of callback slots: one row, changed on the settings page (H28, H35)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    slot_minutes = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(5), MaxValueValidator(120)]
    )
    # Each week, for somebody who works full time (H35).
    minimum_minutes = models.PositiveSmallIntegerField(
        default=120, validators=[MaxValueValidator(2400)]
    )
    minimum_minutes_managers = models.PositiveSmallIntegerField(
        default=120, validators=[MaxValueValidator(2400)]
    )
    # How far ahead slots are made.
    horizon_days = models.PositiveSmallIntegerField(
        default=42, validators=[MinValueValidator(14), MaxValueValidator(182)]
    )
    # A slot without an outcome counts as missed this long after its end.
    grace_minutes = models.PositiveSmallIntegerField(
        default=15, validators=[MaxValueValidator(240)]
    )
    # After this many calls nobody took we write.
    attempts_before_writing = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="slot_policy_one"),
            models.CheckConstraint(
                condition=Q(slot_minutes__gte=5, slot_minutes__lte=120),
                name="slot_policy_minutes",
            ),
        ]

    def __str__(self) -> str:
        return f"Slots of {self.slot_minutes} minutes"

    @classmethod
    def current(cls) -> "SlotPolicy":
        """The figures in force; the shipped ones until somebody changes them."""
        return cls.objects.first() or cls()

    def minimum_slots(self, person: User) -> int:
        """How many slots a week ``person`` is to offer: by hours worked, one at least (H35)."""
        managers = person.role in (Role.TEAM_LEAD, Role.SENIOR_MANAGER)
        minutes = self.minimum_minutes_managers if managers else self.minimum_minutes
        if minutes == 0:
            return 0
        # A part of a slot is a whole one: 2 hours at 0.6 are 72 minutes, three slots of 30.
        return max(1, ceil(minutes * person.fte / self.slot_minutes))


class PatternQuerySet(models.QuerySet["Pattern"]):
    def in_use(self, day: date) -> "PatternQuerySet":
        """Those in force on local date ``day`` or later."""
        return self.filter(Q(last_day=None) | Q(last_day__gte=day))


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Pattern(models.Model):
    """Hours that somebody keeps for callbacks every week, on the London clock (H35)."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="callback_patterns"
    )
    weekday = models.PositiveSmallIntegerField(choices=list(enumerate(WEEKDAYS)))
    starts = models.TimeField()
    ends = models.TimeField()
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)

    objects = PatternQuerySet.as_manager()

    class Meta:
        ordering = ["weekday", "starts", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(starts__lt=F("ends")), name="pattern_forwards"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="pattern_weekday"),
        ]
        indexes = [models.Index(fields=["person", "weekday"], name="pattern_of_person")]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M} to {self.ends:%H:%M}"

    @property
    def words(self) -> str:
        """ "Tuesday 2pm to 4pm"."""
        day = self.get_weekday_display()
        return f"{day} {clock_in_words(self.starts)} to {clock_in_words(self.ends)}"
