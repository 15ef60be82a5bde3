"""Calls at the Customer Service Centre: what was tried, said and booked.

Every telephone contact that an adviser wrote down was such a call. Written around the actions
(callbacks.desk_actions); the tests live a sample of the calls through again and compare.
"""

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from django.db import connection

from accounts.models import User
from callbacks.calendar_words import number_in_words
from callbacks.desk import Matter, sentence
from callbacks.desk_words import (
    closing_words,
    hears_words,
    message_words,
    rings_words,
    standard_again,
)
from callbacks.gate import Gate, Owed, Stance, decide
from callbacks.models import Attempt, DeskCall, Signpost
from cases.models import FORMAL
from clocks.calendars import LONDON
from clocks.wording import day_in_words, moment_in_words
from diaries.availability import Availability
from send_portal.demo.agenda import Agenda
from send_portal.demo.arrivals import Draft
from send_portal.demo.callbacks import Bookings
from send_portal.demo.copying import Table
from send_portal.demo.diaries import words
from send_portal.demo.diary import Promised
from send_portal.demo.fates import Answered
from send_portal.demo.messages import Answer, Said, words_about
from send_portal.demo.register import Known
from send_portal.demo.rows import AttemptRow, CallRow, ContactRow
from send_portal.demo.shares import Draw
from send_portal.demo.staff import Office
from send_portal.demo.stories import Stories, Story
from send_portal.demo.submissions import submission
from send_portal.demo.telling import Told

Outcome, Party, Result = DeskCall.Outcome, Attempt.Party, Attempt.Result

# Of calls that were answered the same day: most of them at the desk itself.
SAME_DAY = Draw(
    {Outcome.ANSWERED: 40, Outcome.SIGNPOSTED: 12, Outcome.TRANSFERRED: 26, Outcome.MESSAGE: 22}
)
# Of the others a call was booked, as long as there was a slot; else a message was taken.
BOOKED, BOOKED_STILL_OPEN = 0.15, 0.4
# Tries to put somebody through who is at work.
TAKES_THE_CALL = Draw({Result.NO_ANSWER: 70, Result.ENGAGED: 22, Result.SKIPPED: 8})
TRIED_BEFORE_A_MESSAGE = 0.6
TALKS_MINUTES = (3, 14)
CALL_SECONDS = (70, 330)
# Besides each call about a child: questions of nobody known, and callers who rang off.
ABOUT_NOBODY = 0.04
RANG_OFF = 0.02
RINGS_BACK = (Outcome.BOOKED, Outcome.MESSAGE)


class Tried(NamedTuple):
    """One try to put the caller through; ``person`` None on the duty line."""

    party: Attempt.Party
    result: Attempt.Result
    person: User | None
    reason: str = ""
    words: str = ""


class Call(NamedTuple):
    """What becomes of a call, decided before its contact is written."""

    outcome: DeskCall.Outcome
    answered: Answered | None
    adviser: User
    tried: tuple[Tried, ...] = ()
    said: Said | None = None
    signpost: Signpost | None = None
    story: Story | None = None

    @property
    def is_answered_there(self) -> bool:
        return self.outcome in (Outcome.ANSWERED, Outcome.SIGNPOSTED)


