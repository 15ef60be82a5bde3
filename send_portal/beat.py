"""Celery beat behind a PostgreSQL advisory lock: run as many as you like, one leads.

A beat that dies loses its database connection and with it the lock, and the next one takes
over; when its whole machine has vanished, half a minute later. Two leading for a moment would
do no harm: every scheduled task is idempotent.
"""

from typing import Any

import structlog
from celery.beat import Scheduler
from django.db import connections

from send_portal.heartbeat import alive

log = structlog.get_logger(__name__)

# Any constant that no other advisory lock of this database uses.
LOCK_KEY = 7_360_031
FOLLOWER_WAITS = 1.0
# A machine that loses its power says no goodbye: PostgreSQL would believe in its connection, and
# keep its lock, until the system's keepalives notice, commonly after two hours. So ours ask after
# 10 seconds of silence, then every 5, and give up after 3 without an answer. On a unix socket,
# where both ends share one machine, they mean nothing and do no harm.
NOTICE_DEATH = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
)


class GuardedScheduler(Scheduler):
    """Celery's plain scheduler, ticking only while this process holds the lock."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._guard = connections.create_connection("default")
        self._leads = False
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Seconds until the next look; a follower looks for the lock once a second."""
        if not self._holds_lock():
            return FOLLOWER_WAITS
        return float(super().tick(*args, **kwargs))

    def close(self) -> None:
        self._guard.close()
        super().close()

    def _holds_lock(self) -> bool:
        try:
            held = self._still_held() or self._take()
            alive("beat")
        except Exception:
            log.warning("beat_lost_database", exc_info=True)
            self._guard.close()
            held = False
        if held and not self._leads:
            log.info("beat_leads")
        self._leads = held
        return held

    def _still_held(self) -> bool:
        """Asked of PostgreSQL each time: the lock goes with the connection it was taken on."""
        return self._ask(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND pid = pg_backend_pid() AND classid = 0 AND objid = %s)"
        )

    def _take(self) -> bool:
        with self._guard.cursor() as cursor:
            cursor.execute(NOTICE_DEATH)
        return self._ask("SELECT pg_try_advisory_lock(%s)")

    def _ask(self, question: str) -> bool:
        with self._guard.cursor() as cursor:
            cursor.execute(question, [LOCK_KEY])
            return bool(cursor.fetchone()[0])
