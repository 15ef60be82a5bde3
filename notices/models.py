"""The outbox: one row for every message to a person, written with its cause."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User

# Django looks for models here; so does everybody else.
from notices.text_models import Link, Text  # noqa: F401


class NoticeQuerySet(models.QuerySet["Notice"]):
    def waiting(self, *, staff: bool) -> "NoticeQuerySet":
        """E-mails not yet sent, to staff or to everybody else: each kind has its own index."""
        return self.filter(mail=Notice.Mail.WAITING, recipient__isnull=not staff)

    def mailed_about(self, causes: Iterable[str]) -> "NoticeQuerySet":
        """E-mails to people outside whose key begins with one of ``causes``, oldest first.

        The index behind the unique key serves it: "contact:42:" is the start of such a key.
        """
        begins = Q(pk__in=[])
        for cause in causes:
            begins |= Q(key__startswith=cause)
        found = self.filter(begins, recipient=None).exclude(address="")
        return found.order_by("created_at", "id")

    def failed(self) -> "NoticeQuerySet":
        """E-mails that were given up."""
        return self.filter(mail=Notice.Mail.FAILED)

    def for_person(self, user: User) -> "NoticeQuerySet":
        """What ``user`` sees in the portal: summaries only say again by mail what is there."""
        return self.filter(recipient=user).exclude(kind=Notice.Kind.DIGEST)

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at__isnull=True)

    def to_deliver(self, now: datetime, *, staff: bool) -> "NoticeQuerySet":
        """E-mails due to be tried at ``now``, oldest first: to staff, or to everybody else."""
        return self.waiting(staff=staff).filter(next_try_at__lte=now).order_by("next_try_at")


class Notice(models.Model):
    """One message to one person: shown in the portal, sent by e-mail, or both.

    Written in the transaction of its cause with a unique ``key``, so a cause that is worked
    through twice still tells a person once. Delivery is at-least-once with a stable
    ``Message-ID``; this row is the record (H11, H14).
    """

    class Kind(models.TextChoices):
        NEW_WORK = "new_work", "New contact"
        WARNING = "warning", "Due soon"
        BREACH = "breach", "Date passed"
        ACKNOWLEDGEMENT = "acknowledgement", "Acknowledgement"
        REASSIGNED = "reassigned", "Passed to you"
        MOVED = "moved", "Date moved"
        DIGEST = "digest", "Today"
        REPLY = "reply", "Reply"
        CHASED = "chased", "Chased"
        COPY = "copy", "For information"
        PROMISED = "promised", "New date"
        URGENCY = "urgency", "Urgent or not"
        PASSED_ON = "passed_on", "Passed on"
        CASE = "case", "About a case"
        CONDUCT = "conduct", "For SEND leadership"
        CALLBACK = "callback", "Callback"
        CONCERN = "concern", "Concern taken further"

    class Mail(models.TextChoices):
        NONE = "none", "Not sent by e-mail"
        DIGEST = "digest", "Waiting for the day's summary"
        WAITING = "waiting", "Waiting to be sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Not delivered"

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="notices",
    )
    address = models.EmailField("e-mail address", blank=True)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    # Where the notice leads inside the portal, for example "/contacts/42/".
    path = models.CharField(max_length=200, blank=True)
    # The Message-ID of the e-mail that this one answers, so that it joins its thread.
    in_reply_to = models.CharField(max_length=998, blank=True, db_default="")
    # The iCalendar object that goes with the e-mail (notices.appointments).
    calendar = models.TextField(blank=True, db_default="")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    mail = models.CharField(max_length=10, choices=Mail, default=Mail.NONE)
    next_try_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(mail="none") | ~Q(address=""), name="notice_mail_has_address"
            ),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False) | ~Q(address=""), name="notice_reaches_someone"
            ),
            models.CheckConstraint(
                condition=~Q(mail="waiting") | Q(next_try_at__isnull=False),
                name="notice_waiting_has_time",
            ),
        ]
        indexes = [
            # The delivery tasks: what is due to be tried, to staff or to others.
            models.Index(
                fields=["next_try_at"],
                condition=Q(mail="waiting", recipient__isnull=True),
                name="notice_to_deliver",
            ),
            models.Index(
                fields=["next_try_at"],
                condition=Q(mail="waiting", recipient__isnull=False),
                name="notice_to_deliver_staff",
            ),
            # The count in the header, on every page.
            models.Index(
                fields=["recipient"], condition=Q(read_at__isnull=True), name="notice_unread"
            ),
            # A person's notices, newest first.
            models.Index(fields=["recipient", "-created_at", "-id"], name="notice_newest"),
            # What goes into the next summary, a person.
            models.Index(
                fields=["recipient", "created_at"],
                condition=Q(mail="digest"),
                name="notice_for_digest",
            ),
            # What could not be delivered, for the administrator.
            models.Index(fields=["-created_at"], condition=Q(mail="failed"), name="notice_failed"),
        ]

    def __str__(self) -> str:
        return self.subject

    def waits_until(self, now: datetime) -> bool:
        """Somebody chose to have it leave later than ``now`` (aware), and it has not been tried."""
        due = self.next_try_at
        return self.mail == self.Mail.WAITING and not self.tries and due is not None and due > now


# Waits between tries of one e-mail; after the last it is given up, visibly.
RETRY_WAITS = [
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
]
# A worker that dies while sending leaves its rows claimed for this long, then they are tried
# again. Longer than a whole batch can take, or a row could be sent while it is being sent.
CLAIM_LASTS = timedelta(minutes=10)
BATCH = 20
