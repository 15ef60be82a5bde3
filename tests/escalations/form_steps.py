"""How a parent fills in the public form, page by page."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import time_machine
from django.test import Client
from django.urls import reverse

from escalations.answers import Answers
from escalations.models import Submission

# Thursday 5 November 2026, 10am in London.
NOW = datetime(2026, 11, 5, 10, tzinfo=UTC)
START = "/concern/new/"

# Every page that a parent sees who wrote an e-mail on 3 November, with what they answer.
PARENT: dict[str, dict[str, Any]] = {
    "about": {"topic": "school"},
    "first-place": {},
    "who": {"sender": "parent"},
    "name": {"name": "Ngozi Okafor"},
    "child": {
        "child_name": "Amara Okafor",
        "child_born_day": "3",
        "child_born_month": "2",
        "child_born_year": "2014",
        "child_school": "Thornley School",
    },
    "before": {"before": "email"},
    "when": {"last_on_day": "3", "last_on_month": "11", "last_on_year": "2026"},
    "answered": {"outcome": "no"},
    "somebody": {},
    "words": {"words": "The taxi does not come.", "wanted": "A taxi every day."},
    "urgent": {"urgent": "none"},
    "reach": {"reach": "email"},
    "where": {"email": "ngozi@example.org"},
    "easier": {},
}
FORMAL: dict[str, dict[str, Any]] = {
    "about": {"topic": "complaint"},
    "what-happens": {},
    **{
        name: PARENT[name] for name in ("who", "name", "child", "words", "urgent", "reach", "where")
    },
    "easier": {},
}


def begin(client: Client, now: datetime = NOW) -> str:
    """Press "Start now"; returns the address of the first question."""
    with time_machine.travel(now, tick=False):
        return client.post(START)["Location"]


def form_of(address: str) -> UUID:
    return UUID(address.split("/")[3])


def page(form: UUID, name: str) -> str:
    return reverse("escalations:form_question", args=[form, name])


def press(client: Client, address: str, typed: dict[str, Any], now: datetime = NOW):
    """Where it leads; the page itself, when that asks again."""
    with time_machine.travel(now, tick=False):
        response = client.post(address, typed)
        asked_again = response.get("Location") == address
        return client.get(address) if asked_again else response


def read(client: Client, address: str, now: datetime = NOW) -> str:
    with time_machine.travel(now, tick=False):
        return client.get(address, follow=True).content.decode()


def fill(
    client: Client,
    answers: dict[str, dict[str, Any]] = PARENT,
    now: datetime = NOW,
    **changed: dict[str, Any],
) -> UUID:
    """Answer every page as it is asked; returns the form, which is ready to be sent."""
    address = begin(client, now)
    form = form_of(address)
    given = answers | {name.replace("_", "-"): typed for name, typed in changed.items()}
    while not address.endswith("/check/"):
        name = address.split("/")[4]
        response = press(client, address, given[name], now)
        assert response.status_code == 302, (name, response.context["form"].errors)
        address = response.url
    return form


def check(form: UUID) -> str:
    return reverse("escalations:form_check", args=[form])


def send(client: Client, form: UUID, now: datetime = NOW, **typed: Any):
    return press(client, check(form), typed, now)


def sent(client: Client, answers=PARENT, now: datetime = NOW, **changed: Any) -> Submission:
    form = fill(client, answers, now, **changed)
    assert send(client, form, now).url == reverse("escalations:form_sent", args=[form])
    return Submission.objects.get(form=form)


def answers_of(submission: Submission) -> Answers:
    return Answers.read(submission.answers)


def last_page(client: Client, form: UUID, now: datetime = NOW) -> str:
    return read(client, reverse("escalations:form_sent", args=[form]), now)
