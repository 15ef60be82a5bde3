"""Plays rare things through the actions themselves, each at its own moment of the history.

What happens a handful of times is not made up in bulk: the action that would do it does it. The
streamed tables are handed over to the database for that moment and taken back afterwards, so
that references still follow the order of logging.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Model

from clocks.calendars import council_calendar
from clocks.enforcement import breach_batch, warn_batch
from clocks.models import Clock
from notices.models import Notice
from send_portal.demo.copying import Table, continue_sequence, first_free_id, hand_over, take_back
from send_portal.demo.later import Happening
from send_portal.demo.telling import Teller

# Enforcement passes once a minute: it sees a moment this long after it on average.
SEEN_AFTER = timedelta(seconds=30)


class Stage:
    """Where the actions play, with enforcement passing over what they leave."""

    def __init__(self, tables: list[Table], rare: Iterable[type[Model]], teller: Teller) -> None:
        self.tables = tables
        self.teller = teller
        self.calendar = council_calendar()
        self._clocks: set[int] = set()
        for model in rare:
            # A load that was taken back has left its sequences further on.
            continue_sequence(model)

    def play(self, happening: Happening, at: datetime) -> None:
        """Let ``happening`` do at ``at`` what it does, after what enforcement did before."""
        hand_over(self.tables)
        first_clock, first_notice = first_free_id(Clock), first_free_id(Notice)
        # A worker is asked to deliver when a notice is written; none of these waits.
        callbacks = len(connection.run_on_commit)
        self._enforce(at)
        happening(at)
        del connection.run_on_commit[callbacks:]
        self._clocks |= set(Clock.objects.filter(pk__gte=first_clock).values_list("pk", flat=True))
        self._settle(first_notice)
        take_back(self.tables)

    def close(self, ends: datetime) -> None:
        """Let enforcement see what is due by the end."""
        self.play(lambda at: None, ends)

    def _enforce(self, until: datetime) -> None:
        while (moment := self._next_moment()) and moment + SEEN_AFTER < until:
            # One by one: many at once would be written down in whatever order they are found.
            while breach_batch(now=moment + SEEN_AFTER, batch=1):
                pass
            while warn_batch(now=moment + SEEN_AFTER, batch=1):
                pass

    def _next_moment(self) -> datetime | None:
        waiting = Clock.objects.filter(
            pk__in=self._clocks, state=Clock.State.RUNNING, breached_at=None
        )
        moments = [
            max(at, started_at)
            for started_at, *found in waiting.values_list("started_at", "warn_at", "due_at")
            for at in found
            if at
        ]
        return min(moments, default=None)

    def _settle(self, first: int) -> None:
        """Nothing waits to be mailed: it was sent soon after it was written."""
        for notice in Notice.objects.filter(pk__gte=first).order_by("pk"):
            opens = self.calendar.next_opening(notice.created_at)
            sent_at = self.teller.sent_at(
                notice.created_at,
                opens,
                staff=notice.recipient_id is not None,
                alone=notice.mail != Notice.Mail.DIGEST,
            )
            notice.mail = Notice.Mail.SENT if sent_at else Notice.Mail.NONE
            notice.sent_at, notice.next_try_at = sent_at, None
            notice.tries = 1 if sent_at else 0
            if notice.recipient_id:
                notice.address = notice.address if sent_at else ""
                notice.read_at = self.teller.read_at(notice.created_at, opens)
            notice.save(
                update_fields=["mail", "sent_at", "next_try_at", "tries", "address", "read_at"]
            )
