"""Read-only pages: each role's home, the worklist, the system page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import for_roles, signed_in
from accounts.models import AccessEntry, Role, User
from accounts.paging import Page, page_by_moment
from cases.actions import MAY_ANSWER
from cases.forms import SearchForm
from cases.models import Contact, ContactQuerySet
from clocks.calendars import LONDON, council_calendar
from clocks.models import CalendarYear, Clock, EnforcementTick, Standard
from clocks.working_time import BeyondCalendar, WorkingCalendar
from notices.models import Notice

SOON_WORKING_DAYS = 2


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the day: each role's own."""
    return HOMES[Role(signed_in(request).role)](request)


@require_GET
@for_roles(*MAY_ANSWER)
def worklist(request: HttpRequest) -> HttpResponse:
    """What the signed-in person owes, soonest first."""
    user, now = signed_in(request), timezone.now()
    return render(
        request,
        "reports/worklist.html",
        {
            **_owed(request, Contact.objects.owed_by(user), user, now),
            **_counts(Clock.objects.filter(owner=user), now),
        },
    )


def team_home(request: HttpRequest) -> HttpResponse:
    """Where the team is about to break a promise, and whose load to move."""
    user, now = signed_in(request), timezone.now()
    clocks = Clock.objects.filter(team=user.team_id)
    late = Contact.objects.owed_by_team(user.team_id or 0).past_date(now)
    return render(
        request,
        "reports/team.html",
        {
            **_owed(request, late, user, now),
            **_counts(clocks, now),
            "people": clocks.counts_by_owner(now, _soon(now)),
        },
    )


def team_contacts_home(request: HttpRequest) -> HttpResponse:
    """Everything the team owes, for business support."""
    user, now = signed_in(request), timezone.now()
    owed = Contact.objects.owed_by_team(user.team_id or 0)
    return render(
        request,
        "reports/team_contacts.html",
        {
            **_owed(request, owed, user, now),
            **_counts(Clock.objects.filter(team=user.team_id), now),
        },
    )


def service_home(request: HttpRequest) -> HttpResponse:
    """The whole service, a row a team, and everything past its date."""
    user, now = signed_in(request), timezone.now()
    return render(
        request,
        "reports/service.html",
        {
            **_owed(request, Contact.objects.owed().past_date(now), user, now),
            **_counts(Clock.objects.all(), now),
            "teams": Clock.objects.counts_by_team(now, _soon(now)),
        },
    )


def adviser_home(request: HttpRequest) -> HttpResponse:
    """A caller is on the line: find the child first."""
    user, now = signed_in(request), timezone.now()
    logged = Contact.objects.filter(logged_by=user).select_related("case__person", "clock__owner")
    return render(
        request,
        "reports/adviser.html",
        {
            "search_form": SearchForm(),
            "logged": logged.order_by("-logged_at")[:10],
            **_time_context(now),
        },
    )


def access_home(request: HttpRequest) -> HttpResponse:
    """Who looked at what, newest first, for the auditor."""
    record = request.GET.get("record", "").replace("\0", "").strip()
    entries = AccessEntry.objects.select_related("user")
    if record:
        entries = entries.about(record.upper())
    page = page_by_moment(
        entries, request.GET.get("after", ""), moment="at", tie="id", newest_first=True
    )
    return render(request, "reports/access.html", {"page": page, "record": record})


@require_GET
@for_roles(Role.ADMINISTRATOR)
def system(request: HttpRequest) -> HttpResponse:
    """Is everything running, what is promised, and which e-mails could not be delivered?"""
    now = timezone.now()
    today = timezone.localtime(now, LONDON).date()
    return render(
        request,
        "reports/system.html",
        {
            "tick": EnforcementTick.objects.first(),
            "backlog": Clock.objects.to_breach(now).count(),
            "years": CalendarYear.objects.all(),
            "standards": Standard.objects.filter(effective_from__lte=today)
            .order_by("code", "-effective_from")
            .distinct("code"),
            "waiting": Notice.objects.filter(mail=Notice.Mail.WAITING).count(),
            "failed": Notice.objects.filter(mail=Notice.Mail.FAILED).order_by("-created_at")[:50],
            "now": now,
        },
    )


HOMES: dict[Role, Callable[[HttpRequest], HttpResponse]] = {
    Role.CSC_ADVISER: adviser_home,
    Role.BUSINESS_SUPPORT: team_contacts_home,
    Role.COORDINATOR: worklist,
    Role.PLACEMENT_OFFICER: worklist,
    Role.TEAM_LEAD: team_home,
    Role.SENIOR_MANAGER: service_home,
    Role.RESOLUTION_OFFICER: service_home,
    Role.ADMINISTRATOR: system,
    Role.AUDITOR: access_home,
}


def _owed(
    request: HttpRequest, contacts: ContactQuerySet, user: User, now: datetime
) -> dict[str, Any]:
    page: Page = page_by_moment(
        contacts, request.GET.get("after", ""), moment="clock__due_at", tie="clock_id"
    )
    return {
        "page": page,
        "here": request.path,
        "may_answer": user.role in MAY_ANSWER,
        **_time_context(now),
    }


def _counts(clocks: Any, now: datetime) -> dict[str, int]:
    counts: dict[str, int] = clocks.counts(now, _soon(now))
    return counts


def _time_context(now: datetime) -> dict[str, datetime | WorkingCalendar]:
    return {"now": now, "calendar": council_calendar()}


def _soon(now: datetime) -> datetime:
    """The close of the second working day from now; two days on when holidays have run out."""
    try:
        calendar = council_calendar()
        today = timezone.localtime(now, LONDON).date()
        return calendar.closing(calendar.add_working_days(today, SOON_WORKING_DAYS))
    except BeyondCalendar:
        return now + timedelta(days=SOON_WORKING_DAYS)
