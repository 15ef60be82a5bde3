"""What came in on each day, and when it was written down."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import sqrt
from random import Random
from typing import NamedTuple

from send_portal.demo.diary import Day, received_while_closed
from send_portal.demo.messages import Channel, Sender, channel_for, sender_for
from send_portal.demo.register import Register

# Assumed: 20 contacts a case a year, over about 253 working days, Mondays the busiest.
CONTACTS_A_WORKING_DAY = 20 / 253
WEEKDAYS = (1.2, 1.1, 1.0, 0.95, 0.75, 0.3, 0.3)
# Of those that need nobody to pick up the telephone.
WHILE_CLOSED = 0.25
BUSIEST_PART_OF_DAY = 0.2


class Draft(NamedTuple):
    """A contact that came in; ``place`` is its case's in the register. Moments in UTC."""

    logged_at: datetime
    received_at: datetime
    place: int
    sender: Sender
    channel: Channel
    stays_open: bool = False


class Arrivals:
    """Draws what came in; nothing is logged after ``ends``."""

    def __init__(self, rng: Random, register: Register, days: list[Day], ends: datetime) -> None:
        self.rng = rng
        self.register = register
        self.days = days
        self.ends = ends
        self.open_cases = sum(register.is_open(place) for place in range(len(register)))

    def on(self, number: int) -> Iterator[Draft]:
        """What was logged on the ``number``-th day, in no order."""
        day = self.days[number]
        mean = self.open_cases * CONTACTS_A_WORKING_DAY * WEEKDAYS[day.date.weekday()]
        for _ in range(max(0, round(self.rng.gauss(mean, sqrt(mean))))):
            draft = self._draft(self.days[number - 1], day)
            if draft.logged_at <= self.ends:
                yield draft

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
        if channel != Channel.TELEPHONE and self.rng.random() < WHILE_CLOSED:
            logged_at = _whole(day.opens + timedelta(minutes=self.rng.uniform(1, 75)))
            received_at = received_while_closed(self.rng, before, day)
            return Draft(logged_at, received_at.replace(second=0), place, sender, channel)
        logged_at = _whole(day.at(self.rng.triangular(0, 1, BUSIEST_PART_OF_DAY)))
        longest = 12 if channel == Channel.TELEPHONE else 90
        waited = timedelta(minutes=self.rng.uniform(1, longest))
        return Draft(logged_at, _received(day, logged_at, waited), place, sender, channel)

    def _open_case(self) -> int:
        while True:
            place = self.rng.randrange(len(self.register))
            if self.register.is_open(place):
                return place


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
