"""A month's messages in figures, for a team's lead and for the service's managers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import for_roles, signed_in
from accounts.models import Role, Team, User
from cases.models import ContactQuerySet
from clocks.calendars import LONDON
from reports.messages import (
    FIGURES,
    by_channel,
    came_in,
    figures_by_team,
    month_before,
    month_of,
    of_team,
    totals,
)

THIS_MONTH, LAST_MONTH = "this-month", "last-month"
MAY_COMPARE = frozenset({Role.TEAM_LEAD, Role.SENIOR_MANAGER})
PERIODS = {THIS_MONTH: ("This month", month_of), LAST_MONTH: ("Last month", month_before)}


@require_safe
@for_roles(*MAY_COMPARE)
def messages(request: HttpRequest) -> HttpResponse:
    """What came in during a calendar month in London, and how it was answered."""
    user, now = signed_in(request), timezone.now()
    chosen = request.GET.get("period", "")
    label, months = PERIODS.get(chosen, PERIODS[THIS_MONTH])
    period = months(timezone.localtime(now, LONDON).date())
    contacts = _contacts_of(user, came_in(period))
    teams = figures_by_team(contacts, period, now)
    return render(
        request,
        "reports/messages.html",
        {
            "period": period,
            "label": label,
            "team": None if user.sees_whole_service else user.team,
            "others": [(code, words) for code, (words, _) in PERIODS.items() if words != label],
            "channels": by_channel(contacts),
            **_table(teams, by_team=user.sees_whole_service),
        },
    )


def _contacts_of(user: User, contacts: ContactQuerySet) -> ContactQuerySet:
    return contacts if user.sees_whole_service else of_team(contacts, user.team_id or 0)


NO_TEAM = "No team"


def _table(teams: list[dict[str, Any]], *, by_team: bool) -> dict[str, Any]:
    """A row a figure: all together first, then each team by its name."""
    names = _names(teams) if by_team else {}
    teams = sorted(teams, key=lambda team: names.get(team["answering_team"], ""))
    columns = [totals(teams), *(teams if by_team else [])]
    return {
        "team_names": [names.get(team["answering_team"], "No team") for team in teams]
        if by_team
        else [],
        "rows": [
            (words, part, [column[name] for column in columns]) for name, words, part in FIGURES
        ],
    }


def _names(teams: list[dict[str, Any]]) -> dict[int, str]:
    found = Team.objects.filter(pk__in=[team["answering_team"] for team in teams])
    return dict(found.values_list("pk", "name"))
