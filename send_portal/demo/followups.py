"""What follows from contacts: being asked again, replies by e-mail; and what nobody asked for."""

from datetime import datetime, timedelta
from functools import partial
from random import Random

from accounts.models import User
from cases.models import FORMAL, Contact
from cases.references import contact_reference
from send_portal.demo.arrivals import Draft, Outgoing
from send_portal.demo.contacts import History
from send_portal.demo.diary import Day
from send_portal.demo.family import around
from send_portal.demo.later import Later
from send_portal.demo.messages import Answer, Channel, Sender, words_about
from send_portal.demo.register import Known
from send_portal.demo.rows import ContactRow
from send_portal.demo.shares import Draw
from send_portal.demo.submissions import message_id, submission
from send_portal.demo.telling import Told

Link = Contact.Link

# Tried for so many e-mails; with those answered before that, about 8 in 100 are asked again.
ASKED_AGAIN = 0.36
AFTER_DAYS = Draw({2: 25, 3: 25, 4: 20, 5: 12, 6: 8, 7: 5, 8: 5})
# Of those still open when their date passes.
AFTER_THE_DATE = 0.5
BY_TELEPHONE = 0.35
REPLIED_FROM_HERE = 0.35
SEEN_WITHIN = (timedelta(minutes=15), timedelta(hours=20))
DONE_BY_OWNER = 0.8


class Followups:
    """Writes linked contacts, each at its own moment, and calls and notes of the service."""

    def __init__(self, rng: Random, history: History, later: Later, ends: datetime) -> None:
        self.rng = rng
        self.history = history
        self.later = later
        self.ends = ends
        self.days: list[Day] = history.fates.days

    def consider(self, told: Told, draft: Draft, number: int) -> None:
        """Decide what follows from a contact of the ``number``-th day, and keep it for later."""
        if draft.channel != Channel.EMAIL:
            return
        # Nothing chases a formal matter: a second message about one is a matter of its own (H68).
        formal = draft.category in FORMAL
        if not formal and (asked_at := self._asked_again_at(told, number)):
            self.later.add(asked_at, partial(self._chase, told, draft.place))
        answered_by_mail = told.contact.answer == Answer.EMAIL and told.contact.answered_at
        if answered_by_mail and self.rng.random() < REPLIED_FROM_HERE:
            self.later.add(answered_by_mail, partial(self._reply, told))

    def done(self, outgoing: Outgoing) -> None:
        """Write down something the service did by itself: nothing is promised by it (H1)."""
        case = self.history.register[outgoing.place]
        office = self.history.staff.offices[case.office]
        owner = self.history.staff.by_id[case.responsible_id]
        is_in = self.history.fates.is_in(owner, outgoing.logged_at.date())
        owns = is_in and self.rng.random() < DONE_BY_OWNER
        by = owner if owns else self.rng.choice(office.support)
        note = outgoing.channel == Channel.NOTE
        name = by.full_name if note else self.history.senders.parent(case).name
        if outgoing.channel == Channel.TELEPHONE:
            self.history.desk.bookings.note_rang(outgoing.place, outgoing.at)
        self._add(
            case_id=case.case_id,
            channel=outgoing.channel.value,
            direction=Contact.Direction.OUT.value,
            internal=note,
            sender=Sender.STAFF.value,
            sender_name=name,
            message=self.rng.choice(around()["sent"][outgoing.channel.value]),
            received_at=outgoing.at,
            logged_at=outgoing.logged_at,
            logged_by_id=by.pk,
        )

    # --- Asked again ------------------------------------------------------------------------

    def _asked_again_at(self, told: Told, number: int) -> datetime | None:
        """A moment while it is open; mostly some days later, sometimes after the date."""
        clock = told.clock
        if clock.breached_at and self.rng.random() < AFTER_THE_DATE:
            number = self._day_of(clock.due_at, number) + self.rng.randint(1, 2)
        elif self.rng.random() < ASKED_AGAIN:
            number += AFTER_DAYS.one(self.rng)
        else:
            return None
        if number >= len(self.days):
            return None
        at = self.days[number].at(self.rng.uniform(0.03, 1)).replace(microsecond=0)
        return at if at < (clock.stopped_at or self.ends) else None

    def _day_of(self, due_at: datetime, number: int) -> int:
        """The position of the day on which something of the ``number``-th day is due."""
        return next(
            (n for n in range(number, len(self.days)) if self.days[n].closes >= due_at),
            len(self.days),
        )

    def _chase(self, told: Told, place: int, at: datetime) -> None:
        case = self.history.register[place]
        by_phone = self.rng.random() < BY_TELEPHONE
        first = told.contact
        received_at = at - timedelta(seconds=self.rng.randint(2, 20))
        by: User | None = None
        if by_phone:
            by = self.rng.choice(self.history.staff.advisers[case.office])
            received_at = at
        late = received_at > told.clock.due_at
        chaser = self._add(
            case_id=case.case_id,
            channel=(Channel.TELEPHONE if by_phone else Channel.EMAIL).value,
            sender=first.sender,
            sender_name=first.sender_name,
            sender_phone=first.sender_phone,
            sender_email="" if by_phone else first.sender_email,
            sender_person_id=first.sender_person_id,
            establishment_id=first.establishment_id,
            subject="" if by_phone else f"Re: {first.subject}",
            message=self._again(case, "spoken" if by_phone else "written"),
            received_at=received_at,
            logged_at=at,
            logged_by_id=by.pk if by else None,
            original_id=first.id,
            link=(Link.FOLLOW_UP if late else Link.CHASER).value,
            seen_at=self._seen_at(at),
            message_id="" if by_phone else message_id(self.rng),
            in_reply_to="" if by_phone else first.message_id,
        )
        self.history.teller.tell_chaser(chaser, told)
        if by:
            office = self.history.staff.offices[case.office]
            self.history.desk.again(chaser, told, case, by, office)

    def _again(self, case: Known, how: str) -> str:
        said = self.rng.choice(around()["again"][how])
        return str(said.format(**words_about(case)))

    def _seen_at(self, at: datetime) -> datetime | None:
        """When whoever answers opened it; None while they have not."""
        shortest, longest = SEEN_WITHIN
        seen_at = at + shortest + (longest - shortest) * self.rng.random()
        return seen_at.replace(microsecond=0) if seen_at < self.ends else None

    # --- Replies ----------------------------------------------------------------------------

    def _reply(self, told: Told, at: datetime) -> None:
        first = told.contact
        by = self.history.staff.by_id[first.answered_by_id or 0]
        reply = self._add(
            case_id=first.case_id,
            channel=Channel.EMAIL.value,
            direction=Contact.Direction.OUT.value,
            sender=Sender.STAFF.value,
            sender_name=by.full_name,
            subject=first.subject,
            message=first.answer_note,
            received_at=at,
            logged_at=at,
            logged_by_id=by.pk,
            original_id=first.id,
            link=Link.REPLY.value,
            in_reply_to=first.message_id,
        )
        self.history.teller.tell_reply(reply, told, by)

    def _add(self, **values: object) -> ContactRow:
        contact_id = next(self.history.contacts.ids)
        row = ContactRow(
            id=contact_id,
            reference=contact_reference(contact_id),
            submission=submission(self.rng),
            **values,  # type: ignore[arg-type]
        )
        self.history.contacts.add(row)
        return row
