"""What is known about the `make run` of this checkout: its locks and its note.

Two locks. `run.lock` is held by the supervisor alone: it tells a second `make run` from a
first. `servers.lock` is held by every keeper too, so it is free only when the last server has
really stopped, also after the supervisor was killed.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from dev.console import Stop, say
from dev.lock import take, take_within

LAST_RUN_LIMIT = 90  # seconds


@dataclass(frozen=True)
class Note:
    """What a running portal tells other commands about itself."""

    url: str
    database_url: str
    redis_url: str
    # Empty when the database is not an embedded one.
    socket_folder: str


def write_note(var: Path, note: Note) -> None:
    """Leave the note, readable by its owner only: it holds the queue's password."""
    path = var / "run.json"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(note), file)


def read_note(var: Path) -> Note | None:
    """The note of the running portal, if it has got as far as leaving one."""
    try:
        return Note(**json.loads((var / "run.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def refuse_second(var: Path) -> None:
    """Raise Stop when a portal runs from this checkout already."""
    os.close(take_run_lock(var))


def take_run_lock(var: Path) -> int:
    """Become the one `make run` of this checkout; raises Stop when there is one."""
    held = take(var / "run.lock")
    if held is not None:
        return held
    note = read_note(var)
    where = f"is already running at {note.url}" if note else "is just starting or stopping"
    raise Stop(
        f"The portal {where}, from this same checkout.\n"
        "Stop that one first, with Ctrl-C in its terminal. For a second portal with data of its "
        "own, set PORTAL_VAR to another folder."
    )


def take_servers_lock(var: Path) -> int:
    """Wait until the servers of the last run have stopped, and become their owner."""
    held = take(var / "servers.lock")
    if held is None:
        say("  Waiting for the servers of the last run to stop")
        held = take_within(var / "servers.lock", LAST_RUN_LIMIT)
    if held is None:
        raise Stop(
            f"The servers of the last run have not stopped for {LAST_RUN_LIMIT} seconds. "
            f"Their logs are in {var / 'logs'}."
        )
    return held
