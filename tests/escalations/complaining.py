"""Short ways to a complaint and through its stages, for the tests about them."""

from datetime import UTC, date, datetime
from typing import Any

from accounts.models import User
from cases.models import Case, Contact, FormalMatter, RelatedPerson
from escalations.complaint_actions import Answered, acknowledge, answer_stage, open_complaint
from escalations.models import Complaint, Finding, Theme
from escalations.stage_two_actions import ask_for_stage_two
from escalations.theme_actions import load_themes
from tests.cases.contacts import email, log
from tests.factories import RelatedPersonFactory

# Tuesday 3 November 2026, 10:15: it came. Wednesday 4 November, 10am: acknowledged.
NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
# Ten working days after that: Wednesday 18 November at half past five.
DUE_ONE = datetime(2026, 11, 18, 17, 30, tzinfo=UTC)
ANSWERED_AT = datetime(2026, 11, 16, 11, tzinfo=UTC)
# Tuesday 24 November: they ask again.
AGAIN = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
WORDS = "We are sorry. The taxi is booked from Monday."


def complained(case: Case | None, **changes: Any) -> FormalMatter:
    """A parent's complaint by e-mail, from the address on the record, as the mail room files it."""
    given = {"category": Contact.Category.COMPLAINT, "sender_person": mother_of(case), **changes}
    contact = log(case, email(**given))
    return contact.formal_matters.get()


def mother_of(case: Case | None) -> RelatedPerson | None:
    """Ngozi, with the address of :func:`tests.cases.contacts.email` on the record."""
    if case is None:
        return None
    known = RelatedPerson.objects.around(case).filter(email="ngozi@example.org").first()
    return known or RelatedPersonFactory.create(person=case.person, email="ngozi@example.org")


def opened(case: Case | None, by: User, **changes: Any) -> Complaint:
    return open_complaint(matter=complained(case, **changes), by=by, now=NOW)


def transport() -> Theme:
    load_themes()
    return Theme.objects.get(words="Transport")


def answer(**changes: Any) -> Answered:
    given: dict[str, Any] = {"finding": Finding.UPHELD, "text": WORDS, "themes": [transport()]}
    return Answered(**given | changes)


def looked_at(complaint: Complaint, to: User, by: User, now: datetime = NOW) -> Complaint:
    """Stage 1 acknowledged."""
    acknowledge(complaint=complaint, number=1, to=to, by=by, now=now)
    complaint.refresh_from_db()
    return complaint


def settled(complaint: Complaint, by: User, now: datetime = ANSWERED_AT) -> Complaint:
    """Stage 1 answered by ``by``."""
    looked_at(complaint, by, by)
    answer_stage(complaint=complaint, number=1, answered=answer(), by=by, now=now)
    complaint.refresh_from_db()
    return complaint


def asked_again(complaint: Complaint, by: User, **changes: Any) -> Complaint:
    """Stage 2 asked for, on the day of AGAIN."""
    given: dict[str, Any] = {
        "why": "The taxi did not come.",
        "asked_on": date(2026, 11, 24),
        "now": AGAIN,
    }
    ask_for_stage_two(complaint=complaint, by=by, **given | changes)
    complaint.refresh_from_db()
    return complaint
