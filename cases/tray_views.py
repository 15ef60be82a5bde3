"""The tray: what belongs to no case yet, on a clock of its own (H67)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_listed
from accounts.models import Role
from accounts.paging import page_by_moment
from cases.actions import MAY_ANSWER
from cases.models import Contact
from clocks.calendars import calendar_for_display

MAY_LOOK = MAY_ANSWER | {Role.AUDITOR}


@require_safe
@for_roles(*MAY_LOOK)
def tray(request: HttpRequest) -> HttpResponse:
    """Messages and calls that nobody could match to a child, the longest waiting first."""
    user, now = signed_in(request), timezone.now()
    page = page_by_moment(
        Contact.objects.unfiled_for(user),
        request.GET.get("after", ""),
        moment="filing_clock__due_at",
        tie="filing_clock_id",
    )
    note_listed(
        records=[contact.reference for contact in page.rows], by=user, now=now, detail="tray"
    )
    return render(
        request,
        "cases/tray.html",
        {
            "page": page,
            "may_answer": user.role in MAY_ANSWER,
            "now": now,
            "calendar": calendar_for_display(),
        },
    )
