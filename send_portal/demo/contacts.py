"""Contacts and their clocks, as logging, enforcing and answering would have left them.

This writes around ``cases.actions`` and ``clocks.actions`` on purpose: it is a history made up
after the fact, in bulk. Arithmetic, words and references are still theirs, and the tests hold
each row against what the actions would have written.
"""

from collections import defaultdict
from datetime import datetime
from random import Random

from accounts.models import Role, User
from cases.models import FORMAL, FormalMatter, Recipient
from cases.references import about_contact, contact_path, contact_reference
from clocks.models import Clock, ClockEvent
from send_portal.demo.arrivals import Category, Draft
from send_portal.demo.copying import Table
from send_portal.demo.desk import Call, Desk
from send_portal.demo.diary import Promised, Promises
from send_portal.demo.family import around
from send_portal.demo.fates import Answered, Fates, Life
from send_portal.demo.lines import Lines
from send_portal.demo.messages import Channel, Said, Sender, Topic, say, topic_for, words_about
from send_portal.demo.places import Places
from send_portal.demo.register import Known, Register
from send_portal.demo.rows import ClockRow, ContactRow, EventRow, FormalRow, RecipientRow
from send_portal.demo.senders import Senders
from send_portal.demo.staff import Office, Staff
from send_portal.demo.submissions import message_id, submission
from send_portal.demo.telling import FormalTold, Teller, Told

Kind = ClockEvent.Kind

LOGGED_BY_ADVISER = 0.8
MAIL_LOGGED_BY_OWNER = 0.55
# Whom e-mails to the portal name: mostly the owner, else a shared mailbox.
NAMES_OWNER = 0.6
NAMES_ANOTHER_TOO = 0.05
COPIES_LEAD = 0.06
PATTERN = contact_reference(0)


