"""Short ways to have something owed, for the tests about first pages."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from accounts.models import User
from cases.models import Contact, FormalMatter, Recipient
from escalations.models import Complaint, Escalation, EscalationStep
from tests.factories import ClockFactory, ContactFactory

# Thursday 3 December 2026, 10 in the morning.
NOW = datetime(2026, 12, 3, 10, tzinfo=UTC)
TOMORROW = datetime(2026, 12, 4, 17, 30, tzinfo=UTC)
LATER = datetime(2026, 12, 8, 17, 30, tzinfo=UTC)
RESTRICTED = {"case__restricted": True, "case__restricted_reason": "A parent works here"}
COMPLAINT = Contact.Category.COMPLAINT


def owed(owner: User, due: datetime, **changes: Any) -> Contact:
    """An open contact of ``owner``, received eight days before it is due."""
    return ContactFactory.create(
        case__owner=owner, received_at=due - timedelta(days=8), clock__due_at=due, **changes
    )


def formal(
    owner: User, due: datetime, category: Contact.Category = COMPLAINT, **changes: Any
) -> FormalMatter:
    """An open formal matter of ``owner``; its contact's answer is due that day too."""
    contact = owed(owner, due, category=category, **changes)
    clock = ClockFactory.create(
        owner=owner, team=owner.team, received_at=contact.received_at, due_at=due
    )
    return FormalMatter.objects.create(
        contact=contact, category=category, clock=clock, recognised_at=contact.received_at
    )


def chaser(matter: Contact, at: datetime, **changes: Any) -> Contact:
    """A chaser of ``matter``, received at ``at``."""
    given: dict[str, Any] = {
        "case": matter.case,
        "clock": None,
        "original": matter,
        "link": Contact.Link.CHASER,
        "received_at": at,
        "logged_by": None,
        "submission": uuid4(),
    }
    return ContactFactory.create(**given | changes)


def copied(user: User, contact: Contact) -> Recipient:
    return Recipient.objects.create(
        contact=contact, user=user, kind=Recipient.Kind.COPY, position=9
    )


def unfiled(owner: User, due: datetime, **changes: Any) -> Contact:
    """A message of no case yet, to be filed by ``due``."""
    filing = ClockFactory.create(
        owner=owner, team=owner.team, received_at=due - timedelta(days=1), due_at=due
    )
    given: dict[str, Any] = {
        "case": None,
        "clock": ClockFactory.create(owner=owner, team=owner.team, due_at=due + timedelta(days=9)),
        "filing_clock": filing,
        "received_at": due - timedelta(days=1),
        "logged_by": None,
    }
    return ContactFactory.create(**given | changes)


def taken_further(owner: User, due: datetime, **changes: Any) -> EscalationStep:
    """A concern on step 2, whose answer ``owner`` owes by ``due``."""
    contact = owed(owner, due, **changes)
    concern = Escalation.objects.create(
        reference=f"ESC-T{contact.pk:05d}",
        case=contact.case,
        matter=contact,
        opened_at=contact.received_at,
    )
    clock = ClockFactory.create(owner=owner, team=owner.team, due_at=due)
    return EscalationStep.objects.create(
        escalation=concern,
        number=2,
        ground="no_answer",
        contact=contact,
        taken_at=contact.received_at,
        clock=clock,
    )


def complained(owner: User, due: datetime, **changes: Any) -> Complaint:
    """A complaint that was acknowledged, whose answer ``owner`` owes by ``due``."""
    matter = formal(owner, due, **changes)
    clock = ClockFactory.create(owner=owner, team=owner.team, due_at=due)
    return Complaint.objects.create(
        matter=matter, stage=Complaint.Stage.ONE, clock=clock, opened_at=matter.recognised_at
    )


def text(response: Any) -> str:
    """The words of a page on one line, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
