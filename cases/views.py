"""The case page, and writing down what came in or went out."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from accounts.models import CASE_READERS, Role, User
from accounts.paging import page_by_moment
from cases import actions, timeline
from cases.actions import MAY_ANSWER, MAY_LOG
from cases.conduct import plan_shown
from cases.contact_conditions import shown_to
from cases.contact_messages import SAFETY_TO_SAY
from cases.forms import LogContactForm, LogSentForm
from cases.identity import identity_of, of_kept_case
from cases.merge_pages import record_notes
from cases.models import Case, Contact, FormalMatter
from cases.panels import panels_of_case
from cases.people_around import people_around
from cases.sent_actions import log_sent as write_sent
from cases.who_to_speak_to import who_to_speak_to
from clocks.calendars import LONDON, calendar_for_display
from clocks.working_time import WorkingCalendar

MOST_OFFERED = 10


@require_safe
@for_roles(*CASE_READERS)
@of_kept_case
def case(request: HttpRequest, found: Case) -> HttpResponse:
    """One case: who owns it, what comes next, what is owed, and everything said so far."""
    user, now = signed_in(request), timezone.now()
    kind = request.GET.get("show", "")
    page = page_by_moment(
        timeline.timeline_of(found, user, kind),
        request.GET.get("after", ""),
        moment="received_at",
        tie="id",
        newest_first=True,
        size=20,
        narrowed_by={"show": kind} if kind in timeline.KINDS else None,
    )
    note_read(record=found.reference, by=user, now=now)
    calendar = calendar_for_display()
    return render(
        request,
        "cases/case.html",
        {
            "case": found,
            "page": page,
            "identity": identity_of(found, user, log=True),
            "sees_plan": user.role != Role.CSC_ADVISER,
            "may_answer": user.role in MAY_ANSWER,
            "entries": timeline.entries(page.rows, user),
            "kinds": _kinds(found, kind),
            "now": now,
            "calendar": calendar,
            "panels": panels_of_case(found, user, now),
            **_around(found, user, now, calendar),
        },
    )


def _around(
    found: Case, user: User, now: datetime, calendar: WorkingCalendar | None
) -> dict[str, Any]:
    """What is owed, who is concerned and what to know: a fixed number of queries."""
    today = timezone.localtime(now, LONDON).date()
    cases = [found.pk, *found.merged.values_list("pk", flat=True)]
    return {
        "owed": list(Contact.objects.owed().filter(shown_to(user), case__in=cases).with_chasers()),
        "formal": list(
            FormalMatter.objects.owed().filter(shown_to(user, "contact__"), contact__case__in=cases)
        ),
        "speak_to": who_to_speak_to(found, user, now, calendar),
        "around": people_around(found, user, today),
        "contact_plans": plan_shown(found, today),
        "local_ids": list(found.person.local_ids.all()),
        "year_group": found.person.year_group(today),
        **record_notes(found, user),
    }


def _kinds(found: Case, chosen: str) -> list[dict[str, Any]]:
    here = reverse("cases:case", args=[found.reference])
    choices = [("", "Everything"), *((kind, label) for kind, (label, _) in timeline.KINDS.items())]
    shown = chosen if chosen in timeline.KINDS else ""
    return [
        {
            "label": label,
            "url": f"{here}?show={kind}#timeline" if kind else f"{here}#timeline",
            "current": kind == shown,
        }
        for kind, label in choices
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_LOG)
@of_kept_case
def log_contact(request: HttpRequest, found: Case) -> HttpResponse:
    """Write down a contact about one case."""
    user, now = signed_in(request), timezone.now()
    form = LogContactForm(
        request.POST or None,
        now=now,
        case=found,
        open_matters=_offered(found, request),
        initial=_from_address(request),
    )
    if request.method == "POST" and form.is_valid():
        contact = _logged(form, found, user, now)
        if contact:
            messages.success(request, _said(contact))
            return redirect("cases:contact", contact.reference)
    note_read(record=found.reference, by=user, now=now)
    return render(
        request,
        "cases/log_contact.html",
        {"case": found, "form": form, "identity": identity_of(found, user)},
    )


def _offered(found: Case, request: HttpRequest) -> list[Contact]:
    """Open matters it may be about; not the one that the first of two clicks has just made."""
    form_id = request.POST.get("submission", "")
    matters = Contact.objects.open_matters(found)[:MOST_OFFERED]
    return [contact for contact in matters if str(contact.submission) != form_id]


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_LOG)
def log_unfiled(request: HttpRequest) -> HttpResponse:
    """Write down a contact about a child that could not be found: it waits in the tray (H67)."""
    user, now = signed_in(request), timezone.now()
    form = LogContactForm(request.POST or None, now=now, case=None, initial=_from_address(request))
    if request.method == "POST" and form.is_valid():
        contact = _logged(form, None, user, now)
        if contact:
            messages.success(request, _said(contact))
            return redirect("cases:contact", contact.reference)
    return render(request, "cases/log_unfiled.html", {"form": form})


def _from_address(request: HttpRequest) -> dict[str, Any]:
    """A link from a voicemail line's page names the line and the channel."""
    line = request.GET.get("line", "")
    return {"line": line, "channel": Contact.Channel.VOICEMAIL} if line.isdecimal() else {}


def _logged(form: LogContactForm, found: Case | None, user: User, now: datetime) -> Contact | None:
    try:
        return actions.log_contact(
            case=found,
            received=form.received(),
            submission=form.cleaned_data["submission"],
            chases=form.chosen_matter(),
            by=user,
            now=now,
        )
    except RuleBroken as broken:
        if broken.field == "received_at":
            broken.field = "received_on"
        form.show(broken)
        if broken.code == "submission_used":
            form.renew_submission()
        return None


def _said(contact: Contact) -> str:
    if contact.original:
        return f"{contact.reference} is with {contact.original.reference}. Its date stays."
    said = f"Contact {contact.reference} is logged."
    return f"{said} {SAFETY_TO_SAY}" if contact.category == Contact.Category.SAFEGUARDING else said


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*MAY_ANSWER)
@of_kept_case
def log_sent(request: HttpRequest, found: Case) -> HttpResponse:
    """Write down a call we made, something we sent, or a note among ourselves."""
    user, now = signed_in(request), timezone.now()
    form = LogSentForm(request.POST or None, now=now)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            write_sent(
                case=found,
                channel=Contact.Channel(data["channel"]),
                with_whom=data["with_whom"],
                note=data["message"],
                at=data["received_at"],
                submission=data["submission"],
                by=user,
                now=now,
            )
        except RuleBroken as broken:
            if broken.field == "received_at":
                broken.field = "received_on"
            form.show(broken)
            if broken.code == "submission_used":
                form.renew_submission()
        else:
            messages.success(request, "It is on the record.")
            return redirect("cases:case", found.reference)
    note_read(record=found.reference, by=user, now=now)
    return render(
        request,
        "cases/log_sent.html",
        {"case": found, "form": form, "identity": identity_of(found, user)},
    )
