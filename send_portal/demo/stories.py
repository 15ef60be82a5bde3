"""What becomes of promises to ring somebody: decided before anything of them is written."""

from bisect import bisect_right
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import NamedTuple

from accounts.models import User
from callbacks.models import Booking
from clocks.calendars import LONDON
from diaries.busy import day_start
from send_portal.demo.agenda import Agenda, Place
from send_portal.demo.diaries import words
from send_portal.demo.diary import Day
from send_portal.demo.fates import Answered
from send_portal.demo.messages import Answer
from send_portal.demo.shares import Draw
from send_portal.demo.staff import Office

State, Breach, Whose = Booking.State, Booking.Breach, Booking.Whose

# What becomes of a call whose matter was answered in the end.
FATES = Draw(
    {"reached": 78, "second try": 7, "letter": 2, "missed": 5, "moved": 4, "moved by us": 2}
    | {"cancelled": 2}
)
# And of those that still wait for an answer: their call is still to come, or was no success.
FAILED_SO_FAR = 0.25
NOT_REACHED = 0.5
NEXT_SLOTS = 3
COLLEAGUE_RINGS = 0.8
TAKES_A_LATE_ONE = 0.3
A_MINUTE = timedelta(minutes=1)
SETTLED_BEFORE_THE_END = timedelta(minutes=20)


class Try(NamedTuple):
    """One call that was made."""

    at: datetime
    by: User
    reached: bool
    note: str


class Leg(NamedTuple):
    """One booking; the second of two when it was moved."""

    place: Place
    booked_at: datetime
    booked_by: User | None
    state: Booking.State = State.BOOKED
    breach: Booking.Breach = Breach.NONE
    reason: str = ""
    missed_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: User | None = None
    ended_how: Booking.Whose = Whose.NONE
    note: str = ""


class Story(NamedTuple):
    """What became of a promise to ring; ``answered`` is the answer to its matter."""

    legs: list[Leg]
    tries: list[Try]
    answered: Answered | None


