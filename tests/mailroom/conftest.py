"""The mail room's door as the council runs it: the real command, production settings, a socket."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from dev.prepare import ROOT
from tests.deployment.conftest import production
from tests.factories import CaseFactory, RelatedPersonFactory
from tests.mailroom.writing import NGOZI

OURS = "send@wexmoor.example.org"
COMMAND = [sys.executable, "manage.py", "receive_mail"]


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """Production, with the database of the test."""
    return production(tmp_path, str(connection.settings_dict["NAME"]), port=0)


@pytest.fixture
def open_door(environment) -> Iterator[Callable[..., int]]:
    """Starts a server; returns the port it listens on. All end well when they are told to."""
    started = []

    def start(*words: str, **changed: str) -> int:
        server = subprocess.Popen(
            [*COMMAND, "--port", "0", *words],
            cwd=ROOT,
            env=environment | changed,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(server)
        assert server.stdout
        return int(server.stdout.readline().rpartition("port ")[2].strip(" .\n"))

    yield start
    for server in started:
        server.terminate()
    assert [server.wait(30) for server in started] == [0] * len(started)
    for server in started:
        server.communicate()


@pytest.fixture
def tray(north):
    """The north team's lead looks after what belongs to no case."""
    north.takes_unfiled = True
    north.save(update_fields=["takes_unfiled"])
    return north.lead


@pytest.fixture
def amara(policy, tray, cora):
    case = CaseFactory.create(reference="EHC-000123", owner=cora)
    RelatedPersonFactory.create(person=case.person, email=NGOZI)
    return case
