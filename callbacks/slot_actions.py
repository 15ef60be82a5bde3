"""Making slots, and what takes them away again. A booked slot is never touched (H28, H124)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Exists, OuterRef

from accounts.access import only_administrators
from accounts.errors import RuleBroken
from accounts.models import User
from callbacks.models import Booking, Pattern, Slot, SlotPolicy, SlotQuerySet
from callbacks.slot_times import ONE_DAY, Period, Weekly, in_utc, slot_periods
from clocks.calendars import LONDON, council_calendar
from clocks.wording import day_in_words
from clocks.working_time import BeyondCalendar
from diaries.actions import hold_diary, may_change_diary
from diaries.busy import DAY_NAMES, busy_periods

# People are looked at together: a fixed number of queries for so many.
TOGETHER = 200
EARLIEST, LATEST = time(7), time(20)


def renew_everybody(*, now: datetime) -> int:
    """Bring the slots of everybody who keeps hours, or did, up to date; returns how many changed.

    Also of those who rang for a colleague: a time that they never offered ends with that call.
    Reads a fixed number of queries for every 200 people; only those whose slots have to change
    are written, one person a transaction. Doing it again changes nothing.
    """
    keep_hours = Exists(Pattern.objects.filter(person=OuterRef("pk")))
    offer = Exists(_later(now).order_by().filter(owner=OuterRef("pk")))
    people = list(User.objects.filter(keep_hours | offer).select_related("team").order_by("pk"))
    changed = 0
    for begin in range(0, len(people), TOGETHER):
        some = people[begin : begin + TOGETHER]
        wanted, rows = _wanted(some, now), _offered(some, now)
        booked = _booked(row for offered in rows.values() for row in offered)
        for person in some:
            due = _difference(wanted[person.pk], rows.get(person.pk, []), booked, now)
            if due.changes:
                changed += bool(renew_slots(person=person, now=now))
    return changed


@transaction.atomic
def renew_slots(*, person: User, now: datetime) -> int:
    """Make the slots that ``person``'s weekly hours give from ``now`` (aware) to the horizon.

    Bank holidays, closures, leave, meetings, duty, protected time and days not worked have
    none. Slots that no longer fit and that nobody has booked are withdrawn. Returns how many
    were made or withdrawn.
    """
    hold_diary([person.pk])
    person = User.objects.select_related("team").get(pk=person.pk)
    wanted = _wanted([person], now)[person.pk]
    # The rows are held, then asked whether they are booked: a booking that was being made has
    # either happened now or will find its slot withdrawn.
    rows = list(_later(now - ONE_DAY).filter(owner=person).select_for_update(of=("self",)))
    due = _difference(wanted, rows, _booked(rows), now)
    Slot.objects.filter(pk__in=[row.pk for row in due.gone]).update(withdrawn_at=now)
    Slot.objects.bulk_create(
        Slot(owner=person, period=DateTimeTZRange(*period), made_at=now) for period in due.made
    )
    return due.changes


@transaction.atomic
def withdraw_under(*, person: User, start: datetime, end: datetime, now: datetime) -> list[Slot]:
    """Take back ``person``'s free slots between ``start`` and ``end``; returns the booked ones.

    Nobody books one of them until the transaction ends: their rows are held (H28, H124).
    """
    hold_diary([person.pk])
    under = Slot.objects.offered().filter(
        owner=person, period__overlap=DateTimeTZRange(start, end), period__endswith__gt=now
    )
    rows = list(under.select_for_update(of=("self",)).order_by("pk"))
    booked = _booked(rows)
    free = [row.pk for row in rows if row.pk not in booked]
    Slot.objects.filter(pk__in=free).update(withdrawn_at=now)
    return [row for row in rows if row.pk in booked]


@transaction.atomic
def keep_hours(
    *,
    person: User,
    weekday: int,
    starts: time,
    ends: time,
    first_day: date,
    by: User,
    now: datetime,
) -> Pattern:
    """Keep ``starts`` to ``ends`` free for callbacks on every ``weekday`` from a day on (H35).

    The same hours twice are one, from the earlier of the two days on. Raises RuleBroken
    (``may_not_change_diary``, ``cannot_own``, ``not_worked``, ``backwards``, ``too_short``,
    ``outside_the_day``, ``in_the_past``, ``overlap``).
    """
    _refuse_strangers(person, by)
    _refuse_who_rings_nobody(person, weekday)
    _refuse_bad_hours(starts, ends)
    if first_day < now.astimezone(LONDON).date():
        raise RuleBroken("The first day must be today or later.", "in_the_past", field="first_day")
    hold_diary([person.pk])
    pattern = _same_hours(person, weekday, starts, ends, first_day)
    if pattern is None:
        pattern = Pattern.objects.create(
            person=person, weekday=weekday, starts=starts, ends=ends, first_day=first_day
        )
    elif pattern.first_day > first_day:
        pattern.first_day = first_day
        pattern.save(update_fields=["first_day"])
    renew_slots(person=person, now=now)
    return pattern


def _same_hours(
    person: User, weekday: int, starts: time, ends: time, first_day: date
) -> Pattern | None:
    """These hours, when they are kept until further notice already; others may not overlap."""
    for other in Pattern.objects.in_use(first_day).filter(person=person, weekday=weekday):
        if (other.starts, other.ends, other.last_day) == (starts, ends, None):
            return other
        if other.starts < ends and starts < other.ends:
            until = f" until {day_in_words(other.last_day)}" if other.last_day else ""
            raise RuleBroken(
                f"{person} already keeps {other.words} for callbacks{until}.",
                "overlap",
                field="starts",
            )
    return None


@transaction.atomic
def end_hours(*, pattern: Pattern, last_day: date, by: User, now: datetime) -> None:
    """Stop keeping these hours after ``last_day``; what is booked stays booked (H124).

    Hours that never began are taken back; a second click changes nothing. Raises RuleBroken
    (``may_not_change_diary``, ``in_the_past``, ``ended_before``).
    """
    _refuse_strangers(pattern.person, by)
    if last_day < now.astimezone(LONDON).date() - ONE_DAY:
        raise RuleBroken("Choose today or a later day.", "in_the_past", field="first_day")
    hold_diary([pattern.person_id])
    locked = Pattern.objects.select_for_update().filter(pk=pattern.pk).first()
    if locked is None:
        return
    if locked.last_day is not None and last_day > locked.last_day:
        raise RuleBroken(
            f"These hours end on {day_in_words(locked.last_day)} already.",
            "ended_before",
            field="first_day",
        )
    if last_day < locked.first_day:
        locked.delete()
    else:
        locked.last_day = last_day
        locked.save(update_fields=["last_day"])
    renew_slots(person=pattern.person, now=now)


@transaction.atomic
def change_policy(*, policy: SlotPolicy, by: User, now: datetime) -> SlotPolicy:
    """Put new figures in force; slots are made anew by the next renewal. Raises RuleBroken
    (``may_not_change``)."""
    only_administrators(by)
    policy.pk = 1
    policy.save()
    return policy


# --- What there should be, and what there is -------------------------------------------------


def _wanted(people: Collection[User], now: datetime) -> dict[int, set[Period]]:
    """The slots that each should have from ``now`` on, in UTC; fixed queries."""
    policy, today = SlotPolicy.current(), now.astimezone(LONDON).date()
    last = today + timedelta(days=policy.horizon_days)
    try:
        calendar = council_calendar()
    except BeyondCalendar:
        return {person.pk: set() for person in people}
    last = min(last, calendar.last)
    weekly = _weekly(people, today)
    busy = busy_periods(people, today, last)
    return {
        person.pk: {
            in_utc(period)
            for period in slot_periods(
                weekly.get(person.pk, []) if person.can_own else [],
                first=today,
                last=last,
                minutes=policy.slot_minutes,
                works=calendar.is_working_day,
                busy=[(one.start, one.end) for one in busy[person.pk]],
                zone=LONDON,
            )
            if in_utc(period)[0] > now
        }
        for person in people
    }


def _weekly(people: Collection[User], today: date) -> dict[int, list[Weekly]]:
    found: dict[int, list[Weekly]] = {}
    for row in Pattern.objects.in_use(today).filter(person__in=people):
        weekly = Weekly(row.weekday, row.starts, row.ends, row.first_day, row.last_day)
        found.setdefault(row.person_id, []).append(weekly)
    return found


def _later(now: datetime) -> SlotQuerySet:
    return Slot.objects.offered().filter(period__startswith__gt=now).order_by("pk")


def _offered(people: Collection[User], now: datetime) -> dict[int, list[Slot]]:
    found: dict[int, list[Slot]] = {}
    for row in _later(now - ONE_DAY).filter(owner__in=people):
        found.setdefault(row.owner_id, []).append(row)
    return found


def _booked(rows: Iterable[Slot]) -> set[int]:
    held = Booking.objects.holding_slot().filter(slot__in=[row.pk for row in rows])
    return set(held.values_list("slot", flat=True))


@dataclass(frozen=True)
class _Difference:
    """What has to change: slots that no longer fit, and periods that have none yet."""

    gone: list[Slot]
    made: list[Period]

    @property
    def changes(self) -> int:
        return len(self.gone) + len(self.made)


def _difference(
    wanted: Collection[Period], rows: Iterable[Slot], booked: Collection[int], now: datetime
) -> _Difference:
    """``rows`` are what is offered, those that have begun in the last day too."""
    kept: list[Period] = []
    gone: list[Slot] = []
    for row in rows:
        # What has begun is past: a new slot only must not overlap it.
        stays = row.starts_at <= now or row.pk in booked or _period(row) in wanted
        if stays:
            kept.append(_period(row))
        else:
            gone.append(row)
    return _Difference(gone, _fitting(sorted(wanted), sorted(kept)))


def _fitting(wanted: Sequence[Period], kept: Sequence[Period]) -> list[Period]:
    """Those of ``wanted`` that overlap none of ``kept``: both in order, and neither overlaps
    itself, so that one walk along both is enough."""
    found: list[Period] = []
    at = 0
    for start, end in wanted:
        while at < len(kept) and kept[at][1] <= start:
            at += 1
        if at == len(kept) or kept[at][0] >= end:
            found.append((start, end))
    return found


def _period(slot: Slot) -> Period:
    return slot.starts_at, slot.ends_at


# --- Guards ---------------------------------------------------------------------------------


def _refuse_strangers(person: User, by: User) -> None:
    if not may_change_diary(person, by):
        raise RuleBroken(
            "You can change your own hours, and those of the team you arrange for.",
            "may_not_change_diary",
        )


def _refuse_who_rings_nobody(person: User, weekday: int) -> None:
    if not person.can_own:
        raise RuleBroken(f"{person} does not ring families back.", "cannot_own")
    if weekday not in person.working_days:
        raise RuleBroken(
            f"{person} does not work on {DAY_NAMES[weekday]}s.", "not_worked", field="weekday"
        )


def _refuse_bad_hours(starts: time, ends: time) -> None:
    if ends <= starts:
        raise RuleBroken("The end must be after the start.", "backwards", field="ends")
    if starts < EARLIEST or ends > LATEST:
        raise RuleBroken("Choose hours between 7am and 8pm.", "outside_the_day", field="starts")
    minutes = SlotPolicy.current().slot_minutes
    length = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
    if length < minutes:
        raise RuleBroken(
            f"One call is {minutes} minutes: keep that long at least.", "too_short", field="ends"
        )
