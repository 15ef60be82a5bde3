"""Writes to somebody's diary: meetings and other time without calls (H19, H41)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from accounts.errors import RuleBroken
from accounts.models import Role, Team, User
from clocks.calendars import LONDON
from diaries.models import Block

LONGEST_BLOCK = timedelta(days=14)
LONGEST_TITLE = 120
# Nobody plans for another century: a year was mistyped.
FARTHEST = timedelta(days=2 * 366)
NO_DIARY = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


def hold_diary(person_ids: Iterable[int]) -> None:
    """Hold the diaries of these people until the transaction ends.

    Everybody who writes to one takes them in this order, so that two writers wait for each
    other and neither for ever. What was read before is old: read again afterwards.
    """
    with connection.cursor() as cursor:
        for person in sorted(set(person_ids)):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"diary:{person}"]
            )


def leads(team: Team, by: User) -> bool:
    """True for those who decide for ``team``: its lead and the senior managers."""
    leader = by.role == Role.TEAM_LEAD and by.team_id == team.pk
    return leader or team.lead_id == by.pk or by.role == Role.SENIOR_MANAGER


def arranges_for(team: Team, by: User) -> bool:
    """True for those who keep the diaries and the rota of ``team``: also business support."""
    return leads(team, by) or (by.role == Role.BUSINESS_SUPPORT and by.team_id == team.pk)


def may_change_diary(person: User, by: User) -> bool:
    """True for the person, those who arrange for their team, and senior managers."""
    if by.role in NO_DIARY:
        return False
    if by.pk == person.pk or by.role == Role.SENIOR_MANAGER:
        return True
    return person.team is not None and arranges_for(person.team, by)


@transaction.atomic
def add_block(
    *,
    person: User,
    kind: Block.Kind,
    start: datetime,
    end: datetime,
    title: str = "",
    by: User,
    now: datetime,
) -> Block:
    """Put time without calls into a diary, from ``start`` up to ``end`` (both aware); H19, H41.

    The same time of the same kind twice is one, and the words of the last are kept. Nothing
    here looks at booked calls: that is for whoever books them, under ``hold_diary``. Raises
    RuleBroken (``may_not_change_diary``, ``backwards``, ``too_long``, ``in_the_past``,
    ``too_far``, ``title_long``, ``left``).
    """
    _refuse_strangers(person, by)
    # Moments of one zone would be compared by the clock on the wall.
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    _refuse_bad_times(start, end, now)
    title = _checked_title(title)
    hold_diary([person.pk])
    if not User.objects.filter(pk=person.pk, is_active=True).exists():
        raise RuleBroken(f"{person} has left.", "left", field="person")
    period = DateTimeTZRange(start, end)
    same = Block.objects.in_force().filter(person=person, kind=kind, period=period).first()
    if same is None:
        return Block.objects.create(
            person=person, kind=kind, period=period, title=title, made_by=by, made_at=now
        )
    if title and title != same.title:
        same.title = title
        same.save(update_fields=["title"])
    return same


@transaction.atomic
def withdraw_block(*, block: Block, by: User, now: datetime) -> Block:
    """Take time out of a diary again; the row stays. A second click changes nothing.

    Raises RuleBroken (``may_not_change_diary``).
    """
    _refuse_strangers(block.person, by)
    hold_diary([block.person_id])
    locked = Block.objects.select_for_update().get(pk=block.pk)
    if locked.withdrawn_at is not None:
        return locked
    locked.withdrawn_at, locked.withdrawn_by = now, by
    locked.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return locked


def _refuse_strangers(person: User, by: User) -> None:
    if not may_change_diary(person, by):
        raise RuleBroken(
            "You can change your own diary, and those of the team you arrange for.",
            "may_not_change_diary",
        )


def _refuse_bad_times(start: datetime, end: datetime, now: datetime) -> None:
    if end <= start:
        raise RuleBroken("The end must be after the start.", "backwards", field="end")
    if end - start > LONGEST_BLOCK:
        raise RuleBroken(
            "The longest is 14 days. For longer, enter an absence.", "too_long", field="end"
        )
    if start.astimezone(LONDON).date() < now.astimezone(LONDON).date():
        raise RuleBroken("The start must be today or later.", "in_the_past", field="start")
    if start > now + FARTHEST:
        raise RuleBroken("Choose a day within the next two years.", "too_far", field="start")


def _checked_title(title: str) -> str:
    title = " ".join(title.split())
    if len(title) > LONGEST_TITLE:
        raise RuleBroken(
            f"Use at most {LONGEST_TITLE} characters for the words.", "title_long", field="title"
        )
    return title
