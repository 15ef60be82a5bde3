"""The one way to a contact and to the account of its date, for pages and for the API."""

from django.shortcuts import get_object_or_404

from accounts.models import Role, User
from cases.models import Contact
from clocks.account import Account, account_of
from clocks.working_time import WorkingCalendar


def contact_for(user: User, reference: str) -> Contact:
    """The contact with all that its pages show; raises Http404 for what ``user`` may not see."""
    contacts = Contact.objects.visible_to(user).select_related(
        "case__person",
        "case__owner",
        "case__team__lead",
        "case__establishment",
        "clock__owner",
        "clock__standard",
        "logged_by",
        "answered_by",
        "case__merged_into",
        "original__clock__owner",
        "filing_clock__owner",
        "urgent_reason",
        "urgency_by",
        "struck_by",
        "sender_person",
        "line",
    )
    return get_object_or_404(contacts, reference=reference)


def sees_staff_account(user: User) -> bool:
    """Advisers see dates, not the reasons and notes that staff write (H22)."""
    return user.role != Role.CSC_ADVISER


def account_for(contact: Contact, user: User, calendar: WorkingCalendar | None) -> Account:
    """Why the contact has its date, in the version that ``user`` may see (H22)."""
    account = account_of(contact.promise, calendar)
    return account if sees_staff_account(user) else account.for_families()
