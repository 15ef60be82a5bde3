"""Read-only pages: each role's home, the worklist, the system page."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import for_roles, signed_in
from accounts.actions import note_listed
from accounts.models import Absence, AccessEntry, Role, User
from accounts.paging import Page, page_by_moment
from callbacks.models import DeskCall
from cases.actions import MAY_ANSWER
from cases.list_views import in_numbers
from cases.models import Case, Contact, ContactQuerySet, FormalMatter, FormalMatterQuerySet
from cases.search_forms import SearchForm
from cases.voicemail import late_lines, lines_for
from clocks.calendars import LONDON, calendar_for_display
from clocks.models import CalendarYear, Clock, ClockQuerySet, EnforcementTick, Standard
from clocks.working_time import BeyondCalendar, WorkingCalendar
from escalations.desk_list_views import desk
from escalations.models import (
    Complaint,
    ComplaintQuerySet,
    EscalationStep,
    EscalationStepQuerySet,
    Submission,
)
from escalations.stranded import stranded
from mailroom.models import IncomingMail
from notices.models import Notice
from reports.formal_views import MINE, SERVICE, TEAM
from reports.forms import NarrowForm
from reports.messages_views import MAY_COMPARE
from reports.sections import (
    calls_to_move,
    complaint_section,
    concern_section,
    copied_lately,
    duty_gaps,
    filed_late,
    formal_section,
    next_call_section,
    note_contacts,
    supported_section,
)

SOON_WORKING_DAYS = 2
SOON_LABEL = f"due in the next {SOON_WORKING_DAYS} working days"


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the day: each role's own."""
    return HOMES[Role(signed_in(request).role)](request)


@require_GET
@for_roles(*MAY_ANSWER)
def worklist(request: HttpRequest) -> HttpResponse:
    """What the signed-in person owes, soonest first."""
    user, today = signed_in(request), _today()
    narrowing = NarrowForm(request.GET)
    owners = Absence.objects.looked_after(user, timezone.localdate(today.now, LONDON))
    owed = narrowing.narrow(Contact.objects.owed_by(*owners), today.now, today.soon)
    return render(
        request,
        "reports/worklist.html",
        {
            **_owed(request, owed, today, narrowing.chosen()),
            **_above(
                request,
                FormalMatter.objects.owed_by(*owners),
                EscalationStep.objects.owed_by(*owners),
                Complaint.objects.owed_by(*owners),
                MINE,
                today,
            ),
            **_supported(request, owners, today),
            **_counts(Clock.objects.filter(owner__in=owners), today),
            "covers": len(owners) > 1,
            "filter_form": narrowing,
            "selected": narrowing.selected(request.path),
        },
    )


def team_home(request: HttpRequest) -> HttpResponse:
    """Where the team is about to break a promise, and whose load to move."""
    user, today = signed_in(request), _today()
    clocks = Clock.objects.filter(team=user.team_id)
    late = Contact.objects.owed_by_team(user.team_id or 0).past_date(today.now)
    people = list(clocks.counts_by_owner(today.now, today.soon))
    return render(
        request,
        "reports/team.html",
        {
            **_owed(request, late, today),
            **_above(request, *_owed_by_team(user), TEAM, today),
            **_supported(request, [user.pk], today),
            **_summed(people),
            "people": people,
            "lists": in_numbers(user, today.now),
            "duty_gaps": duty_gaps(user.team, today.now, today.calendar),
            **calls_to_move(user, today.now),
            "late_lines": len(late_lines(lines_for(user), today.now, today.calendar)),
            "filed_late": filed_late(user, today.now),
        },
    )


def team_contacts_home(request: HttpRequest) -> HttpResponse:
    """Everything the team owes, for business support."""
    user, today = signed_in(request), _today()
    owed = Contact.objects.owed_by_team(user.team_id or 0)
    return render(
        request,
        "reports/team_contacts.html",
        {
            **_owed(request, owed, today),
            **_above(request, *_owed_by_team(user), TEAM, today),
            **_counts(Clock.objects.filter(team=user.team_id), today),
            "lists": in_numbers(user, today.now),
        },
    )


def service_home(request: HttpRequest) -> HttpResponse:
    """The whole service, a row a team, and everything past its date."""
    user, today = signed_in(request), _today()
    teams = list(Clock.objects.counts_by_team(today.now, today.soon))
    return render(
        request,
        "reports/service.html",
        {
            **_owed(request, Contact.objects.owed().past_date(today.now), today),
            **_above(
                request,
                FormalMatter.objects.owed(),
                EscalationStep.objects.owed(),
                Complaint.objects.owed(),
                SERVICE,
                today,
            ),
            **_summed(teams),
            "teams": teams,
            "may_compare": user.role in MAY_COMPARE,
            "lists": in_numbers(user, today.now),
            "filed_late": filed_late(user, today.now),
        },
    )


