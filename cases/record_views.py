"""Changing a record, and saying who may see it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from accounts.models import User
from cases import record_actions, restriction_actions
from cases.access_forms import LiftForm, RestrictForm
from cases.actions import MAY_ANSWER
from cases.history import what_changed
from cases.identity import identity_of, of_kept_case
from cases.models import Case
from cases.record_actions import details_of
from cases.record_forms import DetailsForm
from cases.restriction_actions import MAY_RESTRICT, restriction_of


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_ANSWER)
@of_kept_case
def change_case(request: HttpRequest, case: Case) -> HttpResponse:
    """Change the child's and the case's details; what others changed meanwhile stays."""
    user, now = signed_in(request), timezone.now()
    form = DetailsForm(request.POST or None, current=details_of(case))
    if request.method == "POST" and form.is_valid():
        try:
            record_actions.change_details(
                case=case,
                shown=form.cleaned_data["shown"],
                wanted=form.wanted(),
                sure_of_birth=form.is_sure_of_birth(),
                by=user,
                now=now,
            )
        except RuleBroken as broken:
            if broken.code == "rights_move":
                form.ask_about_birth()
            form.show(broken)
        else:
            messages.success(request, "The details are saved.")
            return redirect("cases:case", case.reference)
    note_read(record=case.reference, detail="details", by=user, now=now)
    year = case.person.year_group(timezone.localdate(now))
    changes = what_changed([case.person, case])
    return _page(request, "change_case", case, form=form, year_group=year, changes=changes)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_RESTRICT)
@of_kept_case
def restrict(request: HttpRequest, case: Case) -> HttpResponse:
    """Say who alone may see a case, or change that."""
    user, now = signed_in(request), timezone.now()
    form = RestrictForm(request.POST or None, current=restriction_of(case))
    if request.method == "POST" and form.is_valid():
        try:
            named = restriction_actions.restrict(
                case=case,
                shown=form.cleaned_data["shown"],
                reason=form.cleaned_data["reason"],
                staff=form.cleaned_data["staff"],
                by=user,
                now=now,
            )
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"Only these people may see it: {_listed(named)}.")
            return redirect("cases:case", case.reference)
    note_read(record=case.reference, by=user, now=now)
    return _page(request, "restrict", case, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_RESTRICT)
@of_kept_case
def lift_restriction(request: HttpRequest, case: Case) -> HttpResponse:
    """Open a restricted case again; for a case that is not, the page does not exist."""
    user, now = signed_in(request), timezone.now()
    if not case.restricted and request.method != "POST":
        raise Http404
    form = LiftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            restriction_actions.lift(
                case=case, reason=form.cleaned_data["reason"], by=user, now=now
            )
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, "The restriction is lifted.")
            return redirect("cases:case", case.reference)
    note_read(record=case.reference, by=user, now=now)
    return _page(request, "lift_restriction", case, form=form)


def _listed(people: list[User]) -> str:
    return ", ".join(map(str, people))


def _page(request: HttpRequest, name: str, case: Case, **context: Any) -> HttpResponse:
    identity = identity_of(case, signed_in(request))
    return render(request, f"cases/{name}.html", {"case": case, "identity": identity, **context})
