"""What fills the diaries of the demonstration: leave, meetings, protected time and duty."""

import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Model

from accounts.models import Absence, User
from callbacks.models import Pattern, Slot, SlotPolicy
from clocks.calendars import LONDON
from clocks.working_time import WorkingCalendar
from diaries.busy import days, local, works_on
from diaries.models import Block, DutyShift, ProtectedTime
from send_portal.demo.copying import first_free_id
from send_portal.demo.diary import WEEKS
from send_portal.demo.people import WORDS
from send_portal.demo.shares import Draw
from send_portal.demo.staff import Office, Staff

# Written here or, in the case of slots, from what stands here (agenda.py).
MODELS: list[type[Model]] = [Absence, ProtectedTime, Block, DutyShift, Pattern, Slot]

WEEK = timedelta(days=7)
A_WHILE_AGO = 26 * WEEK
PLANNED_AHEAD = timedelta(days=10)

AWAY_IN_THESE_WEEKS = 0.4
WEEKS_AWAY = Draw({1: 70, 2: 30})
MEETINGS_A_WEEK = 0.7
MEETING_STARTS = (time(9, 30), time(11), time(13), time(14), time(15))
MEETING_MINUTES = (60, 60, 90)
MEETING_KINDS = Draw({Block.Kind.MEETING: 70, Block.Kind.CASEWORK: 20, Block.Kind.TRAINING: 10})
TEAM_MEETING = (time(10), time(11))
# The rota: weeks before and after this one, and how often somebody is missing on it.
DUTY_WEEKS = 4
NO_SUPPORT, NO_HOLDER = 0.04, 0.05
# Hours kept for callbacks: where they begin, for an hour and for two at once.
STARTS = (time(9), time(10), time(11), time(13), time(14), time(15))
LONG_STARTS = (time(9), time(10), time(13), time(14))
TWO_HOURS_AT_ONCE = 0.35
# Of so many, one keeps half of the hours that are asked of them.
ONE_SHORT_IN = 9
# The well-known coordinator rings on the whole of this day of the week, and a little on others.
RINGING_DAY = ((time(9), time(12, 30)), (time(13, 30), time(16, 30)))
OTHER_DAYS = (time(9), time(10))


@cache
def words() -> dict[str, Any]:
    return tomllib.loads((WORDS / "desk.toml").read_text(encoding="utf-8"))


