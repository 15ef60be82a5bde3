"""The secret address at which somebody's own calendar program reads their callbacks."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Role


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def in_use(self) -> "CalendarFeedQuerySet":
        """Addresses that their holders have not ended."""
        return self.filter(revoked_at=None)

    def answering(self, roles: Iterable[Role]) -> "CalendarFeedQuerySet":
        """Those in use of people who still work here, in one of ``roles``."""
        holders = self.in_use().filter(user__is_active=True, user__role__in=sorted(roles))
        return holders.select_related("user")


class CalendarFeed(models.Model):
    """One address of one member of staff: only the secret's digest is kept.

    A new address ends the old one; the row stays, so that it is known when it was read last.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calendar_feeds"
    )
    # SHA-256 of the secret in the address, in hexadecimal.
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    # Moved on at most once a day: a calendar program asks every few minutes.
    last_read_at = models.DateTimeField(null=True, blank=True)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(revoked_at=None), name="calendar_feed_one_in_use"
            ),
        ]
