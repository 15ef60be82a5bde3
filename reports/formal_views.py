"""Every formal matter owed: one's own, the team's or the whole service's (H68)."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import for_roles, signed_in
from accounts.models import TEAM_ROLES, Absence, Role, User
from accounts.paging import page_by_moment
from cases.actions import MAY_ANSWER
from cases.models import FormalMatter, FormalMatterQuerySet
from clocks.calendars import LONDON, calendar_for_display
from reports.sections import note_formal

MINE, TEAM, SERVICE = "mine", "team", "service"
HEADINGS = {
    MINE: "Formal matters I owe",
    TEAM: "Formal matters the team owes",
    SERVICE: "Formal matters the service owes",
}


@require_safe
@for_roles(*MAY_ANSWER)
def formal_matters(request: HttpRequest) -> HttpResponse:
    """Formal matters whose own clock is open, soonest first."""
    user, now = signed_in(request), timezone.now()
    lists = lists_of(user)
    whose = request.GET.get("whose", "")
    whose = whose if whose in lists else lists[0]
    page = page_by_moment(
        owed_in(whose, user, now).unrestricted_for(user),
        request.GET.get("after", ""),
        moment="clock__due_at",
        tie="clock_id",
        narrowed_by={"whose": whose},
    )
    note_formal(page.rows, user, now)
    return render(
        request,
        "reports/formal_matters.html",
        {
            "page": page,
            "heading": HEADINGS[whose],
            "others": [(other, HEADINGS[other]) for other in lists if other != whose],
            "now": now,
            "calendar": calendar_for_display(),
        },
    )


def lists_of(user: User) -> list[str]:
    """The lists open to a role, that of its home page first."""
    if user.sees_whole_service:
        return [SERVICE, MINE]
    if user.role in (Role.TEAM_LEAD, Role.BUSINESS_SUPPORT):
        return [TEAM, MINE]
    return [MINE, TEAM] if user.role in TEAM_ROLES else [MINE]


def owed_in(whose: str, user: User, now: datetime) -> FormalMatterQuerySet:
    """What one of the lists holds; one's own with that of colleagues away (``now`` aware)."""
    if whose == SERVICE:
        return FormalMatter.objects.owed()
    if whose == TEAM:
        return FormalMatter.objects.owed_by_team(user.team_id or 0)
    day = timezone.localtime(now, LONDON).date()
    return FormalMatter.objects.owed_by(*Absence.objects.looked_after(user, day))
