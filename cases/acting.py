"""What all pages that do one thing with one contact share: whose, do it, show it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from accounts.models import User
from cases.access import contact_for
from cases.identity import identity_of
from cases.matter_forms import ActForm
from cases.models import Contact
from clocks.calendars import calendar_for_display

FORMS = ["GET", "HEAD", "POST"]
Do = Callable[[], Any]
# The fields that hold what somebody took time to write.
TYPED = ("text", "note", "reason")


def start(
    request: HttpRequest, reference: str, *, matter: bool = True
) -> tuple[User, datetime, Contact]:
    """Who, when and which; with ``matter`` only a contact that has a promise of its own."""
    user = signed_in(request)
    found = contact_for(user, reference)
    if matter and found.clock is None:
        raise Http404
    return user, timezone.now(), found


def done(form: ActForm, do: Do) -> bool:
    """Do it; a broken rule goes into the form's error summary, and what was typed stays."""
    try:
        do()
    except RuleBroken as broken:
        form.broken_code = broken.code
        form.show(broken)
        return False
    return True


def show(
    request: HttpRequest,
    found: Contact,
    form: ActForm,
    *,
    template: str = "cases/act.html",
    **context: Any,
) -> HttpResponse:
    user = signed_in(request)
    if form.broken_code:
        # Somebody else may have been quicker: show what is there now.
        found = contact_for(user, found.reference)
    record = found.case.reference if found.case else found.reference
    note_read(record=record, detail=found.reference, by=user, now=timezone.now())
    return render(
        request,
        template,
        {
            "contact": found,
            "form": form,
            "identity": identity_of(found.case, user) if found.case else None,
            "now": timezone.now(),
            "calendar": calendar_for_display(),
            # For adding as a note what somebody else was quicker to answer.
            "spare_submission": uuid4(),
            "quicker": form.broken_code in ("already_answered", "already_closed"),
            "typed": next((request.POST[name] for name in TYPED if name in request.POST), ""),
            **context,
        },
    )
