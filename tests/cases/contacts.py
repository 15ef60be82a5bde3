"""Short ways to have something logged, for the tests about contacts."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from accounts.errors import RuleBroken
from cases import actions
from cases.models import Case, Contact
from cases.received import Received

# Tuesday 3 November 2026, 10:15 in London: GMT, the service is open.
CAME = datetime(2026, 11, 3, 10, 15, tzinfo=UTC)
# Ten working days later at closing time: Tuesday 17 November 2026, 17:30.
DUE = datetime(2026, 11, 17, 17, 30, tzinfo=UTC)


def email(**changes: Any) -> Received:
    """An e-mail from a parent with an address."""
    given: dict[str, Any] = {
        "channel": Contact.Channel.EMAIL,
        "sender": Contact.Sender.PARENT,
        "sender_name": "Ngozi Okafor",
        "sender_email": "ngozi@example.org",
        "subject": "Taxi",
        "message": "When does the taxi start?",
        "received_at": CAME,
    }
    return Received(**given | changes)


def log(case: Case | None, received: Received | None = None, **changes: Any) -> Contact:
    """Logged by the mail room at the moment it came, unless told otherwise."""
    came = received or email()
    given = {"submission": uuid4(), "by": None, "now": came.received_at}
    return actions.log_contact(case=case, received=came, **given | changes)


def refused(act: Callable[..., object], **given: Any) -> RuleBroken:
    """The rule that ``act`` breaks; a test fails when it breaks none."""
    with pytest.raises(RuleBroken) as broken:
        act(**given)
    return broken.value
