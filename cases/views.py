"""The case page, logging a contact and answering it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.errors import RuleBroken
from accounts.models import CASE_READERS, Role, User
from accounts.paging import page_by_moment
from cases import actions
from cases.access import account_for, contact_for, sees_staff_account
from cases.actions import MAY_ANSWER, MAY_LOG
from cases.forms import AnswerForm, LogContactForm
from cases.models import Case, Contact
from clocks.calendars import calendar_for_display
from clocks.family_words import family_words
from clocks.wording import moment_in_words


@require_GET
@for_roles(*CASE_READERS)
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """One case: who owns it, what comes next, what is owed, and everything said so far."""
    user, now = signed_in(request), timezone.now()
    found = _case(user, reference)
    contacts = found.contacts.select_related(
        "clock__owner", "clock__standard", "logged_by", "answered_by"
    )
    page = page_by_moment(
        contacts,
        request.GET.get("after", ""),
        moment="received_at",
        tie="id",
        newest_first=True,
        size=20,
    )
    note_read(record=found.reference, by=user, now=now)
    return render(
        request,
        "cases/case.html",
        {
            "case": found,
            "page": page,
            "identity": _identity(found, user, log=True),
            "sees_plan": user.role != Role.CSC_ADVISER,
            "rows": [_timeline_row(contact, user) for contact in page.rows],
            "owed": contacts.filter(answered_at=None).order_by("clock__due_at"),
            **_time_context(now),
        },
    )


@require_http_methods(["GET", "POST"])
@for_roles(*MAY_LOG)
def log_contact(request: HttpRequest, reference: str) -> HttpResponse:
    """Write down a contact about one case."""
    user, now = signed_in(request), timezone.now()
    found = _case(user, reference)
    form = LogContactForm(request.POST or None, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            contact = actions.log_contact(
                case=found,
                received=form.received(),
                submission=form.cleaned_data["submission"],
                by=user,
                now=now,
            )
        except RuleBroken as broken:
            _show(form, broken, {"received_at": "received_on"})
            if broken.code == "submission_used":
                form.renew_submission()
        else:
            messages.success(request, f"Contact {contact.reference} is logged.")
            return redirect("cases:contact", contact.reference)
    note_read(record=found.reference, by=user, now=now)
    return render(
        request,
        "cases/log_contact.html",
        {"case": found, "form": form, "identity": _identity(found, user)},
    )


@require_GET
@for_roles(*CASE_READERS)
def contact(request: HttpRequest, reference: str) -> HttpResponse:
    """One contact: what was asked, who answers, by when and why that date."""
    user, now = signed_in(request), timezone.now()
    found = contact_for(user, reference)
    calendar = calendar_for_display()
    account = account_for(found, user, calendar)
    note_read(record=found.case.reference, detail=found.reference, by=user, now=now)
    return render(
        request,
        "cases/contact.html",
        {
            "contact": found,
            "identity": _identity(found.case, user),
            "sees_message": _sees_message(found, user),
            "sees_note": user.role != Role.CSC_ADVISER,
            "may_answer": user.role in MAY_ANSWER,
            "now": now,
            "calendar": calendar,
            "account": account,
        },
    )


@require_GET
@for_roles(*CASE_READERS)
def why(request: HttpRequest, reference: str) -> HttpResponse:
    """Why this date: the whole account, or with ``?for=family`` the words for a family."""
    user, now = signed_in(request), timezone.now()
    found = contact_for(user, reference)
    staff_version = sees_staff_account(user)
    for_family = not staff_version or request.GET.get("for") == "family"
    account = account_for(found, user, calendar_for_display())
    if for_family:
        account = account.for_families()
    note_read(record=found.case.reference, detail=found.reference, by=user, now=now)
    return render(
        request,
        "cases/why_for_family.html" if for_family else "cases/why.html",
        {
            "contact": found,
            "identity": _identity(found.case, user),
            "account": account,
            "words": family_words(account, found.reference, now) if for_family else [],
            "sees_staff_version": staff_version,
        },
    )


@require_http_methods(["GET", "POST"])
@for_roles(*MAY_ANSWER)
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Write down the answer, which keeps the promise."""
    user, now = signed_in(request), timezone.now()
    found = contact_for(user, reference)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_contact(
                contact=found,
                answer=Contact.Answer(form.cleaned_data["answer"]),
                note=form.cleaned_data["note"],
                by=user,
                now=now,
            )
        except RuleBroken as broken:
            _show(form, broken, {})
        else:
            messages.success(request, f"{found.reference} is answered.")
            return redirect("reports:home")
    if request.method == "GET" and found.answered_at:
        return redirect("cases:contact", found.reference)
    note_read(record=found.case.reference, detail=found.reference, by=user, now=now)
    return render(
        request,
        "cases/answer.html",
        {
            "contact": found,
            "form": form,
            "identity": _identity(found.case, user),
            **_time_context(now),
        },
    )


def _case(user: User, reference: str) -> Case:
    """The one way to a case: what ``user`` may not see does not exist."""
    return get_object_or_404(Case.objects.visible_to(user).with_people(), reference=reference)


def _sees_message(contact: Contact, user: User) -> bool:
    """Advisers see a message's date, not its words, unless they took it down (H22, H31)."""
    return user.role != Role.CSC_ADVISER or contact.logged_by_id == user.pk


def _show(form: Any, broken: RuleBroken, fields: dict[str, str]) -> None:
    """Put a broken rule into the error summary, at its field when the form has one."""
    field = fields.get(broken.field or "", broken.field)
    form.add_error(field if field in form.fields else None, broken.message)


def _time_context(now: datetime) -> dict[str, Any]:
    """What the ``due`` tag needs: one moment and one calendar for the whole page."""
    return {"now": now, "calendar": calendar_for_display()}


def _identity(case: Case, user: User, *, log: bool = False) -> dict[str, Any]:
    facts = [
        {"label": "Date of birth", "value": _short_day(case)},
        {"label": "Status", "value": case.get_status_display()},
        {"label": "Case owner", "value": case.owner or f"None yet: ask {case.team}"},
    ]
    actions_ = [
        {"text": "Log a contact", "url": reverse("cases:log_contact", args=[case.reference])}
    ]
    return {
        "name": case.person.full_name,
        "reference": case.reference,
        "facts": facts,
        "actions": actions_ if log and user.role in MAY_LOG else [],
    }


def _short_day(case: Case) -> str:
    born = case.person.date_of_birth
    return f"{born.day} {born:%B %Y}"


def _timeline_row(contact: Contact, user: User) -> dict[str, Any]:
    title = f"{contact.get_channel_display()} from {contact.sender_name}"
    return {
        "contact": contact,
        "title": title,
        "at": contact.received_at,
        "when": moment_in_words(contact.received_at),
        "text": contact.message if _sees_message(contact, user) else "",
        "note": contact.answer_note if user.role != Role.CSC_ADVISER else "",
    }
