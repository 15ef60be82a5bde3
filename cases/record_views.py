"""Changing a record, and saying who may see it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from cases import record_actions
from cases.actions import MAY_ANSWER
from cases.history import what_changed
from cases.identity import identity_of, of_kept_case
from cases.models import Case
from cases.record_actions import details_of
from cases.record_forms import DetailsForm


@require_http_methods(["GET", "POST"])
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
                by=user,
                now=now,
            )
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, "The details are saved.")
            return redirect("cases:case", case.reference)
    note_read(record=case.reference, detail="details", by=user, now=now)
    year = case.person.year_group(timezone.localdate(now))
    changes = what_changed([case.person, case])
    return _page(request, "change_case", case, form=form, year_group=year, changes=changes)


def _page(request: HttpRequest, name: str, case: Case, **context: Any) -> HttpResponse:
    identity = identity_of(case, signed_in(request))
    return render(request, f"cases/{name}.html", {"case": case, "identity": identity, **context})
