"""From the sender's server through door, worker and outbox, and back again: real processes."""

import os
import signal
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from smtplib import SMTP
from typing import Any

import psycopg2
import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.utils import timezone

from cases.models import Contact
from dev.child import Child
from dev.valkey import start_valkey
from mailroom.models import IncomingMail
from tests.deployment.conftest import free_port, start
from tests.deployment.waiting import eventually
from tests.dev.processes import descendants
from tests.mailroom.writing import NGOZI, OURS, written

pytestmark = pytest.mark.django_db(transaction=True)


class OtherSide:
    """The family's mail server: keeps what it gets and, if told to, answers everything."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.answers_to = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        got = message_from_bytes(envelope.content)
        self.got.append(got)
        if self.answers_to:
            # No Auto-Submitted, no thread: as rude as a machine can be.
            answer = written(f"I am away, {len(self.got)}.", subject=f"Away: {got['Subject']}")
            bring(self.answers_to, answer)
        return "250 OK"


def bring(port: int, raw: bytes) -> None:
    with SMTP("127.0.0.1", port, timeout=60) as door:
        door.sendmail(NGOZI, [OURS], raw)


@pytest.fixture
def queue() -> Iterator[str]:
    valkey = start_valkey()
    yield valkey.url
    valkey.child.stop()


@pytest.fixture
def family() -> Iterator[tuple[OtherSide, int]]:
    side, port = OtherSide(), free_port()
    controller = Controller(side, hostname="127.0.0.1", port=port)
    controller.start()
    yield side, port
    controller.stop()


@pytest.fixture
def start_worker(environment, queue, family, policy, tmp_path):
    """Starts workers as docker-compose.yml does; they mail to the family's server."""
    environment |= {"REDIS_URL": queue, "EMAIL_URL": f"smtp://127.0.0.1:{family[1]}"}
    started: list[Child] = []

    def start_one() -> Child:
        worker = start(f"worker-{len(started)}", tmp_path, environment)
        started.append(worker)
        assert eventually(lambda: " ready." in worker.log.read_text())
        return worker

    yield start_one
    for worker in started:
        worker.stop()


@pytest.mark.rule("H51")
def test_acknowledgement_leaves_at_once_and_two_machines_stop(
    amara, start_worker, open_door, family
):
    start_worker()
    side, _ = family
    port = open_door()
    begun = timezone.now()

    bring(port, written(Message_ID="<one@example.org>"))

    assert eventually(lambda: side.got)
    assert (timezone.now() - begun).total_seconds() < 60
    first = side.got[0]
    assert (first["To"], first["In-Reply-To"]) == (NGOZI, "<one@example.org>")
    assert first["Auto-Submitted"] == "auto-generated"

    side.answers_to = port
    bring(port, written("Another", subject="Another"))
    assert eventually(lambda: IncomingMail.objects.filter(contact__isnull=False).count() == 6)
    last = IncomingMail.objects.latest("id")
    assert last.unacknowledged == "The sender has had many acknowledgements within the hour."
    assert len(side.got) == 5


def test_killed_worker_loses_nothing(amara, start_worker, open_door, family):
    worker = start_worker()
    port = open_door()
    holding = psycopg2.connect(os.environ["DATABASE_URL"], dbname=connection.settings_dict["NAME"])
    holding.cursor().execute("LOCK TABLE cases_contact IN SHARE MODE")
    bring(port, written())
    assert eventually(somebody_waits_to_file)
    for pid in descendants(worker.keeper.pid):
        os.kill(pid, signal.SIGKILL)
    holding.close()

    mail = IncomingMail.objects.get()
    assert (mail.state, mail.tries, Contact.objects.count()) == (IncomingMail.State.WAITING, 1, 0)
    # The time for which it was claimed passes.
    IncomingMail.objects.update(next_try_at=timezone.now())
    start_worker()
    bring(port, written("Another", subject="Another"))

    assert eventually(lambda: Contact.objects.count() == 2)
    assert {mail.state for mail in IncomingMail.objects.all()} == {IncomingMail.State.FILED}


def somebody_waits_to_file() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database() AND query LIKE '%\"cases_contact\"%'"
        )
        return cursor.fetchone() is not None
