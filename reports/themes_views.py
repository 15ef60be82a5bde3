"""The monthly report of themes (S31 to S33)."""

from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_listed
from accounts.models import Role
from clocks.calendars import LONDON
from escalations.learning_actions import KEEPS_LOG
from escalations.theme_views import month_asked
from escalations.themes import waiting
from reports.themes import (
    SOURCES,
    action_log,
    learning_lines,
    months_until,
    talks,
    theme_rows,
    totals,
)

MAY_READ = KEEPS_LOG | {Role.AUDITOR}


@require_safe
@for_roles(*MAY_READ)
def themes(request: HttpRequest) -> HttpResponse:
    """Each theme by source, twelve months, what waits, what is learnt and what is done."""
    user, now = signed_in(request), timezone.now()
    today = timezone.localtime(now, LONDON).date()
    month = month_asked(request)
    rows, lines = theme_rows(month), learning_lines(month, user)
    cases = [line.learning.case.reference for line in lines if line.learning.case]
    note_listed(records=cases, by=user, now=now, detail="themes report")
    return render(
        request,
        "reports/themes.html",
        {
            "month": month,
            "before": _query(months_until(month)[-2]),
            "after": _query(_next(month)) if _next(month) <= today else "",
            "query": _query(month),
            "sources": [label for _, label in SOURCES],
            "rows": rows,
            "total": totals(rows) if rows else None,
            "months": months_until(month),
            "waiting": waiting(),
            "lines": lines,
            "actions": list(action_log(month)),
            "talks": talks(month),
            "today": today,
            "may_keep": user.role in KEEPS_LOG,
            "may_tick": user.role == Role.TEAM_LEAD and user.team_id is not None,
            "user_team": user.team_id,
        },
    )


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _query(month: date) -> str:
    return "?" + urlencode({"month": f"{month:%Y-%m}"})
