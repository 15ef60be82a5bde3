"""Cases that nobody looks after, and cases about which nothing has been said (H37, S5)."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_listed
from accounts.models import Absence, Role, User
from accounts.paging import Page, page_by_number
from cases.allocation_actions import may_allocate
from cases.models import Case, CaseQuerySet, LeadProfessional, NamedStaff
from cases.silence import silence, silent_before
from clocks.calendars import LONDON
from clocks.models import Standard

# A team lead and business support see their team's, a senior manager the whole service's.
LISTED_FOR = frozenset({Role.TEAM_LEAD, Role.BUSINESS_SUPPORT, Role.SENIOR_MANAGER})
# Counted no further on the home page: beyond it the exact number changes nothing.
MOST_COUNTED = 100
MOST_LEADS = 50


@require_safe
@for_roles(*LISTED_FOR)
def without_owner(request: HttpRequest) -> HttpResponse:
    """Open cases whose owner has left or was never named, and leads who are not there."""
    user, now = signed_in(request), timezone.now()
    page = _page(request, _looked_after_by(user).without_owner())
    leads = list(_leads_not_there(user, _day(now))[:MOST_LEADS])
    _note(page, [lead.case for lead in leads], user, now)
    for row in page.rows:
        row.may_allocate = may_allocate(row, user)
    context = {"leads": leads, "away": _absences(leads, _day(now))}
    return render(request, "cases/without_owner.html", {"page": page, **context})


@require_safe
@for_roles(*LISTED_FOR)
def silent(request: HttpRequest) -> HttpResponse:
    """Open cases without a contact in either direction for as long as the settings say."""
    user, now = signed_in(request), timezone.now()
    standard = silence(_day(now))
    page = _page(request, _silent(user, standard, now).with_last_contact())
    _note(page, [], user, now)
    return render(request, "cases/silent.html", {"page": page, "standard": standard})


def in_numbers(user: User, now: datetime) -> list[dict[str, Any]]:
    """What the home pages say of both lists: label, address and number, counted to a limit.

    Nothing for roles without these lists; otherwise three queries. ``now`` is aware.
    """
    if user.role not in LISTED_FOR:
        return []
    lists = [
        ("Cases without an owner", "cases:without_owner", _looked_after_by(user).without_owner()),
        ("Silent cases", "cases:silent", _silent(user, silence(_day(now)), now)),
    ]
    return [
        {"label": label, "url": reverse(name), "number": _number(cases)}
        for label, name, cases in lists
    ]


def _number(cases: CaseQuerySet) -> str:
    # In the order of the list, so that it stops at the limit as the list's page does; without
    # an order PostgreSQL reads every contact of the last months (220 ms instead of 60).
    found = len(cases.order_by("pk").values_list("pk")[: MOST_COUNTED + 1])
    return f"more than {MOST_COUNTED}" if found > MOST_COUNTED else str(found)


def _looked_after_by(user: User) -> CaseQuerySet:
    """The cases of the person's team, or of the whole service, that they may open."""
    visible = Case.objects.visible_to(user)
    if user.sees_whole_service:
        return visible
    named = Q(restricted=True, pk__in=NamedStaff.objects.filter(user=user).values("case"))
    return visible.filter(Q(team=user.team_id) | named)


def _silent(user: User, standard: Standard | None, now: datetime) -> CaseQuerySet:
    if standard is None:
        return Case.objects.none()
    return _looked_after_by(user).silent_since(silent_before(standard, now))


def _leads_not_there(user: User, today: date) -> Any:
    found = LeadProfessional.objects.not_there(today).filter(
        case__in=_looked_after_by(user), case__merged_into=None
    )
    return found.select_related("case__person", "case__owner", "user").order_by("pk")


def _absences(leads: list[LeadProfessional], today: date) -> list[Absence]:
    people = {lead.user_id for lead in leads}
    return list(Absence.objects.on(today).filter(person__in=people).select_related("cover"))


def _page(request: HttpRequest, cases: CaseQuerySet) -> Page:
    listed = cases.select_related("person", "owner", "team", "establishment")
    return page_by_number(listed, request.GET.get("after", ""))


def _note(page: Page, more: list[Case], user: User, now: datetime) -> None:
    references = [case.reference for case in [*page.rows, *more]]
    note_listed(records=references, by=user, now=now, detail="lists")


def _day(now: datetime) -> date:
    return now.astimezone(LONDON).date()
