"""`make test`: every check, then every test, on servers of their own."""

import os
import subprocess
import sys

from dev.check import run_all
from dev.console import say
from dev.prepare import PYTHON, ROOT

MOST_WORKERS = 8


def pytest_command(words: list[str]) -> list[str]:
    """pytest with one worker for each processor, within reason."""
    workers = min(os.cpu_count() or 2, MOST_WORKERS)
    return [str(PYTHON), "-m", "pytest", "-n", str(workers), "--dist", "worksteal", *words]


def main() -> int:
    failed = run_all()
    say("\nTesting")
    if subprocess.run(pytest_command(sys.argv[1:]), cwd=ROOT, check=False).returncode:
        failed.append("tests")
    say(f"\nFailed: {', '.join(failed)}" if failed else "\nEverything passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
