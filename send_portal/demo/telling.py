"""Notices of the last days, in the words of the actions that would have sent them."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from accounts.models import User
from cases.acknowledgements import AUDIENCE, acknowledgement_of, acknowledgement_text, chaser_reply
from cases.chasing_actions import chased_messages
from cases.contact_messages import (
    reply_words,
    wording,
)
from cases.models import Case, Contact, RelatedPerson
from cases.staff_messages import copy_message, new_work_message, safety_messages
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


class FormalTold(NamedTuple):
    """The formal matter's own clock."""

    clock: ClockRow
    standard: Standard
    warnings: Warnings


class Told(NamedTuple):
    """A contact with all that people are told of; ``informed`` are the staff it named."""

    contact: ContactRow
    clock: ClockRow
    standard: Standard
    logged_by: User | None
    warnings: Warnings
    informed: tuple[User, ...]
    formal: FormalTold | None
    # Where the child learns, whoever it is from.
    establishment_id: int | None = None
    # Answered in the same breath: nobody is told of new work.
    answered_there: bool = False


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

    def version(self, sender: Contact.Sender, *, late: bool) -> int:
        """The version of the acknowledgement that a sender gets about a known child."""
        code = "overdue" if late else AUDIENCE[sender]
        edited = self.words.texts.edited.get(f"contact.acknowledged.{code}")
        return edited.version if edited else 1

    def tell(self, told: Told) -> None:
        """Write the notices about one contact that fall into the last days."""
        clocks = [told.clock, *([told.formal.clock] if told.formal else [])]
        moments = [at for c in clocks for at in (c.started_at, c.warned_at, c.breached_at)]
        if any(moment and moment >= self.since for moment in moments):
            self.write(self._messages(told))

    def tell_chaser(self, chaser: ContactRow, told: Told) -> None:
        """Who hears of a chaser, and the courteous note to its sender."""
        if chaser.logged_at < self.since:
            return
        contact = Contact(**chaser._asdict())
        contact.original = self.contact(told)
        messages = chased_messages(contact)
        if chaser.sender_email:
            messages.append(chaser_reply(contact, self.words))
        self.write((message, chaser.logged_at) for message in messages)

    def tell_reply(self, reply: ContactRow, told: Told, by: User) -> None:
        """The e-mail that answers."""
        if reply.logged_at < self.since:
            return
        contact = self.contact(told)
        address = told.contact.sender_email
        message = reply_words(Contact(**reply._asdict()), contact, address, by, self.words)
        self.write([(message, reply.logged_at)])

    def write(self, messages: Iterable[tuple[Message, datetime]]) -> None:
        for message, at in messages:
            if at >= self.since:
                self.notices.add(self._row(message, at))

    def contact(self, told: Told) -> Contact:
        """The rows as the models that the actions' own words are made from."""
        contact = Contact(**told.contact._asdict())
        contact.clock = self._clock(told.clock, told.standard)
        # As much of them as the words ask for, without a query for each contact. Of the family,
        # those who must not be contacted never get in touch (family.py).
        contact.case = Case(pk=told.contact.case_id, establishment_id=told.establishment_id)
        if told.contact.sender_person_id:
            contact.sender_person = RelatedPerson(pk=told.contact.sender_person_id)
        return contact

    def _clock(self, row: ClockRow, standard: Standard) -> Clock:
        clock = Clock(**row._asdict())
        clock.standard = standard
        clock.owner = self.staff.by_id[row.owner_id]
        clock.team = self.teams[row.team_id]
        return clock

    def _messages(self, told: Told) -> Iterator[tuple[Message, datetime]]:
        contact = self.contact(told)
        clock = contact.promise
        formal = self._clock(told.formal.clock, told.formal.standard) if told.formal else None
        if clock.owner != told.logged_by and not told.answered_there:
            yield new_work_message(contact, formal), clock.started_at
        for message in safety_messages(contact, formal, told.logged_by) if formal else ():
            yield message, clock.started_at
        for user in told.informed:
            if user not in (clock.owner, told.logged_by):
                yield copy_message(contact, user), clock.started_at
        if contact.sender_email:
            written = acknowledgement_text(contact, self.words, formal)
            yield acknowledgement_of(contact, written), clock.started_at
        yield from _enforced(clock, told.warnings)
        if formal and told.formal:
            yield from _enforced(formal, told.formal.warnings)

    def _row(self, message: Message, at: datetime) -> NoticeRow:
        opens = self.calendar.next_opening(at)
        sent_at = self.sent_at(
            at, opens, staff=bool(message.recipient), alone=not message.in_summary
        )
        return NoticeRow(
            id=next(self.notices.ids),
            key=message.key,
            kind=message.kind.value,
            recipient_id=message.recipient.pk if message.recipient else None,
            address=message.address if sent_at else "",
            subject=message.subject[:200],
            body=message.body,
            path=message.path,
            in_reply_to=message.in_reply_to,
            created_at=at,
            read_at=self.read_at(at, opens) if message.recipient else None,
            mail=(Notice.Mail.SENT if sent_at else Notice.Mail.NONE).value,
            next_try_at=None,
            tries=1 if sent_at else 0,
            sent_at=sent_at,
            last_error="",
            calendar=message.calendar,
        )

    def sent_at(
        self, at: datetime, opens: datetime, *, staff: bool, alone: bool
    ) -> datetime | None:
        """Soon after, staff not before the service ``opens``; None when that is still to come.

        A reminder went out in its day's summary, not ``alone``.
        """
        if not alone:
            return None
        sent_at = (opens if staff else at) + timedelta(seconds=self.rng.randint(2, 55))
        if not staff:
            return min(sent_at, self.ends)
        return sent_at if sent_at <= self.ends else None

    def read_at(self, at: datetime, opens: datetime) -> datetime | None:
        read = READ_WHEN_NEW if at > self.ends - NEW else READ_LATER
        read_at = opens + timedelta(seconds=self.rng.randint(200, 10_000))
        return read_at if self.rng.random() < read and read_at <= self.ends else None


def _enforced(clock: Clock, warnings: Warnings) -> Iterator[tuple[Message, datetime]]:
    """What enforcement wrote about a clock."""
    for clock.warn_at, seen_at in warnings:
        yield warning_message(clock), seen_at
    if clock.breached_at:
        late = Late(clock.pk, clock.due_at, clock.about, clock.path, clock.owner, clock.team.lead)
        for message in breach_messages(late):
            yield message, clock.breached_at
