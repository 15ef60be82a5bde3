"""`make run` as a whole: started, used, interrupted, killed, started again."""

import os
import signal
import subprocess
import sys
from smtplib import SMTP
from urllib.request import urlopen

import pytest

from dev.embedded import throw_away_servers
from dev.postgres import command_line, run_sql
from tests.dev.processes import ROOT, descendants, survivors, table

# Each test process tries ports of its own, below those the system hands out.
PORT = 18_000 + os.getpid() % 1_000 * 10


@pytest.fixture
def environment(var):
    """A portal of its own: own data, own static files, own servers, any free port."""
    without = ("DATABASE_URL", "REDIS_URL", "PORTAL_MODE", "PORTAL_TEST_TEMPLATE")
    kept = {name: value for name, value in os.environ.items() if name not in without}
    ours = {"PORTAL_VAR": var, "STATIC_ROOT": var / "static", "PORT": str(PORT)}
    ours["MAIL_PORT"] = str(PORT + 5)
    # As under make: should pytest be killed, the portal goes too.
    ours["MAKELEVEL"] = "1"
    return kept | {name: str(value) for name, value in ours.items()}


@pytest.fixture
def start(environment):
    """Starts `make run`'s process; whatever a failed test leaves is ended."""
    started = []

    def start_one(**more: str) -> "subprocess.Popen[str]":
        portal = subprocess.Popen(
            [sys.executable, "-m", "dev.run"],
            cwd=ROOT,
            env=environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(portal)
        return portal

    yield start_one
    for portal in started:
        if portal.poll() is None:
            portal.kill()
            portal.communicate()


def read_until(portal: "subprocess.Popen[str]", words: str) -> str:
    """What the command has said up to the line that holds the words."""
    said = ""
    while words not in said:
        line = portal.stdout.readline() if portal.stdout else ""
        assert line, said
        said += line
    return said


def address(said: str) -> str:
    return said.partition("is ready after ")[2].split(": ", 1)[1].split("\n")[0]


def test_portal_starts_serves_stops_and_survives_a_kill(start, var):
    first = start()
    said = read_until(first, "Ctrl-C stops it")
    everybody = descendants(first.pid)
    with urlopen(address(said), timeout=10) as page:  # noqa: S310 (our own address)
        sign_in = page.read().decode()
    mail_port = int(said.partition("Mail in: 127.0.0.1, port ")[2].split()[0])
    with SMTP("127.0.0.1", mail_port, timeout=10) as mail_room:
        greeting = mail_room.ehlo()[0]
    second = start()
    refusal = second.communicate(timeout=30)[0]

    assert "Sign in" in sign_in
    assert greeting == 250
    assert "coordinator" in said.lower()
    assert f"already running at {address(said)}" in refusal
    assert second.returncode == 1

    first.send_signal(signal.SIGINT)
    farewell = first.communicate(timeout=60)[0]

    stopped = [line.split()[1] for line in farewell.splitlines() if line.startswith("  Stopping")]
    assert stopped == ["mail", "beat", "worker", "web", "queue", "database"]
    assert first.returncode == 0
    assert survivors(everybody, within=0) == set()
    web_log = (var / "logs" / "web.log").read_text()
    assert '"GET /account/sign-in/" 200' in web_log
    assert "next=" not in web_log

    killed = start()
    read_until(killed, "Ctrl-C stops it")
    everybody = descendants(killed.pid)
    killed.kill()
    killed.communicate()

    # At once, while the servers of the killed one are still stopping.
    last = start(WORKERS="2")
    said = read_until(last, "Ctrl-C stops it")
    assert survivors(everybody, within=20) == set()
    assert ": http://127.0.0.1:" in said

    worker = first_worker(last.pid)
    everybody = descendants(last.pid)
    os.kill(worker, signal.SIGKILL)
    farewell = last.communicate(timeout=60)[0]

    assert "ended unexpectedly" in farewell
    assert "with code 137" in farewell
    assert last.returncode == 1
    assert survivors(everybody, within=0) == set()


def test_given_servers_are_used_and_left_alone(start, monkeypatch, var):
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")
    given = throw_away_servers()
    try:
        portal = start(**given.env)
        read_until(portal, "Ctrl-C stops it")
        portal.send_signal(signal.SIGTERM)
        farewell = portal.communicate(timeout=60)[0]
        cases = run_sql(given.socket_folder, "SELECT count(*) FROM cases_case", "send_portal")
    finally:
        given.stop()

    assert portal.returncode == 0
    assert "Stopping (SIGTERM)" in farewell
    assert "Stopping database" not in farewell
    assert int(cases) > 1000
    assert not (var / "postgres").exists()


def first_worker(portal: int) -> int:
    """The first process of a Celery worker: the portal's grandchild, below a keeper."""
    parents = table()
    (worker,) = (
        pid
        for pid in descendants(portal)
        if parents.get(parents[pid]) == portal and "worker1@" in command_line(pid)
    )
    return worker
