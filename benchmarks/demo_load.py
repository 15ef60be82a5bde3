"""How fast the demonstration authority loads: ``python -m benchmarks.demo_load [SCALE ...]``.

Each scale is loaded by ``manage.py load_demo`` in a process of its own, into a database of its
own on a throw-away PostgreSQL, or beside the one that DATABASE_URL names, which is dropped at the
end. ``england`` is a scale too. Memory is the loading process's; PostgreSQL's is bounded by its
settings.
"""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from benchmarks.database import database_of_its_own, servers

SCALES = ["0.1", "1", "10"]
DATABASE = "benchmark_demo_load"
TODAY = "2026-12-07"
NOW = datetime(2026, 12, 7, 9, 30, tzinfo=UTC)
MANAGE = Path(__file__).resolve().parent.parent / "manage.py"


@dataclass(frozen=True)
class Measured:
    cases: int
    rows: int
    seconds: float
    peak_mb: float


def main(scales: list[str]) -> None:
    print(f"{'scale':>8} {'cases':>10} {'rows':>12} {'seconds':>9} {'rows/s':>9} {'peak MB':>8}")
    for scale in scales:
        measured = in_database_of_its_own(scale)
        show(scale, measured)
    if "england" not in scales:
        extrapolate(measured)


def in_database_of_its_own(scale: str) -> Measured:
    from clocks.policy_actions import load_policy

    with database_of_its_own(DATABASE):
        load_policy(now=NOW)
        return measure(scale)


def measure(scale: str) -> Measured:
    size = ["--england"] if scale == "england" else ["--scale", scale]
    command = [sys.executable, str(MANAGE), "load_demo", "--today", TODAY, *size]
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{DATABASE}")
    environment = os.environ | {"DATABASE_URL": urlunsplit(url)}
    started = time.perf_counter()
    loading = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert loading.stdout is not None
    said = loading.stdout.read()
    _, status, used = os.wait4(loading.pid, 0)
    seconds = time.perf_counter() - started
    loading.returncode = os.waitstatus_to_exitcode(status)
    assert loading.returncode == 0, said
    found = re.search(r"Loaded ([\d,]+) cases.* ([\d,]+) rows", said)
    assert found is not None, said
    cases, rows = (int(number.replace(",", "")) for number in found.groups())
    # Linux counts in kilobytes, macOS in bytes.
    peak = used.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    return Measured(cases, rows, seconds, peak)


def show(scale: str, measured: Measured) -> None:
    rate = measured.rows / measured.seconds
    print(
        f"{scale:>8} {measured.cases:>10,} {measured.rows:>12,} {measured.seconds:>9.1f} "
        f"{rate:>9,.0f} {measured.peak_mb:>8.0f}"
    )


def extrapolate(largest: Measured) -> None:
    """All of England at the pace of the largest scale that was measured."""
    from send_portal.demo.shares import all_england

    factor = sum(size.cases for size in all_england()) / largest.cases
    print(
        f"All of England at this pace: {largest.rows * factor:,.0f} rows in "
        f"{largest.seconds * factor / 60:.0f} minutes."
    )


if __name__ == "__main__":
    with servers():
        main(sys.argv[1:] or SCALES)
