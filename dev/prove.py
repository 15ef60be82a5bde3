"""`make prove`: working time agrees with numpy in a million cases, and is measured beside others.

The libraries it is compared with are needed for nothing else, so they are installed only here.
"""

import os
import sys

from dev.console import Stop, fail
from dev.prepare import PYTHON, ROOT, also_install


def main() -> None:
    os.chdir(ROOT)
    try:
        also_install("prove", "Installing the libraries to compare with")
    except Stop as reason:
        fail(str(reason))
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), "-m", "benchmarks.working_time"])  # noqa: S606


if __name__ == "__main__":
    main()
