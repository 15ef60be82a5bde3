"""What the commands say on the terminal. Standard library only: used before .venv exists."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn


class Stop(Exception):
    """A command cannot go on; the message is a sentence for the person at the terminal."""


def say(text: str = "", end: str = "\n") -> None:
    """Print at once, also into a pipe; a terminal that has gone away must not stop the work."""
    with suppress(OSError):
        print(text, end=end, flush=True)


def fail(text: str) -> NoReturn:
    """Print why the command cannot go on, and end it with exit code 1."""
    with suppress(OSError):
        print(f"\n{text}", file=sys.stderr, flush=True)
    sys.exit(1)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Announce a piece of work, and add the seconds it took when it is done."""
    say(f"  {text} …", end="")
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        say()
        raise
    say(f" {time.monotonic() - begun:.1f} s")


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log file, indented, or a sentence when there is nothing in it."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    if not lines:
        return f"    (nothing was written to {log})"
    return "\n".join(f"    {line}" for line in lines[-count:])
