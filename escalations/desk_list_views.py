"""The resolution desk’s list: what was passed, and what the team has besides (H104 to H107)."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_listed
from accounts.models import User
from accounts.paging import page_by_moment
from clocks.calendars import calendar_for_display
from escalations.desk import counts_of, rows_of
from escalations.desk_forms import DeskFilterForm
from escalations.desk_models import ON_THE_DESK
from escalations.desk_views import record_of
from escalations.ladder import Step
from escalations.ladder_views import record_of as record_of_concern
from escalations.models import Complaint, DeskEntry, EscalationStep

MOST_AFTER = 20


@require_safe
@for_roles(*ON_THE_DESK)
def desk(request: HttpRequest) -> HttpResponse:
    """Everything that was passed and is not settled, the oldest first."""
    user, now = signed_in(request), timezone.now()
    calendar = calendar_for_display()
    filter_form = DeskFilterForm(request.GET)
    narrowed = filter_form.chosen()
    on_it = DeskEntry.objects.open().unrestricted_for(user)
    listed = filter_form.narrow(on_it, user, now) if narrowed else on_it.to_respond()
    page = page_by_moment(
        listed, request.GET.get("after", ""), moment="passed_at", tie="pk", narrowed_by=narrowed
    )
    below = _below(user) if page.is_first and not narrowed else NOTHING_BELOW
    _note_listed([*page.rows, *below["after"]], below["steps"], below["complaints"], user, now)
    return render(
        request,
        "escalations/desk.html",
        {
            "page": page,
            "rows": rows_of(page.rows, now, calendar),
            "counts": counts_of(on_it, now),
            "after": rows_of(below["after"][:MOST_AFTER], now, calendar),
            "more_after": len(below["after"]) > MOST_AFTER,
            "steps": [step for step in below["steps"] if step.number == Step.RESOLUTION],
            # What came to them below the fourth step is theirs, not the resolution team's.
            "own_steps": [step for step in below["steps"] if step.number != Step.RESOLUTION],
            "complaints": below["complaints"][:MOST_AFTER],
            "more_complaints": len(below["complaints"]) > MOST_AFTER,
            "filter_form": filter_form,
            "selected": filter_form.selected(reverse("escalations:resolution_desk")),
            "narrowed": bool(narrowed),
            "now": now,
            "calendar": calendar,
        },
    )


def _below(user: User) -> dict[str, list[Any]]:
    """Open after the first response, concerns that have reached the resolution team, and what
    ``user`` owes besides: steps that came to them, and stages of complaints."""
    after = DeskEntry.objects.open().unrestricted_for(user).exclude(responded_at=None)
    reached = Q(number=Step.RESOLUTION) | Q(clock__owner=user)
    steps = EscalationStep.objects.owed().filter(reached).unrestricted_for(user)
    complaints = Complaint.objects.owed_by(user.pk).unrestricted_for(user)
    return {
        "after": list(after[: MOST_AFTER + 1]),
        "steps": list(steps.urgent_first()[:MOST_AFTER]),
        "complaints": list(complaints[: MOST_AFTER + 1]),
    }


NOTHING_BELOW: dict[str, list[Any]] = {"after": [], "steps": [], "complaints": []}


def _note_listed(
    found: list[DeskEntry],
    steps: list[EscalationStep],
    complaints: list[Complaint],
    user: User,
    now: datetime,
) -> None:
    records = [record_of(entry.contact) for entry in found]
    records += [record_of(complaint.matter.contact) for complaint in complaints]
    records += [record_of_concern(step.escalation) for step in steps]
    note_listed(records=records, by=user, now=now, detail="resolution desk")
