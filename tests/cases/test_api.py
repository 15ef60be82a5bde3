"""The API: the same contacts, the same access and the same account as the pages, as JSON."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import schemathesis
import time_machine
from django.core.cache import caches
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings

from accounts.errors import RuleBroken
from accounts.models import AccessEntry, Role
from clocks import actions, pause_actions
from send_portal.api import error_response
from send_portal.wsgi import application
from tests.factories import CaseFactory, ContactFactory, TeamFactory, UserFactory

NOW = datetime(2026, 11, 5, 10, tzinfo=UTC)
PATH = "/api/contacts/CON-000042/"
SECRET = "Mother is in hospital"


@pytest.fixture(autouse=True)
def _on_a_thursday():
    caches["api_throttle"].clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def contact(policy, cora):
    """Received on Monday, paused from Tuesday to Wednesday."""
    received_at = datetime(2026, 11, 2, 10, tzinfo=UTC)
    clock = actions.start(
        code="contact.telephone",
        owner=cora,
        team=cora.team,
        about="Telephone call",
        path="/contacts/CON-000042/",
        received_at=received_at,
        by=cora,
        now=received_at,
    )
    at = datetime(2026, 11, 3, 9, tzinfo=UTC)
    pause_actions.pause(clock=clock, since=at, reason=SECRET, by=cora, now=at)
    at = datetime(2026, 11, 4, 9, tzinfo=UTC)
    clock = pause_actions.resume(clock=clock, at=at, by=cora, now=at)
    case = CaseFactory(reference="EHC-000042", owner=cora)
    return ContactFactory(reference="CON-000042", case=case, clock=clock, received_at=received_at)


def test_a_contact_is_given_with_its_promise_and_why(contact, as_person, cora):
    response = as_person(cora).get(PATH)

    assert response["Content-Type"] == "application/json"
    assert response.json() == {
        "reference": "CON-000042",
        "channel": "telephone",
        "direction": "in",
        "category": "informal",
        "belongs_to": None,
        "received_at": "2026-11-02T10:00:00Z",
        "promise": {
            "due_at": "2026-11-10T17:30:00Z",
            "due_on": "2026-11-10",
            "act_by": None,
            "standard": "Telephone call",
            "wording": "within 5 working days",
            "state": "running",
            "late": False,
            "owner": "Cora Hill",
            "counted_from": "2026-11-02T10:00:00Z",
            "promised": False,
            "account": [
                day("2026-11-02", 0, "Received"),
                day("2026-11-03", None, f"Paused: {SECRET}"),
                day("2026-11-04", 1, "Working day 1"),
                day("2026-11-05", 2, "Working day 2"),
                day("2026-11-06", 3, "Working day 3"),
                day("2026-11-07", None, "Weekend"),
                day("2026-11-08", None, "Weekend"),
                day("2026-11-09", 4, "Working day 4"),
                day("2026-11-10", 5, "Working day 5: answer due by 5:30pm"),
            ],
            "account_complete": True,
            "pauses": [
                {
                    "since": "2026-11-03T09:00:00Z",
                    "until": "2026-11-04T09:00:00Z",
                    "working_days": 1,
                    "reason": SECRET,
                }
            ],
            "history": [
                happening("started", "2026-11-02T10:00:00Z"),
                happening("paused", "2026-11-03T09:00:00Z", reason=SECRET),
                happening(
                    "resumed",
                    "2026-11-04T09:00:00Z",
                    due_before="2026-11-09T17:30:00Z",
                    due_after="2026-11-10T17:30:00Z",
                ),
            ],
            "family_words": [
                "Your reference is CON-000042.",
                "You contacted us on Monday 2 November 2026 at 10am.",
                "We answer within 5 working days.",
                "Weekends do not count.",
                "We paused the count from Tuesday 3 November 2026 to Wednesday 4 November 2026.",
                "You will hear from us by Tuesday 10 November 2026. "
                "You do not need to do anything until then.",
            ],
        },
    }


def day(on: str, number: int | None, reason: str) -> dict:
    return {"day": on, "counted": bool(number), "number": number, "reason": reason}


def happening(kind: str, at: str, **told) -> dict:
    nothing = {"reason": "", "due_before": None, "due_after": None}
    owners = {"owner_before": "", "owner_after": ""}
    return {
        "kind": kind,
        "happened_at": at,
        "recorded_at": at,
        "by": "Cora Hill",
        **nothing,
        **owners,
        **told,
    }


@pytest.mark.rule("H22")
def test_an_adviser_gets_the_officer_and_dates_without_reasons(contact, as_person, asif):
    response = as_person(asif).get(PATH)

    promise = response.json()["promise"]
    assert (promise["owner"], promise["due_on"]) == ("Cora Hill", "2026-11-10")
    assert {event["by"] for event in promise["history"]} == {""}
    assert SECRET not in response.content.decode()


@pytest.mark.parametrize(
    ("now", "stopped", "late"),
    [
        (datetime(2026, 11, 10, 17, 0, tzinfo=UTC), None, False),
        (datetime(2026, 11, 10, 17, 31, tzinfo=UTC), None, True),
        (datetime(2026, 11, 12, 9, tzinfo=UTC), datetime(2026, 11, 10, 9, tzinfo=UTC), False),
        (datetime(2026, 11, 12, 9, tzinfo=UTC), datetime(2026, 11, 11, 9, tzinfo=UTC), True),
    ],
)
def test_late_is_past_the_date_or_kept_after_it(contact, as_person, cora, now, stopped, late):
    with time_machine.travel(now, tick=False):
        if stopped:
            actions.meet(clock=contact.clock, at=stopped, by=cora, now=now, how="Rang")
        promise = as_person(cora).get(PATH).json()["promise"]

    assert (promise["late"], promise["state"]) == (late, "met" if stopped else "running")


def test_a_paused_promise_is_not_late(contact, as_person, cora):
    pause_actions.pause(clock=contact.clock, since=NOW, reason="ill", by=cora, now=NOW)

    with time_machine.travel(datetime(2026, 11, 20, 9, tzinfo=UTC), tick=False):
        promise = as_person(cora).get(PATH).json()["promise"]

    assert (promise["late"], promise["state"]) == (False, "paused")


@pytest.mark.rule("H22")
def test_the_api_answers_those_whom_the_page_answers(contact, as_person, north):
    elsewhere = TeamFactory()
    for role in Role:
        for team in (north, elsewhere):
            client = as_person(UserFactory(role=role, team=team))
            page, api = client.get("/contacts/CON-000042/"), client.get(PATH)
            assert api.status_code == page.status_code
            assert api.status_code in {200, 404}


@pytest.mark.parametrize(
    "path", ["/api/contacts/CON-999999/", "/api/", "/api/contacts/rubbish/", "/api/nothing/"]
)
def test_what_is_not_there_is_404_in_json(contact, as_person, cora, path):
    response = as_person(cora).get(path)

    assert (response.status_code, response["Content-Type"]) == (404, "application/json")
    assert "detail" in response.json()


@pytest.mark.parametrize("path", [PATH, "/api/schema/", "/api/nothing/"])
def test_without_signing_in_the_answer_is_401_in_json(contact, client, path):
    response = client.get(path)

    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Session")
    assert "detail" in response.json()


@pytest.mark.rule("H11")
def test_reading_by_the_api_is_written_down(contact, as_person, asif):
    as_person(asif).get(PATH)

    [entry] = AccessEntry.objects.all()
    assert (entry.user, entry.kind, entry.records, entry.detail) == (
        asif,
        "read",
        ["EHC-000042"],
        "CON-000042",
    )


def test_asking_without_end_is_slowed_down(contact, as_person, cora):
    client = as_person(cora)
    answers = [client.get("/api/nothing/") for _ in range(121)]

    assert {answer.status_code for answer in answers[:120]} == {404}
    assert answers[120].status_code == 429
    assert int(answers[120]["Retry-After"]) <= 60


def test_a_broken_rule_is_409_with_its_code():
    answer = error_response(RuleBroken("The date is past.", "date_past", field="until"), {})

    assert answer is not None
    assert answer.status_code == 409
    assert answer.data == {"detail": "The date is past.", "code": "date_past", "field": "until"}


def test_a_contact_takes_the_same_queries_for_one_event_and_for_three(
    contact, as_person, cora, django_assert_num_queries
):
    client = as_person(cora)
    received_at = datetime(2026, 11, 5, 9, tzinfo=UTC)
    plain = ContactFactory(reference="CON-000043", case=contact.case, received_at=received_at)
    pause_actions.pause(clock=plain.clock, since=NOW, reason="ill", by=cora, now=NOW)
    for path in ("/api/contacts/CON-000043/", PATH):
        with django_assert_num_queries(9):
            client.get(path)


@contextmanager
def the_tests_connection_kept() -> Iterator[None]:
    """As Django's own test client does: a request must not close the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def cookies(contact, as_person, cora) -> dict[str, str]:
    session = as_person(cora).cookies["sessionid"].value
    return {"sessionid": session, "csrftoken": "x" * 32}


@pytest.fixture
def the_schema(client, cookies):
    given = client.get("/api/schema/").json()
    # Everything here is asked signed in: invented sign-ins would take the place of the real one.
    for address in given["paths"].values():
        for operation in address.values():
            assert operation.pop("security") == [{"session": []}]
    schema = schemathesis.openapi.from_dict(given)
    schema.app = application
    return schema


schema = schemathesis.pytest.from_fixture("the_schema")


@schema.include(path_regex="contacts").parametrize()
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_answers_are_what_the_schema_says(case, cookies):
    caches["api_throttle"].clear()
    with the_tests_connection_kept():
        case.call_and_validate(cookies=cookies, headers={"X-CSRFToken": cookies["csrftoken"]})


def test_the_schema_names_every_address_and_no_browsable_page(contact, as_person, cora):
    client = as_person(cora)

    given = client.get("/api/schema/").json()

    assert list(given["paths"]) == ["/api/contacts/{reference}/"]
    assert set(given["paths"]["/api/contacts/{reference}/"]["get"]["responses"]) == {
        "200",
        "401",
        "404",
        "429",
    }
    assert client.get(PATH, headers={"Accept": "text/html"}).status_code == 406
