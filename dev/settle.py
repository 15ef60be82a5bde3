"""Bring the database and the static files to what the code expects, in one process.

Run by `make run` and `make demo` once the servers are there. Starting Django takes longer than
most of these steps, so they share one start.
"""

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from dev.console import fail, last_lines, step

Call = Callable[..., None]


def main() -> None:
    """Arguments: the log, the file for the sign-ins, and optionally the scale to load."""
    log, sign_ins, *scale = sys.argv[1:]
    with Path(log).open("w") as out:
        try:
            settle(out_to(out), Path(sign_ins), scale[0] if scale else None)
        except Exception:
            traceback.print_exc(file=out)
            out.flush()
            fail(f"That did not work. The end of the log ({log}):\n{last_lines(Path(log))}")


def out_to(out) -> Call:  # type: ignore[no-untyped-def]
    """A call_command whose chatter goes to a log."""
    from django.core.management import call_command

    def call(*words: str, **options: object) -> None:
        call_command(*words, **{"stdout": out, "stderr": out, **options})

    return call


def settle(call: Call, sign_ins: Path, scale: str | None) -> None:
    """Every step may be repeated without harm."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "send_portal.settings")
    with step("Bringing the database up to date"):
        django.setup()
        call("migrate", interactive=False)
    with step("Loading standards, opening hours and bank holidays"):
        call("load_policy")
    if scale:
        with step(f"Loading the demonstration authority at scale {scale}"):
            call("load_demo", "--scale", scale)
    else:
        with step("Making sure there is a demonstration authority"):
            call("load_demo", "--if-empty")
    with step("Collecting style sheets, scripts and images"):
        call("collectstatic", interactive=False)
    with sign_ins.open("w") as file:
        call("demo_sign_ins", stdout=file)


if __name__ == "__main__":
    main()
