"""Voicemail lines, who listened to them when, and what callers hear (H42, H43)."""

import pghistory
from django.conf import settings
from django.db import models

from accounts.append_only import append_only


class VoicemailLineQuerySet(models.QuerySet["VoicemailLine"]):
    def in_use(self) -> "VoicemailLineQuerySet":
        return self.filter(active=True).select_related("team", "user")


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class VoicemailLine(models.Model):
    """A team's duty line or one person's own line."""

    name = models.CharField(max_length=120, unique=True)
    number = models.CharField(max_length=40)
    team = models.ForeignKey(
        "accounts.Team", on_delete=models.PROTECT, related_name="voicemail_lines"
    )
    # Somebody's own line; empty for the team's duty line.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="voicemail_lines",
    )
    active = models.BooleanField(default=True)
    # The last check; each of them is a VoicemailCheck.
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = VoicemailLineQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_personal(self) -> bool:
        return self.user_id is not None


class VoicemailCheck(models.Model):
    """Somebody listened to a line."""

    line = models.ForeignKey(VoicemailLine, on_delete=models.PROTECT, related_name="checks")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            # The history of one line, newest first.
            models.Index(fields=["line", "-at"], name="voicemail_check_line"),
        ]

    def __str__(self) -> str:
        return f"{self.line} checked by {self.by}"


class GreetingRecording(models.Model):
    """Somebody recorded a line's greeting: the words they read out (H42). Never changed."""

    line = models.ForeignKey(VoicemailLine, on_delete=models.PROTECT, related_name="recordings")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    script = models.TextField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            # The recordings of one line, newest first: the newest is what callers hear.
            models.Index(fields=["line", "-at"], name="greeting_of_line"),
        ]
        triggers = append_only("greeting_recording")

    def __str__(self) -> str:
        return f"Greeting of {self.line} recorded by {self.by}"
