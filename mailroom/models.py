"""Every e-mail that came in, kept as it came."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.append_only import kept_for_ever
from cases.models import Contact


class IncomingMailQuerySet(models.QuerySet["IncomingMail"]):
    def waiting(self) -> "IncomingMailQuerySet":
        """What is not filed yet, due or put off."""
        return self.filter(state=IncomingMail.State.WAITING)

    def due(self, now: datetime) -> "IncomingMailQuerySet":
        """What is to be filed at ``now``, longest waiting first."""
        return self.waiting().filter(next_try_at__lte=now).order_by("next_try_at", "id")

    def failed(self) -> "IncomingMailQuerySet":
        """What could not be filed after many tries: somebody has to look (H67)."""
        return self.filter(state=IncomingMail.State.FAILED).defer("raw")

    def filed_with(self, digest: str) -> "IncomingMailQuerySet":
        """The same message, when it has been filed before."""
        return self.filter(digest=digest, state=IncomingMail.State.FILED).defer("raw")


class IncomingMail(models.Model):
    """One message as it came, and what became of it.

    Stored before anything looks inside, so a message that nobody can read is not lost. The
    sending server is told 250 only when this row is committed.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be filed"
        FILED = "filed", "Filed"
        DUPLICATE = "duplicate", "The same message as another"
        # Our own message, or a machine's answer to one of staff's: a contact for it would write
        # to staff again, and so on for ever.
        OURS = "ours", "Our own message that came back"
        FAILED = "failed", "Could not be filed"

    MOST_MESSAGE_ID = 260

    received_at = models.DateTimeField()
    # Who sent it and to whom, as the servers told each other; empty for the null sender.
    envelope_from = models.CharField(max_length=320, blank=True)
    envelope_to = ArrayField(models.CharField(max_length=320))
    raw = models.BinaryField()
    size = models.PositiveIntegerField("size in bytes")
    # mailroom.digest: the same for two copies that came by different routes.
    digest = models.CharField(max_length=64)
    message_id = models.CharField(max_length=MOST_MESSAGE_ID, blank=True)

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="incoming_mails"
    )
    same_as = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies"
    )
    # Why no acknowledgement was sent; empty when one was.
    unacknowledged = models.CharField(max_length=120, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    filed_at = models.DateTimeField(null=True, blank=True)

    objects = IncomingMailQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="filed", contact__isnull=False, filed_at__isnull=False)
                | (~Q(state="filed") & Q(contact__isnull=True, filed_at__isnull=True)),
                name="incoming_mail_filed_in_full",
            ),
            models.CheckConstraint(
                condition=Q(state="duplicate", same_as__isnull=False)
                | (~Q(state="duplicate") & Q(same_as__isnull=True)),
                name="incoming_mail_same_as_another",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", next_try_at__isnull=False)
                | (~Q(state="waiting") & Q(next_try_at__isnull=True)),
                name="incoming_mail_waiting_has_time",
            ),
        ]
        indexes = [
            # The filing task: what is due to be filed (IncomingMailQuerySet.due).
            models.Index(
                fields=["next_try_at", "id"],
                condition=Q(state="waiting"),
                name="incoming_mail_due",
            ),
            # Has this message come before? (mailroom.filing)
            models.Index(fields=["digest"], name="incoming_mail_digest"),
            # What could not be filed, on the system page.
            models.Index(
                fields=["-received_at"], condition=Q(state="failed"), name="incoming_mail_failed"
            ),
        ]
        triggers = kept_for_ever("incoming_mail", "raw", "digest", "received_at")

    def __str__(self) -> str:
        return f"E-mail {self.pk} of {self.size:,} bytes"


# Waits between tries to file one message; after the last it is given up, visibly.
RETRY_WAITS = [
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
]
# A worker that dies over a message leaves it claimed for this long. Longer than a task may take
# (CELERY_TASK_TIME_LIMIT), so nobody else takes a message that is still being read.
CLAIM_LASTS = timedelta(minutes=6)
