"""Complaints: the list, opening one, and the page of one."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_listed, note_read
from accounts.errors import RuleBroken
from accounts.models import Absence, Role, User
from accounts.paging import page_by_moment
from cases.actions import MAY_ANSWER
from cases.identity import identity_of
from cases.models import Contact, FormalMatter
from clocks.calendars import LONDON, calendar_for_display
from clocks.models import OPEN_STATES
from escalations import complaint_actions
from escalations.complaint_panels import shown_complaint
from escalations.models import Complaint

MAY_READ = MAY_ANSWER | {Role.AUDITOR}
OPEN, MINE, ANSWERED = "open", "mine", "answered"
LISTS = {OPEN: "Open", MINE: "Mine", ANSWERED: "Answered"}


# --- The list and the page ------------------------------------------------------------------


@require_safe
@for_roles(*MAY_READ)
def complaints(request: HttpRequest) -> HttpResponse:
    """Complaints that somebody has to do something about, soonest first; or the answered ones."""
    user, now = signed_in(request), timezone.now()
    which = request.GET.get("show", "")
    which = which if which in LISTS else OPEN
    page = page_by_moment(
        _listed(which, user, now),
        request.GET.get("after", ""),
        moment="due_at",
        tie="pk",
        newest_first=which == ANSWERED,
        narrowed_by={"show": which},
    )
    contacts = [matter.contact for matter in page.rows]
    records = [one.case.reference if one.case else one.reference for one in contacts]
    note_listed(records=records, by=user, now=now, detail="complaints")
    return render(
        request,
        "escalations/complaints.html",
        {
            "page": page,
            "which": which,
            "heading": LISTS[which],
            "lists": [(code, words) for code, words in LISTS.items() if code != which],
            "may_act": user.role in MAY_ANSWER,
            "now": now,
            "calendar": calendar_for_display(),
        },
    )


def _listed(which: str, user: User, now: datetime) -> Any:
    """Formal matters that are complaints, with the date of what is owed next as ``due_at``."""
    is_open = Q(complaint__clock__isnull=False) | Q(
        complaint__isnull=True, clock__state__in=OPEN_STATES
    )
    found = FormalMatter.objects.filter(
        is_open if which != ANSWERED else ~is_open,
        category=Contact.Category.COMPLAINT,
        withdrawn=False,
        contact__in=Contact.objects.visible_to(user),
    )
    if which == MINE:
        owners = Absence.objects.looked_after(user, timezone.localtime(now, LONDON).date())
        theirs = Q(complaint__clock__owner__in=owners)
        found = found.filter(theirs | Q(complaint__isnull=True, clock__owner__in=owners))
    joined = ("contact__case__person", "clock__owner", "complaint__clock__owner")
    due_at = Coalesce("complaint__clock__due_at", "clock__due_at")
    return found.select_related(*joined).annotate(due_at=due_at)


@require_POST
@for_roles(*MAY_ANSWER)
def open_complaint(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin the record of a formal matter that is a complaint."""
    user = signed_in(request)
    visible = FormalMatter.objects.filter(contact__in=Contact.objects.visible_to(user))
    matter = get_object_or_404(visible.select_related("contact"), pk=pk)
    try:
        complaint = complaint_actions.open_complaint(matter=matter, by=user, now=timezone.now())
    except RuleBroken as broken:
        messages.warning(request, broken.message)
        return redirect("cases:contact", matter.contact.reference)
    return redirect("escalations:complaint", complaint.pk)


@require_safe
@for_roles(*MAY_READ)
def complaint(request: HttpRequest, pk: int) -> HttpResponse:
    """Both stages, who has them, what was said, and how we keep in touch."""
    user, now = signed_in(request), timezone.now()
    found = complaint_for(user, pk)
    contact = found.matter.contact
    record = contact.case.reference if contact.case else contact.reference
    note_read(record=record, detail=f"complaint {contact.reference}", by=user, now=now)
    return render(
        request,
        "escalations/complaint.html",
        {
            "shown": shown_complaint(found),
            "contact": contact,
            "identity": identity_of(contact.case, user) if contact.case else None,
            "learnings": list(found.matter.learnings.select_related("theme")),
            "may_act": user.role in MAY_ANSWER and not found.matter.withdrawn,
            "now": now,
            "today": timezone.localtime(now, LONDON).date(),
            "calendar": calendar_for_display(),
        },
    )


def complaint_for(user: User, pk: int) -> Complaint:
    """Raises Http404 for what ``user`` may not see."""
    return get_object_or_404(Complaint.objects.visible_to(user).with_people(), pk=pk)
