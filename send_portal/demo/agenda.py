"""Everybody's slots for callbacks, which of them are taken, and when people take calls."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from accounts.models import Absence, User
from callbacks.models import Slot
from callbacks.slot_times import Weekly, slot_periods
from clocks.calendars import LONDON
from diaries.availability import LOOK_AHEAD, Availability, availability_in
from diaries.busy import Busy, busy_periods, day_start
from send_portal.demo.copying import Table
from send_portal.demo.diaries import Diaries
from send_portal.demo.rows import SlotRow

TOGETHER = 200
# What says whether somebody takes calls now; the rest is told from the person and the calendar.
KEPT = {"meeting", "casework", "training", "other", "protected", "leave"}


class Place(NamedTuple):
    """One slot; moments in UTC."""

    slot_id: int
    owner_id: int
    starts: datetime
    ends: datetime


class Agenda:
    """Makes the slots that the diaries leave room for, and remembers them in a few bytes each."""

    def __init__(self, diaries: Diaries) -> None:
        self.diaries = diaries
        self.table = Table(Slot, SlotRow)
        self.length = timedelta(minutes=diaries.policy.slot_minutes)
        self._starts: dict[int, array[int]] = {}
        self._first_ids: dict[int, int] = {}
        self._taken: dict[int, set[int]] = {}
        self._busy: dict[int, list[Busy]] = {}

    def store(self) -> None:
        """Write the slots, with what the portal itself says that people are busy with."""
        people = self.diaries.holders
        for begin in range(0, len(people), TOGETHER):
            self._add(people[begin : begin + TOGETHER])
        self.table.flush()

    def _add(self, people: Sequence[User]) -> None:
        first, last = self.diaries.first, self.diaries.last
        found = busy_periods(people, first, last)
        for person in people:
            busy = found[person.pk]
            weekly = [
                Weekly(row.weekday, row.starts, row.ends, row.first_day, row.last_day)
                for row in self.diaries.patterns[person.pk]
            ]
            periods = slot_periods(
                weekly,
                first=first,
                last=last,
                minutes=self.diaries.policy.slot_minutes,
                works=self.diaries.calendar.is_working_day,
                busy=[(one.start, one.end) for one in busy],
                zone=LONDON,
            )
            self._write(person, [starts for starts, _ in periods])
            self._busy[person.pk] = [one for one in busy if one.kind in KEPT]

    def _write(self, person: User, moments: list[datetime]) -> None:
        self._first_ids[person.pk] = self.table.next_id()
        self._starts[person.pk] = array("q", (int(at.timestamp()) for at in moments))
        self._taken[person.pk] = set()
        for at in moments:
            starts = at.astimezone(UTC)
            self.table.add(
                SlotRow(
                    next(self.table.ids),
                    person.pk,
                    f"[{starts.isoformat()},{(starts + self.length).isoformat()})",
                    self._made_at(at.date()),
                )
            )

    def _made_at(self, day: date) -> datetime:
        """At midnight of the day on which it came within the horizon."""
        return day_start(day - timedelta(days=self.diaries.policy.horizon_days))

    # --- Free slots -------------------------------------------------------------------------

    def free(self, owner_id: int, after: datetime, until: datetime) -> Iterator[Place]:
        """Slots nobody has, beginning after ``after`` and over by ``until``, soonest first."""
        starts, taken = self._starts.get(owner_id, array("q")), self._taken.get(owner_id, set())
        for number in range(bisect_right(starts, int(after.timestamp())), len(starts)):
            begins = datetime.fromtimestamp(starts[number], UTC)
            if begins + self.length > until:
                return
            slot_id = self._first_ids[owner_id] + number
            if slot_id not in taken:
                yield Place(slot_id, owner_id, begins, begins + self.length)

    def reserve_last(self, owner_id: int, before: datetime) -> None:
        """Keep their last slot before a moment for what is staged (upcoming.py)."""
        *_, last = [None, *self.free(owner_id, day_start(self.diaries.first), before)]
        if last:
            self.take(last)

    def take(self, place: Place) -> None:
        self._taken[place.owner_id].add(place.slot_id)

    # --- Who takes calls --------------------------------------------------------------------

    def availability(self, person: User, at: datetime) -> Availability:
        """What the desk says of ``person`` at ``at``."""
        today = at.astimezone(LONDON).date()
        begin, end = day_start(today), day_start(today + LOOK_AHEAD + timedelta(days=1))
        ahead = [one for one in self._busy[person.pk] if one.end > begin and one.start < end]
        return availability_in(
            person, ahead, at, self.diaries.calendar, self._absence(person, today)
        )

    def _absence(self, person: User, day: date) -> Absence | None:
        away = self.diaries.away.get(person.pk)
        return away if away and away.first_day <= day <= away.last_day else None
