"""Whether somebody takes calls now, and if not, why and until when (H40, H41).

Read-only. The words are for whoever has a caller on the line: they name the kind of thing that
keeps somebody, never what it is about.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from accounts.models import Absence, User
from clocks.calendars import LONDON
from clocks.wording import day_in_words, moment_in_words, time_in_words
from clocks.working_time import BeyondCalendar, WorkingCalendar
from diaries.busy import DAY_NAMES, ONE_DAY, Busy, busy_periods, day_start, works_on

Code = Literal[
    "open",
    "closed",
    "protected",
    "meeting",
    "leave",
    "not_working",
    "engaged",
    "no_number",
    "left",
]

# The longest block, and a day more.
LOOK_AHEAD = timedelta(days=15)
KEEPS = {"meeting": "In a meeting", "protected": "In protected time"}
HOURS_UNKNOWN = "Opening hours are not known"


@dataclass(frozen=True)
class Availability:
    """``until`` (aware): when this changes, where that is known. ``cover``: who to ask instead.

    ``code`` "meeting" stands for every kind of block: casework, training and others too.
    """

    takes_calls: bool
    code: Code
    words: str
    until: datetime | None = None
    cover: User | None = None


@dataclass(frozen=True)
class _Moment:
    """One look at the service: ``closes`` None while it is closed."""

    now: datetime
    today: date
    closes: datetime | None
    opens: datetime | None


@dataclass
class _Diary:
    """What is known about one person: today's absence and what lies ahead, in order of time."""

    person: User
    away: Absence | None = None
    ahead: list[Busy] = field(default_factory=list)
    engaged_until: datetime | None = None


def takes_calls(
    people: Collection[User],
    now: datetime,
    calendar: WorkingCalendar | None,
    engaged: Mapping[int, datetime] | None = None,
) -> dict[int, Availability]:
    """Who of ``people`` takes calls at ``now`` (aware), by person id; five queries (H40, H41).

    ``engaged`` gives the moment at which somebody's booked call ends. Without a calendar, or
    beyond it, nobody is said to take calls: a guess would send a caller to a silent line.
    A turn on the duty line is no reason not to answer one's own.
    """
    moment = _look(now, calendar)
    periods = busy_periods(people, moment.today, moment.today + LOOK_AHEAD)
    away = Absence.objects.on(moment.today).filter(person__in=people).select_related("cover")
    absences = {absence.person_id: absence for absence in away}
    diaries = [
        _Diary(person, absences.get(person.pk), periods[person.pk], (engaged or {}).get(person.pk))
        for person in people
    ]
    return {diary.person.pk: _availability(diary, moment) for diary in diaries}


def availability_in(
    person: User,
    ahead: list[Busy],
    now: datetime,
    calendar: WorkingCalendar | None,
    away: Absence | None = None,
) -> Availability:
    """The same of one person whose diary is known already: today's absence, and what lies
    ``ahead`` (from today for LOOK_AHEAD, in order of time). No query."""
    return _availability(_Diary(person, away, ahead), _look(now, calendar))


def _look(now: datetime, calendar: WorkingCalendar | None) -> _Moment:
    now = now.astimezone(LONDON)
    try:
        closes, opens = _closes(now, calendar), calendar.next_opening(now) if calendar else None
    except BeyondCalendar:
        closes = opens = None
    return _Moment(now, now.date(), closes, opens)


def _closes(now: datetime, calendar: WorkingCalendar | None) -> datetime | None:
    """When the opening hours that ``now`` falls in end; None when it falls in none."""
    if calendar is None or not calendar.is_open(now):
        return None
    clock = now.time()
    periods = calendar.hours[now.weekday()]
    closes = next(closes for opens, closes in periods if opens <= clock < closes)
    return datetime.combine(now.date(), closes, tzinfo=LONDON)


