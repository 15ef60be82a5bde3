"""Short ways to a concern and to something on the resolution desk, for the tests about them."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from accounts.models import Role, Team, User
from cases.models import Case, Contact, LeadProfessional
from cases.received import Received
from escalations.ladder_actions import Further, Result, take_further
from escalations.models import DeskEntry
from escalations.passing_actions import pass_to_desk
from tests.factories import CaseFactory, ContactFactory, RelatedPersonFactory, UserFactory

# Monday 2 November 2026, 10am in London.
NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
# The case owner's answer is due on Monday 9 November at half past five.
DUE = datetime(2026, 11, 9, 17, 30, tzinfo=UTC)
# Tuesday 10 November, 10am: the day after.
AFTER = datetime(2026, 11, 10, 10, tzinfo=UTC)


def managed(team: Team) -> User:
    """The senior manager above ``team``."""
    manager = UserFactory.create(role=Role.SENIOR_MANAGER, full_name="Maya Stone", team=None)
    team.manager = manager
    team.save()
    return manager


def officer(name: str = "Rosa Quill", **given: Any) -> User:
    return UserFactory.create(
        role=Role.RESOLUTION_OFFICER, full_name=name, **{"team": None, **given}
    )


def matter(case: Case | None, **given: Any) -> Contact:
    """A mother's question to the case owner, with her e-mail address."""
    if case:
        given = {"clock__owner": case.owner, "clock__team": case.team} | given
    given = {"case": case} | given
    return ContactFactory.create(
        **{"sender_email": "ngozi@example.org", "channel": Contact.Channel.EMAIL} | given
    )


def further(about: Contact, by: User | None = None, now: datetime = AFTER, **given: Any) -> Result:
    """The same sender takes ``about`` further."""
    received = Received(
        channel=Contact.Channel.TELEPHONE,
        sender=Contact.Sender(about.sender),
        sender_name=about.sender_name,
        sender_email=about.sender_email,
        message="Nobody has answered me.",
        received_at=now,
    )
    fields: dict[str, Any] = {"received": received, "case": about.case, "matter": about}
    asked = Further(**fields | given)
    return take_further(further=asked, submission=uuid4(), by=by, now=now)


def on_desk(about: Contact, by: User, now: datetime = NOW, **given: Any) -> DeskEntry:
    fields: dict[str, Any] = {"contact": about, "in_name_of": "Dana Price", "by": by, "now": now}
    return pass_to_desk(**fields | given)


def case_of(owner: User, **given: Any) -> Case:
    """A child's case, with the mother's address on the record: that of :func:`matter`."""
    case = CaseFactory.create(owner=owner, team=owner.team, **given)
    RelatedPersonFactory.create(person=case.person, email="ngozi@example.org")
    return case


def leads(person: User, case: Case, at: datetime = NOW) -> LeadProfessional:
    """``person`` is the lead professional of ``case``, in force."""
    return LeadProfessional.objects.create(
        case=case, user=person, reason="Knows them", named_at=at, named_by=person, in_force_at=at
    )
