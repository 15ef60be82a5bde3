"""Allocating a case, and the list of who works on it."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from accounts.models import CASE_HOLDING_ROLES, CASE_READERS, Role
from cases.allocation_actions import (
    Allocated,
    allocate_case,
    carried_with,
    may_allocate,
    running_ownership,
    staying_behind,
)
from cases.allocation_forms import AllocateForm, EndInvolvementForm, InvolvementForm
from cases.identity import identity_of, of_kept_case
from cases.involvement_actions import MAY_KEEP, add_involvement, end_involvement
from cases.models import Case, Involvement
from cases.who_to_speak_to import at_work
from clocks.calendars import LONDON, calendar_for_display
from clocks.wording import day_in_words

# Advisers see who to speak to, not the reasons that staff write (H22).
SEE_WORK = CASE_READERS - {Role.CSC_ADVISER}


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*CASE_HOLDING_ROLES)
@of_kept_case
def allocate(request: HttpRequest, case: Case) -> HttpResponse:
    """Give a case another owner or team, with what is owed and its dates shown first."""
    user, now = signed_in(request), timezone.now()
    if not may_allocate(case, user):
        raise Http404
    current = running_ownership(case)
    form = AllocateForm(request.POST or None, case=case, current=current, today=_day(now))
    if request.method == "POST" and form.is_valid():
        try:
            done = allocate_case(case=case, **form.cleaned_data, by=user, now=now)
        except RuleBroken as broken:
            form.show(broken)
            if broken.code == "changed_meanwhile":
                form.see_again()
        else:
            return _allocated(request, done)
    note_read(record=case.reference, detail="allocation", by=user, now=now)
    return _page(
        request,
        "allocate",
        case,
        form=form,
        current=current,
        carried=carried_with(case).select_related("owner"),
        staying=staying_behind(case).select_related("owner"),
        **_time(now),
    )


def _allocated(request: HttpRequest, done: Allocated) -> HttpResponse:
    """Back to the case, or home when it is now another team's."""
    case, owner = done.case, done.involvement.worker
    since = day_in_words(done.involvement.started_on)
    messages.success(request, f"{case.reference} is {owner}’s in {case.team} from {since}.")
    if done.to_tell:
        names = ", ".join(related.name for related in done.to_tell)
        messages.info(
            request, f"We have no e-mail address for {names}: tell them by letter or call."
        )
    visible = Case.objects.visible_to(signed_in(request)).filter(pk=case.pk)
    return redirect("cases:case", case.reference) if visible.exists() else redirect("/")


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*SEE_WORK)
@of_kept_case
def involvements(request: HttpRequest, case: Case) -> HttpResponse:
    """Who works on a case now and who did; adding somebody."""
    user, now = signed_in(request), timezone.now()
    if request.method == "POST" and user.role not in MAY_KEEP:
        raise Http404
    form = InvolvementForm(request.POST or None, today=_day(now))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        role = Involvement.Role(data["role"])
        try:
            added = add_involvement(case=case, **data | {"role": role}, by=user, now=now)
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"{added.worker} is on the list.")
            return redirect("cases:involvements", case.reference)
    note_read(record=case.reference, detail="involvements", by=user, now=now)
    work = at_work(case, user, _day(now))
    return _page(request, "involvements", case, form=form, work=work)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_KEEP)
@of_kept_case
def end_part(request: HttpRequest, case: Case, pk: int) -> HttpResponse:
    """End somebody's part in a case."""
    user, now = signed_in(request), timezone.now()
    parts = case.involvements.exclude(role=Involvement.Role.OWNER).select_related("worker")
    part = get_object_or_404(parts, pk=pk)
    form = EndInvolvementForm(request.POST or None, today=_day(now))
    if request.method == "POST" and form.is_valid():
        try:
            end_involvement(involvement=part, on=form.cleaned_data["on"], by=user, now=now)
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"The end is saved for {part.worker}.")
            return redirect("cases:involvements", case.reference)
    note_read(record=case.reference, detail="involvements", by=user, now=now)
    return _page(request, "end_involvement", case, form=form, part=part)


def _page(request: HttpRequest, name: str, case: Case, **context: Any) -> HttpResponse:
    identity = identity_of(case, signed_in(request))
    return render(request, f"cases/{name}.html", {"case": case, "identity": identity, **context})


def _day(now: datetime) -> date:
    return now.astimezone(LONDON).date()


def _time(now: datetime) -> dict[str, Any]:
    return {"now": now, "calendar": calendar_for_display()}
