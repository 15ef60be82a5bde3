"""Does the time of an answer tell whether we know a child? ``python -m benchmarks.form_timing``.

Somebody whom we do not know asks two pages in turns, once about a child on our records and once
about a child who is on none: the last press of the form, and the link to a concern with a wrong
date of birth. In a database of its own on a throw-away PostgreSQL, or beside the one that
DATABASE_URL names, dropped at the end. Printed: both medians, and how often the known one took
longer; whoever can only toss a coin is at 50 in a hundred. Exit status 1 when a page is further
from that than chance and the limit allow.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

from benchmarks.database import database_of_its_own, servers

TURNS = 1500
# In a hundred, each way: 1,500 pairs of like coins stray by 1.3 (one standard deviation).
LIMIT = 6.0
BORN = "2014-02-03"


@dataclass(frozen=True)
class Press:
    """``ready`` prepares a page and gives its address; only ``press`` is measured."""

    ready: Callable[[], str]
    press: Callable[[str], int]
    expects: int


def main(turns: int) -> int:
    with servers(), database_of_its_own("benchmark_form_timing"):
        from django.conf import settings

        from clocks.policy_actions import load_policy

        settings.ALLOWED_HOSTS = ["testserver"]
        settings.ACCOUNT_RATE_LIMITS = {}
        load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
        make_family()
        found = [
            measured("last press of the form", press_form("known"), press_form("nobody"), turns),
            *(
                measured(f"link with a {what} birthday", *both(day), turns)
                for what, day in (("wrong", 4), ("right", 3))
            ),
        ]
    return max(found)


# --- Who is known ---------------------------------------------------------------------------

SENDERS = {
    "known": {"name": "Sam Lee", "email": "sam@example.net", "child_name": "Amara Okafor"},
    "nobody": {"name": "Kim Lee", "email": "kim@example.net", "child_name": "Robina Okada"},
}


def make_family() -> None:
    """A team with its people, and one child with a mother and a plan."""
    from accounts.models import Role, Team, User
    from cases.models import Case, Person, RelatedPerson

    def member(name: str, role: Role, team: Team | None) -> User:
        address = f"{name.split()[0].lower()}@wexmoor.example.org"
        return User.objects.create(email=address, full_name=name, role=role, team=team)

    team = Team.objects.create(name="North")
    team.lead = member("Lena Marsh", Role.TEAM_LEAD, team)
    team.manager = member("Maya Stone", Role.SENIOR_MANAGER, None)
    team.save()
    person = Person.objects.create(
        local_id="L1", given_name="Amara", family_name="Okafor", date_of_birth=date(2014, 2, 3)
    )
    RelatedPerson.objects.create(
        person=person,
        name="Ngozi Okafor",
        relation="mother",
        email="ngozi@example.org",
        started_on=date(2026, 1, 1),
    )
    owner = member("Cora Hill", Role.COORDINATOR, team)
    Case.objects.create(
        reference="EHC-000042", person=person, status="plan", owner=owner, team=team
    )


# --- What is pressed ------------------------------------------------------------------------


def press_form(who: str) -> Press:
    """The last press of a form that is filled in."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.test import Client
    from django.utils import timezone

    from escalations.form_drafts import begin, save
    from escalations.form_pages import path

    client = Client()

    def prepared() -> str:
        session, now = SessionStore(), timezone.now()
        draft = begin(session, now)
        draft.kept = kept(who)
        draft.done = [page.name for page in path(draft.kept)]
        save(session, draft, now)
        session.create()
        client.cookies["sessionid"] = str(session.session_key)
        return f"/concern/new/{draft.form}/check/"

    return Press(prepared, lambda address: client.post(address).status_code, expects=302)


def kept(who: str) -> dict[str, Any]:
    """The answers; the two differ only in who they are."""
    return SENDERS[who] | {
        "topic": "school",
        "sender": "parent",
        "child_born": BORN,
        "before": "email",
        "last_on": "2026-10-01",
        "outcome": "no",
        "words": "The taxi does not come.",
        "urgent": "none",
        "reach": "email",
    }


def both(day: int) -> tuple[Press, Press]:
    return press_link("known", day), press_link("nobody", day)


def press_link(who: str, day: int) -> Press:
    """A link as it stands in the e-mail, and a day of the month for the birthday, the third.

    With the right one the page behind it is asked for as well.
    """
    from django.core.cache import cache
    from django.test import Client
    from django.urls import reverse
    from django.utils import timezone

    from escalations.answers import Answers
    from escalations.links import token_of
    from escalations.submission_actions import store, work_through_due

    answers = Answers(
        about="statutory",
        who="parent",
        child_born=date(2014, 2, 3),
        words="When does the taxi start?",
        name=SENDERS[who]["name"],
        email=SENDERS[who]["email"],
        child_name=SENDERS[who]["child_name"],
    )
    form = store(form=uuid4(), answers=answers, now=timezone.now())
    work_through_due()
    form.refresh_from_db()
    if form.contact is None:
        raise SystemExit(f"The form was not worked through: {form.last_error}")
    address, client = reverse("escalations:follow", args=[token_of(form.contact)]), Client()
    typed = {"born_day": str(day), "born_month": "2", "born_year": "2014"}

    def ready() -> str:
        # How often somebody has tried is counted there.
        cache.clear()
        return address

    return Press(ready, lambda url: client.post(url, typed, follow=True).status_code, expects=200)


# --- Measured -------------------------------------------------------------------------------


def measured(what: str, known: Press, nobody: Press, turns: int) -> int:
    """Print how the two compare; 1 when the time tells them apart."""
    for _ in range(20):
        timed(known)
        timed(nobody)
    pairs = [one_turn(known, nobody, first=turn % 2 == 0) for turn in range(turns)]
    slower = 100 * sum(first > second for first, second in pairs) / turns
    print(
        f"{what}: known {milliseconds([first for first, _ in pairs])}, "
        f"nobody {milliseconds([second for _, second in pairs])}; "
        f"known took longer in {slower:.1f} of 100 turns"
    )
    return 1 if abs(slower - 50) > LIMIT else 0


def one_turn(known: Press, nobody: Press, *, first: bool) -> tuple[float, float]:
    """Each in turn is the first of two, so that what the first warms up helps both alike."""
    if first:
        took = timed(known)
        return took, timed(nobody)
    took = timed(nobody)
    return timed(known), took


def timed(page: Press) -> float:
    address = page.ready()
    begun = perf_counter()
    status = page.press(address)
    took = perf_counter() - begun
    if status != page.expects:
        raise SystemExit(f"{address} answered {status}")
    return took


def milliseconds(times: Sequence[float]) -> str:
    return f"{median(times) * 1000:.2f} ms"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else TURNS))