class Desk:
    """Decides what becomes of calls, and writes them down."""

    def __init__(self, rng: Random, agenda: Agenda, stories: Stories, bookings: Bookings) -> None:
        self.rng = rng
        self.agenda = agenda
        self.stories = stories
        self.bookings = bookings
        self.opens = {day.date: day.opens for day in stories.days}
        self.closes = {day.date: day.closes for day in stories.days}
        self.signposts = list(Signpost.objects.filter(active=True))
        self.calls = Table(DeskCall, CallRow)
        self.attempts = Table(Attempt, AttemptRow)

    def tables(self) -> list[Table]:
        """In the order in which they refer to each other, after contacts."""
        return [self.calls, self.attempts, *self.bookings.tables()]

    # --- Deciding ---------------------------------------------------------------------------

    def call(
        self,
        draft: Draft,
        case: Known,
        adviser: User,
        owner: User,
        office: Office,
        promised: Promised,
        answered: Answered | None,
    ) -> Call:
        """What becomes of a call about something new; ``answered`` is how it would be answered."""
        at = draft.logged_at
        availability = self.agenda.availability(owner, at)
        if answered and answered.at.date() == at.date():
            return self._same_day(at, case, adviser, owner, office, availability, answered)
        books = BOOKED if answered else BOOKED_STILL_OPEN
        if not draft.stays_open and self.rng.random() < books:
            due_at = promised.due_at
            story = self.stories.of_call(at, owner, office, adviser, due_at, answered)
            if story:
                tried = self._in_vain(owner, availability)
                return Call(Outcome.BOOKED, story.answered, adviser, tried, story=story)
        return self._message(adviser, owner, availability, answered)

    def _same_day(
        self,
        at: datetime,
        case: Known,
        adviser: User,
        owner: User,
        office: Office,
        availability: Availability,
        answered: Answered,
    ) -> Call:
        there = Answered(at, adviser, Answer.TELEPHONE)
        match SAME_DAY.one(self.rng):
            case Outcome.TRANSFERRED:
                return self._transferred(at, adviser, owner, office, availability, answered)
            case Outcome.MESSAGE:
                return self._message(adviser, owner, availability, answered)
            case Outcome.SIGNPOSTED if self.signposts:
                signpost = self.rng.choice(self.signposts)
                asked = words()["signposted"]["asked"].format(**words_about(case))
                said = Said("", asked, f"Sent to {signpost}.")
                return Call(Outcome.SIGNPOSTED, there, adviser, said=said, signpost=signpost)
        quick = self.rng.choice(words()["quick"])
        said = Said("", quick["asked"].format(**words_about(case)), quick["told"])
        return Call(Outcome.ANSWERED, there, adviser, said=said)

    def _transferred(
        self,
        at: datetime,
        adviser: User,
        owner: User,
        office: Office,
        availability: Availability,
        answered: Answered,
    ) -> Call:
        """To the coordinator, or to the duty line when they take no calls."""
        talks = timedelta(minutes=self.rng.uniform(*TALKS_MINUTES))
        over = (at + talks).replace(microsecond=0)
        if over >= min(self.closes[at.astimezone(LONDON).date()], self.stories.ends):
            return self._message(adviser, owner, availability, answered)
        tried: tuple[Tried, ...] = (Tried(Party.COORDINATOR, Result.ANSWERED, owner),)
        by = owner
        if not availability.takes_calls:
            tried = (Tried(Party.DUTY_LINE, Result.ANSWERED, None),)
            by = self.rng.choice(office.support)
        return Call(Outcome.TRANSFERRED, Answered(over, by, Answer.TELEPHONE), adviser, tried)

    def _message(
        self, adviser: User, owner: User, availability: Availability, answered: Answered | None
    ) -> Call:
        tried: tuple[Tried, ...] = ()
        if not availability.takes_calls:
            tried = (self._known(owner, availability),)
        elif self.rng.random() < TRIED_BEFORE_A_MESSAGE:
            tried = (self._tried(Party.COORDINATOR, owner),)
        return Call(Outcome.MESSAGE, answered, adviser, tried)

    def _in_vain(self, owner: User, availability: Availability) -> tuple[Tried, ...]:
        """First the coordinator, then the duty line (H26 to H28). What the system knows is noted
        when the call ends."""
        line = self._tried(Party.DUTY_LINE, None)
        if availability.takes_calls:
            return self._tried(Party.COORDINATOR, owner), line
        return line, self._known(owner, availability)

    def _tried(self, party: Attempt.Party, person: User | None) -> Tried:
        result = TAKES_THE_CALL.one(self.rng)
        if result != Result.SKIPPED:
            return Tried(party, result, person)
        return Tried(party, result, person, "other", self.rng.choice(words()["attempts"]["given"]))

    def _known(self, owner: User, availability: Availability) -> Tried:
        return Tried(Party.COORDINATOR, Result.SKIPPED, owner, "known", availability.words)

    # --- Writing ----------------------------------------------------------------------------

    def write(self, call: Call, told: Told, case: Known, office: Office) -> None:
        """Write down a call about something new, with what was booked in it."""
        contact = told.contact
        row = self._row(
            contact,
            call.adviser,
            call.outcome,
            Gate.OPEN,
            signpost_id=call.signpost.pk if call.signpost else None,
            told=self._told(call, told),
        )
        self._try(row, call.tried, office)
        if call.story:
            self.bookings.write(call.story, row.id, told, case.case_id, case.place)
        self._others(row)

    def again(
        self, chaser: ContactRow, told: Told, case: Known, adviser: User, office: Office
    ) -> None:
        """A call that asks again about what is owed: most are told the date (H31 to H33)."""
        at = chaser.logged_at
        owner = self.bookings.staff.by_id[told.clock.owner_id]
        rang_at = self._rang_since(case.place, told.contact.received_at)
        gate = decide(Owed(told.clock.due_at, rang_at), now=at, urgent=False)
        outcome, tried = Outcome.WAITING, tuple[Tried, ...]()
        if gate == Gate.OVERDUE:
            outcome = Outcome.TRANSFERRED
            takes = self.agenda.availability(owner, at).takes_calls
            party = Party.COORDINATOR if takes else Party.DUTY_LINE
            tried = (Tried(party, Result.ANSWERED, owner if takes else None),)
        contact = self.bookings.teller.contact(told)
        waits = Matter(contact, [contact.promise], rang_at, None, gate, Stance.WAIT, "")
        said = sentence(waits, at)
        if gate == Gate.OVERDUE:
            said = _put_through(tried[-1])
        if gate == Gate.CALLED:
            # We have rung, and there is no date left to tell: somebody is to ring again.
            outcome = Outcome.MESSAGE
            tried = (
                Tried(Party.COORDINATOR, Result.NO_ANSWER, owner),
                Tried(Party.DUTY_LINE, Result.NO_ANSWER, None),
            )
            said = message_words(owner.full_name, told.clock.due_at, standard_again(at), at)
        row = self._row(chaser, adviser, outcome, gate, matter_id=told.contact.id, told=said)
        self._try(row, tried, office)

    def _rang_since(self, place: int, since: datetime) -> datetime | None:
        rang_at = self.bookings.rang.get(place)
        return rang_at if rang_at and rang_at >= since else None

    def _row(
        self,
        contact: ContactRow,
        adviser: User,
        outcome: DeskCall.Outcome,
        gate: Gate,
        *,
        told: str,
        matter_id: int | None = None,
        signpost_id: int | None = None,
    ) -> CallRow:
        at = contact.logged_at
        lasted = timedelta(seconds=self.rng.randint(*CALL_SECONDS))
        row = CallRow(
            id=next(self.calls.ids),
            case_id=contact.case_id,
            adviser_id=adviser.pk,
            started_at=max(at - lasted, self.opens[at.astimezone(LONDON).date()]),
            ended_at=at,
            outcome=outcome.value,
            gate=gate.value,
            matter_id=matter_id,
            contact_id=contact.id,
            signpost_id=signpost_id,
            told=told,
            reminded=outcome in (*RINGS_BACK, Outcome.WAITING),
            submission=contact.submission,
        )
        self.calls.add(row)
        return row

    def _try(self, call: CallRow, tried: tuple[Tried, ...], office: Office) -> None:
        """One after the other while the call lasted; what is known stands at its end."""
        step = (call.ended_at - call.started_at) / (len(tried) + 1)
        for number, one in enumerate(tried, 1):
            known = one.reason == "known"
            at = call.ended_at if known else call.started_at + number * step
            person = None if known else one.person
            line = "" if known else office.team.duty_line
            self.attempts.add(
                AttemptRow(
                    id=next(self.attempts.ids),
                    call_id=call.id,
                    party=one.party.value,
                    result=one.result.value,
                    at=at.replace(microsecond=0),
                    person_id=person.pk if person else None,
                    number=person.phone if person else line,
                    reason=one.reason,
                    reason_words=one.words[:200],
                )
            )

    def _told(self, call: Call, told: Told) -> str:
        """The last words to the caller (callbacks.desk_words)."""
        if call.outcome == Outcome.BOOKED and call.story:
            place = call.story.legs[0].place
            rings = self.bookings.staff.by_id[place.owner_id].full_name
            when = (
                f"{moment_in_words(place.starts)}, on {number_in_words(told.contact.sender_phone)}"
            )
            return rings_words(rings, when)
        if call.outcome == Outcome.MESSAGE:
            owner = self.bookings.staff.by_id[told.clock.owner_id]
            day = told.clock.due_at.astimezone(LONDON).date()
            return hears_words(owner.full_name, day_in_words(day))
        if call.outcome == Outcome.TRANSFERRED:
            return _put_through(call.tried[-1])
        if call.signpost:
            return closing_words(DeskCall(outcome=call.outcome, signpost=call.signpost))
        return told.contact.answer_note

    # --- Calls that left nothing on a record ----------------------------------------------------

    def _others(self, last: CallRow) -> None:
        """Now and then somebody asks about no child, or rings off."""
        chance = self.rng.random()
        if chance < ABOUT_NOBODY:
            general = words()["general"]
            outcome = Outcome(self.rng.choice(general["asked"]))
            signpost = self.rng.choice(self.signposts) if self.signposts else None
            if outcome == Outcome.SIGNPOSTED and signpost:
                said = closing_words(DeskCall(outcome=outcome, signpost=signpost))
                self._nobodys(last, outcome, said, signpost)
            else:
                self._nobodys(last, Outcome.ANSWERED, self.rng.choice(general["told"]))
        elif chance < ABOUT_NOBODY + RANG_OFF:
            self._nobodys(last, Outcome.RANG_OFF, "")

    def _nobodys(
        self,
        last: CallRow,
        outcome: DeskCall.Outcome,
        told: str,
        signpost: Signpost | None = None,
    ) -> None:
        """Just before the caller whose call was written down ``last``."""
        ended = outcome != Outcome.RANG_OFF
        lasted = timedelta(seconds=self.rng.randint(20, 120))
        over = last.started_at - timedelta(seconds=self.rng.randint(5, 60))
        self.calls.add(
            CallRow(
                id=next(self.calls.ids),
                case_id=None,
                adviser_id=last.adviser_id,
                started_at=over - lasted,
                ended_at=over,
                outcome=outcome.value,
                gate=Gate.OPEN.value if ended else "",
                matter_id=None,
                contact_id=None,
                signpost_id=signpost.pk if signpost else None,
                told=told,
                reminded=False,
                submission=submission(self.rng) if ended else None,
            )
        )


