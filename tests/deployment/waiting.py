"""Waiting for what other processes do: looked for often, with a limit for a busy machine."""

import time
from collections.abc import Callable

LIMIT = 60  # seconds; what is waited for takes a few


def eventually(condition: Callable[[], object]) -> bool:
    """Whether the condition comes true within the limit."""
    limit = time.monotonic() + LIMIT
    while not (found := condition()) and time.monotonic() < limit:
        time.sleep(0.05)
    return bool(found)
