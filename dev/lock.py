"""Locks between commands in one checkout. A lock goes when its last holder's process goes."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def take(path: Path) -> int | None:
    """Take the lock and return its open file, or None when somebody else holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    return held


def take_within(path: Path, seconds: float) -> int | None:
    """Take the lock, waiting up to `seconds` for whoever holds it."""
    limit = time.monotonic() + seconds
    while (held := take(path)) is None and time.monotonic() < limit:
        time.sleep(0.1)
    return held


@contextmanager
def holding(path: Path, seconds: float) -> Iterator[bool]:
    """Hold the lock while the block runs; yields whether it was to be had within `seconds`."""
    held = take_within(path, seconds)
    try:
        yield held is not None
    finally:
        if held is not None:
            os.close(held)
