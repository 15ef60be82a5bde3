"""Whether it is urgent is decided when the date has passed: nobody is promised a past day (H64)."""

from datetime import UTC, datetime

import pytest

from cases.decision_actions import decide_urgency
from cases.models import Contact, UrgentReason
from notices.models import Notice
from tests.factories import CaseFactory, ContactFactory, RelatedPersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H64")]

DUE = datetime(2026, 11, 9, 17, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 11, 10, tzinfo=UTC)


@pytest.fixture
def late(policy, cora, north) -> Contact:
    case = CaseFactory.create(owner=cora, team=north)
    RelatedPersonFactory.create(person=case.person, email="ngozi@example.org")
    return ContactFactory.create(
        case=case,
        channel=Contact.Channel.EMAIL,
        sender_email="ngozi@example.org",
        urgent_claimed=True,
        clock__due_at=DUE,
    )


@pytest.mark.parametrize("accepted", [True, False])
def test_the_sender_reads_that_we_are_late_and_what_happens_now(late, cora, accepted):
    reason = UrgentReason.objects.filter(active=True).first()
    decide_urgency(
        contact=late, accepted=accepted, reason=reason, note="We looked.", by=cora, now=NOW
    )

    body = Notice.objects.get(kind=Notice.Kind.URGENCY).body
    assert (
        "You should have had our answer by Monday 9 November 2026. It is late. We are sorry."
        in body
    )
    assert "You can take this further now. Ask for Lena Marsh" in body
    assert f"{late.promise.owner.full_name} has it" in body
    assert "answer you by" not in body
