"""`make check`: every check runs, and everything that failed is shown at the end."""

import os
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from dev.console import say
from dev.prepare import PYTHON, ROOT

# Nothing here needs a server, so none may be asked by mistake.
NO_SERVERS = {
    "DATABASE_URL": "postgres://nobody@/none?host=/nonexistent",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
TEST = NO_SERVERS | {"PORTAL_MODE": "test"}
PRODUCTION = NO_SERVERS | {
    "PORTAL_MODE": "production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "portal.example.org",
    "PORTAL_URL": "https://portal.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
}
AT_A_TIME = 2


@dataclass(frozen=True)
class Check:
    """One command that must succeed. `words` follow the virtual environment's Python."""

    name: str
    words: list[str]
    env: dict[str, str] = field(default_factory=dict)


CHECKS = [
    # The slowest first: the others run beside it.
    Check("types (mypy)", ["-m", "mypy", "."], TEST),
    Check("lint (ruff check)", ["-m", "ruff", "check", "."]),
    Check("format (ruff format)", ["-m", "ruff", "format", "--check", "."]),
    Check(
        "layers (import-linter)",
        ["-c", "from importlinter.cli import lint_imports_command as c; c()"],
    ),
    Check(
        "missing migrations",
        # The database is not there to be asked about its history; that is all that is ignored.
        ["-W", "ignore::RuntimeWarning", "manage.py", "makemigrations", "--check", "--dry-run"],
        TEST,
    ),
    Check(
        "production settings (check --deploy)",
        ["manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        PRODUCTION,
    ),
    Check("templates compile", ["-m", "dev.templates"], TEST),
    Check("tidy text files", ["-m", "dev.tidy"]),
    Check("docs/rules.md is current", ["-m", "dev.rules", "--check"]),
]


def run(check: Check) -> tuple[Check, str]:
    """The check and what it complained about; nothing when it passed."""
    begun = time.monotonic()
    done = subprocess.run(
        [str(PYTHON), *check.words],
        cwd=ROOT,
        env=os.environ | check.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    verdict = "FAILED" if done.returncode else "ok"
    say(f"  {check.name}: {verdict} ({time.monotonic() - begun:.1f} s)")
    return check, (done.stdout.strip() or "failed silently") if done.returncode else ""


def run_all() -> list[str]:
    """Run every check; return the names of those that failed, after showing their words."""
    say("Checking")
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        failures = [(check, words) for check, words in pool.map(run, CHECKS) if words]
    for check, words in failures:
        say(f"\n--- {check.name} ---\n{words}")
    return [check.name for check, _ in failures]


def main() -> int:
    failed = run_all()
    say(f"\nFailed: {', '.join(failed)}" if failed else "\nAll checks passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
