"""What the pages of the duty rota show. Read-only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import CASE_HOLDING_ROLES, Role, Team, User
from clocks.working_time import WorkingCalendar
from diaries.busy import DAY_NAMES
from diaries.duty import DutyDay, DutyWeek, days_away, duty_days, why_not

# Everybody who works with callers may know who answers a line (H27).
SEES_ROTA = frozenset(Role) - {Role.ADMINISTRATOR, Role.AUDITOR}
TAKES_TURNS = CASE_HOLDING_ROLES | {Role.BUSINESS_SUPPORT}


Row = tuple[DutyWeek, list[DutyDay | None]]


@dataclass(frozen=True)
class Line:
    """A team's duty line today."""

    team: Team
    today: DutyDay


def lines_today(teams: Sequence[Team], today: date, calendar: WorkingCalendar | None) -> list[Line]:
    """Who answers each team's line today; two queries."""
    found = duty_days(teams, today, today, calendar)
    return [Line(team, found[team.pk][0]) for team in teams]


def grid(
    weeks: Sequence[DutyWeek],
) -> tuple[list[str], list[tuple[DutyWeek, list[DutyDay | None]]]]:
    """The names of the weekdays that any week shows, and each week with a cell a weekday."""
    weekdays = sorted({day.day.weekday() for week in weeks for day in week.days})
    names = [DAY_NAMES[weekday] for weekday in weekdays]
    rows: list[Row] = []
    for week in weeks:
        by_weekday = {day.day.weekday(): day for day in week.days}
        rows.append((week, [by_weekday.get(weekday) for weekday in weekdays]))
    return names, rows


@dataclass(frozen=True)
class Members:
    """Who of a team can take a turn on a day, and who cannot, with the reason."""

    free: list[User]
    not_free: list[tuple[User, str]]


def members(team: Team, day: date, on_it: Collection[int]) -> Members:
    """Those of ``team`` who take turns and are not on duty on ``day`` yet; two queries."""
    people = list(
        User.objects.filter(team=team, is_active=True, role__in=sorted(TAKES_TURNS)).exclude(
            pk__in=on_it
        )
    )
    people.sort(key=lambda person: (person.holds_cases, person.full_name, person.pk))
    away = days_away((person.pk for person in people), day, day)
    reasons = [(person, why_not(person, team.pk, day, away)) for person in people]
    return Members(
        free=[person for person, why in reasons if not why],
        not_free=[(person, why) for person, why in reasons if why],
    )
