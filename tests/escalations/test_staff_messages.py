"""What staff are told about concerns."""

from uuid import uuid4

import pytest

from accounts.models import Role
from cases.further_actions import log_further
from cases.models import Contact
from cases.received import Received
from escalations.staff_messages import more_messages
from tests.escalations.making import AFTER, case_of, matter
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
Channel = Contact.Channel


@pytest.mark.rule("H49")
@pytest.mark.parametrize(
    ("channel", "did"),
    [
        (Channel.TELEPHONE, "rang again"),
        (Channel.VOICEMAIL, "left a voicemail message"),
        (Channel.FACE_TO_FACE, "spoke to us again"),
        (Channel.VIDEO, "spoke to us again"),
        (Channel.EMAIL, "wrote again"),
        (Channel.LETTER, "wrote again"),
    ],
)
def test_whoever_rang_did_not_write(policy, cora, channel, did):
    about = matter(case_of(cora))
    adviser = UserFactory.create(role=Role.CSC_ADVISER, team=None)
    received = Received(
        channel=channel,
        sender=Contact.Sender.PARENT,
        sender_name=about.sender_name,
        sender_email=about.sender_email,
        message="Nobody has answered me.",
        received_at=AFTER,
    )
    more = log_further(matter=about, received=received, submission=uuid4(), by=adviser, now=AFTER)
    [told] = more_messages(more, None)
    assert told.body.startswith(f"The sender of {about.reference} {did} ({more.reference}).")
