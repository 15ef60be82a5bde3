"""Families send the form all at once: ``python -m benchmarks.form_load [A_SECOND] [SECONDS]``.

Fifty complete forms a second for a minute, unless told otherwise, to gunicorn as `make run`
starts it, over HTTP, each from a session and an address of its own, at the moment its turn comes
whether or not the ones before have been answered. The last press is measured: it is the one that
stores the answers. Afterwards every reference that a last page shows is looked for in the
database. In a database of its own on a throw-away PostgreSQL, or beside the one that DATABASE_URL
names, dropped at the end. Exit status 1 when a reference has no row or a form got no reference.
"""

import http.client
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, sleep
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from benchmarks.database import database_of_its_own, servers
from dev.port import choose_port
from dev.prepare import PYTHON, ROOT
from dev.run import answers, web_command

A_SECOND, SECONDS = 50, 60
# So that those who send are never what is waited for.
PROCESSES, THREADS = 2, 40
WAIT = 60  # seconds, for gunicorn to start and for an answer
REFERENCE = re.compile(r"ASK-[0-9]+")


@dataclass(frozen=True)
class Prepared:
    """A form that is filled in, and the session it is in; ``turn`` is when it is sent (seconds)."""

    form: str
    session: str
    address: str
    turn: float


@dataclass(frozen=True)
class Sent:
    """What became of one: the status of the answer, how long it took and how late it began."""

    prepared: Prepared
    status: int
    took: float
    late: float


def main(a_second: int, seconds: int) -> int:
    with servers(), database_of_its_own("benchmark_form_load"):
        from clocks.policy_actions import load_policy

        load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
        prepared = prepare(a_second, seconds)
        with gunicorn() as port:
            begun = perf_counter()
            done = send_all(port, prepared)
            taken = perf_counter() - begun
            references = read_all(port, [one for one in done if one.status == 302])
        return report(done, references, taken)


# --- Before ---------------------------------------------------------------------------------


def prepare(a_second: int, seconds: int) -> list[Prepared]:
    """As many sessions with a form in each, one turn after another."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from escalations.form_drafts import begin, save
    from escalations.form_pages import path

    prepared = []
    for number in range(a_second * seconds):
        session, now = SessionStore(), timezone.now()
        draft = begin(session, now)
        draft.kept = kept(number)
        draft.done = [page.name for page in path(draft.kept)]
        save(session, draft, now)
        session.create()
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        key = str(session.session_key)
        prepared.append(Prepared(str(draft.form), key, address, number / a_second))
    return prepared


def kept(number: int) -> dict[str, Any]:
    """What a mother answers who has had no answer to her e-mail."""
    return {
        "topic": "school",
        "sender": "parent",
        "name": f"Sender {number}",
        "child_name": f"Child {number}",
        "child_born": "2014-02-03",
        "before": "email",
        "last_on": "2026-10-01",
        "outcome": "no",
        "words": "The taxi does not come. " * 40,
        "urgent": "none",
        "reach": "email",
        "email": f"sender{number}@example.org",
    }


@contextmanager
def gunicorn() -> Iterator[int]:
    """The web server of `make run`, behind something that names each sender's address."""
    from django.db import connection

    port = choose_port()
    named = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(named._replace(path=f"/{connection.settings_dict['NAME']}"))
    env = os.environ | {"DATABASE_URL": database, "PORTAL_MODE": "demo", "BEHIND_TLS_PROXY": "1"}
    with TemporaryDirectory() as var, open(f"{var}/web.log", "wb") as log:
        command = [str(PYTHON), *web_command(port)]
        settings = {"PORTAL_VAR": var, "LOG_LEVEL": "ERROR"}
        web = subprocess.Popen(  # noqa: S603 (our own command)
            command, cwd=ROOT, env=env | settings, stdout=log, stderr=log
        )
        try:
            wait_for(port)
            yield port
        finally:
            web.terminate()
            web.wait(WAIT)


def wait_for(port: int) -> None:
    limit = monotonic() + WAIT
    while not answers(f"http://127.0.0.1:{port}/healthz"):
        if monotonic() > limit:
            raise SystemExit("gunicorn did not start.")
        sleep(0.2)


# --- Sending --------------------------------------------------------------------------------


def send_all(port: int, prepared: Sequence[Prepared]) -> list[Sent]:
    """Every form at its turn, from processes and threads of our own."""
    warm_up(port)
    start = monotonic() + 3
    parts = [(port, start, prepared[part::PROCESSES]) for part in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES) as pool:
        return [sent for found in pool.map(send_part, parts) for sent in found]


def warm_up(port: int) -> None:
    """Both processes have served a page before the first second is measured."""
    nobody = Prepared(str(uuid4()), "", "10.255.255.255", 0)
    for _ in range(20):
        ask(port, nobody, "GET", "check")


def send_part(part: tuple[int, float, Sequence[Prepared]]) -> list[Sent]:
    """Each thread takes what is next, so that one slow answer delays only its own."""
    port, start, prepared = part

    def at_its_turn(one: Prepared) -> Sent:
        sleep(max(0.0, start + one.turn - monotonic()))
        begun = monotonic()
        status, _, _ = ask(port, one, "POST", "check")
        return Sent(one, status, monotonic() - begun, begun - start - one.turn)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(at_its_turn, prepared))


def read_all(port: int, done: Sequence[Sent]) -> list[str]:
    """The reference that each sender's last page shows."""

    def reference(one: Sent) -> str:
        _, _, page = ask(port, one.prepared, "GET", "sent")
        found = REFERENCE.search(page)
        return found[0] if found else ""

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(reference, done))


def ask(port: int, one: Prepared, method: str, page: str) -> tuple[int, str, str]:
    """Status, where it leads and the page; status 0 when there was no answer."""
    token = uuid4().hex
    headers = {
        "Host": f"127.0.0.1:{port}",
        "Cookie": f"sessionid={one.session}; csrftoken={token}",
        "X-CSRFToken": token,
        "Origin": f"https://127.0.0.1:{port}",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": one.address,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)
    try:
        connection.request(method, f"/concern/new/{one.form}/{page}/", body="", headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location", ""), answer.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, "", ""
    finally:
        connection.close()


# --- After ----------------------------------------------------------------------------------


def report(done: Sequence[Sent], references: Sequence[str], taken: float) -> int:
    """Print the figures; 1 when anything is lost."""
    from escalations.models import Submission

    rows = set(Submission.objects.values_list("reference", flat=True))
    lost = [reference for reference in references if reference not in rows]
    unanswered = [one for one in done if one.status != 302]
    cuts = quantiles([one.took for one in done], n=100)
    said = ", ".join(f"{status}: {number:,}" for status, number in Counter(statuses(done)).items())
    print(f"{len(done):,} forms in {taken:.1f} seconds; answers by status: {said}")
    print(f"{(len(done) - len(unanswered)) / (taken - 3):.1f} acknowledged a second")
    print(
        f"last press: p50 {cuts[49] * 1000:.0f} ms, p95 {cuts[94] * 1000:.0f} ms, "
        f"p99 {cuts[98] * 1000:.0f} ms, longest {max(one.took for one in done) * 1000:.0f} ms"
    )
    print(f"begun late by {max(one.late for one in done) * 1000:.0f} ms at most")
    print(f"{len(references):,} references shown, {len(rows):,} rows, {len(lost)} lost")
    whole = len(rows) == len(set(references)) == len(references)
    return 0 if whole and not lost and not unanswered else 1


def statuses(done: Sequence[Sent]) -> list[int]:
    return [one.status for one in done]


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    sys.exit(main(*(given + [A_SECOND, SECONDS][len(given) :])))
