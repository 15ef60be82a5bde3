"""The resolution desk: one entry, and what is done with it (H104 to H111)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from accounts.models import Role, User
from cases.access import contact_for
from cases.acting import FORMS, done, show
from cases.actions import MAY_ANSWER
from cases.contact_messages import must_not_be_contacted
from cases.identity import identity_of
from cases.matter_forms import ActForm
from cases.matters import open_matters_from
from cases.models import Contact
from cases.timeline import Entry, entries, timeline_of
from clocks.calendars import calendar_for_display
from escalations.authority import is_allowed, refuse_to_respond
from escalations.desk import (
    check_rows,
    intro_of_keeping,
    intro_of_settling,
    row_of,
    said_of_check,
)
from escalations.desk_forms import (
    CheckForm,
    KeepForm,
    RespondForm,
    SettleForm,
)
from escalations.giving_actions import (
    clock_to_give,
    colleagues_of_entry,
    give_entry,
    may_be_given,
)
from escalations.giving_forms import GiveForm
from escalations.handlers import case_of
from escalations.ladder_page import NAMES
from escalations.ladder_state import hears_answers
from escalations.models import DeskEntry, Escalation
from escalations.partners import partners_of
from escalations.resolution_actions import (
    NOBODY_SUPPORTS,
    ON_THE_DESK,
    check_in_words,
    confirm_check,
    keep_jointly,
    next_step,
    send_on,
)
from escalations.response_actions import (
    NOT_RESPONDED,
    awaits_answer,
    may_be_settled,
    resolve,
    respond,
)

# An entry's page is also for those to whom it was sent, and for the auditor.
SEES_ENTRIES = MAY_ANSWER | {Role.AUDITOR}
MOST_LAST = 5
QUICKER = frozenset(
    {"responded", "resolved", "already_answered", "already_closed", "may_not_answer"}
)


@require_safe
@for_roles(*SEES_ENTRIES)
def desk_entry(request: HttpRequest, reference: str) -> HttpResponse:
    """What was passed on, the check, and everything said before (H107, H108, H111)."""
    user, now = signed_in(request), timezone.now()
    entry, contact = entry_for(user, reference)
    calendar = calendar_for_display()
    note_read(record=record_of(contact), detail=reference, by=user, now=now)
    case = case_of(contact)
    on_it = user.role in ON_THE_DESK and entry.resolved_at is None
    return render(
        request,
        "escalations/desk_entry.html",
        {
            "entry": entry,
            "contact": contact,
            "case": case,
            "identity": identity_of(case, user) if case else None,
            "row": row_of(entry, now, calendar),
            "checks": check_rows(entry, _latest(contact), now),
            "overridden": entry.confirmed not in (None, entry.computed),
            "by_records": check_in_words(entry.computed),
            "has_date": entry.resolved_at is None and entry.has_date_of(contact),
            "may_give": may_be_given(entry),
            "passes": list(entry.passes.select_related("contact", "by")),
            "last": last_said(contact, user),
            "others": _other_matters(contact),
            "on_it": on_it,
            "next_name": NAMES[next_step(entry)],
            "may_respond": entry.responded_at is None
            and contact.struck_at is None
            and is_allowed(refuse_to_respond, entry, user, now),
            "not_contacted": must_not_be_contacted(contact),
            "now": now,
            "calendar": calendar,
        },
    )


def entry_for(user: User, reference: str) -> tuple[DeskEntry, Contact]:
    """The one way to an entry and its contact; raises Http404 for what ``user`` may not see."""
    contact = contact_for(user, reference)
    found = DeskEntry.objects.select_related(
        "clock__owner",
        "clock__standard",
        "kept_with",
        "sent_to__clock__owner",
        "sent_to__escalation",
        "passed_by",
        "confirmed_by",
        "responded_by",
        "resolved_by",
    )
    entry = get_object_or_404(found, contact=contact)
    entry.contact = contact
    return entry, contact


def _latest(contact: Contact) -> Escalation | None:
    return Escalation.objects.filter(matter=contact).order_by("-pk").first()


def last_said(contact: Contact, user: User) -> list[Entry]:
    """The last things said about the child, or with the contact while no child is known."""
    if case := case_of(contact):
        found = timeline_of(case, user, "")
        return entries(found.order_by("-received_at", "-id")[:MOST_LAST], user)
    linked = contact.linked.select_related(
        "logged_by", "clock__owner", "answered_by", "struck_by", "original"
    )
    return entries(linked.order_by("-received_at", "-id")[:MOST_LAST], user)


def _other_matters(contact: Contact) -> list[Contact]:
    """What else of the same sender is open: it may be about the same (H108)."""
    if contact.case is None:
        return []
    return [one for one in open_matters_from(contact.case, contact) if one != contact]  # type: ignore[arg-type]


def record_of(contact: Contact) -> str:
    """What the access log calls it: its case, or the contact while that has none."""
    return contact.case.reference if contact.case else contact.reference


# --- What is done with it -------------------------------------------------------------------


@require_http_methods(FORMS)
@for_roles(*ON_THE_DESK)
def check(request: HttpRequest, reference: str) -> HttpResponse:
    """Confirm what the records say, or say why they are wrong (H108)."""
    user, now, entry, contact = _start(request, reference)
    if request.method != "POST" and (entry.sent_at or entry.resolved_at):
        return redirect("escalations:desk_entry", reference)
    form = CheckForm(request.POST or None, entry=entry)

    def do() -> None:
        confirm_check(entry=entry, **form.cleaned_data, by=user, now=now)

    return _act(
        request,
        contact,
        form,
        do,
        said=said_of_check(entry, request.POST.get("until", "")),
        heading="Was the protocol followed?",
        intro="The records are below. If they are wrong, say why.",
        checks=check_rows(entry, _latest(contact), now),
    )


@require_POST
@for_roles(*ON_THE_DESK)
def send(request: HttpRequest, reference: str) -> HttpResponse:
    """One click: to whoever handles the next step (H109)."""
    user, now, entry, _ = _start(request, reference)
    try:
        step = send_on(entry=entry, by=user, now=now)
    except RuleBroken as broken:
        messages.warning(request, broken.message)
        return redirect("escalations:desk_entry", reference)
    # What was kept jointly has gone back to who had it.
    owner = step.handler if step else entry_for(user, reference)[1].promise.owner
    messages.success(request, f"Sent to {owner}. It stays on the desk until it is settled.")
    return redirect("escalations:desk_entry", reference)


@require_http_methods(FORMS)
@for_roles(*ON_THE_DESK)
def keep(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep it, jointly with the case owner (H110)."""
    user, now, entry, contact = _start(request, reference)
    if request.method != "POST" and (entry.sent_at or entry.resolved_at):
        return redirect("escalations:desk_entry", reference)
    partners = partners_of(entry, now)
    if request.method != "POST" and not partners:
        messages.warning(request, NOBODY_SUPPORTS)
        return redirect("escalations:desk_entry", reference)
    form = KeepForm(request.POST or None, entry=entry, partners=partners)

    def do() -> None:
        keep_jointly(entry=entry, **form.cleaned_data, by=user, now=now)

    return _act(
        request,
        contact,
        form,
        do,
        said="You keep it together. They have been told.",
        heading="Keep it with the case owner",
        intro=intro_of_keeping(entry),
    )


