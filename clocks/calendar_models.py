"""The council's calendar as rows: bank holidays, opening hours and closures."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q


class CalendarYear(models.Model):
    """A year whose bank holidays are loaded. A date in any other year is refused."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    source = models.CharField(max_length=100)
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["year"]

    def __str__(self) -> str:
        return str(self.year)


class BankHoliday(models.Model):
    """A bank holiday of England and Wales."""

    day = models.DateField(primary_key=True)
    name = models.CharField(max_length=100)
    year = models.ForeignKey(CalendarYear, on_delete=models.CASCADE, related_name="holidays")

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.name}, {self.day:%-d %B %Y}"


class OpeningPeriod(models.Model):
    """A stretch of one weekday in which the service is open, in local time (H21)."""

    weekday = models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)])
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__lt=F("closes")), name="opening_before_closing"
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="opening_weekday"),
            models.UniqueConstraint(fields=["weekday", "opens"], name="opening_once"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens:%H:%M} to {self.closes:%H:%M}"

    def clean(self) -> None:
        """Refuse hours that overlap others of the same weekday."""
        others = OpeningPeriod.objects.filter(weekday=self.weekday).exclude(pk=self.pk)
        if others.filter(opens__lt=self.closes, closes__gt=self.opens).exists():
            raise ValidationError({"opens": "These hours overlap others of the same day."})


class Closure(models.Model):
    """Days on which the service is closed for a reason of the council's own."""

    name = models.CharField(max_length=100)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")), name="closure_not_backwards"
            ),
            # A slip of the year would close the service for a lifetime.
            models.CheckConstraint(
                condition=Q(last_day__lt=F("first_day") + timedelta(days=366)),
                name="closure_at_most_a_year",
            ),
        ]

    def __str__(self) -> str:
        return self.name