class Diaries:
    """Everybody's, from eight weeks ago to the horizon of the slots."""

    def __init__(
        self, rng: Random, staff: Staff, *, calendar: WorkingCalendar, ends: datetime
    ) -> None:
        self.rng = rng
        self.staff = staff
        self.calendar = calendar
        self.ends = ends
        self.policy = SlotPolicy.current()
        self.today = ends.astimezone(LONDON).date()
        self.monday = self.today - timedelta(days=self.today.weekday())
        self.first = self.monday - WEEKS * WEEK
        self.last = min(self.today + timedelta(days=self.policy.horizon_days), calendar.last)
        self.holders = [person for person in staff.by_id.values() if person.can_own]
        entered = Absence.objects.filter(last_day__gte=self.first, first_day__lte=self.last)
        self.away = {absence.person_id: absence for absence in entered.select_related("cover")}
        self.patterns: dict[int, list[Pattern]] = {}
        self.rows = 0
        self._open = [day for day in days(self.first, self.last) if calendar.is_working_day(day)]

    def store(self) -> None:
        """Write them, with the ids that follow those in use."""
        self._keep(Absence, list(self._absences()))
        self._keep(ProtectedTime, list(self._protected()))
        self._keep(Block, list(self._blocks()))
        self._keep(DutyShift, list(self._duty()))
        self._keep(Pattern, list(self._patterns()))

    def _keep(self, model: type[Model], rows: Sequence[Model]) -> None:
        for pk, row in enumerate(rows, first_free_id(model)):
            row.pk = pk
        model._default_manager.bulk_create(rows, batch_size=1000)
        self.rows += len(rows)

    def is_in(self, person: User, day: date) -> bool:
        """True on a day that they work and have no leave."""
        away = self.away.get(person.pk)
        on_leave = away is not None and away.first_day <= day <= away.last_day
        return works_on(person, day) and not on_leave

    def _is_hers(self, person: User) -> bool:
        return person == self.staff.well_known_coordinator

    # --- Leave ------------------------------------------------------------------------------

    def _absences(self) -> Iterator[Absence]:
        """A week or two for some, at most one each; one of the well-known team is away now."""
        for office in self.staff.offices:
            for place, person in enumerate(office.holders):
                away_now = office is self.staff.offices[0] and place == 1
                may_be = not self._is_hers(person) and person != office.lead
                if may_be and person.pk not in self.away:
                    yield from self._absence(person, office, away_now=away_now)

    def _absence(self, person: User, office: Office, *, away_now: bool) -> Iterator[Absence]:
        weeks = WEEKS_AWAY.one(self.rng)
        begins = self.first + self.rng.randrange(WEEKS + DUTY_WEEKS + 1) * WEEK
        if away_now:
            begins, weeks = self.monday - self.rng.randrange(2) * WEEK, weeks + 1
        elif self.rng.random() > AWAY_IN_THESE_WEEKS:
            return
        cover = self.rng.choice([one for one in office.holders if not self._is_hers(one)])
        ends = begins + weeks * WEEK - timedelta(days=3)
        away = Absence(
            person=person,
            first_day=begins,
            last_day=ends,
            cover=office.lead if cover == person or cover.pk in self.away else cover,
        )
        self.away[person.pk] = away
        yield away

    # --- Protected time and meetings ------------------------------------------------------------

    def _protected_weekday(self, place: int) -> int:
        """Tuesday to Thursday by team; the well-known team has none today."""
        weekday = 1 + place % 3
        if place == 0 and weekday == self.today.weekday():
            weekday += 1
        return weekday

    def _protected(self) -> Iterator[ProtectedTime]:
        for place, office in enumerate(self.staff.offices):
            times = self.rng.choice(words()["protected"]["times"])
            starts, ends = map(time.fromisoformat, times)
            yield ProtectedTime(
                team=office.team,
                weekday=self._protected_weekday(place),
                starts=starts,
                ends=ends,
                first_day=self.monday - A_WHILE_AGO,
                made_by=office.lead,
                made_at=local(self.monday - A_WHILE_AGO - WEEK, self.rng.choice(STARTS)),
            )

    def _team_weekday(self, place: int) -> int:
        """Monday or Friday by team; the well-known team does not meet today."""
        weekday = 4 * (place % 2)
        return 4 - weekday if place == 0 and weekday == self.today.weekday() else weekday

    def _blocks(self) -> Iterator[Block]:
        for place, office in enumerate(self.staff.offices):
            for number, day in enumerate(self._open):
                if day.weekday() == self._team_weekday(place) and number // 5 % 2:
                    yield from self._team_meeting(office, day)
        for person in self.holders:
            for day in self._open:
                today_of_hers = self._is_hers(person) and day == self.today
                if self.rng.random() * 5 < MEETINGS_A_WEEK and not today_of_hers:
                    yield from self._meeting(person, day)

    def _team_meeting(self, office: Office, day: date) -> Iterator[Block]:
        starts, ends = (local(day, clock) for clock in TEAM_MEETING)
        for person in office.holders:
            if self.is_in(person, day):
                title, by = words()["blocks"]["team"], office.support[0]
                yield self._block(person, Block.Kind.MEETING, starts, ends, title, by)

    def _meeting(self, person: User, day: date) -> Iterator[Block]:
        kind = MEETING_KINDS.one(self.rng)
        starts = local(day, self.rng.choice(MEETING_STARTS))
        length = timedelta(minutes=self.rng.choice(MEETING_MINUTES))
        title = self.rng.choice(words()["blocks"][kind.value])
        if self.is_in(person, day):
            yield self._block(person, kind, starts, starts + length, title, person)

    def _block(
        self, person: User, kind: Block.Kind, starts: datetime, ends: datetime, title: str, by: User
    ) -> Block:
        period = DateTimeTZRange(starts.astimezone(UTC), ends.astimezone(UTC))
        made_at = min(self.ends, starts - PLANNED_AHEAD)
        return Block(
            person=person, kind=kind, period=period, title=title, made_by=by, made_at=made_at
        )

    # --- The duty line --------------------------------------------------------------------------

    def _duty(self) -> Iterator[DutyShift]:
        first, last = self.monday - DUTY_WEEKS * WEEK, self.monday + (DUTY_WEEKS + 1) * WEEK
        for office in self.staff.offices:
            for number, day in enumerate(self._open):
                if not first <= day < last:
                    continue
                # The days to come have a few gaps; what is past was filled in time.
                ahead = day > self.today
                for people, gaps in (
                    (office.support, NO_SUPPORT),
                    (self._takers(office), NO_HOLDER),
                ):
                    chosen = self._whose_turn(people, number, day)
                    if chosen and not (ahead and self.rng.random() < gaps):
                        yield self._shift(office, day, chosen)

    def _takers(self, office: Office) -> list[User]:
        """Those who take turns; in a small team everybody who holds cases."""
        many = len(office.coordinators) >= DUTY_WEEKS
        return office.coordinators if many else office.holders

    def _whose_turn(self, people: list[User], number: int, day: date) -> User | None:
        """The next in turn who is in that day; never her who rings on the whole of today."""
        for offset in range(len(people)):
            person = people[(number + offset) % len(people)]
            rings = self._is_hers(person) and self.today <= day < self.today + WEEK
            if self.is_in(person, day) and not rings:
                return person
        return None

    def _shift(self, office: Office, day: date, person: User) -> DutyShift:
        monday = day - timedelta(days=day.weekday())
        made_at = min(self.ends, local(monday - 2 * WEEK, time(11)))
        by = office.support[0]
        return DutyShift(team=office.team, day=day, person=person, made_by=by, made_at=made_at)

    # --- Hours for callbacks --------------------------------------------------------------------

    def _patterns(self) -> Iterator[Pattern]:
        taken = {
            office.team.pk: {self._protected_weekday(place), self._team_weekday(place)}
            for place, office in enumerate(self.staff.offices)
        }
        for place, person in enumerate(self.holders):
            avoid = taken.get(person.team.pk, set()) if person.team else set()
            hers = self._is_hers(person)
            wanted = self.policy.minimum_slots(person)
            if place % ONE_SHORT_IN == ONE_SHORT_IN - 1 and not hers:
                wanted = max(1, wanted // 2)
            kept = list(self._weekly(person, wanted, avoid))
            if hers:
                kept += self._ringing_day(person, kept, avoid)
            self.patterns[person.pk] = kept
            yield from kept

    def _weekly(self, person: User, wanted: int, avoid: set[int]) -> Iterator[Pattern]:
        """``wanted`` slots a week, on one day or on two, clear of what the team does together."""
        usual = [day for day in person.working_days if day < 5]
        good = [day for day in usual if day not in avoid] or usual
        if self._is_hers(person):
            good = [day for day in good if day != self.today.weekday()]
        together = self.rng.random() < TWO_HOURS_AT_ONCE or len(good) < 2
        parts = [wanted] if together or wanted < 2 else [wanted - wanted // 2, wanted // 2]
        for weekday, slots in zip(self.rng.sample(good, len(parts)), parts, strict=True):
            starts = self.rng.choice(LONG_STARTS if slots > 2 else STARTS)
            yield self._pattern(person, weekday, starts, slots)

    def _pattern(self, person: User, weekday: int, starts: time, slots: int) -> Pattern:
        length = timedelta(minutes=self.policy.slot_minutes * slots)
        ends = (datetime.combine(self.today, starts) + length).time()
        return Pattern(
            person=person,
            weekday=weekday,
            starts=starts,
            ends=ends,
            first_day=self.monday - A_WHILE_AGO,
        )

    def _ringing_day(self, person: User, kept: list[Pattern], avoid: set[int]) -> Iterator[Pattern]:
        """From this week on: so that she has somebody to ring whenever the portal is looked at."""
        busy = avoid | {pattern.weekday for pattern in kept}
        for weekday in range(5):
            if weekday == self.today.weekday():
                times: tuple[tuple[time, time], ...] = RINGING_DAY
            else:
                times = () if weekday in busy else (OTHER_DAYS,)
            for starts, ends in times:
                yield Pattern(
                    person=person,
                    weekday=weekday,
                    starts=starts,
                    ends=ends,
                    first_day=self.monday,
                )
