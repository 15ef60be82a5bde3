"""Contacts and their clocks, as logging, enforcing and answering would have left them.

This writes around ``cases.actions`` and ``clocks.actions`` on purpose: it is a history made up
after the fact, in bulk. Arithmetic, words and references are still theirs, and the tests hold
each row against what the actions would have written.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from accounts.models import User
from cases.models import Contact
from cases.references import about_contact, contact_path, contact_reference
from clocks.models import Clock, ClockEvent
from send_portal.demo.arrivals import Draft
from send_portal.demo.copying import Table
from send_portal.demo.diary import Day, Promised, Promises
from send_portal.demo.messages import (
    BY_VOICE,
    Answer,
    Channel,
    Said,
    Topic,
    answer_for,
    say,
    topic_for,
)
from send_portal.demo.places import Places
from send_portal.demo.register import Known, Register
from send_portal.demo.rows import ClockRow, ContactRow, EventRow
from send_portal.demo.shares import Draw
from send_portal.demo.staff import Office, Staff
from send_portal.demo.telling import Teller

Kind = ClockEvent.Kind

# Working days until the answer. The tails pass the date that was promised: about one in twenty.
ANSWERED_AFTER_CALL = Draw(
    {0: 47, 1: 22, 2: 11, 3: 7, 4: 4, 5: 3}
    | {6: 1.6, 7: 1.4, 8: 1.0, 9: 0.7, 10: 0.5, 12: 0.4, 15: 0.4}
)
ANSWERED_AFTER_WRITING = Draw(
    {0: 36, 1: 22, 2: 14, 3: 9, 4: 6, 5: 4, 6: 3, 7: 2, 8: 1.2, 9: 0.8, 10: 0.4}
    | {11: 0.6, 12: 0.4, 13: 0.3, 15: 0.2, 18: 0.1}
)
OWNER_ANSWERS = 0.93
LOGGED_BY_ADVISER = 0.8
SHORTEST_ANSWER = timedelta(minutes=20)
TICK_SECONDS = 60
PATTERN = contact_reference(0)


class Answered(NamedTuple):
    at: datetime
    by: User
    how: Answer


class Life(NamedTuple):
    """What became of a clock, and what enforcement wrote down about it on the way."""

    warn_at: datetime | None
    # Each reminder: when it was to be, and when enforcement saw it.
    warnings: tuple[tuple[datetime, datetime], ...]
    breached_at: datetime | None

    @property
    def warned_at(self) -> datetime | None:
        return self.warnings[-1][1] if self.warnings else None


class History:
    """Writes contacts with everything that belongs to them."""

    def __init__(
        self,
        rng: Random,
        *,
        ends: datetime,
        days: list[Day],
        promises: Promises,
        places: Places,
        register: Register,
        staff: Staff,
        teller: Teller,
    ) -> None:
        self.rng = rng
        self.ends = ends
        self.days = days
        self.promises = promises
        self.places = places
        self.register = register
        self.staff = staff
        self.teller = teller
        self.clocks = Table(Clock, ClockRow)
        self.contacts = Table(Contact, ContactRow)
        self.events = Table(ClockEvent, EventRow)
        # What is still to be answered by each person, so that no list says one thing twice.
        self._waiting: defaultdict[int, set[Topic]] = defaultdict(set)
        # One look-up of the URL configuration instead of one for each contact.
        self._path = contact_path(PATTERN)

    def tables(self) -> list[Table]:
        """In the order in which they refer to each other."""
        return [self.clocks, self.contacts, self.events, self.teller.notices]

    def write(self, draft: Draft, number: int) -> None:
        """Write what became of ``draft``, which came in on the ``number``-th day."""
        case = self.register[draft.place]
        office = self.staff.offices[case.office]
        owner = self.staff.by_id[case.responsible_id]
        promised = self.promises.made(draft.channel, draft.received_at)
        answered = None if draft.stays_open else self._answered(draft, number, office, owner)
        logged_by = self._logged_by(draft.channel, case.office, owner)
        life = self._life(promised, draft.logged_at, answered.at if answered else None)
        contact_id = next(self.contacts.ids)
        clock = self._clock(draft, contact_id, office, owner, promised, answered, life)
        contact = self._contact(draft, contact_id, case, clock.id, logged_by, answered)
        self.clocks.add(clock)
        self.contacts.add(contact)
        self._record(clock, logged_by, answered, life)
        self.teller.tell(contact, clock, promised.standard, logged_by, life.warnings)

    # --- Rows -------------------------------------------------------------------------------

    def _clock(
        self,
        draft: Draft,
        contact_id: int,
        office: Office,
        owner: User,
        promised: Promised,
        answered: Answered | None,
        life: Life,
    ) -> ClockRow:
        reference = contact_reference(contact_id)
        return ClockRow(
            id=next(self.clocks.ids),
            standard_id=promised.standard.pk,
            owner_id=owner.pk,
            team_id=office.team.pk,
            about=about_contact(draft.channel, draft.sender, reference),
            path=self._path.replace(PATTERN, reference),
            received_at=draft.received_at,
            started_at=draft.logged_at,
            due_at=promised.due_at,
            warn_at=life.warn_at,
            warned_at=life.warned_at,
            breached_at=life.breached_at,
            state=(Clock.State.MET if answered else Clock.State.RUNNING).value,
            stopped_at=answered.at if answered else None,
        )

    def _contact(
        self,
        draft: Draft,
        contact_id: int,
        case: Known,
        clock_id: int,
        logged_by: User,
        answered: Answered | None,
    ) -> ContactRow:
        said = self._said(draft, case, answered)
        return ContactRow(
            id=contact_id,
            reference=contact_reference(contact_id),
            case_id=case.case_id,
            channel=draft.channel.value,
            sender=draft.sender.value,
            sender_name=said.name,
            sender_phone=said.phone,
            sender_email=said.email,
            message=said.message,
            received_at=draft.received_at,
            logged_at=draft.logged_at,
            logged_by_id=logged_by.pk,
            submission=UUID(int=self.rng.getrandbits(128), version=4),
            clock_id=clock_id,
            answered_at=answered.at if answered else None,
            answered_by_id=answered.by.pk if answered else None,
            answer=answered.how.value if answered else "",
            answer_note=said.note if answered else "",
        )

    def _said(self, draft: Draft, case: Known, answered: Answered | None) -> Said:
        place = case.establishment
        establishment = None if place is None else self.places.establishments[place]
        waiting = self._waiting[case.responsible_id]
        topic = topic_for(self.rng, case, draft.sender, avoid=set() if answered else waiting)
        if not answered:
            waiting.add(topic)
        return say(self.rng, case, topic, draft.channel, establishment)

    def _record(
        self, clock: ClockRow, logged_by: User, answered: Answered | None, life: Life
    ) -> None:
        self._event(clock, Kind.STARTED, clock.received_at, clock.started_at, logged_by)
        for _, seen_at in life.warnings:
            self._event(clock, Kind.WARNED, seen_at, seen_at)
        if clock.breached_at:
            self._event(clock, Kind.BREACHED, clock.due_at, clock.breached_at)
        if answered:
            how = answered.how.label
            self._event(clock, Kind.MET, answered.at, answered.at, answered.by, how)

    def _event(
        self,
        clock: ClockRow,
        kind: Kind,
        happened_at: datetime,
        recorded_at: datetime,
        by: User | None = None,
        reason: str = "",
    ) -> None:
        self.events.add(
            EventRow(
                next(self.events.ids),
                clock.id,
                kind.value,
                happened_at,
                recorded_at,
                by.pk if by else None,
                reason,
            )
        )

    # --- What became of it ------------------------------------------------------------------

    def _answered(self, draft: Draft, number: int, office: Office, owner: User) -> Answered | None:
        by_voice = draft.channel in BY_VOICE
        after = (ANSWERED_AFTER_CALL if by_voice else ANSWERED_AFTER_WRITING).one(self.rng)
        at = self._answer_moment(draft.logged_at, number, after)
        if at is None or at > self.ends:
            return None
        helps = self.rng.random() > OWNER_ANSWERS
        by = self.rng.choice(office.support) if helps else owner
        return Answered(at, by, answer_for(self.rng, draft.channel))

    def _answer_moment(self, logged_at: datetime, number: int, after: int) -> datetime | None:
        """A moment ``after`` working days later, in opening hours; None when still to come."""
        if after == 0:
            earliest, closes = logged_at + SHORTEST_ANSWER, self.days[number].closes
            if earliest < closes:
                return self._between(earliest, closes)
            after = 1
        if number + after >= len(self.days):
            return None
        day = self.days[number + after]
        return self._between(day.opens + SHORTEST_ANSWER, day.closes)

    def _between(self, start: datetime, end: datetime) -> datetime:
        return (start + (end - start) * self.rng.random()).replace(microsecond=0)

    def _life(self, promised: Promised, logged_at: datetime, stopped_at: datetime | None) -> Life:
        """What one pass of enforcement a minute would have written down by the end."""
        until = stopped_at or self.ends
        warnings: list[tuple[datetime, datetime]] = []
        warn_at = _first_after(promised, logged_at)
        while warn_at and (seen_at := self._seen(warn_at, until)):
            warnings.append((warn_at, seen_at))
            warn_at = _first_after(promised, seen_at)
        breached_at = self._seen(max(promised.due_at, logged_at), until)
        if stopped_at and stopped_at > promised.due_at:
            # Answered after its date: then answering wrote the breach down, if nothing had yet.
            breached_at = breached_at or stopped_at
        return Life(warn_at, tuple(warnings), breached_at)

    def _seen(self, moment: datetime, until: datetime) -> datetime | None:
        """The tick that saw ``moment`` pass; None when the clock stopped or the story ended."""
        tick = moment + timedelta(seconds=self.rng.randrange(1, TICK_SECONDS))
        return tick if tick < until else None

    def _logged_by(self, channel: Channel, office_number: int, owner: User) -> User:
        office = self.staff.offices[office_number]
        if channel == Channel.TELEPHONE and self.rng.random() < LOGGED_BY_ADVISER:
            return self.rng.choice(self.staff.advisers[office_number])
        if channel == Channel.EMAIL and self.rng.random() < 0.55:
            return owner
        return owner if channel == Channel.TELEPHONE else self.rng.choice(office.support)


def flush(tables: Iterable[Table]) -> None:
    """Write what waits, in the order given."""
    for table in tables:
        table.flush()


def _first_after(promised: Promised, moment: datetime) -> datetime | None:
    return next((at for at in promised.warn_moments if at > moment), None)
