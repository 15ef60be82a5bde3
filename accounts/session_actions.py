"""Sessions that have ended: what they hold goes with them."""

from datetime import datetime

from django.contrib.sessions.models import Session


def delete_ended_sessions(*, now: datetime) -> int:
    """Delete every session that had ended at ``now`` (aware); returns how many.

    Sign-ins end there, and so do the answers of forms that nobody has sent.
    """
    deleted, _ = Session.objects.filter(expire_date__lt=now).delete()
    return deleted
