"""Whose a contact is and where it belongs: pass on, file, put together, split out."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.access import for_roles
from accounts.actions import note_listed
from accounts.models import User
from cases import matter_actions
from cases.access import contact_for
from cases.acting import FORMS, done, show, start
from cases.actions import MAY_ANSWER
from cases.answer_actions import is_told_by_us
from cases.matter_forms import ConfirmForm, FileForm, JoinForm, PassOnForm
from cases.models import CHASING, Case, Contact
from cases.suggestions import suggested_cases
from clocks.calendars import LONDON


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def pass_on(request: HttpRequest, reference: str) -> HttpResponse:
    """Hand it to somebody else; the date stays, and the sender is told."""
    user, now, found = start(request, reference)
    form = PassOnForm(
        request.POST or None, owner=found.promise.owner, must_tell=is_told_by_us(found)
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if done(
            form,
            lambda: matter_actions.pass_on(contact=found, **data, by=user, now=now),
        ):
            messages.success(request, f"{data['to']} now answers {found.reference}.")
            return redirect("reports:home")
        if form.broken_code == "passed_meanwhile":
            form.take_new_owner(contact_for(user, found.reference).promise.owner)
    return show(
        request,
        found,
        form,
        heading="Pass it on",
        intro="The date stays the same. The sender, the person who had it and the person who has "
        "it now are all told.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def file(request: HttpRequest, reference: str) -> HttpResponse:
    """File it with its child: out of the tray, or from a wrong case."""
    user, now, found = start(request, reference, matter=False)
    form = FileForm(
        request.POST or None,
        wrongly=found.case_id is not None,
        must_tell=is_told_by_us(found) and found.is_open,
    )
    case = None
    if request.method == "POST" and form.is_valid():
        case = _case_named(form, user)
        sure = case is not None and request.POST.get("sure") == case.reference
        if case and sure and done(form, lambda: _file(form, found, case, user, now)):
            messages.success(request, f"{found.reference} is filed with {case}.")
            return redirect("cases:contact", found.reference)
    if case:
        form.ask_whether(case)
    suggested = [] if case else suggested_cases(found, user, now.astimezone(LONDON).date())
    shown = [case, *suggested] if case else suggested
    note_listed(records=[one.reference for one in shown], by=user, now=now, detail="filing")
    return show(
        request,
        found,
        form,
        template="cases/file.html",
        chosen=case,
        suggested=suggested,
        today=now.astimezone(LONDON).date(),
    )


def _file(form: FileForm, found: Contact, case: Case, user: User, now: datetime) -> Contact:
    given = {name: form.cleaned_data.get(name, "") for name in ("reason", "told_how")}
    return matter_actions.file_contact(contact=found, case=case, **given, by=user, now=now)


def _case_named(form: FileForm, user: User) -> Case | None:
    typed = form.cleaned_data["case"].strip().upper()
    case = Case.objects.visible_to(user).with_people().filter(reference=typed).first()
    if case is None:
        form.add_error("case", "There is no case with this reference that you may see")
    return case


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def join(request: HttpRequest, reference: str) -> HttpResponse:
    """It is about something open already: put them together."""
    user, now, found = start(request, reference)
    matters = []
    if found.case:
        matters = list(Contact.objects.open_matters(found.case).exclude(pk=found.pk)[:20])
    form = JoinForm(request.POST or None, matters=matters)
    if request.method == "POST" and form.is_valid():
        matter = form.matters[form.cleaned_data["matter"]]
        if done(
            form,
            lambda: matter_actions.join_to(contact=found, matter=matter, by=user, now=now),
        ):
            messages.success(request, f"{found.reference} is with {matter.reference} now.")
            return redirect("cases:contact", matter.reference)
    return show(
        request,
        found,
        form,
        heading="It is about something open already",
        intro="The first message keeps its date, and the sender is told."
        if matters
        else "Nothing else is open about this child.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def split(request: HttpRequest, reference: str) -> HttpResponse:
    """A chaser says something new: make it a matter of its own."""
    user, now, found = start(request, reference, matter=False)
    if found.link not in CHASING:
        return redirect("cases:contact", found.reference)
    form = ConfirmForm(request.POST or None, button="Make it a matter of its own")
    if request.method == "POST" and done(
        form, lambda: matter_actions.split_out(contact=found, by=user, now=now)
    ):
        messages.success(request, f"{found.reference} is a matter of its own.")
        return redirect("cases:contact", found.reference)
    return show(
        request,
        found,
        form,
        heading="It says something new",
        intro="It gets a date of its own, counted from the day it came, and the sender is told.",
    )
