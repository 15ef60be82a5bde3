"""Booked calls, and what was said at the desk, on the pages of a case and of a contact."""

from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import Role, User
from callbacks.models import Booking, BookingQuerySet, DeskCall
from cases.actions import MAY_ANSWER
from cases.models import Case, Contact
from cases.panels import Panel

MOST_SHOWN = 10
LATELY = timedelta(days=60)


def calls_of_case(case: Case, user: User, now: datetime) -> Panel | None:
    """Calls to come and those of the last two months, newest first. One query."""
    lately = Booking.objects.filter(starts_at__gte=now - LATELY)
    of_case = Q(contact__case=case) | Q(contact__case__merged_into=case)
    return _panel(_shown(lately.filter(of_case)), user)


def calls_of_contact(contact: Contact, user: User, now: datetime) -> Panel | None:
    """Every call that was booked about this matter. One query."""
    return _panel(_shown(Booking.objects.about(contact)), user)


def desk_of_contact(contact: Contact, user: User, now: datetime) -> Panel | None:
    """What callers about this matter were told at the desk, newest first (H38). One query."""
    about = Q(contact=contact) | Q(matter=contact)
    calls = DeskCall.objects.filter(about).exclude(ended_at=None).select_related("adviser")
    told = list(calls.order_by("-ended_at", "-pk")[:MOST_SHOWN])
    return Panel("callbacks/_told.html", {"calls": told}) if told else None


def _shown(bookings: BookingQuerySet) -> list[Booking]:
    found = bookings.with_people().order_by("-starts_at", "-pk")
    return list(found[:MOST_SHOWN])


def _panel(calls: list[Booking], user: User) -> Panel | None:
    if not calls:
        return None
    shown = {
        "calls": calls,
        # Notes are written among staff (H22).
        "sees_notes": user.role != Role.CSC_ADVISER,
        "may_ring": user.role in MAY_ANSWER,
    }
    return Panel("callbacks/_calls.html", shown)
