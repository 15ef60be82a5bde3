"""Looking at real processes: who descends from whom, and who is still alive."""

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def table() -> dict[int, int]:
    """Every living process and its parent; what is dead but not yet buried does not count."""
    if sys.platform != "linux":
        listed = subprocess.run(
            ["ps", "-axo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
        )
        rows = [line.split() for line in listed.stdout.splitlines()]
        return {int(pid): int(parent) for pid, parent, state in rows if "Z" not in state}
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            found[int(stat.parent.name)] = int(parent)
    return found


def descendants(pid: int) -> set[int]:
    """Children, children's children and so on."""
    parents = table()
    found: set[int] = set()
    new = {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def survivors(pids: Iterable[int], within: float) -> set[int]:
    """Which of the processes are still there after at most `within` seconds."""
    limit = time.monotonic() + within
    while (left := set(pids) & table().keys()) and time.monotonic() < limit:
        time.sleep(0.05)
    return left


def start_script(script: str, *words: str) -> "subprocess.Popen[str]":
    """A Python process that can import the project's tools and talks through pipes."""
    return subprocess.Popen(
        [sys.executable, "-u", "-c", script, *words],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
