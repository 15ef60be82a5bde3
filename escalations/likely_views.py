"""In one click: a message from a new address is about an earlier one, from the same person."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from cases.access import contact_for
from cases.actions import MAY_ANSWER
from cases.contact_messages import writes_to
from escalations.further_words import said_of
from escalations.ladder import Addressee
from escalations.ladder_actions import Result
from escalations.same_matter_actions import say_it_is_the_same


@require_POST
@for_roles(*MAY_ANSWER)
def same_matter(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that it is the same; whoever asked is told at the address on the record."""
    user, now = signed_in(request), timezone.now()
    contact = contact_for(user, reference)
    if contact.case is None:
        raise Http404
    matter = contact_for(user, request.POST.get("matter", ""))
    note_read(record=contact.case.reference, detail=contact.reference, by=user, now=now)
    try:
        result = say_it_is_the_same(contact=contact, matter=matter, by=user, now=now)
    except RuleBroken as broken:
        messages.error(request, broken.message)
        return redirect("cases:contact", contact.reference)
    messages.success(request, _said(result, matter.reference))
    if result.escalation:
        return redirect("escalations:escalation", result.escalation.reference)
    return redirect("cases:contact", matter.reference)


def _said(result: Result, reference: str) -> str:
    said = f"It counts from {reference}. {said_of(result, Addressee.NOBODY)}"
    if writes_to(result.contact):
        return f"{said} They are told by e-mail, at the address on the record."
    return f"{said} We have no e-mail address of theirs on the record: please ring them."
