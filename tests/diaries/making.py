"""Invented diaries for the tests."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from accounts.models import Team, User
from diaries.models import Block, DutyShift, ProtectedTime

LONDON = ZoneInfo("Europe/London")
MADE = datetime(2026, 10, 1, 9, tzinfo=UTC)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=LONDON)


def block(person: User, start: datetime, end: datetime, kind: str = "meeting") -> Block:
    return Block.objects.create(
        person=person,
        kind=kind,
        period=DateTimeTZRange(start, end),
        title="Complex case: A. O.",
        made_by=person,
        made_at=MADE,
    )


def protect(
    team: Team, by: User, weekday: int, starts: time, ends: time, last_day: date | None = None
) -> ProtectedTime:
    return ProtectedTime.objects.create(
        team=team,
        weekday=weekday,
        starts=starts,
        ends=ends,
        first_day=date(2026, 3, 1),
        last_day=last_day,
        made_by=by,
        made_at=MADE,
    )


def shift(team: Team, person: User, day: date) -> DutyShift:
    return DutyShift.objects.create(team=team, person=person, day=day, made_by=person, made_at=MADE)
