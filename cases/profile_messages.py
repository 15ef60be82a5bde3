"""Asking people who hold cases to confirm their contact number (H34).

In this layer because accounts knows no notices.
"""

from datetime import date, datetime

from django.db import transaction
from django.urls import reverse

from accounts.models import User
from accounts.profile import NUMBER_CONFIRMED_FOR, waiting_numbers
from clocks.calendars import LONDON
from notices.actions import Message, tell
from notices.models import Notice


@transaction.atomic
def ask_to_confirm(*, now: datetime) -> int:
    """Ask everybody whose number waits at ``now`` (aware); returns how many were told (H34).

    Once for each confirmation that has lapsed. Who never confirmed theirs, or has none, has no
    such day: they are asked once a month. While nobody new waits it only reads: two queries.
    """
    today = now.astimezone(LONDON).date()
    asked = {key_of(person, today): person for person in waiting_numbers(today)}
    known = set(Notice.objects.filter(key__in=asked).values_list("key", flat=True))
    return tell(
        [_request(key, person) for key, person in asked.items() if key not in known], now=now
    )


def key_of(person: User, today: date) -> str:
    """One for each lapse, or for each month of ``today`` while there is nothing to lapse."""
    confirmed = person.phone_confirmed_on if person.phone else None
    return f"number:{person.pk}:{confirmed or f'{today:%Y-%m}'}"


def _request(key: str, person: User) -> Message:
    fact = (
        f"You have not confirmed your contact number {person.phone} within "
        f"{NUMBER_CONFIRMED_FOR} months."
        if person.phone
        else "No contact number is recorded for you."
    )
    return Message(
        key=key,
        kind=Notice.Kind.WARNING,
        subject="Your contact number",
        body=f"{fact} Colleagues and families ring you on it. Please look at it: one click says "
        "that it is right.",
        path=reverse("my_details"),
        recipient=person,
        address=person.email,
        in_summary=True,
    )
