"""Signs of life: a file that a worker or beat keeps touching, so that asking costs nothing.

A container's health check looks at the file's age (docker-compose.yml). It says that the
process goes round its loop and reaches what it works with; whether enforcement as a whole does
its work is what /readyz says.
"""

from contextlib import suppress
from typing import Any

from django.conf import settings


def alive(name: str) -> None:
    """Touch the file ``alive/NAME`` below PORTAL_VAR. Never raises on a full or read-only disk."""
    sign = settings.VAR_DIR / "alive" / name
    with suppress(OSError):
        sign.parent.mkdir(parents=True, exist_ok=True)
        sign.touch()


def worker_is_alive(**_: Any) -> None:
    """Every two seconds, from the worker's own loop, while it is connected to the broker."""
    alive("worker")
