"""The lead professional of a case: naming, telling, ending."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from accounts.models import CASE_HOLDING_ROLES
from cases.allocation_actions import may_allocate
from cases.allocation_forms import EndLeadForm, NameLeadForm
from cases.allocation_views import SEE_WORK
from cases.identity import identity_of, of_kept_case
from cases.involvement_actions import MAY_KEEP
from cases.lead_actions import end_lead, name_lead, tick_told
from cases.lead_messages import still_to_tell
from cases.models import Case, LeadProfessional, LeadTelling
from cases.who_to_speak_to import leading


@require_safe
@for_roles(*SEE_WORK)
@of_kept_case
def lead(request: HttpRequest, case: Case) -> HttpResponse:
    """Who is or will be the one point of contact, who has been told, and who was it before."""
    user, now = signed_in(request), timezone.now()
    note_read(record=case.reference, detail="lead professional", by=user, now=now)
    ended = case.lead_professionals.exclude(ended_at=None).select_related("user", "named_by")
    return _page(request, "lead", case, leading=leading(case, user), ended=ended)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*CASE_HOLDING_ROLES)
@of_kept_case
def name(request: HttpRequest, case: Case) -> HttpResponse:
    """Name a lead professional: everybody concerned is told before it takes effect."""
    user, now = signed_in(request), timezone.now()
    _only_for_deciders(case, user)
    form = NameLeadForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            named = name_lead(case=case, **form.cleaned_data, by=user, now=now)
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, _named_in_words(named))
            return redirect("cases:lead", case.reference)
    note_read(record=case.reference, detail="lead professional", by=user, now=now)
    return _page(request, "name_lead", case, form=form)


def _named_in_words(named: LeadProfessional) -> str:
    if named.in_force_at:
        return f"{named.user} is the lead professional."
    return f"{named.user} is the lead professional as soon as everybody below has been told."


@require_POST
@for_roles(*MAY_KEEP)
@of_kept_case
def told(request: HttpRequest, case: Case, pk: int) -> HttpResponse:
    """Tick off somebody who was told by letter or call."""
    user, now = signed_in(request), timezone.now()
    tellings = LeadTelling.objects.filter(lead__case=case).select_related("lead")
    try:
        telling = tick_told(telling=get_object_or_404(tellings, pk=pk), by=user, now=now)
    except RuleBroken as broken:
        messages.info(request, broken.message)
    else:
        messages.success(request, f"{telling.name} has been told.")
    return redirect("cases:lead", case.reference)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*CASE_HOLDING_ROLES)
@of_kept_case
def end(request: HttpRequest, case: Case, pk: int) -> HttpResponse:
    """End a lead professional, or withdraw the proposal, with a reason."""
    user, now = signed_in(request), timezone.now()
    _only_for_deciders(case, user)
    found = get_object_or_404(case.lead_professionals.select_related("user"), pk=pk)
    button = "End it" if found.in_force_at else "Withdraw the proposal"
    form = EndLeadForm(request.POST or None, button=button)
    if request.method == "POST" and form.is_valid():
        try:
            ended = end_lead(lead=found, **form.cleaned_data, by=user, now=now)
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"It has ended. {_told_again(ended)}")
            return redirect("cases:lead", case.reference)
    note_read(record=case.reference, detail="lead professional", by=user, now=now)
    return _page(request, "end_lead", case, form=form, found=found)


def _told_again(ended: LeadProfessional) -> str:
    names = [telling.name for telling in still_to_tell(ended)]
    if not names:
        return "Everybody who was told of it is told by e-mail."
    return f"Tell by letter or call, as before: {', '.join(names)}. The others get an e-mail."


def _only_for_deciders(case: Case, user: Any) -> None:
    if not may_allocate(case, user):
        raise Http404


def _page(request: HttpRequest, name: str, case: Case, **context: Any) -> HttpResponse:
    identity = identity_of(case, signed_in(request))
    return render(request, f"cases/{name}.html", {"case": case, "identity": identity, **context})
