"""Making and ending the secret address of somebody's calendar."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.actions import note_listed
from accounts.errors import RuleBroken
from accounts.models import User
from callbacks.feed import HAS_CALENDAR
from callbacks.models import CalendarFeed

# A calendar program asks every few minutes: that it asks at all is written down once a day.
NOTED_EVERY = timedelta(days=1)


def digest_of(secret: str) -> str:
    """What is kept of a secret: 256 random bits need no salt and no slow function."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def make_feed(*, by: User, now: datetime) -> tuple[CalendarFeed, str]:
    """A new address for the calendar of ``by`` at ``now`` (aware); the one before it ends.

    Returns the secret too, which is kept nowhere. Raises RuleBroken (``no_diary``).
    """
    if by.role not in HAS_CALENDAR:
        raise RuleBroken("Your role has no diary in the portal.", "no_diary")
    # Two clicks at once come one after the other: the later address is the one that answers.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    CalendarFeed.objects.in_use().filter(user=by).update(revoked_at=now)
    secret = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(user=by, digest=digest_of(secret), made_at=now)
    return feed, secret


def revoke_feed(*, by: User, now: datetime) -> bool:
    """End the address of ``by`` at ``now`` (aware); False when there was none to end."""
    return bool(CalendarFeed.objects.in_use().filter(user=by).update(revoked_at=now))


def note_feed_read(*, feed: CalendarFeed, records: Iterable[str], now: datetime) -> None:
    """Write down, at most once a day, that ``feed`` was read at ``now`` (aware).

    ``records`` are the references it showed. One that comes in later that day is still there,
    and written down, the next day: a call stays in the feed for 14 days after it.
    """
    if feed.last_read_at is not None and now - feed.last_read_at < NOTED_EVERY:
        return
    not_yet = Q(last_read_at=None) | Q(last_read_at__lte=now - NOTED_EVERY)
    with transaction.atomic():
        # Two readings at once: only one of them finds the row as it was.
        if CalendarFeed.objects.filter(not_yet, pk=feed.pk).update(last_read_at=now):
            note_listed(records=records, by=feed.user, now=now, detail="In their own calendar")