class Stories:
    """Finds a slot for a call, and says what became of it."""

    def __init__(self, rng: Random, agenda: Agenda, days: list[Day], ends: datetime) -> None:
        self.rng = rng
        self.agenda = agenda
        self.days = days
        self.ends = ends
        self.grace = timedelta(minutes=agenda.diaries.policy.grace_minutes)
        self.staff = agenda.diaries.staff

    def of_call(
        self,
        at: datetime,
        owner: User,
        office: Office,
        adviser: User,
        due_at: datetime,
        answered: Answered | None,
    ) -> Story | None:
        """A call promised at ``at`` and its fate; None when no slot fits the rest."""
        if answered is None and self.rng.random() > FAILED_SO_FAR:
            return self._to_come(at, owner, office, adviser, due_at)
        before = self.ends - SETTLED_BEFORE_THE_END
        first = self._booked(at, owner, office, adviser, due_at, at, before)
        if first is None:
            return None
        if answered is None:
            return self._not_yet(first)
        match FATES.one(self.rng):
            case "second try":
                found = self._second_try(first)
            case "letter":
                found = self._letter(first)
            case "missed":
                found = self._missed(first)
            case "moved":
                found = self._moved(first, adviser, due_at, Whose.CALLER)
            case "moved by us":
                found = self._moved(first, self._owner(first), due_at, Whose.OURS)
            case "cancelled":
                found = self._cancelled(first, adviser, answered)
            case _:
                found = None
        return found or self._reached(first)

    def _to_come(
        self, at: datetime, owner: User, office: Office, adviser: User, due_at: datetime
    ) -> Story | None:
        """Still to be rung, tomorrow at the earliest: what is today is left to live ones."""
        if owner == self.staff.well_known_coordinator:
            return None
        tomorrow = day_start(self._date(self.ends) + timedelta(days=1))
        last = self.agenda.diaries.last
        first = self._booked(at, owner, office, adviser, due_at, max(at, tomorrow), day_start(last))
        if first is None or self._owner(first) == self.staff.well_known_coordinator:
            return None
        if first.breach == Breach.OUTSIDE and self.rng.random() > TAKES_A_LATE_ONE:
            return None
        return Story([first], [], None)

    def _booked(
        self,
        at: datetime,
        owner: User,
        office: Office,
        adviser: User,
        due_at: datetime,
        after: datetime,
        before: datetime,
    ) -> Leg | None:
        """The owner's slot in time, else a colleague's, else the owner's first later on (H29)."""
        in_time = min(due_at, before)
        if own := list(islice(self.agenda.free(owner.pk, after, in_time), NEXT_SLOTS)):
            return Leg(self.rng.choice(own), at, adviser)
        if self.rng.random() < COLLEAGUE_RINGS:
            theirs = (
                next(self.agenda.free(one.pk, after, in_time), None)
                for one in office.holders
                if one != owner
            )
            if found := min((place for place in theirs if place), key=_starts, default=None):
                return Leg(found, at, adviser, breach=Breach.COLLEAGUE)
        place = next(self.agenda.free(owner.pk, max(after, due_at), before), None)
        if place is None:
            return None
        why = self.rng.choice(words()["bookings"]["outside"])
        return Leg(place, at, adviser, breach=Breach.OUTSIDE, reason=why)

    def _owner(self, leg: Leg) -> User:
        return self.staff.by_id[leg.place.owner_id]

    def _reached(self, leg: Leg) -> Story:
        at = self._within(leg.place.starts, 4, 25)
        return self._story_of_reaching([], leg, [], at)

    def _story_of_reaching(
        self, before: list[Leg], leg: Leg, tries: list[Try], at: datetime
    ) -> Story:
        by = self._owner(leg)
        done = leg._replace(state=State.REACHED, ended_at=at, ended_by=by)
        return Story(
            [*before, done],
            [*tries, Try(at, by, reached=True, note="")],
            Answered(at, by, Answer.TELEPHONE),
        )

    def _second_try(self, leg: Leg) -> Story | None:
        first = self._failed(leg, self._within(leg.place.starts, 2, 9))
        again = self._in_hours(leg, first.at + timedelta(hours=self.rng.uniform(1, 7)))
        return self._story_of_reaching([], leg, [first], again) if again else None

    def _letter(self, leg: Leg) -> Story | None:
        """Three tries, then it is written (H36)."""
        tries = [self._failed(leg, self._within(leg.place.starts, 2, 9))]
        for hours in (2, 22):
            at = self._in_hours(leg, tries[-1].at + timedelta(hours=hours))
            if at is None:
                return None
            tries.append(self._failed(leg, at))
        wrote = self._in_hours(leg, tries[-1].at + timedelta(minutes=40))
        if wrote is None:
            return None
        by = self._owner(leg)
        done = leg._replace(state=State.NO_ANSWER)
        return Story([done], tries, Answered(wrote, by, Answer.LETTER))

    def _missed(self, leg: Leg) -> Story | None:
        """Rung all the same, later (H36)."""
        missed = self._as_missed(leg)
        at = self._in_hours(leg, leg.place.ends + timedelta(hours=self.rng.uniform(1, 5)))
        return self._story_of_reaching([], missed, [], at) if at else None

    def _as_missed(self, leg: Leg) -> Leg:
        seen = timedelta(seconds=self.rng.randint(1, 60))
        return leg._replace(state=State.MISSED, missed_at=leg.place.ends + self.grace + seen)

    def _not_yet(self, leg: Leg) -> Story:
        """The slot is over and the matter is still open: missed, or nobody took the call."""
        if self.rng.random() < NOT_REACHED:
            failed = self._failed(leg, self._within(leg.place.starts, 2, 9))
            return Story([leg._replace(state=State.NO_ANSWER)], [failed], None)
        return Story([self._as_missed(leg)], [], None)

    def _failed(self, leg: Leg, at: datetime) -> Try:
        note = self.rng.choice(words()["bookings"]["tries"])
        return Try(at, self._owner(leg), reached=False, note=note)

    def _moved(self, leg: Leg, by: User, due_at: datetime, how: Booking.Whose) -> Story | None:
        """To another slot of the same person, before the first one begins (H36)."""
        at = self._before(leg)
        if at is None or leg.breach:
            return None
        until = self.ends - SETTLED_BEFORE_THE_END
        until = min(until, due_at) if how == Whose.OURS else until
        slots = islice(self.agenda.free(leg.place.owner_id, at, until), NEXT_SLOTS + 1)
        others = [place for place in slots if place != leg.place]
        if not others:
            return None
        place = self.rng.choice(others)
        told = words()["bookings"]
        ours = how == Whose.OURS
        reason = self.rng.choice(told["moved"]) if ours else ""
        note = f"{reason} (told {told['told_how']})" if ours else ""
        given_up = leg._replace(
            state=State.MOVED, ended_at=at, ended_by=by, ended_how=how, note=note
        )
        instead = Leg(
            place,
            at,
            by,
            breach=Breach.WISH if place.ends > due_at else Breach.NONE,
            reason=reason or "The caller chose this time.",
        )
        return self._story_of_reaching([given_up], instead, [], self._within(place.starts, 4, 25))

    def _cancelled(self, leg: Leg, by: User, answered: Answered) -> Story | None:
        at = self._before(leg)
        if at is None:
            return None
        note = self.rng.choice(words()["bookings"]["cancelled"])
        done = leg._replace(
            state=State.CANCELLED, ended_at=at, ended_by=by, ended_how=Whose.CALLER, note=note
        )
        return Story([done], [], answered)

    # --- Moments ----------------------------------------------------------------------------

    def _date(self, at: datetime) -> date:
        return at.astimezone(LONDON).date()

    def _within(self, start: datetime, least: float, most: float) -> datetime:
        at = start + timedelta(minutes=self.rng.uniform(least, most))
        return at.replace(microsecond=0)

    def _before(self, leg: Leg) -> datetime | None:
        """A moment in opening hours between the booking and the call."""
        gap = leg.place.starts - leg.booked_at - timedelta(hours=1)
        if gap <= timedelta(0):
            return None
        at = self._open_at(leg.booked_at + timedelta(minutes=30) + gap * self.rng.random())
        return at if at and at < leg.place.starts - timedelta(minutes=10) else None

    def _in_hours(self, leg: Leg, at: datetime) -> datetime | None:
        """``at``, or soon after the next opening; None when they are out, or it is to come."""
        found = self._open_at(at)
        if found is None or found > self.ends - A_MINUTE:
            return None
        return found if self.agenda.diaries.is_in(self._owner(leg), self._date(found)) else None

    def _open_at(self, at: datetime) -> datetime | None:
        place = bisect_right([day.closes for day in self.days], at + A_MINUTE)
        if place == len(self.days):
            return None
        opens = self.days[place].opens
        return (at if at >= opens else self._within(opens, 5, 90)).replace(microsecond=0)


def _starts(place: Place) -> datetime:
    return place.starts
