"""Finding a case while somebody is on the telephone."""

import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles, signed_in
from accounts.actions import note_search
from accounts.models import CASE_READERS, Role
from cases.actions import MAY_LOG
from cases.models import Case
from cases.search import find_cases
from cases.search_forms import SearchForm

MOST_FOUND = 20
SEARCHES = "searches"
SEARCHES_KEPT = 20


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*CASE_READERS)
def search(request: HttpRequest) -> HttpResponse:
    """Find a case by part of a name, date of birth or reference; every look-up is logged.

    The words are posted and kept in the session under a token: a child's name in an address
    would end up in browser histories and in logs along the way.
    """
    if request.method == "POST":
        form = SearchForm(request.POST)
        if form.is_valid():
            token = _remember_search(request, form.cleaned_data["q"])
            return redirect(f"{reverse('cases:search')}?search={token}")
        return _found(request, form, None)
    text = request.session.get(SEARCHES, {}).get(request.GET.get("search", ""))
    return _found(request, SearchForm(initial={"q": text}), text)


def _remember_search(request: HttpRequest, text: str) -> str:
    token = secrets.token_urlsafe(6)
    searches = {**request.session.get(SEARCHES, {}), token: text}
    request.session[SEARCHES] = dict(list(searches.items())[-SEARCHES_KEPT:])
    return token


def _found(request: HttpRequest, form: SearchForm, text: str | None) -> HttpResponse:
    user = signed_in(request)
    found: list[Case] = []
    if text:
        found = find_cases(text, user=user, on=timezone.localdate(), limit=MOST_FOUND + 1)
    shown = found[:MOST_FOUND]
    if text:
        references = [case.reference for case in shown]
        note_search(text=text, found=references, by=user, now=timezone.now())
    return render(
        request,
        "cases/search.html",
        {
            "form": form,
            "searched": text,
            "found": shown,
            "more": len(found) > MOST_FOUND,
            "most": MOST_FOUND,
            "may_log": user.role in MAY_LOG,
            "sees_plan": user.role != Role.CSC_ADVISER,
        },
    )
