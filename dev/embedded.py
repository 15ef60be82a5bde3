"""PostgreSQL and Valkey for whoever has none: started by us, gone when we are gone.

`DATABASE_URL` and `REDIS_URL`, when set, win: that server is then not started.
"""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dev.account import can_use, give, server_account
from dev.child import Child
from dev.console import say
from dev.postgres import start_durable, start_throw_away
from dev.valkey import start_valkey

# Where root puts the database when `nobody` may not enter the checkout.
ELSEWHERE = Path("/var/tmp")  # noqa: S108 (mkdtemp makes the name, mode 0700)


@dataclass
class Servers:
    """The running embedded servers and the addresses of all of them, embedded or not."""

    env: dict[str, str] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)
    socket_folder: Path | None = None

    def stop(self) -> None:
        """Stop the queue, then the database. Safe to call twice."""
        for child in reversed(self.children):
            child.stop()


def throw_away_servers() -> Servers:
    """Servers for one test run; nothing of them remains."""
    servers = Servers()
    try:
        if not _given(servers, "DATABASE_URL"):
            postgres = start_throw_away()
            servers.children.append(postgres.child)
            servers.socket_folder = postgres.socket_folder
            servers.env["DATABASE_URL"] = postgres.url()
        if not _given(servers, "REDIS_URL"):
            _add_valkey(servers)
    except BaseException:
        servers.stop()
        raise
    return servers


def durable_servers(var: Path, *, hold: Sequence[int] = ()) -> Servers:
    """Servers whose database lives in `var` and is found again at the next start.

    `hold` are open files (locks) that stay open until the last server has stopped.
    """
    servers = Servers()
    logs = var / "logs"
    try:
        if not _given(servers, "DATABASE_URL"):
            postgres = start_durable(database_home(var), log=logs / "postgres.log", hold=hold)
            servers.children.append(postgres.child)
            servers.socket_folder = postgres.socket_folder
            servers.env["DATABASE_URL"] = postgres.url()
        if not _given(servers, "REDIS_URL"):
            _add_valkey(servers, log=logs / "valkey.log", hold=hold)
    except BaseException:
        servers.stop()
        raise
    return servers


def database_home(var: Path) -> Path:
    """The folder that holds the database: `var`, or one that root's stand-in can reach."""
    elsewhere = var / "elsewhere"
    if elsewhere.is_dir():
        return elsewhere.resolve()
    var.mkdir(parents=True, exist_ok=True)
    account = server_account(var / "postgres")
    if can_use(account, var):
        return var
    home = Path(tempfile.mkdtemp(prefix="send-portal-", dir=ELSEWHERE))
    give(home, account)
    elsewhere.unlink(missing_ok=True)
    elsewhere.symlink_to(home)
    name = account.name if account else "another user"
    say(f"\n    (as root, the database runs as '{name}', who may not enter {var}:")
    say(f"    its data is kept in {home})", end="")
    return home


def _given(servers: Servers, variable: str) -> bool:
    address = os.environ.get(variable, "")
    if address:
        servers.env[variable] = address
    return bool(address)


def _add_valkey(servers: Servers, *, log: Path | None = None, hold: Sequence[int] = ()) -> None:
    valkey = start_valkey(log=log, hold=hold)
    servers.children.append(valkey.child)
    servers.env["REDIS_URL"] = valkey.url
