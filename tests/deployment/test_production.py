"""A real start in production: safe towards the browser, alive towards the orchestrator."""

import json
import re
import socket

from tests.deployment.waiting import eventually

BY_TLS = {"X-Forwarded-Proto": "https"}
SIGN_IN = "/account/sign-in/"


def events(portal, name: str) -> list[str]:
    """The events of a process's log, every line of which is one; the last may be unfinished."""
    lines = portal.children[name].log.read_text().split("\n")[:-1]
    return [json.loads(line)["event"] for line in lines]


def test_health_pages_answer_any_host_without_tls(portal):
    by_address = portal.ask("/healthz", host="10.0.0.7")

    assert (by_address.status, json.loads(by_address.content)) == (200, {"status": "alive"})
    assert json.loads(portal.ask("/readyz", host="10.0.0.7").content) == {
        "status": "ready",
        "database": "ok",
        "broker": "ok",
        "enforcement": "ok",
        "backlog": 0,
        "lag_seconds": 0,
    }


def test_pages_answer_their_own_host_and_by_tls_only(portal):
    assert portal.ask(SIGN_IN, host="10.0.0.7", **BY_TLS).status == 400

    redirected = portal.ask(SIGN_IN)
    assert redirected.status == 301
    assert redirected.headers["Location"] == "https://send.wexmoor.example.org/account/sign-in/"


def test_pages_tell_the_browser_to_be_careful(portal):
    page = portal.ask(SIGN_IN, **BY_TLS)

    assert page.status == 200
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    cookie = page.headers["Set-Cookie"]
    assert {"Secure", "HttpOnly"} <= {word.strip() for word in cookie.split(";")}


def test_static_files_have_hashed_names_and_are_kept_for_ever(portal):
    page = portal.ask(SIGN_IN, **BY_TLS).content.decode()
    [style] = re.findall(r'href="(/static/portal\.[0-9a-f]{12}\.css)"', page)

    served = portal.ask(style, **BY_TLS, **{"Accept-Encoding": "gzip"})

    assert (served.status, served.headers["Content-Encoding"]) == (200, "gzip")
    assert "immutable" in served.headers["Cache-Control"]


def test_health_checks_of_the_compose_file_tell_well_from_unwell(portal, tmp_path):
    assert [name for name in ("migrate", "web", "worker", "beat") if portal.healthy(name)] == [
        "migrate",
        "web",
        "worker",
        "beat",
    ]
    # No sign of life, as in a container whose process hangs before its first turn.
    elsewhere = {"PORTAL_VAR": str(tmp_path)}
    assert [name for name in ("worker", "beat") if portal.healthy(name, **elsewhere)] == []


def test_logs_are_one_json_line_an_event(portal):
    assert "Booting worker with pid" in " ".join(events(portal, "web"))


def test_logs_hold_nothing_that_was_searched_for(portal):
    address = "/cases/?q=Amara+Okafor"
    portal.ask(address, **BY_TLS, Referer=f"https://send.wexmoor.example.org{address}")
    with socket.create_connection(("127.0.0.1", portal.port), timeout=20) as line:
        line.sendall(f"GET {address}\r\n\r\n".encode())  # no HTTP version: quoted in the log
        assert line.recv(100).startswith(b"HTTP/1.1 400")

    log = portal.children["web"].log
    assert eventually(lambda: "Invalid HTTP request line: 'GET /cases/'" in log.read_text())
    assert '"request": "GET /cases/"' in log.read_text()
    assert "Amara" not in log.read_text()


def test_of_two_beats_one_leads(portal):
    leading = [events(portal, name).count("beat_leads") for name in ("beat-1", "beat-2")]

    assert sorted(leading) == [0, 1]
