"""`make demo SCALE=1`: replace the demonstration authority by one of another size.

The new one is made in a database beside the old one and put in its place when it is complete,
so a failure, or a change of mind, costs nothing. A running portal is used as it runs.
"""

import os
import sys
from contextlib import ExitStack
from pathlib import Path

from dev.clean import confirmed
from dev.console import Stop, fail, say, step
from dev.embedded import durable_servers
from dev.lock import take
from dev.postgres import DATABASE, ROLE, database_url, run_sql
from dev.prepare import var_folder
from dev.run import settle
from dev.running import read_note, take_servers_lock
from dev.settle import ENGLAND

NEW = f"{DATABASE}_new"


def scale() -> str:
    """What SCALE says: 1 is one whole council, 0.1 what `make run` begins with, or `england`."""
    text = os.environ.get("SCALE") or "1"
    if text == ENGLAND:
        return text
    try:
        good = 0 < float(text) <= 100
    except ValueError:
        good = False
    if not good:
        raise Stop(f"SCALE is {text!r}: use a number, for instance SCALE=0.1, or SCALE=england.")
    return text


def replace(var: Path, size: str) -> None:
    """Load the new authority and put it in the old one's place."""
    if os.environ.get("DATABASE_URL"):
        raise Stop("make demo replaces the embedded database only: unset DATABASE_URL.")
    if not confirmed("Replace the demonstration data and all that was written since?"):
        raise Stop("The data was left as it was.")
    with ExitStack() as stack:
        env = os.environ | servers(var, stack)
        sockets = Path(env.pop("PORTAL_SOCKETS"))
        run_sql(sockets, f"DROP DATABASE IF EXISTS {NEW} WITH (FORCE)")
        run_sql(sockets, f"CREATE DATABASE {NEW} OWNER {ROLE}")
        env |= {"DATABASE_URL": database_url(sockets, NEW), "PORTAL_MODE": "demo"}
        settle(var, env, size)
        with step("Putting it in place"):
            swap(sockets)
    say("\nDone. Who can sign in:\n")
    say((var / "sign-ins.txt").read_text().rstrip())


def servers(var: Path, stack: ExitStack) -> dict[str, str]:
    """The addresses of the running servers, or of ones started for this."""
    if (alone := take(var / "run.lock")) is None:
        note = read_note(var)
        if not note or not note.socket_folder:
            raise Stop("The portal is just being started: try again when it is ready.")
        return {"REDIS_URL": note.redis_url, "PORTAL_SOCKETS": note.socket_folder}
    stack.callback(os.close, alone)
    with step("Starting the database"):
        started = durable_servers(var, hold=[take_servers_lock(var)])
    stack.callback(started.stop)
    return {"PORTAL_SOCKETS": str(started.socket_folder), **started.env}


def swap(sockets: Path) -> None:
    """Drop the old database, whoever is connected, and rename the new one."""
    run_sql(sockets, f"DROP DATABASE {DATABASE} WITH (FORCE)")
    run_sql(sockets, f"ALTER DATABASE {NEW} RENAME TO {DATABASE}")


def main() -> int:
    try:
        replace(var_folder(), scale())
    except Stop as reason:
        fail(str(reason))
    except KeyboardInterrupt:
        fail("Stopped. The data was left as it was.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
