"""The call desk and callbacks in figures, for a team's lead and for the service's managers."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import for_roles, signed_in
from accounts.models import Team, User
from clocks.calendars import LONDON, calendar_for_display
from reports.calls import (
    DESK_FIGURES,
    FIGURES,
    desk_figures,
    hours_kept,
    resolved_at_once,
    slot_figures,
    week_of,
    weeks_until,
)
from reports.messages import Period
from reports.messages_views import MAY_COMPARE

WEEKS_BACK = 6
WEEKS_AHEAD = 2


@require_safe
@for_roles(*MAY_COMPARE)
def calls(request: HttpRequest) -> HttpResponse:
    """Six weeks of slots, booked calls and the desk, of one team or of all."""
    user = signed_in(request)
    today = timezone.localtime(timezone.now(), LONDON).date()
    teams = list(Team.objects.all()) if user.sees_whole_service else []
    team = _chosen(user, teams, request.GET.get("team", ""))
    weeks = weeks_until(today, WEEKS_BACK)
    slots, desk = slot_figures(weeks, team), desk_figures(weeks, team)
    return render(
        request,
        "reports/calls.html",
        {
            "weeks": weeks,
            "team": team,
            "teams": teams,
            "slots": [(words, part, slots[name]) for name, words, part in FIGURES],
            "desk": [
                ("Settled at the desk", False, resolved_at_once(desk)),
                *((words, part, desk[name]) for name, words, part in DESK_FIGURES),
            ],
            **_hours(team, today),
        },
    )


def _chosen(user: User, teams: list[Team], asked: str) -> Team | None:
    """A lead's own team; for others the one asked for, or none: the whole service."""
    if not user.sees_whole_service:
        return user.team
    return next((team for team in teams if str(team.pk) == asked), None)


def _hours(team: Team | None, today: date) -> dict[str, Any]:
    """The hours kept by the people of one team: last week, this one and the next two (H35)."""
    calendar = calendar_for_display()
    if team is None or calendar is None:
        return {"keepers": []}
    weeks = [*weeks_until(today, 2), *_ahead(today)]
    people = list(User.objects.holders().filter(team=team))
    return {"keepers": hours_kept(people, weeks, calendar), "keeping": weeks}


def _ahead(today: date) -> list[Period]:
    return [week_of(today + timedelta(weeks=number)) for number in range(1, WEEKS_AHEAD + 1)]
