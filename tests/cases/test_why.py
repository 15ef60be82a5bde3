"""The page that says why a contact has its date, for staff and in words for the family."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine

from accounts.models import AccessEntry
from clocks import actions, pause_actions
from clocks.calendars import LONDON
from tests.factories import CaseFactory, ContactFactory

NOW = datetime(2026, 5, 8, 10, tzinfo=UTC)
WHY = "/contacts/CON-000007/why/"
SECRET = "Mother is in hospital"


def london(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON)  # type: ignore[arg-type, misc]


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture(autouse=True)
def _on_a_friday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def contact(policy, cora):
    """Received before the Early May bank holiday, with two paused days."""
    case = CaseFactory(reference="EHC-000042", owner=cora)
    clock = actions.start(
        code="contact.telephone",
        owner=cora,
        team=cora.team,
        about="Telephone call",
        path="/contacts/CON-000007/",
        received_at=london(2026, 5, 1, 10),
        by=cora,
        now=london(2026, 5, 1, 10),
    )
    at = london(2026, 5, 5, 10)
    pause_actions.pause(clock=clock, since=at, reason=SECRET, by=cora, now=at)
    at = london(2026, 5, 7, 10)
    clock = pause_actions.resume(clock=clock, at=at, by=cora, now=at)
    return ContactFactory(
        reference="CON-000007", case=case, clock=clock, received_at=london(2026, 5, 1, 10)
    )


def test_staff_see_days_pauses_and_who_changed_what(contact, as_person, cora):
    page = text(as_person(cora).get(WHY))

    assert "Received Friday 1 May 2026 at 10am" in page
    assert "Answer due by Wednesday 13 May 2026 at 5:30pm" in page
    assert "Monday 4 May 2026 Early May bank holiday" in page
    assert f"Tuesday 5 May 2026 Paused: {SECRET}" in page
    pause = "Tuesday 5 May 2026 at 10am to Thursday 7 May 2026 at 10am, 2 working days"
    assert f"{pause}: {SECRET}" in page
    assert f"paused by Cora Hill: {SECRET}" in page
    assert "resumed by Cora Hill" in page
    assert "The date moved from Monday 11 May 2026 to Wednesday 13 May 2026." in page


@pytest.mark.rule("H22")
def test_the_family_version_is_ready_to_read_out(contact, as_person, cora, asif):
    for client, path in ((as_person(cora), f"{WHY}?for=family"), (as_person(asif), WHY)):
        page = text(client.get(path))
        main = page.partition("Why this date, for the family")[2].partition("Read this out")[2]
        assert "We paused the count from Tuesday 5 May 2026 to Thursday 7 May 2026." in main
        assert "You will hear from us by Wednesday 13 May 2026." in main
        assert "Cora Hill" not in main
        assert SECRET not in page


@pytest.mark.rule("H22")
def test_an_adviser_cannot_ask_for_the_staff_version(contact, as_person, asif):
    client = as_person(asif)

    for path in (WHY, f"{WHY}?for=staff", "/contacts/CON-000007/"):
        page = client.get(path).content.decode()
        assert SECRET not in page
        assert "Who changed what" not in page
        assert "See the account for staff" not in page


def test_the_contact_page_counts_the_same_days(contact, as_person, cora):
    page = text(as_person(cora).get("/contacts/CON-000007/"))

    assert f"Wednesday 6 May 2026 Paused: {SECRET}" in page
    assert "Thursday 7 May 2026 Working day 1" in page
    assert "Wednesday 13 May 2026 Working day 5: answer due by 5:30pm" in page


def test_new_dates_and_their_reasons_are_listed(contact, as_person, cora):
    contact.clock = actions.promise(
        clock=contact.clock, until=date(2026, 5, 20), reason="The panel meets", by=cora, now=NOW
    )
    contact.save()

    page = text(as_person(cora).get(WHY))

    assert (
        "Wednesday 20 May 2026 instead of Wednesday 13 May 2026, "
        "promised on Friday 8 May 2026: The panel meets"
    ) in page
    assert "the date is the one promised and not a count of days" in page


@pytest.mark.rule("H11")
def test_reading_why_is_written_down(contact, as_person, asif):
    as_person(asif).get(WHY)

    [entry] = AccessEntry.objects.all()
    assert (entry.user, entry.kind, entry.records, entry.detail) == (
        asif,
        "read",
        ["EHC-000042"],
        "CON-000007",
    )


def test_why_takes_the_same_queries_for_one_event_and_for_three(
    contact, as_person, cora, lena, django_assert_num_queries
):
    client = as_person(cora)
    ContactFactory(reference="CON-000008", case=contact.case, received_at=NOW)
    for path in ("/contacts/CON-000008/why/", WHY):  # no events, then three
        with django_assert_num_queries(11):
            client.get(path)
