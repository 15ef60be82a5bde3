"""An e-mail about a contact that did not arrive is somebody's task, not only a row in a list."""

import re
from datetime import datetime, timedelta

from django.db import transaction

from cases.models import Contact
from cases.staff_messages import undelivered_message
from notices.actions import tell
from notices.models import Notice

OF_A_CONTACT = re.compile(r"contact:(\d{1,18}):")
# Older ones were told long ago; a look every few minutes costs what failed lately.
LOOKS_BACK = timedelta(days=14)


@transaction.atomic
def tell_of_undelivered(*, now: datetime) -> int:
    """Tell whoever answers a contact that an e-mail to its sender could not be delivered (H14).

    Once for each e-mail, because a notice's key is never used twice; returns how many lately.
    ``now`` is aware.
    """
    lately = Notice.objects.failed().filter(recipient=None, created_at__gte=now - LOOKS_BACK)
    failed = {notice.pk: notice for notice in lately.filter(key__startswith="contact:")}
    about = {pk: int(found[1]) for pk, row in failed.items() if (found := _of_contact(row))}
    contacts = Contact.objects.select_related(
        "clock__owner", "clock__team__lead", "original__clock__owner", "original__clock__team__lead"
    ).in_bulk(list(about.values()))
    messages = [
        undelivered_message(contacts[contact], failed[notice])
        for notice, contact in about.items()
        if contact in contacts
    ]
    tell(messages, now=now)
    return len(messages)


def _of_contact(notice: Notice) -> re.Match[str] | None:
    return OF_A_CONTACT.match(notice.key)
