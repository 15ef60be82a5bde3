"""`make manage ARGS="import_cases caseload.csv"`: Django's commands for the portal that runs.

Its database is where `make run` put it, so it has to be running.
"""

import os
import sys

from dev.console import fail
from dev.prepare import PYTHON, ROOT, var_folder
from dev.running import read_note


def main() -> None:
    note = read_note(var_folder())
    if note is None:
        fail("No portal runs from this checkout. Start it with make run, then try again.")
    os.chdir(ROOT)
    env = os.environ | {
        "PORTAL_MODE": "demo",
        "PORTAL_URL": note.url,
        "DATABASE_URL": note.database_url,
        "REDIS_URL": note.redis_url,
    }
    sys.stdout.flush()
    os.execve(PYTHON, [str(PYTHON), "manage.py", *sys.argv[1:]], env)  # noqa: S606


if __name__ == "__main__":
    main()
