"""Booked calls: the rows of them, of each try to ring, and what people are told.

Like contacts they are written around the actions (callbacks.booking_actions, outcome_actions);
the tests live a sample of them through again and compare.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from random import Random
from uuid import UUID

from callbacks.barred import barred_around
from callbacks.models import Booking, DeskCall, Ring
from callbacks.staff_messages import (
    booked_messages,
    called_off_messages,
    colleague_message,
    missed_messages,
    outside_message,
    write_message,
)
from cases.models import Case, Contact
from cases.references import contact_reference
from notices.actions import Message
from send_portal.demo.agenda import Agenda
from send_portal.demo.copying import Table
from send_portal.demo.diaries import words
from send_portal.demo.later import Later
from send_portal.demo.rows import BookingRow, ContactRow, RingRow
from send_portal.demo.stories import Leg, Story, Try
from send_portal.demo.submissions import submission
from send_portal.demo.telling import Teller, Told

State, Breach, Result = Booking.State, Booking.Breach, Ring.Result


class Bookings:
    """Writes promised calls, and what became of them."""

    def __init__(
        self, rng: Random, agenda: Agenda, *, teller: Teller, contacts: Table, later: Later
    ) -> None:
        self.rng = rng
        self.agenda = agenda
        self.teller = teller
        self.contacts = contacts
        self.later = later
        self.staff = agenda.diaries.staff
        self.table = Table(Booking, BookingRow)
        self.rings = Table(Ring, RingRow)
        # When each case was last rung by us: what the desk's gate asks.
        self.rang: dict[int, datetime] = {}

    def tables(self) -> list[Table]:
        """In the order in which they refer to each other."""
        return [self.table, self.rings]

    def write(self, story: Story, call_id: int, told: Told, case_id: int, place: int) -> None:
        """Write the bookings about ``told``; tries that nobody took follow at their moments."""
        before: BookingRow | None = None
        contact = told.contact
        for number, leg in enumerate(story.legs):
            self.agenda.take(leg.place)
            row = self._row(leg, call_id, told, before, first=number == 0)
            self.table.add(row)
            self._tell(row, leg, told, case_id, before)
            before = row
        for number, made in enumerate(story.tries, 1):
            if made.reached:
                self._ring(row.id, number, made, contact.answer_note, None, submission(self.rng))
                continue
            self.later.add(made.at, partial(self._rang, row, number, made, told, case_id, place))

    def _row(
        self, leg: Leg, call_id: int, told: Told, before: BookingRow | None, *, first: bool
    ) -> BookingRow:
        contact = told.contact
        return BookingRow(
            id=next(self.table.ids),
            slot_id=leg.place.slot_id,
            owner_id=leg.place.owner_id,
            starts_at=leg.place.starts,
            ends_at=leg.place.ends,
            contact_id=contact.id,
            call_id=call_id,
            caller_name=contact.sender_name,
            caller_phone=contact.sender_phone,
            caller_email="",
            best_time=before.best_time if before else self._best_time(),
            booked_by_id=leg.booked_by.pk if leg.booked_by else None,
            booked_at=leg.booked_at,
            promised_by=told.clock.due_at,
            breach=leg.breach.value,
            breach_reason=leg.reason,
            state=leg.state.value,
            missed_at=leg.missed_at,
            ended_at=leg.ended_at,
            ended_by_id=leg.ended_by.pk if leg.ended_by else None,
            ended_how=leg.ended_how.value,
            note=contact.answer_note if leg.state == State.REACHED else leg.note,
            follows_id=before.id if before else None,
            submission=contact.submission if first else submission(self.rng),
        )

    def _best_time(self) -> str:
        return str(self.rng.choice(words()["bookings"]["best_time"]))

    def _ring(
        self,
        booking_id: int,
        number: int,
        made: Try,
        note: str,
        record: ContactRow | None,
        sent: UUID,
    ) -> None:
        self.rings.add(
            RingRow(
                id=next(self.rings.ids),
                booking_id=booking_id,
                number=number,
                result=(Result.REACHED if made.reached else Result.NO_ANSWER).value,
                note=note,
                at=made.at,
                by_id=made.by.pk,
                record_id=record.id if record else None,
                submission=sent,
            )
        )

    def _rang(
        self,
        row: BookingRow,
        number: int,
        made: Try,
        told: Told,
        case_id: int,
        place: int,
        at: datetime,
    ) -> None:
        """Nobody took the call: the try is on the child's record."""
        contact_id = next(self.contacts.ids)
        words = f"Rang {row.caller_name} and nobody answered (try {number}). {made.note}".strip()
        sent = submission(self.rng)
        record = ContactRow(
            id=contact_id,
            reference=contact_reference(contact_id),
            case_id=case_id,
            channel=Contact.Channel.TELEPHONE.value,
            direction=Contact.Direction.OUT.value,
            sender=Contact.Sender.STAFF.value,
            sender_name=row.caller_name,
            message=words,
            received_at=at,
            logged_at=at,
            logged_by_id=made.by.pk,
            submission=sent,
            original_id=told.contact.id,
            link=Contact.Link.REPLY.value,
        )
        self.contacts.add(record)
        self._ring(row.id, number, made, made.note, record, sent)
        self.note_rang(place, at)
        if number >= self.agenda.diaries.policy.attempts_before_writing and at >= self.teller.since:
            booking = self._model(row, told, case_id)
            self.teller.write((message, at) for message in write_message(booking, number))

    def note_rang(self, place: int, at: datetime) -> None:
        """Somebody of ours rang about the case at ``place``: the desk's gate asks that."""
        self.rang[place] = max(at, self.rang.get(place, at))

    # --- Telling ----------------------------------------------------------------------------

    def _tell(
        self, row: BookingRow, leg: Leg, told: Told, case_id: int, before: BookingRow | None
    ) -> None:
        moments = (row.booked_at, row.missed_at, row.ended_at)
        if any(at and at >= self.teller.since for at in moments):
            booking = self._model(row, told, case_id)
            booking.follows = self._model(before, told, case_id) if before else None
            self.teller.write(self._messages(booking, leg))

    def _messages(self, booking: Booking, leg: Leg) -> Iterator[tuple[Message, datetime]]:
        rings = booking.contact.promise.owner
        # As it was when it was made.
        ended_at, booking.ended_at, booking.state = booking.ended_at, None, State.BOOKED
        made = booked_messages(booking, leg.booked_by) + colleague_message(booking, rings)
        if booking.breach == Breach.OUTSIDE:
            made += outside_message(booking)
        yield from ((message, booking.booked_at) for message in made)
        if booking.missed_at:
            booking.state = State.MISSED
            missed = missed_messages(booking, barred_around([booking]))
            yield from ((message, booking.missed_at) for message in missed)
        booking.ended_at, booking.state = ended_at, leg.state
        if booking.ended_at and leg.state in (State.MOVED, State.CANCELLED):
            moved = leg.state == State.MOVED
            for message in called_off_messages(booking, leg.ended_by, moved=moved):
                yield message, booking.ended_at

    def _model(self, row: BookingRow, told: Told, case_id: int) -> Booking:
        """The row as the model that the actions' own words are made from."""
        booking = Booking(**row._asdict())
        booking.contact = self.teller.contact(told)
        booking.contact.case = Case.objects.select_related("person", "team").get(pk=case_id)
        booking.owner = self.staff.by_id[row.owner_id]
        booking.call = DeskCall(pk=row.call_id, contact=booking.contact)
        return booking
