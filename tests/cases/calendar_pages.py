"""What is typed on the settings pages of the calendar and what they answer, for their tests."""

import re
from datetime import UTC, datetime

from clocks import actions
from tests.factories import ContactFactory

# A Monday morning.
NOW = datetime(2026, 12, 14, 10, tzinfo=UTC)
CLOSURE = "/settings/closures/new/"
HOURS = "/settings/hours/change/"
HOLIDAY = "/settings/bank-holidays/new/"
# Received on Monday 14: five working days on.
BEFORE = datetime(2026, 12, 21, 17, 30, tzinfo=UTC)
AFTER = datetime(2026, 12, 22, 17, 30, tzinfo=UTC)


def promise(cora, sender_email="ngozi@example.org"):
    """A promise made this morning, with its contact."""
    clock = actions.start(
        code="contact.telephone",
        owner=cora,
        team=cora.team,
        about="Telephone call from a parent or carer, CON-000042",
        path="/contacts/CON-000042/",
        received_at=NOW,
        by=cora,
        now=NOW,
    )
    ContactFactory(reference="CON-000042", case__owner=cora, clock=clock, sender_email=sender_email)
    return clock


def closure(day="18", month="12", last_day=None, **changes):
    given = {"name": "Training day"}
    for field, number in (("first_day", day), ("last_day", last_day or day)):
        given |= {f"{field}_day": number, f"{field}_month": month, f"{field}_year": "2026"}
    return given | changes


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def hidden(response) -> dict[str, str]:
    inputs = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)">', response.content.decode()
    )
    return {name: value for name, value in inputs if name != "csrfmiddlewaretoken"}


def errors(response) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


def confirm(client, path, typed):
    """Both presses: see what would change, then do it."""
    return client.post(path, hidden(client.post(path, typed)) | {"confirm": "yes"}, follow=True)
