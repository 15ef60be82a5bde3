"""Writes to a team's duty rota (H39)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from accounts.errors import RuleBroken
from accounts.models import Team, User
from clocks.calendars import LONDON, calendar_for_display
from clocks.wording import day_in_words
from clocks.working_time import WorkingCalendar
from diaries.actions import arranges_for, hold_diary
from diaries.duty import Turn, can_take_turns, days_away, turns_between, why_closed, why_not
from diaries.models import DutyShift

# A rota is made for weeks, not for years: a later day is a slip of the pen.
FARTHEST = timedelta(days=366)


@transaction.atomic
def put_on_duty(*, team: Team, day: date, person: User, by: User, now: datetime) -> DutyShift:
    """Let ``person`` answer the team's line on the London date ``day`` (H39).

    A second click changes nothing. Raises RuleBroken (``may_not_arrange``, ``in_the_past``,
    ``too_far``, ``takes_no_turns``, ``cannot_answer``).
    """
    _refuse_strangers(team, by)
    _refuse_bad_day(day, now)
    _hold_rota(team)
    hold_diary([person.pk])
    person = User.objects.get(pk=person.pk)
    if not can_take_turns(person):
        raise RuleBroken(
            "The duty line is for business support and those who hold cases.",
            "takes_no_turns",
            field="person",
        )
    if reason := why_not(person, team.pk, day, days_away([person.pk], day, day)):
        raise RuleBroken(
            f"{person} cannot be on duty on {day_in_words(day)}: {reason[:1].lower()}{reason[1:]}.",
            "cannot_answer",
            field="person",
        )
    shift, _ = DutyShift.objects.get_or_create(
        team=team, day=day, person=person, defaults={"made_by": by, "made_at": now}
    )
    return shift


@transaction.atomic
def put_all_on_duty(
    *, team: Team, day: date, people: Sequence[User], by: User, now: datetime
) -> list[DutyShift]:
    """Put several people on duty on one day, or nobody of them; raises as put_on_duty (H39)."""
    _refuse_strangers(team, by)
    # All diaries at once: taken one by one, two writers could wait for each other.
    _hold_rota(team)
    hold_diary(person.pk for person in people)
    return [put_on_duty(team=team, day=day, person=one, by=by, now=now) for one in people]


@transaction.atomic
def take_off_duty(*, shift: DutyShift, by: User, now: datetime) -> None:
    """Take a turn on the duty line away again; the history keeps it (H39).

    Taking away what is gone changes nothing. Raises RuleBroken (``may_not_arrange``,
    ``in_the_past``).
    """
    _refuse_strangers(shift.team, by)
    if shift.day < _today(now):
        raise RuleBroken("That day is over: the rota keeps who was on duty.", "in_the_past")
    _hold_rota(shift.team)
    hold_diary([shift.person_id])
    DutyShift.objects.filter(pk=shift.pk).delete()


@dataclass(frozen=True)
class Skipped:
    """Somebody who was not copied to ``day``, and why they cannot answer it."""

    person: User
    day: date
    why: str


@dataclass
class Copied:
    """What became of copying a week: the turns that were made, and those that were not.

    ``complete`` are days on which somebody of their kind answers already.
    """

    made: list[DutyShift] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    complete: set[date] = field(default_factory=set)


@transaction.atomic
def copy_week(*, team: Team, from_monday: date, to_monday: date, by: User, now: datetime) -> Copied:
    """Fill the gaps of one week with those who are on duty on the same weekdays of another (H39).

    Business support is copied to a day on which no business support answers yet, a case holder
    to one without a case holder: a second click copies nothing. Nobody is taken off. Skipped, and
    reported, is whoever could not answer that day, and every day that is past, not worked or
    not known to be worked. Raises
    RuleBroken (``may_not_arrange``, ``not_a_week``, ``too_far``).
    """
    _refuse_strangers(team, by)
    if from_monday.weekday() or to_monday.weekday() or from_monday == to_monday:
        raise RuleBroken("A week begins on Monday. Select two weeks.", "not_a_week")
    if to_monday > _today(now) + FARTHEST:
        raise RuleBroken("Plan at most a year ahead.", "too_far")
    # While the rota is held no shift comes or goes, so that these are all the diaries.
    _hold_rota(team)
    shifts = DutyShift.objects.filter(team=team)
    theirs = shifts.between(from_monday, from_monday + timedelta(days=6))
    hold_diary(theirs.values_list("person", flat=True))
    return _copy(list(theirs.select_related("person")), to_monday - from_monday, by, now)


def _copy(shifts: list[DutyShift], ahead: timedelta, by: User, now: datetime) -> Copied:
    copied, calendar, today = Copied(), calendar_for_display(), _today(now)
    if not shifts:
        return copied
    days = [shift.day + ahead for shift in shifts]
    away = days_away([shift.person_id for shift in shifts], min(days), max(days))
    # As it is before anything is copied: two case holders of a day are both copied to a gap.
    there = turns_between([shifts[0].team_id], min(days), max(days))
    for shift, day in zip(shifts, days, strict=True):
        turns = there.get((shift.team_id, day), [])
        why = _why_no_turn(day, today, calendar)
        if why := why or why_not(shift.person, shift.team_id, day, away):
            copied.skipped.append(Skipped(shift.person, day, why))
        elif _is_filled(turns, shift.person):
            copied.complete.add(day)
        else:
            copied.made.append(_same_turn(shift, day, by, now))
    return copied


def _is_filled(turns: Sequence[Turn], person: User) -> bool:
    """Whether somebody answers that day already who does what ``person`` would do on it."""
    answering = [turn.shift.person for turn in turns if not turn.why_not]
    return any(one.holds_cases == person.holds_cases for one in answering)


def _same_turn(shift: DutyShift, day: date, by: User, now: datetime) -> DutyShift:
    return DutyShift.objects.create(
        team_id=shift.team_id, day=day, person=shift.person, made_by=by, made_at=now
    )


def _why_no_turn(day: date, today: date, calendar: WorkingCalendar | None) -> str:
    return "That day is over" if day < today else why_closed(day, calendar)


def _hold_rota(team: Team) -> None:
    """Hold the rota of a team until the transaction ends; before any diary, always."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"rota:{team.pk}"])


def _refuse_strangers(team: Team, by: User) -> None:
    if not arranges_for(team, by):
        raise RuleBroken(
            "The team’s lead, its business support and senior managers keep the rota.",
            "may_not_arrange",
        )


def _refuse_bad_day(day: date, now: datetime) -> None:
    today = _today(now)
    if day < today:
        raise RuleBroken("Select today or a later day.", "in_the_past", field="day")
    if day > today + FARTHEST:
        raise RuleBroken("Plan at most a year ahead.", "too_far", field="day")


def _today(now: datetime) -> date:
    return now.astimezone(LONDON).date()
