"""A call at the Customer Service Centre: what was tried and what became of it (H26, H38)."""

from datetime import datetime, timedelta

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.append_only import append_only
from accounts.models import User
from cases.models import Case, Contact, UrgentReason


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Signpost(models.Model):
    """Another service that a caller can be sent to (H25)."""

    name = models.CharField(max_length=120, unique=True)
    for_what = models.CharField(max_length=200)
    phone = models.CharField(max_length=40, blank=True)
    url = models.URLField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    # Taken out of use, never deleted: calls point at it.
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class DeskCallQuerySet(models.QuerySet["DeskCall"]):
    def going_on(self, adviser: User) -> "DeskCallQuerySet":
        """Calls that ``adviser`` has not finished writing down, newest first."""
        found = self.filter(adviser=adviser, ended_at=None).order_by("-started_at")
        return found.select_related("case__person")

    def about(self, case: Case | None) -> "DeskCallQuerySet":
        """Calls about the child of ``case`` (a kept record), or about no known child."""
        if case is None:
            return self.filter(case=None)
        return self.filter(Q(case=case) | Q(case__merged_into=case))

    def since(self, now: datetime, how_long: timedelta) -> "DeskCallQuerySet":
        return self.filter(started_at__gte=now - how_long)


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class DeskCall(models.Model):
    """One caller on the line, from the first try to reach somebody to what became of it.

    ``matter`` is what is owed already, when the caller rings about it; ``contact`` is what was
    written down of this call. ``case`` is empty when the child was not found.
    """

    class Outcome(models.TextChoices):
        GOING_ON = "", "Not finished"
        ANSWERED = "answered", "Answered at the desk"
        SIGNPOSTED = "signposted", "Sent to another service"
        TRANSFERRED = "transferred", "Put through"
        BOOKED = "booked", "Callback booked"
        MESSAGE = "message", "Message taken"
        WAITING = "waiting", "Told when they will hear"
        # The caller was gone before anything could be said or written down.
        RANG_OFF = "rang_off", "Caller rang off"

    class Gate(models.TextChoices):
        """What the desk said about putting the call through (H32, H33)."""

        OPEN = "open", "Nothing is owed yet: try to put them through"
        NEW = "new", "Something new from somebody who waits in time: try to put them through"
        OVERDUE = "overdue", "Overdue and nobody has rung: put them through"
        URGENT = "urgent", "More urgent now: put them through"
        CALLED = "called", "Overdue, and we have rung: book a call"
        WAIT = "wait", "In time: tell them the date"

    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.PROTECT, related_name="desk_calls"
    )
    adviser = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="desk_calls"
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True, default="")
    gate = models.CharField(max_length=10, choices=Gate, blank=True, default="")
    urgent_reason = models.ForeignKey(
        UrgentReason, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    matter = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="desk_calls"
    )
    signpost = models.ForeignKey(
        Signpost, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # The sentence with the date that the caller was told (H24, H30, H38).
    told = models.TextField(blank=True)
    # The adviser said so: not to ring again before that date (H30).
    reminded = models.BooleanField(default=False, db_default=False)
    # There was no slot at all to offer: a breach of capacity as well (H29).
    no_slot = models.BooleanField(default=False)
    # A form ends a call once; a second click finds it ended.
    submission = models.UUIDField(null=True, blank=True, unique=True)

    objects = DeskCallQuerySet.as_manager()

    class Meta:
        constraints = [
            # A second click on "I tried the coordinator" goes on with the same call.
            models.UniqueConstraint(
                fields=["adviser", "case"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="desk_call_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", ended_at__isnull=True)
                | (~Q(outcome="") & Q(ended_at__isnull=False)),
                name="desk_call_ended_with_outcome",
            ),
        ]
        indexes = [
            # The reports, by week.
            models.Index(fields=["started_at"], name="desk_call_by_time"),
        ]

    def __str__(self) -> str:
        return f"Call taken by {self.adviser}, {self.started_at:%d/%m/%Y %H:%M}"


class Attempt(models.Model):
    """One try to put a caller through, with its time and result (H26, H27)."""

    class Party(models.TextChoices):
        COORDINATOR = "coordinator", "The coordinator"
        DUTY_LINE = "duty_line", "The team’s duty line"

    class Result(models.TextChoices):
        ANSWERED = "answered", "They took the call"
        NO_ANSWER = "no_answer", "No answer"
        ENGAGED = "engaged", "Engaged"
        SKIPPED = "skipped", "Not tried"

    call = models.ForeignKey(DeskCall, on_delete=models.PROTECT, related_name="attempts")
    party = models.CharField(max_length=12, choices=Party)
    result = models.CharField(max_length=10, choices=Result)
    at = models.DateTimeField()
    # Who should have answered; nobody by name on a duty line.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    number = models.CharField(max_length=40, blank=True)
    # Why it was not tried: a code the system knows (diaries.availability), or "other".
    reason = models.CharField(max_length=20, blank=True)
    reason_words = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["at", "id"]
        triggers = append_only("attempt")
        constraints = [
            models.CheckConstraint(
                condition=~Q(result="skipped") | ~Q(reason=""), name="attempt_skipped_for_reason"
            ),
        ]
        # Tries in a week, of every adviser (reports.calls.desk_figures).
        indexes = [models.Index(fields=["at"], name="attempt_by_time")]

    def __str__(self) -> str:
        return f"{self.get_party_display()}: {self.get_result_display().lower()}"
