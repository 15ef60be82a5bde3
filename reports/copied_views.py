"""What the signed-in person was copied into: for information, no task and no clock (H55)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import for_roles, signed_in
from accounts.models import CASE_READERS, User
from accounts.paging import page_by_number
from cases.models import Contact, Recipient
from reports.sections import note_contacts


@require_safe
@for_roles(*CASE_READERS)
def copies(request: HttpRequest) -> HttpResponse:
    """Newest first, with who answers and by when."""
    user, now = signed_in(request), timezone.now()
    page = page_by_number(
        Recipient.objects.copied_to(user).with_answerers(),
        request.GET.get("after", ""),
        number="contact_id",
        newest_first=True,
    )
    rows = _rows(page.rows, user)
    note_contacts((row["contact"] for row in rows), user, now, "copies")
    return render(request, "reports/copies.html", {"page": page, "rows": rows})


def _rows(recipients: list[Recipient], user: User) -> list[dict[str, Any]]:
    """Each with the clock of its matter, and whether ``user`` may open it.

    A parent may copy in anybody; that alone opens no case of another team.
    """
    contacts = [recipient.contact for recipient in recipients]
    keys = [contact.pk for contact in contacts]
    visible = Contact.objects.visible_to(user).filter(pk__in=keys)
    may_open = set(visible.values_list("pk", flat=True))
    return [
        {
            "contact": contact,
            "clock": contact.clock or (contact.original and contact.original.clock),
            "may_open": contact.pk in may_open,
        }
        for contact in contacts
    ]
