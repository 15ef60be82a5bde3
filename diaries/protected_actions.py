"""Writes to the protected time that a team has agreed (H40)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import Team, User
from clocks.calendars import LONDON
from diaries.actions import hold_diary, leads
from diaries.busy import DAY_NAMES
from diaries.models import ProtectedTime


@transaction.atomic
def set_protected(
    *,
    team: Team,
    weekday: int,
    starts: time,
    ends: time,
    first_day: date,
    last_day: date | None = None,
    by: User,
    now: datetime,
) -> ProtectedTime:
    """Agree time of a weekday (Monday is 0) in which the team need not answer calls (H40).

    Times of day and days are London's; from ``first_day`` on, until further notice or up to and
    with ``last_day``. The same time twice is one. Raises RuleBroken (``may_not_protect``,
    ``backwards``, ``in_the_past``, ``overlap``).
    """
    _refuse_strangers(team, by)
    _refuse_backwards(starts, ends, first_day, last_day)
    if first_day < _today(now):
        raise RuleBroken("The first day must be today or later.", "in_the_past", field="first_day")
    _hold_team(team)
    wanted = {"weekday": weekday, "starts": starts, "ends": ends}
    wanted_days = {"first_day": first_day, "last_day": last_day}
    ours = ProtectedTime.objects.filter(team=team)
    if same := ours.filter(**wanted, **wanted_days).first():
        return same
    meanwhile = ours.between(first_day, last_day or date.max)
    if meanwhile.filter(weekday=weekday, starts__lt=ends, ends__gt=starts).exists():
        on = DAY_NAMES[weekday]
        raise RuleBroken(
            f"The team has protected time on {on}s then. End that first, or choose another time.",
            "overlap",
            field="starts",
        )
    return ProtectedTime.objects.create(team=team, **wanted, **wanted_days, made_by=by, made_at=now)


@transaction.atomic
def protect_weekdays(
    *,
    team: Team,
    weekdays: Sequence[int],
    starts: time,
    ends: time,
    first_day: date,
    by: User,
    now: datetime,
) -> list[ProtectedTime]:
    """The same time on several weekdays, or on none of them; raises as set_protected (H40)."""
    return [
        set_protected(
            team=team,
            weekday=weekday,
            starts=starts,
            ends=ends,
            first_day=first_day,
            by=by,
            now=now,
        )
        for weekday in sorted(weekdays)
    ]


@transaction.atomic
def end_protected(
    *, protected: ProtectedTime, last_day: date, by: User, now: datetime
) -> ProtectedTime | None:
    """Let protected time end on ``last_day``; one that has not begun by then never was: None.

    What is past stays as it was: ``last_day`` is yesterday at the earliest. A second click
    changes nothing. Raises RuleBroken (``may_not_protect``, ``in_the_past``, ``longer``).
    """
    _refuse_strangers(protected.team, by)
    if last_day < _today(now) - timedelta(days=1):
        raise RuleBroken("The last day must not lie in the past.", "in_the_past", field="last_day")
    _hold_team(protected.team)
    row = ProtectedTime.objects.filter(pk=protected.pk).first()
    if row is None or (row.last_day and row.last_day == last_day):
        return row
    if row.last_day and last_day > row.last_day:
        raise RuleBroken("It ends earlier already.", "longer", field="last_day")
    if last_day < row.first_day:
        row.delete()
        return None
    row.last_day = last_day
    row.save(update_fields=["last_day"])
    return row


def _hold_team(team: Team) -> None:
    """The team's row first, so that two leads agree one after the other; then the diaries that
    are filled by it."""
    Team.objects.select_for_update(no_key=True).only("pk").get(pk=team.pk)
    hold_diary(User.objects.filter(team=team).values_list("pk", flat=True))


def _refuse_strangers(team: Team, by: User) -> None:
    if not leads(team, by):
        raise RuleBroken(
            "The team’s lead and senior managers agree protected time.", "may_not_protect"
        )


def _refuse_backwards(starts: time, ends: time, first_day: date, last_day: date | None) -> None:
    if ends <= starts:
        raise RuleBroken("The end must be after the start.", "backwards", field="ends")
    if last_day is not None and last_day < first_day:
        raise RuleBroken(
            "The last day must not be before the first.", "backwards", field="last_day"
        )


def _today(now: datetime) -> date:
    return now.astimezone(LONDON).date()