@require_http_methods(FORMS)
@for_roles(*ON_THE_DESK)
def give(request: HttpRequest, reference: str) -> HttpResponse:
    """Another officer gives the first response; the 48 hours stay."""
    user, now, entry, contact = _start(request, reference)
    if request.method != "POST" and not may_be_given(entry):
        return redirect("escalations:desk_entry", reference)
    owner = clock_to_give(entry).owner
    colleagues = colleagues_of_entry(entry)
    form = GiveForm(request.POST or None, colleagues=colleagues, owner=owner, must_tell=False)

    def do() -> None:
        give_entry(entry=entry, **form.given(), by=user, now=now)

    return _act(
        request,
        contact,
        form,
        do,
        said=f"{contact.reference} is with a colleague now. They have been told.",
        heading="Give it to a colleague",
        intro="They answer for it from then on. No date changes.",
    )


@require_http_methods(FORMS)
@for_roles(*MAY_ANSWER)
def first_response(request: HttpRequest, reference: str) -> HttpResponse:
    """Ring or write; the 48 hours are met, and the matter stays open (H106, H111)."""
    user, now, entry, contact = _start(request, reference)
    if request.method != "POST" and not is_allowed(refuse_to_respond, entry, user, now):
        raise Http404
    if request.method != "POST" and entry.responded_at:
        return redirect("escalations:desk_entry", reference)
    mailed = bool(contact.sender_email) and not must_not_be_contacted(contact)
    form = RespondForm(request.POST or None, mailed=mailed)

    def do() -> None:
        how = DeskEntry.Answer(form.cleaned_data["how"])
        respond(entry=entry, how=how, text=form.cleaned_data["text"], by=user, now=now)

    return _act(
        request,
        contact,
        form,
        do,
        said="The first response is kept. The matter stays open until it is settled.",
        heading="Give the first response",
        intro="Read what was said before, so that they hear the same from all of us.",
        last=last_said(contact, user),
        row=row_of(entry, now, calendar_for_display()),
    )


@require_http_methods(FORMS)
@for_roles(*ON_THE_DESK)
def settle(request: HttpRequest, reference: str) -> HttpResponse:
    """It is settled: it leaves the desk."""
    user, now, entry, contact = _start(request, reference)
    if request.method != "POST" and (entry.resolved_at or not may_be_settled(entry)):
        if not entry.resolved_at:
            messages.warning(request, NOT_RESPONDED)
        return redirect("escalations:desk_entry", reference)
    owed = awaits_answer(entry)
    mailed = hears_answers(contact) is not None
    form = SettleForm(
        request.POST or None, owed=owed, mailed=mailed, struck=bool(contact.struck_at)
    )

    def do() -> None:
        resolve(entry=entry, **form.settled(), by=user, now=now)

    return _act(
        request,
        contact,
        form,
        do,
        said=f"{contact.reference} is settled and off the desk.",
        heading="Settle it",
        intro=intro_of_settling(contact),
    )


def _start(request: HttpRequest, reference: str) -> tuple[User, datetime, DeskEntry, Contact]:
    user = signed_in(request)
    entry, contact = entry_for(user, reference)
    return user, timezone.now(), entry, contact


def _act(
    request: HttpRequest,
    contact: Contact,
    form: ActForm,
    do: Callable[[], Any],
    *,
    said: str,
    **context: Any,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid() and done(form, do):
        messages.success(request, said)
        return redirect("escalations:desk_entry", contact.reference)
    if form.broken_code == "passed_meanwhile" and isinstance(form, GiveForm):
        form.take_new_owner(
            clock_to_give(entry_for(signed_in(request), contact.reference)[0]).owner
        )
    return show(
        request,
        contact,
        form,
        template="escalations/act.html",
        back=reverse("escalations:desk_entry", args=[contact.reference]),
        back_text="Back to the resolution desk",
        quicker=form.broken_code in QUICKER,
        **context,
    )
