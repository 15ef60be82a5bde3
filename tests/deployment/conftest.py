"""The portal as docker-compose.yml runs it: its commands, production settings, real servers."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest

from dev.child import Child, Order
from tests.deployment.compose import ROOT, command, health_check, services

PROGRAMS = Path(sys.executable).parent
HOST = "send.wexmoor.example.org"
# Generous, for a busy machine; what is waited for takes a few seconds.
LIMIT = 60  # seconds
PROCESSES = ["web", "worker", "beat-1", "beat-2"]
TEMPLATE = "PORTAL_TEST_TEMPLATE"  # under xdist, the name of a database that is migrated already


@dataclass(frozen=True)
class Running:
    """The portal's processes, their environment and web's port."""

    children: dict[str, Child]
    env: dict[str, str]
    port: int

    def ask(self, path: str, host: str = HOST, **headers: str) -> HTTPResponse:
        """What web answers; the body has been read into ``content``."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", path, headers={"Host": host} | headers)
        response = connection.getresponse()
        response.content = response.read()  # type: ignore[attr-defined]
        connection.close()
        return response

    def healthy(self, service: str, **changed: str) -> bool:
        """Whether the service's own health check, as compose would run it, succeeds."""
        words = [word.replace("8000", str(self.port)) for word in health_check(service)]
        done = subprocess.run(
            words, cwd=ROOT, env=self.env | changed, capture_output=True, check=False
        )
        return done.returncode == 0

    def wait_until_ready(self) -> None:
        """Until /readyz is content: beat has sent a tick and a worker has carried it out."""
        limit = time.monotonic() + LIMIT
        while not self._is_ready():
            words = {name: child.last_words() for name, child in self.children.items()}
            assert all(child.running() for child in self.children.values()), words
            assert time.monotonic() < limit, words
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        try:
            return self.ask("/readyz").status == 200
        except (OSError, HTTPException):
            return False


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Migrated by the migrate service's command, then web, worker and two beats; all stopped."""
    folder = tmp_path_factory.mktemp("portal")
    port = free_port()
    database = f"deployment_{secrets.token_hex(4)}"
    with_server(f"CREATE DATABASE {database} TEMPLATE {os.environ.get(TEMPLATE, 'template1')}")
    env = production(folder, database, port)
    try:
        prepare(env)
        children = {name: start(name, folder, env) for name in PROCESSES}
        try:
            running = Running(children, env, port)
            running.wait_until_ready()
            yield running
        finally:
            with ThreadPoolExecutor() as pool:
                list(pool.map(Child.stop, children.values()))
        # Each ended by itself when told to, none had to be killed.
        assert [child.keeper.returncode for child in children.values()] == [0] * len(PROCESSES)
    finally:
        with_server(f"DROP DATABASE {database} WITH (FORCE)")


def free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])


def with_server(statement: str) -> None:
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def production(folder: Path, database: str, port: int) -> dict[str, str]:
    """A container's environment: nothing of the tests' own settings is left in it."""
    server = urlsplit(os.environ["DATABASE_URL"])
    return {
        "PATH": f"{PROGRAMS}{os.pathsep}{os.defpath}",
        "PORTAL_MODE": "production",
        "SECRET_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": HOST,
        "PORTAL_URL": f"https://{HOST}",
        "COUNCIL_NAME": "Wexmoor County Council",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "MAIL_FROM": "SEND Portal <send-portal@example.org>",
        "DATABASE_URL": urlunsplit(server._replace(path=f"/{database}")),
        "REDIS_URL": os.environ["REDIS_URL"],
        "BEHIND_TLS_PROXY": "true",
        "ENFORCE_EVERY_SECONDS": "1",
        "PORTAL_VAR": str(folder / "var"),
        "STATIC_ROOT": str(folder / "static"),
        "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port}",
        "WEB_CONCURRENCY": "1",
    }


def prepare(env: dict[str, str]) -> None:
    """What the image was built with, and what the migrate service does, side by side."""
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    both = [command(services()["migrate"]["command"]), collect]
    begun = [
        subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for words in both
    ]
    said = [process.communicate()[0].decode() for process in begun]
    assert [process.returncode for process in begun] == [0, 0], said


def start(name: str, folder: Path, env: dict[str, str]) -> Child:
    service = services()[name.partition("-")[0]]
    words = command(service["command"], {"WORKER_PROCESSES": "1"})
    return Child(
        Order(
            name=name,
            command=[str(PROGRAMS / words[0]), *words[1:]],
            log=folder / f"{name}.log",
            env=env,
            cwd=ROOT,
            grace=20,
        )
    )
