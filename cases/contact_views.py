"""One contact: what was asked, who answers, by when, why that date, and its files."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.access import for_roles, signed_in
from accounts.actions import note_read
from accounts.models import CASE_READERS, Role, User
from cases.access import account_for, contact_for, sees_staff_account
from cases.actions import MAY_ANSWER, MAY_LOG
from cases.conduct import may_refer, plan_shown, referral_by
from cases.contact_conditions import shown_to
from cases.contact_messages import must_not_be_contacted, reply_key
from cases.hints import may_be_formal
from cases.identity import identity_of
from cases.matter_actions import mark_seen
from cases.models import Attachment, Contact, FormalMatter
from cases.panels import panels_of_contact
from cases.proven import is_from_unknown
from cases.timeline import entries, sees_message, title_of
from clocks.calendars import calendar_for_display
from clocks.family_words import family_words
from notices.models import Notice, NoticeQuerySet

Link = Contact.Link


@require_safe
@for_roles(*CASE_READERS)
def contact(request: HttpRequest, reference: str) -> HttpResponse:
    """One contact with everything that belongs to it."""
    user, now = signed_in(request), timezone.now()
    found = contact_for(user, reference)
    calendar = calendar_for_display()
    mark_seen(contact=found, by=user, now=now)
    _note_read(found, user)
    return render(
        request,
        "cases/contact.html",
        {
            "contact": found,
            "title": title_of(found),
            "identity": identity_of(found.case, user) if found.case else None,
            "sees_message": sees_message(found, user),
            "sees_note": user.role != Role.CSC_ADVISER,
            "may_answer": user.role in MAY_ANSWER,
            "may_log": user.role in MAY_LOG,
            "may_strike": user.role in MAY_ANSWER or found.logged_by_id == user.pk,
            "now": now,
            "calendar": calendar,
            "panels": panels_of_contact(found, user, now),
            "account": account_for(found, user, calendar) if found.clock else None,
            **_parts(found, user, now),
        },
    )


def _parts(found: Contact, user: User, now: datetime) -> dict[str, Any]:
    """What belongs to it: chasers, replies and notes, files, whom it named, a formal matter."""
    linked = found.linked.select_related(
        "logged_by", "clock__owner", "answered_by", "struck_by", "urgent_reason"
    )
    belonging = list(linked.filter(shown_to(user)).order_by("received_at", "id"))
    formal = list(FormalMatter.objects.filter(contact=found).select_related("clock__owner"))
    mails = list(_mails(found, belonging))
    open_formal = any(matter.clock.is_open for matter in formal)
    return {
        "linked": entries(belonging, user),
        "chasers": sum(row.link in ("chaser", "follow_up") for row in belonging),
        "urgent_chasers": [row for row in belonging if row.urgent_reason and not row.struck_at],
        "asked_after_date": any(row.link == Contact.Link.FOLLOW_UP for row in belonging),
        "files": list(found.attachments.defer("content")) if sees_message(found, user) else [],
        "recipients": list(found.recipients.select_related("user")),
        "formal": formal,
        # Its date is sooner than that of the answer, and stands first.
        "safety": next((matter for matter in formal if matter.is_open_safety), None),
        "may_pass_on": bool(found.clock) and (found.is_open or open_formal),
        "mails": mails,
        "leaves_at": _leaves_at(found, belonging, mails, now),
        "may_be": may_be_formal(found) if user.role in MAY_ANSWER else None,
        "stranger": is_from_unknown(found),
        "not_contacted": must_not_be_contacted(found),
        "referral": referral_by(user, found),
        "may_refer": user.role in MAY_LOG and may_refer(found),
        "contact_plans": plan_shown(found.case.merged_into or found.case, timezone.localdate())
        if found.case
        else [],
    }


def _mails(found: Contact, linked: list[Contact]) -> NoticeQuerySet:
    """What was sent to the people outside: acknowledgements, new dates, replies (H14)."""
    return Notice.objects.mailed_about(f"contact:{row.pk}:" for row in [found, *linked])


def _leaves_at(
    found: Contact, linked: list[Contact], mails: list[Notice], now: datetime
) -> datetime | None:
    """When the answer leaves that was written to leave later; None once it has (H61, H114)."""
    to_sender = {reply_key(one, found.sender_email) for one in linked if one.link == Link.REPLY}
    waiting = (mail for mail in mails if mail.key in to_sender and mail.waits_until(now))
    return next((mail.next_try_at for mail in waiting), None)


@require_safe
@for_roles(*CASE_READERS)
def why(request: HttpRequest, reference: str) -> HttpResponse:
    """Why this date: the whole account, or with ``?for=family`` the words for a family."""
    user, now = signed_in(request), timezone.now()
    found = contact_for(user, reference)
    if found.clock is None:
        raise Http404
    staff_version = sees_staff_account(user)
    for_family = not staff_version or request.GET.get("for") == "family"
    account = account_for(found, user, calendar_for_display())
    if for_family:
        account = account.for_families()
    _note_read(found, user)
    return render(
        request,
        "cases/why_for_family.html" if for_family else "cases/why.html",
        {
            "contact": found,
            "identity": identity_of(found.case, user) if found.case else None,
            "account": account,
            "words": family_words(account, found.reference, now) if for_family else [],
            "sees_staff_version": staff_version,
        },
    )


@require_safe
@for_roles(*CASE_READERS)
def attachment(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """A file, to be saved and never shown inline; what is refused is kept but not given out."""
    user = signed_in(request)
    found = contact_for(user, reference)
    if not sees_message(found, user):
        raise Http404
    file = get_object_or_404(Attachment, pk=pk, contact=found, refused="")
    _note_read(found, user)
    return HttpResponse(
        bytes(file.content),
        # Never its own type: nothing that came by mail is run or drawn by the browser.
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": content_disposition_header(True, file.filename),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _note_read(found: Contact, user: User) -> None:
    """In the access log under the case, or under the contact itself while it has none."""
    record = found.case.reference if found.case else found.reference
    note_read(record=record, detail=found.reference, by=user, now=timezone.now())
