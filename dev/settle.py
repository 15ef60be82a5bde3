"""Bring the database and the static files to what the code expects, in one process.

Run by `make run` and `make demo` once the servers are there. Starting Django takes longer than
most of these steps, so they share one start.
"""

import os
import sys
import traceback
from io import StringIO
from pathlib import Path
from typing import IO

from dev.console import fail, last_lines, say, step

ENGLAND = "england"


def main() -> None:
    """Arguments: the log, the file for the sign-ins, and optionally the size to load."""
    from django.core.management.base import CommandError

    log, sign_ins, *size = sys.argv[1:]
    with Path(log).open("w") as out:
        try:
            settle(out, Path(sign_ins), size[0] if size else None)
        except CommandError as reason:
            fail(str(reason))
        except Exception:
            traceback.print_exc(file=out)
            out.flush()
            fail(f"That did not work. The end of the log ({log}):\n{last_lines(Path(log))}")


def settle(out: IO[str], sign_ins: Path, size: str | None) -> None:
    """Every step may be repeated without harm. What the commands say goes to `out`."""
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "send_portal.settings")
    with step("Bringing the database up to date"):
        django.setup()
        call_command("migrate", interactive=False, stdout=out)
    with step("Loading standards, opening hours and bank holidays"):
        call_command("load_policy", stdout=out)
    if size:
        say(f"  Loading the demonstration authority at scale {size} …")
        call_command("load_demo", *size_words(size))
    else:
        with step("Making sure there is a demonstration authority"):
            call_command("load_demo", "--if-empty", stdout=out)
    with step("Collecting style sheets, scripts and images"):
        call_command("collectstatic", interactive=False, stdout=out)
    sign_ins.write_text(demonstration_sign_ins())


def size_words(size: str) -> list[str]:
    """`england` is all authorities in one database; anything else is a share of one council."""
    return ["--england"] if size == ENGLAND else ["--scale", size]


def demonstration_sign_ins() -> str:
    """One sign-in for each role, or why there is none: the caseload may be an imported one."""
    from django.core.management import call_command
    from django.core.management.base import CommandError

    said = StringIO()
    try:
        call_command("demo_sign_ins", stdout=said)
    except CommandError as reason:
        return f"{reason}\n"
    return said.getvalue()


if __name__ == "__main__":
    main()
