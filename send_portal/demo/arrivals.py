"""What came in on each day, and when it was written down."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import sqrt
from random import Random
from typing import NamedTuple

from cases.models import Contact
from send_portal.demo.diary import DAYTIME_AT_WEEKEND, Day, received_while_closed
from send_portal.demo.messages import Channel, Sender, channel_for, sender_for
from send_portal.demo.register import Register
from send_portal.demo.shares import Draw

Category = Contact.Category

# Assumed: 20 contacts a case a year, over about 253 working days, Mondays the busiest.
CONTACTS_A_WORKING_DAY = 20 / 253
WEEKDAYS = (1.2, 1.1, 1.0, 0.95, 0.75, 0.3, 0.3)
# Of those that need nobody to pick up the telephone.
WHILE_CLOSED = 0.25
BUSIEST_PART_OF_DAY = 0.2
# E-mails that reach the portal itself; the others are forwarded or typed in by staff.
TO_THE_MAIL_ROOM = 0.7
MAIL_WHILE_CLOSED = 0.35
MAIL_TAKES_SECONDS = (1, 20)
REQUEST_BY_LETTER = 0.2
REQUEST_BY_SCHOOL = 0.45
# What the service does by itself, as a share of what comes in.
OUTGOING = 0.07
OUTGOING_BY = Draw(
    {
        Channel.TELEPHONE: 45,
        Channel.NOTE: 30,
        Channel.LETTER: 17,
        Channel.VIDEO: 5,
        Channel.FACE_TO_FACE: 3,
    }
)


class Draft(NamedTuple):
    """A contact that came in; ``place`` is its case's in the register. Moments in UTC."""

    logged_at: datetime
    received_at: datetime
    place: int
    sender: Sender
    channel: Channel
    stays_open: bool = False
    category: Category = Category.INFORMAL
    # Filed by the mail room, at any hour, with nobody's hands in it.
    mailed: bool = False


class Outgoing(NamedTuple):
    """Something the service did by itself, noted down at ``logged_at``."""

    logged_at: datetime
    at: datetime
    place: int
    channel: Channel


