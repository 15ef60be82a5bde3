"""What becomes of contacts: when and how they are answered, and what enforcement saw."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from accounts.models import User
from send_portal.demo.arrivals import Draft
from send_portal.demo.diary import Day, Promised
from send_portal.demo.messages import BY_VOICE, Answer, answer_for
from send_portal.demo.shares import Draw
from send_portal.demo.staff import Office

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
SHORTEST_ANSWER = timedelta(minutes=20)
TICK_SECONDS = 60


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


class Fates:
    """Decides; nothing happens after ``ends``."""

    def __init__(
        self, rng: Random, days: list[Day], ends: datetime, is_in: Callable[[User, date], bool]
    ) -> None:
        self.rng = rng
        self.days = days
        self.ends = ends
        self.is_in = is_in

    def answered(self, draft: Draft, number: int, office: Office, owner: User) -> Answered | None:
        """How ``draft``, which came in on the ``number``-th day, is answered; None: not yet."""
        if draft.stays_open:
            return None
        by_voice = draft.channel in BY_VOICE
        after = (ANSWERED_AFTER_CALL if by_voice else ANSWERED_AFTER_WRITING).one(self.rng)
        at = self._answer_moment(draft.logged_at, number, after)
        if at is None or at > self.ends:
            return None
        helps = self.rng.random() > OWNER_ANSWERS or not self.is_in(owner, at.date())
        by = self.rng.choice(office.support) if helps else owner
        return Answered(at, by, answer_for(self.rng, draft.channel))

    def life(self, promised: Promised, started_at: datetime, stopped_at: datetime | None) -> Life:
        """What one pass of enforcement a minute would have written down by the end."""
        until = stopped_at or self.ends
        warnings: list[tuple[datetime, datetime]] = []
        warn_at = _first_after(promised, started_at)
        while warn_at and (seen_at := self._seen(warn_at, until)):
            warnings.append((warn_at, seen_at))
            warn_at = _first_after(promised, seen_at)
        breached_at = self._seen(max(promised.due_at, started_at), until)
        if stopped_at and stopped_at > promised.due_at:
            # Answered after its date: then answering wrote the breach down, if nothing had yet.
            breached_at = breached_at or stopped_at
        return Life(warn_at, tuple(warnings), breached_at)

    def _answer_moment(self, logged_at: datetime, number: int, after: int) -> datetime | None:
        """A moment ``after`` working days later, in opening hours; None when still to come."""
        today = self.days[number]
        if after == 0:
            earliest = max(logged_at, today.opens) + SHORTEST_ANSWER
            if earliest < today.closes:
                return self._between(earliest, today.closes)
            after = 1
        if number + after >= len(self.days):
            return None
        day = self.days[number + after]
        return self._between(day.opens + SHORTEST_ANSWER, day.closes)

    def _between(self, start: datetime, end: datetime) -> datetime:
        return (start + (end - start) * self.rng.random()).replace(microsecond=0)

    def _seen(self, moment: datetime, until: datetime) -> datetime | None:
        """The tick that saw ``moment`` pass; None when the clock stopped or the story ended."""
        tick = moment + timedelta(seconds=self.rng.randrange(1, TICK_SECONDS))
        return tick if tick < until else None


def _first_after(promised: Promised, moment: datetime) -> datetime | None:
    return next((at for at in promised.warn_moments if at > moment), None)
