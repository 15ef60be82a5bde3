"""What every page of one case starts from: the case itself, and whose record it is."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from accounts.access import signed_in
from accounts.models import User
from cases.actions import MAY_LOG
from cases.models import Case


def case_for(user: User, reference: str) -> Case:
    """The one way to a case; raises Http404 for what ``user`` may not see."""
    return get_object_or_404(Case.objects.visible_to(user).with_people(), reference=reference)


def of_kept_case(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the view the case that its address names.

    The pages of a record that was merged into another lead to those of the kept one. What is
    posted is let through: the action refuses it, and the page gives back what was typed.
    """

    @wraps(view)
    def with_case(request: HttpRequest, reference: str, **kwargs: Any) -> HttpResponse:
        found = case_for(signed_in(request), reference)
        if found.merged_into and request.method in {"GET", "HEAD"} and request.resolver_match:
            kept = kwargs | {"reference": found.merged_into.reference}
            return redirect(request.resolver_match.view_name, **kept)
        return view(request, found, **kwargs)

    return with_case


def identity_of(case: Case, user: User, *, log: bool = False) -> dict[str, Any]:
    """What components/identity_bar.html shows; with ``log`` also the button to log a contact."""
    born = case.person.date_of_birth
    facts = [
        {"label": "Date of birth", "value": f"{born.day} {born:%B %Y}"},
        {"label": "Status", "value": case.get_status_display()},
        {"label": "Case owner", "value": case.owner or f"None yet: ask {case.team}"},
    ]
    log_url = reverse("cases:log_contact", args=[case.reference])
    may_log = log and user.role in MAY_LOG
    return {
        "name": case.person.full_name,
        "reference": case.reference,
        "facts": facts,
        "actions": [{"text": "Log a contact", "url": log_url}] if may_log else [],
        "badge": "Restricted" if case.restricted else "",
    }