class Arrivals:
    """Draws what came in; nothing is logged after ``ends``."""

    def __init__(self, rng: Random, register: Register, days: list[Day], ends: datetime) -> None:
        self.rng = rng
        self.register = register
        self.days = days
        self.ends = ends
        self._asked: defaultdict[date, list[int]] = defaultdict(list)
        for place, asked_on in register.asked_on.items():
            self._asked[asked_on].append(place)
        self.open_cases = sum(register.is_open(place) for place in range(len(register)))

    def on(self, number: int) -> Iterator[Draft]:
        """What was logged on the ``number``-th day, in no order."""
        day = self.days[number]
        for _ in range(self._how_many(day, 1)):
            draft = self._draft(self.days[number - 1], day)
            if draft.logged_at <= self.ends:
                yield draft

    def outgoing(self, number: int) -> Iterator[Outgoing]:
        """What the service did by itself on the ``number``-th day, in no order."""
        day = self.days[number]
        for _ in range(self._how_many(day, OUTGOING)):
            logged_at = _whole(day.at(self.rng.uniform(0.03, 1)))
            at = _received(day, logged_at, timedelta(minutes=self.rng.uniform(1, 40)))
            done = Outgoing(logged_at, at, self._open_case(), OUTGOING_BY.one(self.rng))
            if logged_at <= self.ends:
                yield done

    def requests(self, number: int) -> Iterator[Draft]:
        """Requests for an assessment that came since the working day before the ``number``-th.

        Each case that waits for its decision began with one, however it came (H68).
        """
        before, day = self.days[number - 1], self.days[number]
        for asked_on in days_after(before.date, day.date):
            for place in self._asked.get(asked_on, ()):
                draft = self._request(day, asked_on, place)
                if draft.logged_at <= self.ends:
                    yield draft

    def _request(self, day: Day, asked_on: date, place: int) -> Draft:
        school = self.register[place].establishment is not None
        by_school = school and self.rng.random() < REQUEST_BY_SCHOOL
        sender = Sender.ESTABLISHMENT if by_school else Sender.PARENT
        if asked_on == day.date and self.rng.random() < REQUEST_BY_LETTER:
            logged_at = _whole(day.at(self.rng.uniform(0.1, 0.6)))
            received_at = _received(day, logged_at, timedelta(minutes=self.rng.uniform(5, 60)))
            return Draft(
                logged_at,
                received_at,
                place,
                sender,
                Channel.LETTER,
                False,
                Category.ASSESSMENT_REQUEST,
            )
        back = timedelta(days=(day.date - asked_on).days)
        latest = DAYTIME_AT_WEEKEND if back else day.closes - day.opens
        received_at = _whole(day.opens - back + latest * self.rng.random())
        return Draft(
            self._filed(received_at),
            received_at,
            place,
            sender,
            Channel.EMAIL,
            False,
            Category.ASSESSMENT_REQUEST,
            True,
        )

    def staged(self, number: int, place: int) -> Draft:
        """A telephone call of the ``number``-th day about one case, still to be answered."""
        day = self.days[number]
        closes = min(day.closes, self.ends)
        logged_at = _whole(day.opens + (closes - day.opens) * self.rng.uniform(0.1, 0.9))
        received_at = _received(day, logged_at, timedelta(minutes=self.rng.randint(1, 9)))
        return Draft(logged_at, received_at, place, Sender.PARENT, Channel.TELEPHONE, True)

    def _draft(self, before: Day, day: Day) -> Draft:
        place = self._open_case()
        sender = sender_for(self.rng, self.register[place])
        channel = channel_for(self.rng, sender)
        if channel == Channel.EMAIL and self.rng.random() < TO_THE_MAIL_ROOM:
            received_at = self._mail_came(before, day)
            logged_at = self._filed(received_at)
            return Draft(logged_at, received_at, place, sender, channel, mailed=True)
        if channel != Channel.TELEPHONE and self.rng.random() < WHILE_CLOSED:
            logged_at = _whole(day.opens + timedelta(minutes=self.rng.uniform(1, 75)))
            received_at = received_while_closed(self.rng, before, day)
            return Draft(logged_at, received_at.replace(second=0), place, sender, channel)
        logged_at = _whole(day.at(self.rng.triangular(0, 1, BUSIEST_PART_OF_DAY)))
        longest = 12 if channel == Channel.TELEPHONE else 90
        waited = timedelta(minutes=self.rng.uniform(1, longest))
        return Draft(logged_at, _received(day, logged_at, waited), place, sender, channel)

    def _mail_came(self, before: Day, day: Day) -> datetime:
        if self.rng.random() < MAIL_WHILE_CLOSED:
            return _whole(received_while_closed(self.rng, before, day))
        return _whole(day.at(self.rng.triangular(0, 1, BUSIEST_PART_OF_DAY)))

    def _filed(self, received_at: datetime) -> datetime:
        return received_at + timedelta(seconds=self.rng.randint(*MAIL_TAKES_SECONDS))

    def _how_many(self, day: Day, share: float) -> int:
        mean = self.open_cases * CONTACTS_A_WORKING_DAY * WEEKDAYS[day.date.weekday()] * share
        return max(0, round(self.rng.gauss(mean, sqrt(mean))))

    def _open_case(self) -> int:
        while True:
            place = self.rng.randrange(len(self.register))
            if self.register.is_open(place):
                return place


def days_after(day: date, last: date) -> Iterator[date]:
    """The days after ``day`` up to ``last``."""
    return (day + timedelta(days=number + 1) for number in range((last - day).days))


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _received(day: Day, logged_at: datetime, waited: timedelta) -> datetime:
    """``waited`` before it was logged, to the minute, as a form asks; not before opening."""
    return max(day.opens, (logged_at - waited).replace(second=0, microsecond=0))


def cases_of(register: Register, user_id: int) -> list[int]:
    return [
        place
        for place, responsible in enumerate(register.responsible)
        if responsible == user_id and register.is_open(place)
    ]