# Whoever rang about something new while they waited, in time, for something else (H32): the same
# person, number or name, as cases.matters.same_sender has it of calls, which give no address.
SOMETHING_NEW = """
UPDATE callbacks_deskcall AS call SET gate = 'new'
FROM cases_contact AS rang
WHERE rang.id = call.contact_id AND call.matter_id IS NULL AND call.gate = 'open'
AND EXISTS (
  SELECT FROM cases_contact AS owed JOIN clocks_clock AS clock ON clock.id = owed.clock_id
  WHERE owed.case_id = call.case_id AND owed.id <> rang.id AND owed.link = ''
  AND owed.direction = 'in' AND owed.struck_at IS NULL AND NOT owed.category = ANY(%s)
  AND owed.logged_at < call.ended_at AND clock.due_at >= call.ended_at
  AND (clock.stopped_at IS NULL OR clock.stopped_at > call.ended_at)
  AND CASE
    WHEN owed.sender_person_id IS NOT NULL AND rang.sender_person_id IS NOT NULL
      THEN owed.sender_person_id = rang.sender_person_id
    WHEN owed.sender_phone <> '' AND rang.sender_phone <> ''
      THEN owed.sender_phone = rang.sender_phone
    ELSE lower(owed.sender_name) = lower(rang.sender_name) END)
"""


def count_something_new() -> None:
    """Once all is stored: what was open at the moment of a call is known only then."""
    with connection.cursor() as cursor:
        cursor.execute(SOMETHING_NEW, [sorted(FORMAL)])


def _put_through(took: Tried) -> str:
    who = took.person.full_name if took.person else "the duty line"
    return f"I am putting you through to {who} now."