def adviser_home(request: HttpRequest) -> HttpResponse:
    """A caller is on the line: find the child first."""
    user, today = signed_in(request), _today()
    contacts = Contact.objects.filter(logged_by=user).unrestricted_for(user)
    # A chaser is answered with its original.
    joined = ("case__person", "clock__owner", "original__clock__owner")
    logged = list(contacts.select_related(*joined).order_by("-logged_at")[:10])
    note_contacts(logged, user, today.now, "promises")
    calls = DeskCall.objects.going_on(user).filter(case__in=Case.objects.visible_to(user))
    unfinished = list(calls)
    names = {call.case.reference for call in unfinished if call.case}
    note_listed(records=names, by=user, now=today.now, detail="calls")
    return render(
        request,
        "reports/adviser.html",
        {
            "search_form": SearchForm(),
            "unfinished": unfinished,
            "logged": logged,
            "now": today.now,
            "calendar": today.calendar,
        },
    )


def access_home(request: HttpRequest) -> HttpResponse:
    """Who looked at what, newest first, for the auditor."""
    record = request.GET.get("record", "").replace("\0", "").strip()
    entries = AccessEntry.objects.select_related("user")
    if record:
        entries = entries.about(record.upper())
    page = page_by_moment(
        entries,
        request.GET.get("after", ""),
        moment="at",
        tie="id",
        newest_first=True,
        narrowed_by={"record": record} if record else None,
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
            "backlog": Clock.objects.backlog(now),
            "years": CalendarYear.objects.all(),
            "standards": Standard.objects.filter(effective_from__lte=today)
            .order_by("code", "-effective_from")
            .distinct("code"),
            "waiting": sum(Notice.objects.waiting(staff=staff).count() for staff in (True, False)),
            "failed": Notice.objects.failed().order_by("-created_at")[:50],
            "unfiled_mail": IncomingMail.objects.failed().order_by("-received_at")[:50],
            "failed_forms": Submission.objects.failed().defer("answers")[:50],
            "stranded": stranded()[:50],
            "held_forms": Submission.objects.held_back().defer("answers")[:50],
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
    Role.RESOLUTION_OFFICER: desk,
    Role.ADMINISTRATOR: system,
    Role.AUDITOR: access_home,
}


@dataclass(frozen=True)
class Today:
    """The one moment of a page (aware), the calendar if one is loaded, and what "soon" means."""

    now: datetime
    calendar: WorkingCalendar | None
    soon: datetime


def _today() -> Today:
    now, calendar = timezone.now(), calendar_for_display()
    return Today(now, calendar, _soon(now, calendar))


def _soon(now: datetime, calendar: WorkingCalendar | None) -> datetime:
    """The close of the second working day from now; two days on when holidays have run out."""
    if calendar:
        with suppress(BeyondCalendar):
            day = timezone.localtime(now, LONDON).date()
            return calendar.closing(calendar.add_working_days(day, SOON_WORKING_DAYS))
    return now + timedelta(days=SOON_WORKING_DAYS)


def _owed(
    request: HttpRequest,
    contacts: ContactQuerySet,
    today: Today,
    narrowed_by: dict[str, str] | None = None,
) -> dict[str, Any]:
    """One page of open promises; that they were shown is written down."""
    user = signed_in(request)
    page: Page = page_by_moment(
        contacts.unrestricted_for(user).with_chasers(),
        request.GET.get("after", ""),
        moment="clock__due_at",
        tie="clock_id",
        narrowed_by=narrowed_by,
    )
    note_contacts(page.rows, user, today.now, "promises")
    return {
        "page": page,
        "here": request.path,
        "may_answer": user.role in MAY_ANSWER,
        "now": today.now,
        "calendar": today.calendar,
    }


def _above(
    request: HttpRequest,
    matters: FormalMatterQuerySet,
    steps: EscalationStepQuerySet,
    complaints: ComplaintQuerySet,
    whose: str,
    today: Today,
) -> dict[str, Any]:
    """What the first page shows above its list; further pages are the list alone."""
    if request.GET.get("after"):
        return {}
    user = signed_in(request)
    return {
        **next_call_section(user, today.now),
        **formal_section(matters, whose, user, today.now),
        **concern_section(steps, whose, user, today.now),
        **complaint_section(complaints, user, today.now),
        "copied_lately": copied_lately(user, today.now),
    }


def _supported(request: HttpRequest, owners: Sequence[int], today: Today) -> dict[str, Any]:
    """What they support the resolution team with; further pages are the list alone."""
    if request.GET.get("after"):
        return {}
    return supported_section(signed_in(request), owners, today.now)


def _owed_by_team(
    user: User,
) -> tuple[FormalMatterQuerySet, EscalationStepQuerySet, ComplaintQuerySet]:
    """The team's, with the steps and complaints of other teams that were given to ``user``."""
    team = user.team_id or 0
    steps, complaints = EscalationStep.objects, Complaint.objects
    return (
        FormalMatter.objects.owed_by_team(team),
        steps.owed_by_team(team) | steps.owed_by(user.pk),
        complaints.owed_by_team(team) | complaints.owed_by(user.pk),
    )


def _counts(clocks: ClockQuerySet, today: Today) -> dict[str, Any]:
    return {**clocks.counts(today.now, today.soon), "soon_label": SOON_LABEL}


def _summed(groups: Iterable[dict[str, int]]) -> dict[str, Any]:
    """The totals of counts already made a person or a team: the table is read once."""
    totals: dict[str, Any] = {
        name: sum(group[name] for group in groups)
        for name in ("open_count", "late_count", "soon_count")
    }
    return {**totals, "soon_label": SOON_LABEL}
