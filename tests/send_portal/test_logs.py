"""Logs name the page and who asked for it; what was searched for stays out of them."""

import io
import logging
from datetime import UTC, datetime

import pytest
from django.core.exceptions import BadRequest
from django.urls import path

from callbacks.feed_actions import make_feed
from send_portal.urls import urlpatterns as portal


def fails(request, how):
    raise {"badly": BadRequest("no"), "utterly": RuntimeError("broken")}[how]


urlpatterns = [path("fails/<how>/", fails), *portal]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def logged():
    """What production would have written so far, through the handler that it writes with."""
    [handler] = [one for one in logging.getLogger().handlers if one.name == "console"]
    root, stream = logging.getLogger(), io.StringIO()
    level, usual = root.level, handler.setStream(stream)
    root.setLevel("INFO")
    yield stream.getvalue
    handler.setStream(usual)
    root.setLevel(level)


def test_a_search_is_logged_without_its_words(policy, as_person, cora, logged):
    as_person(cora).get("/cases/?q=Amara+Okafor", headers={"referer": "/cases/?q=Ngozi"})

    assert logged().count("GET /cases/") == 2
    assert "request_finished" in logged()
    assert "Amara" not in logged()
    assert "Ngozi" not in logged()


def test_the_secret_address_of_a_calendar_is_in_no_log(policy, client, cora, logged):
    _, secret = make_feed(by=cora, now=datetime(2026, 11, 4, 10, tzinfo=UTC))
    ended = "x" * 43

    statuses = [client.get(f"/calendar/{key}.ics").status_code for key in (secret, ended)]

    assert statuses == [200, 404]
    assert logged().count("GET /calendar/…") == 4
    assert "Not Found: /calendar/…" in logged()
    assert [key for key in (secret, ended) if key in logged()] == []


@pytest.mark.parametrize(
    ("address", "status", "event"),
    [
        ("/cases/EHC-999999/?q=Amara", 404, "Not Found: /cases/EHC-999999/"),
        ("/fails/badly/?q=Amara", 400, "no: /fails/badly/"),
        ("/fails/utterly/?q=Amara", 500, "request_failed"),
    ],
)
def test_a_page_that_fails_is_logged_without_its_words(
    policy, as_person, cora, logged, address, status, event
):
    client = as_person(cora)
    client.raise_request_exception = False

    assert client.get(address).status_code == status
    assert event in logged()
    assert "Amara" not in logged()


@pytest.mark.parametrize(
    ("said", "logged_as"),
    [
        ("Error handling request GET /cases/?q=Amara", "Error handling request GET /cases/"),
        (
            "Referer checking failed - https://send.example.org/cases/?q=Amara does not match.",
            "Referer checking failed - https://send.example.org/cases/ does not match.",
        ),
        (
            "Invalid HTTP request line: 'GET /cases/?q=Amara+Okafor'",
            "Invalid HTTP request line: 'GET /cases/'",
        ),
        ("Not Found: /calendar/Amara_" + "x" * 43 + ".ics", "Not Found: /calendar/…"),
        ("'/callback/Amara:1vQ:" + "y-" * 22 + "/'", "'/callback/…/'"),
        ("Is anybody there?", "Is anybody there?"),
    ],
)
def test_what_others_log_is_cut_where_a_query_begins(logged, said, logged_as):
    logging.getLogger("gunicorn.error").warning("%s", said)

    [line] = logged().splitlines()
    assert logged_as in line
    assert "Amara" not in line
