"""The clocks that a contact starts: for its answer, for filing it, and for a formal matter."""

from datetime import datetime

from accounts.models import Team, User
from cases.models import Contact, FormalMatter
from cases.references import about_contact, contact_path
from cases.routing import answers_for, responsible_for, tray
from clocks import actions as clock_actions
from clocks.models import Clock

Category = Contact.Category


def clocked(contact: Contact) -> str:
    """The channel whose standard counts; notes and newsletters are answered like letters."""
    if contact.channel in (Contact.Channel.NOTE, Contact.Channel.NEWSLETTER):
        return Contact.Channel.LETTER
    return contact.channel


def start_clock(contact: Contact, code: str, owner: User, team: Team) -> Clock:
    """Start the clock of standard ``code``, counted from the contact's receipt."""
    return clock_actions.start(
        code=code,
        owner=owner,
        team=team,
        about=about_contact(
            Contact.Channel(contact.channel), Contact.Sender(contact.sender), contact.reference
        ),
        path=contact_path(contact.reference),
        received_at=contact.received_at,
        by=contact.logged_by,
        now=contact.logged_at,
    )


def start_filing_clock(contact: Contact) -> Clock:
    """Start the clock by which its child is to be found, kept by who looks after the tray (H67)."""
    owner, team = tray()
    return clock_actions.start(
        code="triage.unfiled",
        owner=owner,
        team=team,
        about=f"Filing {contact.reference} with its child",
        path=contact_path(contact.reference),
        received_at=contact.received_at,
        by=contact.logged_by,
        now=contact.logged_at,
    )


def start_formal_clock(contact: Contact, by: User | None, now: datetime) -> Clock:
    """Start the formal matter's own clock, from the day its message came, whatever inbox (H68)."""
    return clock_actions.start(
        code=f"formal.{contact.category}",
        owner=_formal_owner(contact),
        team=contact.promise.team,
        about=f"{Category(contact.category).label}, {contact.reference}",
        path=contact_path(contact.reference),
        received_at=contact.received_at,
        by=by,
        now=now,
    )


def _formal_owner(contact: Contact) -> User:
    """Who answers the message; when they have left meanwhile, who answers for the case.

    A complaint is never theirs whom it may be about (H103).
    """
    owner = contact.promise.owner
    if contact.category == Category.COMPLAINT and contact.case:
        return answers_for(contact.case, Category.COMPLAINT, ())
    if owner.can_own:
        return owner
    return responsible_for(contact.case, ()) if contact.case else tray()[0]


def keep_formal_matter(
    contact: Contact, clock: Clock, by: User | None, now: datetime
) -> FormalMatter:
    """The row that makes a contact a formal matter, beside its promise to answer."""
    return FormalMatter.objects.create(
        contact=contact,
        category=contact.category,
        clock=clock,
        recognised_at=now,
        recognised_by=by,
    )
