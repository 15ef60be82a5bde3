"""An answer that waits for the next opening is no answer yet on the page (H61, H114)."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import time_machine

from cases.models import Contact
from notices.models import Notice
from tests.factories import CaseFactory, ContactFactory, RelatedPersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H114")]

# Sunday 22 November 2026, 9:47am in London; the service opens on Monday at 9am.
SUNDAY = datetime(2026, 11, 22, 9, 47, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
LEAVES = "it leaves on Monday 23 November 2026 at 9am"


@pytest.fixture
def asked(policy, cora, north) -> Contact:
    case = CaseFactory.create(owner=cora, team=north)
    RelatedPersonFactory.create(person=case.person, email="ngozi@example.org")
    return ContactFactory.create(
        case=case,
        channel=Contact.Channel.EMAIL,
        sender_email="ngozi@example.org",
        clock__due_at=datetime(2026, 11, 25, 17, 30, tzinfo=UTC),
    )


def page(client, contact: Contact, now: datetime) -> str:
    with time_machine.travel(now, tick=False):
        return client.get(f"/contacts/{contact.reference}/").content.decode()


def reply(client, contact: Contact) -> str:
    typed = {"text": "The taxi starts.", "submission": str(uuid4()), "later": "later"}
    with time_machine.travel(SUNDAY, tick=False):
        address = f"/contacts/{contact.reference}/reply/"
        return client.post(address, typed, follow=True).content.decode()


def test_the_page_says_when_it_leaves_until_it_has_left(asked, as_person, cora):
    client = as_person(cora)
    said = reply(client, asked)
    assert "is kept. It leaves on Monday 23 November 2026 at 9am." in said
    assert "is answered" not in said

    waiting = page(client, asked, SUNDAY)
    assert f"Answer written on Sunday 22 November 2026 at 9:47am by {cora}; {LEAVES}." in waiting
    assert "Answered on" not in waiting

    mail = Notice.objects.get(kind=Notice.Kind.REPLY)
    Notice.objects.filter(pk=mail.pk).update(mail="sent", sent_at=MONDAY, next_try_at=None)
    gone = page(as_person(cora), asked, SUNDAY)
    assert "Answered on Sunday 22 November 2026 at 9:47am" in gone
    assert LEAVES not in gone


@pytest.mark.rule("H67")
def test_the_page_for_replying_warns_of_an_unknown_address(asked, as_person, cora):
    warning = "We do not know this address for this child."
    client = as_person(cora)
    with time_machine.travel(SUNDAY, tick=False):
        assert warning not in client.get(f"/contacts/{asked.reference}/reply/").content.decode()
        Contact.objects.filter(pk=asked.pk).update(sender_email="s@example.org", logged_by=None)
        assert warning in client.get(f"/contacts/{asked.reference}/reply/").content.decode()
