"""Passing a contact to the resolution team (H104, H105)."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.models import User
from cases.acting import FORMS, done, show, start
from cases.actions import MAY_ANSWER
from cases.models import Contact
from escalations.desk_forms import PassForm
from escalations.desk_links import same_on_desk
from escalations.desk_views import entry_for, record_of
from escalations.models import DeskEntry
from escalations.passing_actions import pass_to_desk
from escalations.resolution_messages import standard_response


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def pass_on(request: HttpRequest, reference: str) -> HttpResponse:
    """One click to the resolution team; for a call, the words to say (H104, H105)."""
    user, now, found = start(request, reference, matter=False)
    matter = found.original or found
    if matter.clock_id is None or matter.struck_at:
        raise Http404
    form = PassForm(request.POST or None, contact=matter, by=user, known=same_on_desk(matter))
    if request.method == "POST" and form.is_valid():
        passed: list[DeskEntry] = []
        if done(form, lambda: passed.append(_pass(form, found, user, now))):
            return _to(request, passed[0], by_telephone=_rang(form))
    return show(
        request,
        found,
        form,
        template="escalations/act.html",
        heading="Pass to the resolution team",
        intro="They check what was done, see that the right person acts, and respond. The sender "
        "gets the standard response in this name, once.",
        entry=DeskEntry.objects.filter(contact=matter, resolved_at=None).first(),
    )


def _pass(form: PassForm, found: Contact, user: User, now: datetime) -> DeskEntry:
    return pass_to_desk(
        contact=found,
        in_name_of=form.cleaned_data["in_name_of"],
        telephone=_rang(form),
        same_as=form.same_as(),
        separate=form.is_separate,
        by=user,
        now=now,
    )


def _rang(form: PassForm) -> bool:
    return bool(form.cleaned_data["how"] == "telephone")


def _to(request: HttpRequest, entry: DeskEntry, *, by_telephone: bool) -> HttpResponse:
    reference = entry.contact.reference
    messages.success(request, f"{reference} is with the resolution team.")
    if by_telephone:
        return redirect("escalations:passed", reference)
    return redirect("escalations:desk_entry", reference)


@require_safe
@for_roles(*MAY_ANSWER)
def passed(request: HttpRequest, reference: str) -> HttpResponse:
    """The words to say to somebody who rang (H105)."""
    user, now = signed_in(request), timezone.now()
    entry, contact = entry_for(user, reference)
    note_read(record=record_of(contact), detail=reference, by=user, now=now)
    words = standard_response(entry, telephone=True)
    context = {"entry": entry, "contact": contact, "words": words.body}
    return render(request, "escalations/passed.html", context)
