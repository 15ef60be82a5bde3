"""Sessions that have ended are deleted with all that they hold."""

from datetime import UTC, datetime, timedelta

import time_machine
from django.contrib.sessions.models import Session

from accounts.tasks import delete_sessions

NOW = datetime(2026, 11, 5, 10, tzinfo=UTC)


def test_only_sessions_that_have_ended_are_deleted(db):
    for key, minutes in (("ended", -1), ("ends now", 0), ("lasts", 1)):
        Session.objects.create(session_key=key, expire_date=NOW + timedelta(minutes=minutes))

    with time_machine.travel(NOW, tick=False):
        assert delete_sessions() == 1

    assert set(Session.objects.values_list("session_key", flat=True)) == {"ends now", "lasts"}
