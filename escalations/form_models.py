"""What was sent with the public form, kept as it was typed before anything looks inside."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from accounts.append_only import kept_for_ever
from cases.models import Contact
from escalations.ladder_models import Escalation


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def waiting(self, now: datetime) -> "SubmissionQuerySet":
        """What is to be worked through at ``now`` (aware), longest waiting first."""
        waiting = self.filter(state=Submission.State.WAITING, next_try_at__lte=now)
        return waiting.order_by("next_try_at", "id")

    def unfinished(self) -> "SubmissionQuerySet":
        """What is not yet with the person responsible and goes there by itself."""
        return self.filter(state=Submission.State.WAITING)

    def failed(self) -> "SubmissionQuerySet":
        """What could not be worked through: somebody has to look."""
        return self.filter(state=Submission.State.FAILED)

    def held_back(self) -> "SubmissionQuerySet":
        """What a robot may have sent: worked through at ``next_try_at``, not at once."""
        return self.unfinished().filter(tries=0).exclude(last_error="")


class Submission(models.Model):
    """One form sent by a family, a school or a professional, and what became of it.

    The answers are stored in the request and worked through afterwards by a task, so that
    everybody gets the same page in the same time, whether we know the child or not, and nothing
    is lost when the rest is slow or broken.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be worked through"
        DONE = "done", "With the person responsible"
        FAILED = "failed", "Could not be worked through"

    # The form's own id: sent twice, it is one submission.
    form = models.UUIDField(unique=True)
    reference = models.CharField(max_length=20, unique=True)
    received_at = models.DateTimeField()
    answers = models.JSONField()

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="submissions"
    )
    escalation = models.ForeignKey(
        Escalation, null=True, blank=True, on_delete=models.PROTECT, related_name="submissions"
    )
    # escalations.ladder.Kind: what it turned out to be.
    kind = models.CharField(max_length=10, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="done", contact__isnull=False, done_at__isnull=False)
                | (~Q(state="done") & Q(done_at__isnull=True)),
                name="submission_done_in_full",
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(next_try_at__isnull=False),
                name="submission_waiting_has_time",
            ),
        ]
        indexes = [
            # The task that works them through (SubmissionQuerySet.waiting).
            models.Index(
                fields=["next_try_at", "id"],
                condition=Q(state="waiting"),
                name="submission_waiting",
            ),
            # What somebody has to look at (SubmissionQuerySet.failed; the metrics).
            models.Index(
                fields=["received_at", "id"],
                condition=Q(state="failed"),
                name="submission_failed",
            ),
        ]
        triggers = kept_for_ever("submission", "answers", "received_at", "reference", "form")

    def __str__(self) -> str:
        return self.reference


RETRY_WAITS = [
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
]
# A worker that dies over one leaves it claimed for this long.
CLAIM_LASTS = timedelta(minutes=6)
