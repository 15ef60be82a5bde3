"""Everything said about a child in one order, and narrowing it by kind (H1, H12). Reading only."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Role, User
from cases.contact_conditions import shown_to
from cases.models import CHASING, FORMAL, Case, Contact, ContactQuerySet

Channel = Contact.Channel
Link = Contact.Link
CALLS = (Channel.TELEPHONE, Channel.VOICEMAIL, Channel.FACE_TO_FACE, Channel.VIDEO)

# What "show only" means, in the order and words of the page.
KINDS: dict[str, tuple[str, Q]] = {
    "in": ("Messages to us", Q(direction="in")),
    "out": ("From us", Q(direction="out", internal=False)),
    "calls": ("Calls and conversations", Q(channel__in=CALLS)),
    "formal": ("Formal matters", Q(category__in=sorted(FORMAL))),
    "chasers": ("Chasers", Q(link__in=sorted(CHASING))),
    "notes": ("Notes", Q(internal=True)),
}


def timeline_of(case: Case, user: User, kind: str) -> ContactQuerySet:
    """The contacts of a case and of those merged into it, as ``user`` may see them.

    An adviser is not shown all (cases.contact_conditions.shown_to). An unknown ``kind`` narrows
    nothing.
    """
    merged = case.merged.values_list("pk", flat=True)
    contacts = Contact.objects.filter(case__in=[case.pk, *merged])
    contacts = contacts.filter(shown_to(user))
    if kind in KINDS:
        contacts = contacts.filter(KINDS[kind][1])
    return contacts.select_related(
        "case",
        "clock__owner",
        "clock__standard",
        "logged_by",
        "answered_by",
        "original",
        "struck_by",
    )


@dataclass(frozen=True)
class Entry:
    """One line of the timeline: ``text`` and ``note`` are empty where they may not be seen."""

    contact: Contact
    title: str
    by: str
    text: str
    note: str


def entries(contacts: Iterable[Contact], user: User) -> list[Entry]:
    """The contacts in the words of the page."""
    return [_entry(contact, user) for contact in contacts]


def _entry(contact: Contact, user: User) -> Entry:
    return Entry(
        contact=contact,
        title=title_of(contact),
        by=_by(contact),
        text=contact.message if sees_message(contact, user) else "",
        note=contact.answer_note if user.role != Role.CSC_ADVISER else "",
    )


def _by(contact: Contact) -> str:
    if contact.logged_by:
        return f"logged by {contact.logged_by}"
    return "came in by e-mail" if contact.channel == Channel.EMAIL else "sent by themselves"


def title_of(contact: Contact) -> str:
    """ "E-mail from Ngozi Okafor", "Telephone call to Ngozi Okafor" or "Note by Cora Hill".

    Of a reply by e-mail the name is who wrote it; of everything else that we sent, to whom.
    """
    what = contact.get_channel_display()
    if contact.internal:
        return f"{what} by {contact.sender_name}"
    if contact.link == Link.REPLY and contact.channel == Channel.EMAIL:
        return f"Reply by {contact.sender_name}"
    toward = "to" if contact.direction == Contact.Direction.OUT else "from"
    return f"{what} {toward} {contact.sender_name}"


def sees_message(contact: Contact, user: User) -> bool:
    """Advisers see a message's date, not its words, unless they took it down (H22, H31)."""
    return user.role != Role.CSC_ADVISER or contact.logged_by_id == user.pk
