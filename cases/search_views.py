"""Finding a case while somebody is on the telephone, as they speak (H22, H23)."""

import secrets
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles, signed_in
from accounts.actions import note_search, note_search_while_typing
from accounts.models import CASE_READERS, TEAM_ROLES, Role, Team, User
from cases.actions import MAY_LOG
from cases.models import Case
from cases.quoted import contacts_quoted, unfiled_quoted, waiting_quoted
from cases.search import find_cases
from cases.search_forms import SHORTEST_TYPED, SearchForm
from cases.search_words import read
from notices.placeholders import SHIPPED_LINKS
from notices.text_models import Link

MOST_FOUND = 20
# Fewer while the words are not all there: nobody needs to see more strangers than that.
MOST_WHILE_TYPING = 8
SEARCHES = "searches"
SEARCHES_KEPT = 20
# Where a caller is sent when the service does not know the child (H23, H25).
SIGNPOSTS = ["local_offer", "sendiass"]


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*CASE_READERS)
def search(request: HttpRequest) -> HttpResponse:
    """Find a case by what a caller can tell; every look-up is logged.

    The words are posted and kept in the session under a token: a child's name in an address
    would end up in browser histories and in logs along the way. htmx posts them while they are
    typed and gets the results; without it the form is sent and leads to a page of them.
    """
    if request.method == "POST":
        form = SearchForm(request.POST, line=_line(request))
        text = form.cleaned_data["q"] if form.is_valid() else ""
        if request.htmx:  # type: ignore[attr-defined]
            return _found_while_typing(request, text)
        if text:
            token = _remember(request, secrets.token_urlsafe(6), text)
            return redirect(_address(request, token))
        return render(request, "cases/search.html", {"form": form})
    text = request.session.get(SEARCHES, {}).get(request.GET.get("search", ""))
    form = SearchForm(initial={"q": text}, line=_line(request))
    return render(request, "cases/search.html", {"form": form, **_found(request, text)})


def _found_while_typing(request: HttpRequest, text: str) -> HttpResponse:
    """Only the results; the address becomes one that leads back to them."""
    if len(text) < SHORTEST_TYPED:
        return render(request, "cases/_found.html", {"typing": True})
    token = _remember(request, _token_of_page(request), text)
    response = render(request, "cases/_found.html", _found(request, text, typing=True))
    response["HX-Replace-Url"] = _address(request, token)
    return response


def _address(request: HttpRequest, token: str) -> str:
    query = "&".join(filter(None, [f"search={token}", _line(request)]))
    return f"{reverse('cases:search')}?{query}"


def _line(request: HttpRequest) -> str:
    """ "line=3" while a message from that voicemail line waits to be logged (H43)."""
    line = request.GET.get("line", "")
    return f"line={line}" if line.isascii() and line.isdecimal() else ""


def _token_of_page(request: HttpRequest) -> str:
    """The token that the page has already, so that one page takes one of those kept."""
    address = request.htmx.current_url or ""  # type: ignore[attr-defined]
    [token] = parse_qs(urlsplit(address).query).get("search", [""])[:1]
    known = token in request.session.get(SEARCHES, {})
    return token if known else secrets.token_urlsafe(6)


def _remember(request: HttpRequest, token: str, text: str) -> str:
    searches = {**request.session.get(SEARCHES, {}), token: text}
    request.session[SEARCHES] = dict(list(searches.items())[-SEARCHES_KEPT:])
    return token


def _found(request: HttpRequest, text: str | None, *, typing: bool = False) -> dict[str, Any]:
    """What the results show of the cases that ``text`` finds, once the look-up is logged."""
    if not text:
        return {}
    user, now = signed_in(request), timezone.now()
    today, most = timezone.localdate(now), MOST_WHILE_TYPING if typing else MOST_FOUND
    found = find_cases(text, user=user, on=today, limit=most + 1, typing=typing)
    shown = found[:most]
    codes = read(text, typing=typing).codes
    unfiled, waiting = unfiled_quoted(codes, user), waiting_quoted(codes)
    note = note_search_while_typing if typing else note_search
    references = [case.reference for case in shown] + [one.reference for one in unfiled]
    references += [one.reference for one in waiting]
    note(text=text, found=references, by=user, now=now)
    return {
        "searched": text,
        "line": _line(request),
        "typing": typing,
        "rows": [_row(case, user, today) for case in shown],
        "unfiled": unfiled,
        "waiting": waiting,
        "count": len(references),
        "more": len(found) > most,
        "may_log": user.role in MAY_LOG,
        "at_desk": user.role == Role.CSC_ADVISER,
        "of_one_team": user.role in TEAM_ROLES,
        "signposts": [] if references or typing else _signposts(),
        "unfiled_team": None if references or typing else _who_has_unfiled(codes),
    }


def _row(case: Case, user: User, today: date) -> dict[str, Any]:
    """Enough to tell two children apart; advisers are not shown where one learns (H22)."""
    person = case.person
    written = f"{person.given_name} {person.family_name}"
    closed = person.postcode.replace(" ", "")
    return {
        "case": case,
        "name": person.full_name,
        "written": written if written != person.full_name else "",
        "year_group": person.year_group(today),
        "district": closed[:-3].upper(),
        "school": case.establishment if user.role != Role.CSC_ADVISER else None,
    }


def _who_has_unfiled(codes: list[str]) -> Team | None:
    """Whom to ask about a reference that nothing shows this person; the same whether we have it
    or not."""
    quotes = any(contacts_quoted(code) is not None for code in codes)
    return Team.objects.for_unfiled() if quotes else None


def _signposts() -> list[Any]:
    links = {row.code: row for row in Link.objects.all()}
    chosen = [links.get(code, SHIPPED_LINKS[code]) for code in SIGNPOSTS]
    return [link for link in chosen if link.url]
