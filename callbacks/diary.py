"""The day and the week of somebody who rings families back: calls, slots, and what else fills it.

Read-only. Days are London's.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import CASE_HOLDING_ROLES, Absence, Role, User
from callbacks.calls import Call, calls_of, whole
from callbacks.models import Booking, Slot
from clocks.calendars import LONDON
from clocks.wording import time_in_words
from clocks.working_time import BeyondCalendar, WorkingCalendar
from diaries.actions import may_change_diary
from diaries.busy import BLOCK_WORDS, ONE_DAY, busy_periods, day_start, days
from diaries.models import Block

# Who has a diary here: those who ring families back, and those who arrange it for them.
SEES_DIARY = CASE_HOLDING_ROLES | {Role.BUSINESS_SUPPORT}


@dataclass(frozen=True)
class Row:
    """One line of a day. ``kind`` is "call", "hidden", "free", "unused", "block" or what is busy.

    ``call`` and ``block`` are given where there is something to do with them. A "hidden" call is
    about a child that the viewer may not see: its time is taken, and nothing more is said.
    """

    start: datetime
    end: datetime
    kind: str
    words: str
    whole_day: bool = False
    call: Call | None = None
    block: Block | None = None

    @property
    def when(self) -> str:
        if self.whole_day:
            return "All day"
        return f"{time_in_words(self.start)} to {time_in_words(self.end)}"


@dataclass(frozen=True)
class Day:
    """``closed`` names why the service is closed, or is empty."""

    day: date
    rows: list[Row]
    closed: str

    @property
    def calls(self) -> list[Call]:
        return [row.call for row in self.rows if row.call]


def diary_of(
    person: User,
    user: User,
    *,
    first: date,
    last: date,
    now: datetime,
    calendar: WorkingCalendar | None,
    before: bool = False,
) -> list[Day]:
    """What ``person`` has on the London days ``first`` to ``last``, both included, as ``user`` may
    see it; with ``before`` what came before each call. A fixed number of queries."""
    start, end = day_start(first), day_start(last + ONE_DAY)
    bookings = whole(Booking.objects.of_person(person, start, end).unrestricted_for(user))
    calls = calls_of(list(bookings), user, now, before=before)
    found: dict[date, list[Row]] = {day: [] for day in days(first, last)}
    for row in [
        *map(_call_row, calls),
        *_slot_rows(person, start, end, {call.booking.slot_id for call in calls}, now),
        *_block_rows(person, user, start, end),
        *_other_rows(person, first, last),
    ]:
        for day, part in _by_day(row, first, last):
            found[day].append(part)
    return [
        Day(day, _without_covered(sorted(rows, key=_in_order)), _why_closed(day, calendar))
        for day, rows in found.items()
    ]


def _in_order(row: Row) -> tuple[bool, datetime, datetime]:
    return not row.whole_day, row.start.astimezone(UTC), row.end.astimezone(UTC)


def _call_row(call: Call) -> Row:
    booking = call.booking
    return Row(booking.starts_at, booking.ends_at, "call", booking.caller_name, call=call)


def _slot_rows(
    person: User, start: datetime, end: datetime, shown: Collection[int], now: datetime
) -> Iterator[Row]:
    """Slots without a call that is shown: free, past without one, or taken by a hidden one."""
    taken = Booking.objects.holding_slot().filter(slot=OuterRef("pk"))
    slots = Slot.objects.offered().within(start, end).filter(owner=person)
    for slot in slots.annotate(taken=Exists(taken)):
        if slot.pk in shown:
            continue
        if slot.taken:
            kind, words = "hidden", "A booked call about a case that you may not see"
        elif slot.starts_at > now:
            kind, words = "free", "Free for a call"
        else:
            kind, words = "unused", "Nobody booked this"
        yield Row(slot.starts_at, slot.ends_at, kind, words)


def _block_rows(person: User, user: User, start: datetime, end: datetime) -> Iterator[Row]:
    """Meetings and casework; their words are for the person and those who keep the diary."""
    own = may_change_diary(person, user)
    for block in Block.objects.in_force().filter(person=person).overlapping(start, end):
        words = BLOCK_WORDS[block.kind]
        if own and block.title:
            words = f"{block.get_kind_display()}: {block.title}"
        period = block.period
        yield Row(period.lower, period.upper, "block", words, block=block if own else None)


def _other_rows(person: User, first: date, last: date) -> Iterator[Row]:
    """Leave, days not worked, protected time, duty."""
    for busy in busy_periods([person], first, last)[person.pk]:
        if busy.kind not in BLOCK_WORDS:
            yield Row(busy.start, busy.end, busy.kind, busy.words)


def _by_day(row: Row, first: date, last: date) -> Iterator[tuple[date, Row]]:
    """The parts of ``row`` on each day that it touches."""
    # Moments of one zone would be compared by the clock on the wall.
    start, end = row.start.astimezone(UTC), row.end.astimezone(UTC)
    begins = max(first, start.astimezone(LONDON).date())
    for day in days(begins, last):
        opens, closes = (at.astimezone(UTC) for at in (day_start(day), day_start(day + ONE_DAY)))
        if end <= opens:
            return
        part = max(start, opens), min(end, closes)
        yield (
            day,
            Row(*part, row.kind, row.words, part == (opens, closes), row.call, row.block),
        )


def _without_covered(rows: list[Row]) -> list[Row]:
    """Without free slots that something else fills: they are withdrawn at the next renewal."""
    fills = [row for row in rows if row.kind not in ("free", "unused")]
    return [
        row
        for row in rows
        if row.kind not in ("free", "unused")
        or not any(other.start < row.end and row.start < other.end for other in fills)
    ]


def _why_closed(day: date, calendar: WorkingCalendar | None) -> str:
    try:
        return calendar.why_closed(day) if calendar else ""
    except BeyondCalendar:
        return ""


# --- On top ----------------------------------------------------------------------------------


def left_to_ring(person: User, user: User, now: datetime) -> list[Call]:
    """What ``person`` missed or tried in vain, with what came before. A fixed number of queries."""
    left = Booking.objects.filter(owner=person).left_to_ring().unrestricted_for(user)
    return calls_of(list(whole(left)), user, now)


def looked_after(user: User, now: datetime) -> Mapping[User, int]:
    """Whom ``user`` looks after today, and how many calls each has still to make today or before.

    Two queries.
    """
    today = now.astimezone(LONDON).date()
    absences = Absence.objects.covered_by(user, today).select_related("person")
    people = {absence.person_id: absence.person for absence in absences}
    calls = Booking.objects.to_ring().filter(
        owner__in=people, starts_at__lt=day_start(today + ONE_DAY)
    )
    owners = list(calls.unrestricted_for(user).values_list("owner", flat=True))
    return {person: owners.count(pk) for pk, person in people.items()}


# --- Whose diary -----------------------------------------------------------------------------


def people_for(user: User, now: datetime) -> QuerySet[User]:
    """Those whose diaries ``user`` may read at ``now`` (aware), by name: their own, those that
    they arrange (diaries.actions.may_change_diary), and those of whom they look after.

    Leavers are there as long as calls of theirs are still to be made.
    """
    left = Booking.objects.to_ring().filter(owner=OuterRef("pk"))
    with_diary = Q(role__in=sorted(SEES_DIARY), is_active=True) | Exists(left)
    found = User.objects.filter(with_diary, _readable_by(user, now))
    return found.select_related("team__lead").order_by("full_name", "pk")


def _readable_by(user: User, now: datetime) -> Q:
    if user.role == Role.SENIOR_MANAGER:
        return Q()
    today = now.astimezone(LONDON).date()
    theirs = Q(pk__in=Absence.objects.looked_after(user, today)) | Q(team__lead=user)
    if user.role in (Role.TEAM_LEAD, Role.BUSINESS_SUPPORT) and user.team_id:
        theirs |= Q(team=user.team_id)
    return theirs


def chosen(people: Iterable[User], asked: str, user: User) -> User | None:
    """Whom the address names, oneself when it names nobody; None for whom one may not see."""
    wanted = asked or str(user.pk)
    return next((person for person in people if str(person.pk) == wanted), None)