def _availability(diary: _Diary, moment: _Moment) -> Availability:
    """The first of these that is so: what lasts longest comes first."""
    person = diary.person
    if not person.is_active:
        return Availability(False, "left", "Has left")
    if diary.away:
        return _on_leave(diary.away)
    if not person.phone:
        return Availability(False, "no_number", "No contact number is recorded")
    if not works_on(person, moment.today):
        return _not_working(diary, moment)
    if moment.closes is None:
        return _closed(moment)
    if diary.engaged_until and moment.now.astimezone(UTC) < diary.engaged_until:
        until = diary.engaged_until
        return Availability(
            False, "engaged", f"On a booked call until {time_in_words(until)}", until
        )
    return _kept(diary, moment, moment.closes) or _open(diary, moment, moment.closes)


def _on_leave(absence: Absence) -> Availability:
    words = f"On leave until {day_in_words(absence.last_day)}"
    cover = absence.cover if absence.cover and absence.cover.is_active else None
    if cover:
        number = f", {cover.phone}" if cover.phone else ""
        words += f". Cover is {cover}{number}"
    return Availability(False, "leave", words, day_start(absence.last_day + ONE_DAY), cover)


def _not_working(diary: _Diary, moment: _Moment) -> Availability:
    words = f"Does not work on {DAY_NAMES[moment.today.weekday()]}s"
    back = _back_on(diary, moment.today)
    if back is None:
        return Availability(False, "not_working", words)
    return Availability(
        False, "not_working", f"{words}. Back on {day_in_words(back)}", day_start(back)
    )


def _back_on(diary: _Diary, today: date) -> date | None:
    """The next weekday that is worked and not spent on leave, if it is near."""
    away = [busy for busy in diary.ahead if busy.kind == "leave"]
    for number in range(1, LOOK_AHEAD.days):
        day = today + timedelta(days=number)
        start = day_start(day).astimezone(UTC)
        on_leave = any(busy.start.astimezone(UTC) <= start < busy.end for busy in away)
        if works_on(diary.person, day) and not on_leave:
            return day
    return None


def _closed(moment: _Moment) -> Availability:
    if moment.opens is None:
        return Availability(False, "closed", HOURS_UNKNOWN)
    words = f"Closed. Opens {moment_in_words(moment.opens)}"
    return Availability(False, "closed", words, moment.opens)


def _kept(diary: _Diary, moment: _Moment, closes: datetime) -> Availability | None:
    """In a meeting, in protected time or busy; None when nothing of that kind is on now."""
    ahead = [busy for busy in diary.ahead if _keeps_from_calls(busy)]
    now = moment.now.astimezone(UTC)
    current = [busy for busy in ahead if busy.start.astimezone(UTC) <= now < busy.end]
    if not current:
        return None
    # A meeting says more than the protected time around it.
    reason = min(current, key=lambda busy: busy.kind == "protected")
    until = _end_of_run(ahead, now)
    first = _end_of_run([busy for busy in ahead if busy.kind == reason.kind], now)
    if reason.kind not in KEEPS:
        first = until
    words = f"{KEEPS.get(reason.kind, 'Busy')} {_until(first, closes)}"
    if first < until and first < closes:
        words += f", then busy {_until(until, closes)}"
    code: Code = "protected" if reason.kind == "protected" else "meeting"
    return Availability(False, code, words, until.astimezone(LONDON))


def _keeps_from_calls(busy: Busy) -> bool:
    return busy.kind in {"protected", "meeting", "casework", "training", "other"}


def _end_of_run(periods: list[Busy], now: datetime) -> datetime:
    """The moment (UTC) at which nothing of ``periods`` (in order) follows on from ``now``."""
    until = now
    for busy in periods:
        if busy.start.astimezone(UTC) <= until:
            until = max(until, busy.end.astimezone(UTC))
    return until


def _until(moment: datetime, closes: datetime) -> str:
    if moment < closes:
        return f"until {time_in_words(moment)}"
    if moment.astimezone(LONDON).date() == closes.date():
        return f"until {time_in_words(closes)}, when we close"
    return f"until {moment_in_words(moment)}"


def _open(diary: _Diary, moment: _Moment, closes: datetime) -> Availability:
    now, until = moment.now.astimezone(UTC), closes.astimezone(UTC)
    for busy in filter(_keeps_from_calls, diary.ahead):
        if now < busy.start:
            until = min(until, busy.start.astimezone(UTC))
    until = until.astimezone(LONDON)
    return Availability(True, "open", f"Open until {time_in_words(until)}", until)
