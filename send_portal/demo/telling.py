"""Notices of the last days, in the words of the actions that would have sent them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from cases.contact_messages import acknowledgement, wording
from cases.models import Contact
from cases.staff_messages import new_work_message
from clocks.models import Clock, Standard
from clocks.telling import Late, breach_messages, warning_message
from clocks.working_time import WorkingCalendar
from notices.actions import Message
from notices.models import Notice
from send_portal.demo.copying import Table
from send_portal.demo.rows import ClockRow, ContactRow, NoticeRow
from send_portal.demo.staff import Staff

# Older notices are left out: they would all be read and sent, and nobody would look at them.
KEPT = timedelta(days=7)
NEW = timedelta(days=1)
READ_WHEN_NEW = 0.7
READ_LATER = 0.98


# Each reminder of a clock: when it was to be, and when enforcement saw it.
Warnings = tuple[tuple[datetime, datetime], ...]


class Teller:
    """Writes notices. None waits to be sent, so that starting the portal sends no storm."""

    def __init__(
        self, rng: Random, *, ends: datetime, calendar: WorkingCalendar, staff: Staff
    ) -> None:
        self.rng = rng
        self.ends = ends
        self.since = ends - KEPT
        self.calendar = calendar
        self.staff = staff
        self.teams = {office.team.pk: office.team for office in staff.offices}
        self.notices = Table(Notice, NoticeRow)
        self.words = wording()

    def tell(
        self,
        contact: ContactRow,
        clock: ClockRow,
        standard: Standard,
        logged_by: User,
        warnings: Warnings,
    ) -> None:
        """Write the notices about one contact that fall into the last days."""
        moments = (clock.started_at, clock.warned_at, clock.breached_at)
        if any(moment and moment >= self.since for moment in moments):
            written = self._contact(contact, clock, standard)
            for message, at in self._messages(written, logged_by, warnings):
                if at >= self.since:
                    self.notices.add(self._row(message, at))

    def _contact(self, row: ContactRow, clock_row: ClockRow, standard: Standard) -> Contact:
        """The rows as the models that the actions' own words are made from."""
        clock = Clock(**clock_row._asdict())
        clock.standard = standard
        clock.owner = self.staff.by_id[clock_row.owner_id]
        clock.team = self.teams[clock_row.team_id]
        contact = Contact(**row._asdict())
        contact.clock = clock
        return contact

    def _messages(
        self, contact: Contact, logged_by: User, warnings: Warnings
    ) -> Iterator[tuple[Message, datetime]]:
        clock = contact.promise
        if clock.owner != logged_by:
            yield new_work_message(contact), clock.started_at
        if contact.sender_email:
            yield acknowledgement(contact, self.words), clock.started_at
        for clock.warn_at, seen_at in warnings:
            yield warning_message(clock), seen_at
        if clock.breached_at:
            late = Late(
                clock.pk, clock.due_at, clock.about, clock.path, clock.owner, clock.team.lead
            )
            for message in breach_messages(late):
                yield message, clock.breached_at

    def _row(self, message: Message, at: datetime) -> NoticeRow:
        opens = self.calendar.next_opening(at)
        sent_at = self._sent_at(message, at, opens)
        return NoticeRow(
            id=next(self.notices.ids),
            key=message.key,
            kind=message.kind.value,
            recipient_id=message.recipient.pk if message.recipient else None,
            address=message.address if sent_at else "",
            subject=message.subject[:200],
            body=message.body,
            path=message.path,
            created_at=at,
            read_at=self._read_at(at, opens) if message.recipient else None,
            mail=(Notice.Mail.SENT if sent_at else Notice.Mail.NONE).value,
            next_try_at=None,
            tries=1 if sent_at else 0,
            sent_at=sent_at,
            last_error="",
        )

    def _sent_at(self, message: Message, at: datetime, opens: datetime) -> datetime | None:
        """Soon after, staff not before the service opens; None when that is still to come.

        A reminder went out in its day's summary, not by itself.
        """
        if message.in_summary:
            return None
        sent_at = (opens if message.recipient else at) + timedelta(seconds=self.rng.randint(2, 55))
        if not message.recipient:
            return min(sent_at, self.ends)
        return sent_at if sent_at <= self.ends else None

    def _read_at(self, at: datetime, opens: datetime) -> datetime | None:
        read = READ_WHEN_NEW if at > self.ends - NEW else READ_LATER
        read_at = opens + timedelta(seconds=self.rng.randint(200, 10_000))
        return read_at if self.rng.random() < read and read_at <= self.ends else None
