"""`python3 -m dev COMMAND`: prepare the checkout, then hand over to the command.

What runs here runs before .venv exists: standard library only. Handing over replaces this
process, so that whoever started it holds the command itself.
"""

import os
import sys

from dev.clean import clean
from dev.console import Stop, fail
from dev.prepare import PYTHON, ROOT, prepare, var_folder
from dev.running import refuse_second

COMMANDS = ("run", "test", "check", "prove", "manage", "demo", "rules", "clean")


def main() -> None:
    command, *words = sys.argv[1:] or ["run"]
    if command not in COMMANDS:
        fail(f"There is no command {command!r}: {', '.join(COMMANDS)}.")
    os.chdir(ROOT)
    try:
        if command == "clean":
            clean()
            return
        if command == "run":
            refuse_second(var_folder())
        prepare()
    except Stop as reason:
        fail(str(reason))
    except OSError as refused:  # a full disk, a folder of somebody else's
        fail(f"This machine refused: {refused}")
    except KeyboardInterrupt:
        fail("Stopped. Start again when you like: finished steps are not repeated.")
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), "-m", f"dev.{command}", *words])  # noqa: S606


if __name__ == "__main__":
    main()
