"""Making slots, and what takes them away again. A booked slot is never touched (H28, H124)."""

from collections.abc import Collection, Iterable
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
from clocks.working_time import BeyondCalendar
from diaries.actions import hold_diary, may_change_diary
from diaries.busy import busy_periods

# People are looked at together: a fixed number of queries for so many.
TOGETHER = 200
EARLIEST, LATEST = time(7), time(20)


def renew_everybody(*, now: datetime) -> int:
    """Bring the slots of everybody who keeps hours, or did, up to date; returns how many changed.

    Reads a fixed number of queries for every 200 people; only those whose slots have to change
    are written, one person a transaction. Doing it again changes nothing.
    """
    keep_hours = Exists(Pattern.objects.filter(person=OuterRef("pk")))
    people = list(User.objects.filter(keep_hours).select_related("team").order_by("pk"))
    changed = 0
    for begin in range(0, len(people), TOGETHER):
        some = people[begin : begin + TOGETHER]
        wanted, offered = _wanted(some, now), _offered(some, now)
        for person in some:
            if wanted[person.pk] != offered.get(person.pk, set()):
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
    booked = _booked(rows)
    kept = {
        _period(row)
        for row in rows
        # What has begun is past: a new slot only must not overlap it.
        if row.starts_at <= now or row.pk in booked or _period(row) in wanted
    }
    gone = [row for row in rows if _period(row) not in kept]
    Slot.objects.filter(pk__in=[row.pk for row in gone]).update(withdrawn_at=now)
    made = [period for period in sorted(wanted) if not _overlaps(period, kept)]
    Slot.objects.bulk_create(
        Slot(owner=person, period=DateTimeTZRange(*period), made_at=now) for period in made
    )
    return len(gone) + len(made)


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

    The same hours twice are one. Raises RuleBroken (``may_not_change_diary``, ``cannot_own``,
    ``backwards``, ``too_short``, ``outside_the_day``, ``in_the_past``, ``overlap``).
    """
    _refuse_strangers(person, by)
    if not person.can_own:
        raise RuleBroken(f"{person} does not ring families back.", "cannot_own")
    _refuse_bad_hours(starts, ends)
    if first_day < now.astimezone(LONDON).date():
        raise RuleBroken("The first day must be today or later.", "in_the_past", field="first_day")
    hold_diary([person.pk])
    for other in Pattern.objects.in_use(first_day).filter(person=person, weekday=weekday):
        if (other.starts, other.ends) == (starts, ends) and other.last_day is None:
            return other
        if other.starts < ends and starts < other.ends:
            raise RuleBroken(
                f"{person} already keeps {other} for callbacks.", "overlap", field="starts"
            )
    pattern = Pattern.objects.create(
        person=person, weekday=weekday, starts=starts, ends=ends, first_day=first_day
    )
    renew_slots(person=person, now=now)
    return pattern


@transaction.atomic
def end_hours(*, pattern: Pattern, last_day: date, by: User, now: datetime) -> None:
    """Stop keeping these hours after ``last_day``; what is booked stays booked (H124).

    Hours that never began are taken back. Raises RuleBroken (``may_not_change_diary``).
    """
    _refuse_strangers(pattern.person, by)
    hold_diary([pattern.person_id])
    locked = Pattern.objects.select_for_update().filter(pk=pattern.pk).first()
    if locked is None:
        return
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
            if period[0] > now
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


def _offered(people: Collection[User], now: datetime) -> dict[int, set[Period]]:
    found: dict[int, set[Period]] = {}
    for row in _later(now).filter(owner__in=people):
        found.setdefault(row.owner_id, set()).add(_period(row))
    return found


def _booked(rows: Iterable[Slot]) -> set[int]:
    held = Booking.objects.holding_slot().filter(slot__in=[row.pk for row in rows])
    return set(held.values_list("slot", flat=True))


def _period(slot: Slot) -> Period:
    return slot.starts_at, slot.ends_at


def _overlaps(period: Period, others: Iterable[Period]) -> bool:
    return any(start < period[1] and period[0] < end for start, end in others)


# --- Guards ---------------------------------------------------------------------------------


def _refuse_strangers(person: User, by: User) -> None:
    if not may_change_diary(person, by):
        raise RuleBroken(
            "You can change your own hours, and those of the team you arrange for.",
            "may_not_change_diary",
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
