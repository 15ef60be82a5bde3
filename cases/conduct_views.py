"""Referring aggressive contact to SEND leadership, for every member of staff who logs contacts."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from accounts.models import User
from cases import conduct_actions as actions
from cases.access import contact_for
from cases.actions import MAY_LOG
from cases.conduct import DE_ESCALATION, may_refer, referral_by
from cases.conduct_forms import ReferForm
from cases.models import ConductReferral, Contact


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_LOG)
def refer(request: HttpRequest, reference: str) -> HttpResponse:
    """Tell SEND leadership about an aggressive contact."""
    user, now = signed_in(request), timezone.now()
    found = _referable(user, reference)
    form = ReferForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.refer(
                contact=found,
                kind=ConductReferral.Kind(form.cleaned_data["kind"]),
                words=form.cleaned_data["words"],
                by=user,
                now=now,
            )
        except RuleBroken as broken:
            form.show(broken)
        else:
            return redirect("cases:referred", found.reference)
    note_read(record=record_of(found), detail=found.reference, by=user, now=now)
    return render(
        request,
        "cases/refer.html",
        {"contact": found, "form": form, "procedure": DE_ESCALATION},
    )


@require_safe
@for_roles(*MAY_LOG)
def referred(request: HttpRequest, reference: str) -> HttpResponse:
    """It is referred; and whom the person who took it can talk to (H45)."""
    user = signed_in(request)
    found = _referable(user, reference)
    referral = referral_by(user, found)
    if referral is None:
        raise Http404
    note_read(record=record_of(found), detail=found.reference, by=user, now=timezone.now())
    lead = user.team.lead if user.team else None
    return render(
        request,
        "cases/referred.html",
        {"contact": found, "referral": referral, "lead": lead if lead != user else None},
    )


def record_of(contact: Contact) -> str:
    """Under which reference a look at the contact is written down."""
    return contact.case.reference if contact.case else contact.reference


def _referable(user: User, reference: str) -> Contact:
    found = contact_for(user, reference)
    if not may_refer(found):
        raise Http404
    return found