class History:
    """Writes contacts with everything that belongs to them."""

    def __init__(
        self,
        rng: Random,
        *,
        fates: Fates,
        promises: Promises,
        places: Places,
        register: Register,
        staff: Staff,
        senders: Senders,
        lines: Lines,
        teller: Teller,
        desk: Desk,
        contacts: Table,
    ) -> None:
        self.rng = rng
        self.fates = fates
        self.promises = promises
        self.places = places
        self.register = register
        self.staff = staff
        self.senders = senders
        self.lines = lines
        self.teller = teller
        self.desk = desk
        self.clocks = Table(Clock, ClockRow)
        self.contacts = contacts
        self.events = Table(ClockEvent, EventRow)
        self.recipients = Table(Recipient, RecipientRow)
        self.matters = Table(FormalMatter, FormalRow)
        # What is still to be answered by each person, so that no list says one thing twice.
        self._waiting: defaultdict[int, set[Topic]] = defaultdict(set)
        # One look-up of the URL configuration instead of one for each contact.
        self._path = contact_path(PATTERN)

    def tables(self) -> list[Table]:
        """In the order in which they refer to each other."""
        return [
            self.clocks,
            self.contacts,
            self.events,
            self.recipients,
            self.matters,
            *self.desk.tables(),
            self.teller.notices,
        ]

    def write(self, draft: Draft, number: int) -> Told:
        """Write what became of ``draft``, which came in on the ``number``-th day."""
        case = self.register[draft.place]
        office = self.staff.offices[case.office]
        owner = self._owner(draft, case, office)
        logged_by = self._logged_by(draft, case.office, owner)
        at_desk = logged_by is not None and logged_by.role == Role.CSC_ADVISER
        if at_desk:
            # An adviser writes it down before they put the telephone down.
            draft = draft._replace(received_at=draft.logged_at)
        promised = self.promises.made(f"contact.{draft.channel}", draft.received_at)
        answered = self.fates.answered(draft, number, office, owner)
        call: Call | None = None
        if logged_by and at_desk:
            call = self.desk.call(draft, case, logged_by, owner, office, promised, answered)
            answered = call.answered
        to, copied = self._named(draft, office, owner)
        life = self.fates.life(promised, draft.logged_at, answered.at if answered else None)
        contact_id = next(self.contacts.ids)
        reference = contact_reference(contact_id)
        about = about_contact(draft.channel, draft.sender, reference)
        clock = self._clock(draft, reference, about, office, owner, promised, answered, life)
        contact = self._contact(draft, contact_id, case, clock, logged_by, answered, call)
        self.clocks.add(clock)
        self.contacts.add(contact)
        self._record(clock, logged_by, answered, life)
        self._name(contact_id, to, copied)
        formal = self._formal(draft, contact, office, owner, logged_by)
        told = Told(
            contact,
            clock,
            promised.standard,
            logged_by,
            life.warnings,
            (*to, *copied),
            formal,
            None if case.establishment is None else self.places.first_id + case.establishment,
            answered_there=call is not None and call.is_answered_there,
        )
        self.teller.tell(told)
        if call:
            self.desk.write(call, told, case, office)
        return told

    def _owner(self, draft: Draft, case: Known, office: Office) -> User:
        """Who answers for the case; a complaint is the lead's, as it may be about them (H103)."""
        answers = self.staff.by_id[case.responsible_id]
        return office.lead if draft.category == Category.COMPLAINT else answers

    # --- Rows -------------------------------------------------------------------------------

    def _clock(
        self,
        draft: Draft,
        reference: str,
        about: str,
        office: Office,
        owner: User,
        promised: Promised,
        answered: Answered | None,
        life: Life,
    ) -> ClockRow:
        return ClockRow(
            id=next(self.clocks.ids),
            standard_id=promised.standard.pk,
            owner_id=owner.pk,
            team_id=office.team.pk,
            about=about,
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
        clock: ClockRow,
        logged_by: User | None,
        answered: Answered | None,
        call: Call | None,
    ) -> ContactRow:
        at_desk = call.said if call else None
        topic = None if at_desk else self._topic(draft, case, answered)
        said = at_desk or self._said(draft, case, topic)
        place = case.establishment
        establishment = None if place is None else self.places.establishments[place]
        who = self.senders.who(case, draft.sender, topic.job if topic else "", establishment)
        spoken = draft.channel in (Channel.TELEPHONE, Channel.VOICEMAIL)
        by_mail = draft.channel == Channel.EMAIL
        email = who.email if by_mail else ""
        late = clock.due_at < draft.logged_at
        school = establishment if draft.sender == Sender.ESTABLISHMENT else None
        return ContactRow(
            id=contact_id,
            reference=contact_reference(contact_id),
            case_id=case.case_id,
            channel=draft.channel.value,
            category=draft.category.value,
            sender=draft.sender.value,
            sender_name=who.name,
            sender_phone=who.phone if spoken or draft.sender != Sender.PROFESSIONAL else "",
            sender_email=email,
            sender_person_id=who.related_id,
            establishment_id=school.pk if school else None,
            subject=said.subject,
            message=said.message,
            received_at=draft.received_at,
            logged_at=draft.logged_at,
            logged_by_id=logged_by.pk if logged_by else None,
            submission=submission(self.rng),
            clock_id=clock.id,
            message_id=message_id(self.rng) if draft.mailed else "",
            acknowledgement_version=self.teller.version(draft.sender, late=late) if email else None,
            line_id=self.lines.line_id(case.office) if draft.channel == Channel.VOICEMAIL else None,
            answered_at=answered.at if answered else None,
            answered_by_id=answered.by.pk if answered else None,
            answer=answered.how.value if answered else "",
            answer_note=said.note if answered else "",
        )

    def _topic(self, draft: Draft, case: Known, answered: Answered | None) -> Topic | None:
        """What it is about; a formal matter is about itself."""
        if draft.category in FORMAL:
            return None
        waiting = self._waiting[case.responsible_id]
        topic = topic_for(self.rng, case, draft.sender, avoid=set() if answered else waiting)
        if not answered:
            waiting.add(topic)
        return topic

    def _said(self, draft: Draft, case: Known, topic: Topic | None) -> Said:
        if topic:
            place = case.establishment
            establishment = None if place is None else self.places.establishments[place]
            return say(self.rng, case, topic, draft.channel, establishment)
        words, asked = words_about(case), around()["asked"]
        by_school = draft.sender == Sender.ESTABLISHMENT
        mailed = draft.channel == Channel.EMAIL
        return Said(
            self.rng.choice(asked["subjects"]).format(**words) if mailed else "",
            self.rng.choice(asked["school" if by_school else "parent"]).format(**words),
            self.rng.choice(asked["notes"]).format(**words),
        )

    def _formal(
        self, draft: Draft, contact: ContactRow, office: Office, owner: User, by: User | None
    ) -> FormalTold | None:
        """The formal matter's own clock, beside the answer's; it is not decided yet."""
        if draft.category not in FORMAL:
            return None
        promised = self.promises.made(f"formal.{draft.category}", draft.received_at)
        life = self.fates.life(promised, draft.logged_at, None)
        about = f"{Category(draft.category).label}, {contact.reference}"
        clock = self._clock(draft, contact.reference, about, office, owner, promised, None, life)
        self.clocks.add(clock)
        self._record(clock, by, None, life)
        self.matters.add(
            FormalRow(
                id=next(self.matters.ids),
                contact_id=contact.id,
                category=draft.category.value,
                clock_id=clock.id,
                recognised_at=draft.logged_at,
                recognised_by_id=by.pk if by else None,
            )
        )
        return FormalTold(clock, promised.standard, life.warnings)

    def _name(self, contact_id: int, to: list[User], copied: list[User]) -> None:
        named = [(user, Recipient.Kind.TO) for user in to]
        named += [(user, Recipient.Kind.COPY) for user in copied]
        for position, (user, kind) in enumerate(named):
            self.recipients.add(
                RecipientRow(next(self.recipients.ids), contact_id, user.pk, kind.value, position)
            )

    def _record(
        self, clock: ClockRow, logged_by: User | None, answered: Answered | None, life: Life
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

    # --- Staff ------------------------------------------------------------------------------

    def _logged_by(self, draft: Draft, office_number: int, owner: User) -> User | None:
        if draft.mailed:
            return None
        office = self.staff.offices[office_number]
        if draft.channel == Channel.TELEPHONE and self.rng.random() < LOGGED_BY_ADVISER:
            return self.rng.choice(self.staff.advisers[office_number])
        support = self.rng.choice(office.support)
        if not self.fates.is_in(owner, draft.logged_at.date()):
            return support
        if draft.channel == Channel.EMAIL and self.rng.random() < MAIL_LOGGED_BY_OWNER:
            return owner
        return owner if draft.channel == Channel.TELEPHONE else support

    def _named(self, draft: Draft, office: Office, owner: User) -> tuple[list[User], list[User]]:
        """The staff in an e-mail's To and Cc. The owner is one of them when anybody is."""
        if not draft.mailed or self.rng.random() > NAMES_OWNER:
            return [], []
        to = [owner]
        if self.rng.random() < NAMES_ANOTHER_TOO:
            to.append(self.rng.choice(office.coordinators))
        copied = [office.lead] if self.rng.random() < COPIES_LEAD else []
        to = list(dict.fromkeys(to))
        return to, [user for user in copied if user not in to]
