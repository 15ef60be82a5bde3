"""Find a coordinator and the team lead above them, without an account (H96, H98).

Every page is asked for with its whole address: nothing about who asks is kept, and no child is
named or looked up.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

# The public door of allauth counts no page that is only read.
from allauth.core.internal.ratelimit import consume
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from callbacks.shown_call import any_duty_line, open_line
from cases.models import Area
from clocks.calendars import LONDON
from escalations import directory
from escalations.directory import MOST_FOUND, Where
from escalations.directory_forms import ASKED, PhaseForm, SchoolForm
from escalations.form_outcome import counting
from escalations.form_views import open_to_all, public_page
from escalations.models import Remit, listed_schools

# What somebody who asks by e-mail is promised (H46).
PROMISED = "contact.email"

View = Callable[..., HttpResponse]


def not_too_often(view: View) -> View:
    """Nobody copies the whole directory in one go; a town behind one address gets through."""

    @wraps(view)
    def answered(request: HttpRequest, now: datetime, **kwargs: Any) -> HttpResponse:
        if not consume(request, app="allauth.account", action="directory", limit_get=True):
            return public_page(request, "find_too_many", {}, 429)
        return view(request, now, **kwargs)

    return answered


@require_safe
@open_to_all
@not_too_often
def find(request: HttpRequest, now: datetime) -> HttpResponse:
    """Which school: the question, and below it the places that are called so."""
    asked = "name" in request.GET
    form = SchoolForm(request.GET if asked else None)
    context: dict[str, Any] = {"form": form, "asked": False, "duty_line": any_duty_line()}
    if asked and form.is_valid():
        found = directory.find_schools(form.cleaned_data["name"])
        context |= {"asked": True, "schools": found[:MOST_FOUND], "more": len(found) > MOST_FOUND}
    return public_page(request, "find", context | {"most": MOST_FOUND, "open_line": open_line()})


@require_safe
@open_to_all
@not_too_often
def areas(request: HttpRequest, now: datetime) -> HttpResponse:
    """For a child at no school, or at one that is not listed: the part of the county."""
    context = {"areas": directory.areas_with_towns(), "duty_line": any_duty_line()}
    context |= {"open_line": open_line(), "back": reverse("escalations:find")}
    return public_page(request, "find_area", context)


@require_safe
@open_to_all
@not_too_often
def at_school(request: HttpRequest, now: datetime, urn: int) -> HttpResponse:
    """Who looks after the plans of one place of education."""
    school = get_object_or_404(listed_schools(), urn=urn)
    return _look(request, now, Where(school.area, school))


@require_safe
@open_to_all
@not_too_often
def in_area(request: HttpRequest, now: datetime, pk: int) -> HttpResponse:
    """Who looks after the plans of those in one area who are at no school."""
    return _look(request, now, Where(get_object_or_404(Area, pk=pk)))


def _look(request: HttpRequest, now: datetime, where: Where) -> HttpResponse:
    remits = directory.remits_of(where)
    phases = directory.phases_to_ask(where, remits)
    chosen: Remit.Phase = where.phases[0]
    if phases:
        asked = "year" in request.GET or ASKED in request.GET
        form = PhaseForm(request.GET if asked else None, phases=phases)
        if not form.is_valid():
            asking = {"form": form, "where": where, "back": _back(where)}
            return public_page(request, "find_year", asking)
        chosen = Remit.Phase(form.cleaned_data["year"])
    today = now.astimezone(LONDON).date()
    standard = counting(now).standards.get(PROMISED)
    context = {
        "where": where,
        "back": _back(where),
        "phase": chosen.label if phases else "",
        "teams": directory.answer(directory.closest(where, chosen, remits), today),
        "promised": standard.wording if standard else "",
        "duty_line": any_duty_line(),
        "open_line": open_line(),
    }
    return public_page(request, "find_answer", context)


def _back(where: Where) -> str:
    return reverse("escalations:find" if where.school else "escalations:find_area")
