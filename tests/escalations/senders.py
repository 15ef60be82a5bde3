"""A family, a school and a stranger with the public form, for the tests about concerns."""

import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from accounts.models import Role, Team
from cases.models import Case, Contact
from escalations.answers import Answers
from escalations.links import token_of
from escalations.models import Submission
from escalations.submission_actions import store, work_through_due
from notices.models import Notice
from tests.factories import (
    CaseFactory,
    EstablishmentFactory,
    PersonFactory,
    RelatedPersonFactory,
    UserFactory,
)

# Monday 2 November 2026, 10am in London. What is sent now is due on Monday 16 November.
NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
# Tuesday 17 November, 9am: the first morning on which the next step is open.
LATE = datetime(2026, 11, 17, 9, tzinfo=UTC)
BORN = date(2014, 2, 3)


def service(team: Team) -> None:
    """A senior manager above ``team`` and one resolution officer."""
    team.manager = UserFactory.create(
        role=Role.SENIOR_MANAGER, full_name="Maya Stone", team=None, email="maya@w.example.org"
    )
    team.save()
    UserFactory.create(
        role=Role.RESOLUTION_OFFICER, full_name="Rosa Quill", team=None, email="rosa@w.example.org"
    )


def family(owner: Any, team: Team) -> Case:
    """Amara's case; her parents live apart and write from addresses of their own."""
    person = PersonFactory.create(date_of_birth=BORN)
    RelatedPersonFactory.create(person=person, email="ngozi@example.org", phone="07700 900123")
    RelatedPersonFactory.create(
        person=person, name="Emeka Okafor", relation="father", email="emeka@example.org"
    )
    school = EstablishmentFactory.create(name="Thornley School", email="office@school.example.org")
    return CaseFactory.create(person=person, owner=owner, team=team, establishment=school)


def answers(**changes: Any) -> Answers:
    """What Amara's mother answers, the first time."""
    given: dict[str, Any] = {
        "about": "statutory",
        "who": "parent",
        "name": "Ngozi Okafor",
        "child_name": "Amara Okafor",
        "child_born": BORN,
        "email": "ngozi@example.org",
        "words": "When does the taxi start?",
    }
    return Answers(**given | changes)


def sent(now: datetime = NOW, **changes: Any) -> Submission:
    """Sent with the form at ``now`` and worked through."""
    kept = store(form=uuid4(), answers=answers(**changes), now=now)
    assert work_through_due(clock=lambda: now) == 1
    kept.refresh_from_db()
    return kept


def told(contact: Contact | None, part: str) -> Notice:
    """The e-mail about ``contact`` whose key ends like this."""
    assert contact
    return Notice.objects.get(key__startswith=f"contact:{contact.pk}:concern:{part}")


def mails(address: str) -> list[str]:
    """The subjects of the e-mails to ``address``, oldest first."""
    mailed = Notice.objects.filter(address=address, recipient=None).order_by("created_at", "id")
    return list(mailed.values_list("subject", flat=True))


def seen(client: Client, contact: Contact) -> str:
    """How things stand on the sender's page, as its buttons say it; the caller sets the time."""
    page = client.get(reverse("escalations:follow", args=[token_of(contact)])).content.decode()
    found = re.search(r'name="seen" value="(\w+)"', page)
    return found[1] if found else ""
