"""The people around a child: seeing, adding, changing and ending them."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from accounts.models import CASE_READERS
from cases import people_actions
from cases.actions import MAY_ANSWER
from cases.history import what_changed
from cases.identity import identity_of, of_kept_case
from cases.models import Case, RelatedPerson
from cases.people_actions import details_of
from cases.people_around import people_around
from cases.people_forms import EndForm, RelatedPersonForm
from clocks.calendars import LONDON

# What an empty form begins with: the day is added.
NOBODY = {"preferred_channel": "", "preferred_format": "", "acts_because": ""}


@require_safe
@for_roles(*CASE_READERS)
@of_kept_case
def people(request: HttpRequest, case: Case) -> HttpResponse:
    """Everybody around the child, who may be written to, and who decides."""
    user, now = signed_in(request), timezone.now()
    note_read(record=case.reference, detail="people", by=user, now=now)
    around = people_around(case, user, _day(now))
    return _page(request, "people", case, around=around)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_ANSWER)
@of_kept_case
def new_person(request: HttpRequest, case: Case) -> HttpResponse:
    """Add somebody around the child."""
    user, now = signed_in(request), timezone.now()
    current = NOBODY | {"started_on": _day(now)}
    form = RelatedPersonForm(request.POST or None, current=current)
    if request.method == "POST" and form.is_valid():
        try:
            added = people_actions.add_related(case=case, details=form.details(), by=user, now=now)
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"{added.name} is added.")
            return redirect("cases:people", case.reference)
    note_read(record=case.reference, by=user, now=now)
    return _page(request, "new_person", case, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_ANSWER)
@of_kept_case
def change_person(request: HttpRequest, case: Case, pk: int) -> HttpResponse:
    """Change what is recorded of somebody; what others changed meanwhile stays."""
    user, now = signed_in(request), timezone.now()
    related = _related(case, pk)
    form = RelatedPersonForm(request.POST or None, current=details_of(related))
    if request.method == "POST" and form.is_valid():
        try:
            people_actions.change_related(
                related=related,
                shown=form.cleaned_data["shown"],
                details=form.details(),
                by=user,
                now=now,
            )
        except RuleBroken as broken:
            form.show(broken)
        else:
            messages.success(request, f"{form.cleaned_data['name']} is saved.")
            return redirect("cases:people", case.reference)
    note_read(record=case.reference, detail="people", by=user, now=now)
    return _page(
        request, "change_person", case, form=form, related=related, changes=what_changed([related])
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_ANSWER)
@of_kept_case
def end_person(request: HttpRequest, case: Case, pk: int) -> HttpResponse:
    """End somebody's part from a day on, or take an end back."""
    user, now = signed_in(request), timezone.now()
    related = _related(case, pk)
    form = EndForm(request.POST if "submit" in request.POST else None, today=_day(now))
    if request.method == "POST" and ("resume" in request.POST or form.is_valid()):
        try:
            said = _ended(request, related, form, now)
        except RuleBroken as broken:
            if "resume" in request.POST:
                messages.info(request, broken.message)
            else:
                form.show(broken)
        else:
            messages.success(request, said)
            return redirect("cases:people", case.reference)
    note_read(record=case.reference, detail="people", by=user, now=now)
    return _page(request, "end_person", case, form=form, related=related)


def _ended(request: HttpRequest, related: RelatedPerson, form: EndForm, now: datetime) -> str:
    user = signed_in(request)
    if "resume" in request.POST:
        people_actions.resume_related(related=related, by=user, now=now)
        return f"{related.name} is on the list again."
    people_actions.end_related(
        related=related, ended_on=form.cleaned_data["ended_on"], by=user, now=now
    )
    return f"The end is saved for {related.name}."


def _related(case: Case, pk: int) -> RelatedPerson:
    """Only somebody around this child: anybody else does not exist on its pages."""
    return get_object_or_404(RelatedPerson.objects.around(case), pk=pk)


def _page(request: HttpRequest, name: str, case: Case, **context: Any) -> HttpResponse:
    identity = identity_of(case, signed_in(request))
    return render(request, f"cases/{name}.html", {"case": case, "identity": identity, **context})


def _day(now: datetime) -> date:
    return now.astimezone(LONDON).date()
