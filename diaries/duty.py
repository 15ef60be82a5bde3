"""Who answers a team's duty line, and on which days somebody is missing (H39). Read-only."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.models import Absence, Role, Team, User
from clocks.calendars import LONDON
from clocks.working_time import BeyondCalendar, WorkingCalendar
from diaries.busy import DAY_NAMES, days, works_on
from diaries.models import DutyShift

NOBODY = "Nobody on duty"
NO_BUSINESS_SUPPORT = "No business support"
NO_CASE_HOLDER = "No case holder"
HOURS_UNKNOWN = "Opening days are not known"


@dataclass(frozen=True)
class Turn:
    """One shift; ``why_not`` says why its person will not answer, or is empty."""

    shift: DutyShift
    why_not: str = ""


@dataclass(frozen=True)
class DutyDay:
    """One day of a team's line; ``closed`` names why nobody has to answer it, or is empty."""

    day: date
    turns: list[Turn]
    closed: str = ""

    @property
    def answering(self) -> list[User]:
        return [turn.shift.person for turn in self.turns if not turn.why_not]

    @property
    def gap(self) -> str:
        """What is missing, in words; empty on a day that is complete or needs nobody (H39)."""
        if self.closed:
            return ""
        if not self.answering:
            return NOBODY
        if not any(person.role == Role.BUSINESS_SUPPORT for person in self.answering):
            return NO_BUSINESS_SUPPORT
        return "" if any(person.holds_cases for person in self.answering) else NO_CASE_HOLDER


@dataclass(frozen=True)
class DutyWeek:
    """A week of a team's line; ``over`` when its last working day is past."""

    monday: date
    days: list[DutyDay]
    over: bool

    @property
    def gaps(self) -> list[DutyDay]:
        return [day for day in self.days if day.gap]

    @property
    def following(self) -> date:
        return self.monday + timedelta(days=7)


def duty_weeks(
    team: Team, monday: date, weeks: int, now: datetime, calendar: WorkingCalendar | None
) -> list[DutyWeek]:
    """``weeks`` weeks of a team's line from ``monday`` on; two queries (H39).

    Monday to Friday, and a weekend day on which the service is open or somebody is on duty.
    """
    last = monday + timedelta(days=7 * weeks - 1)
    found = duty_days([team], monday, last, calendar)[team.pk]
    today = now.astimezone(LONDON).date()
    return [_week(monday + timedelta(days=7 * number), found, today) for number in range(weeks)]


def _week(monday: date, found: list[DutyDay], today: date) -> DutyWeek:
    sunday = monday + timedelta(days=6)
    week = [day for day in found if monday <= day.day <= sunday and _is_shown(day)]
    return DutyWeek(monday, week, over=week[-1].day < today)


def _is_shown(day: DutyDay) -> bool:
    return day.day.weekday() < 5 or bool(day.turns) or not day.closed


def duty_days(
    teams: Collection[Team], first: date, last: date, calendar: WorkingCalendar | None
) -> dict[int, list[DutyDay]]:
    """Every day of the teams' lines from ``first`` to ``last``, by team id; two queries."""
    turns = turns_between([team.pk for team in teams], first, last)
    closed = {day: why_closed(day, calendar) for day in days(first, last)}
    return {
        team.pk: [
            DutyDay(day, turns.get((team.pk, day), []), words) for day, words in closed.items()
        ]
        for team in teams
    }


def turns_between(teams: list[int], first: date, last: date) -> dict[tuple[int, date], list[Turn]]:
    """The shifts of each team and day, business support first, then by name; two queries."""
    shifts = DutyShift.objects.between(first, last).filter(team__in=teams)
    found = list(shifts.select_related("person"))
    found.sort(key=lambda one: (one.person.holds_cases, one.person.full_name, one.pk))
    away = days_away((shift.person_id for shift in found), first, last)
    turns: dict[tuple[int, date], list[Turn]] = {}
    for shift in found:
        turn = Turn(shift, why_not(shift.person, shift.team_id, shift.day, away))
        turns.setdefault((shift.team_id, shift.day), []).append(turn)
    return turns


def why_closed(day: date, calendar: WorkingCalendar | None) -> str:
    """Why nobody has to answer on ``day``, or "". What is not known counts as closed, and says
    so: a gap is not claimed on a day that may be a bank holiday."""
    try:
        return calendar.why_closed(day) if calendar else HOURS_UNKNOWN
    except BeyondCalendar:
        return HOURS_UNKNOWN


def why_not(person: User, team_id: int, day: date, away: Collection[tuple[int, date]]) -> str:
    """Why ``person`` cannot answer the team's line on ``day``, or "" (H39)."""
    if not person.is_active:
        return "Has left"
    if person.team_id != team_id:
        return "Not in the team"
    if not can_take_turns(person):
        return "No longer takes turns"
    if (person.pk, day) in away:
        return "On leave"
    if not works_on(person, day):
        return f"Does not work on {DAY_NAMES[day.weekday()]}s"
    return ""


def can_take_turns(person: User) -> bool:
    """Business support and everybody who holds cases."""
    return person.role == Role.BUSINESS_SUPPORT or person.holds_cases


def days_away(people: Iterable[int], first: date, last: date) -> set[tuple[int, date]]:
    """(person id, day) for each day of leave from ``first`` to ``last``; one query."""
    absences = Absence.objects.filter(
        person__in=sorted(set(people)), first_day__lte=last, last_day__gte=first
    )
    return {
        (person, day)
        for person, begins, ends in absences.values_list("person", "first_day", "last_day")
        for day in days(max(begins, first), min(ends, last))
    }


def on_duty(team_ids: Iterable[int], day: date) -> dict[int, list[User]]:
    """Who answers each team's line on the London date ``day``, by team id (H27, H39).

    Business support first. Left out is whoever is away that day, has left, moved to another
    team, or does not work on that weekday; a team without anybody is left out too. Two queries.
    """
    answering: dict[int, list[User]] = {}
    for (team, _), turns in turns_between(list(team_ids), day, day).items():
        if people := [turn.shift.person for turn in turns if not turn.why_not]:
            answering[team] = people
    return answering
