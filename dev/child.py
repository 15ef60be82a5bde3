"""A process of ours that cannot outlive us: started, watched and stopped through a keeper."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.account import Account
from dev.console import last_lines

KEEPER = Path(__file__).with_name("keeper.py")


@dataclass(frozen=True)
class Order:
    """What to start, and how to end it. `grace` is in seconds."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str]
    cwd: Path
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10
    remove: Sequence[Path] = ()
    # Open files the keeper holds as long as it lives: a lock is free when the last keeper is gone.
    hold: Sequence[int] = ()

    def as_json(self) -> str:
        """The order as the keeper reads it."""
        return json.dumps(
            {
                "command": [str(part) for part in self.command],
                "cwd": str(self.cwd),
                "uid": self.account.uid if self.account else None,
                "gid": self.account.gid if self.account else None,
                "stop_signal": int(self.stop_signal),
                "grace": self.grace,
                "remove": [str(folder) for folder in self.remove],
                "parent": os.getpid(),
            }
        )


class Child:
    """One running process behind its keeper."""

    def __init__(self, order: Order) -> None:
        self.name = order.name
        self.log = order.log
        self._limit = order.grace + 10
        self._remove = order.remove
        order.log.parent.mkdir(parents=True, exist_ok=True)
        if order.log.exists():
            order.log.replace(order.log.with_name(order.log.name + ".1"))
        with order.log.open("ab") as log:
            self.keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(KEEPER), order.as_json()],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=dict(order.env),
                pass_fds=order.hold,
                start_new_session=True,
            )

    def running(self) -> bool:
        """Whether the process is still there."""
        return self.keeper.poll() is None

    def wait(self) -> int:
        """Wait until the process ends by itself and return its exit code.

        When the waiting is interrupted, so is the process.
        """
        try:
            code = self.keeper.wait()
        except BaseException:
            self.stop()
            raise
        assert self.keeper.stdin  # noqa: S101 (Popen was given a pipe)
        self.keeper.stdin.close()
        return code

    def stop(self) -> None:
        """Stop the process and wait until it is gone. Safe to call twice."""
        assert self.keeper.stdin  # noqa: S101 (Popen was given a pipe)
        self.keeper.stdin.close()
        try:
            self.keeper.wait(self._limit)
        except subprocess.TimeoutExpired:
            self.keeper.kill()
            self.keeper.wait()
        for folder in self._remove:
            shutil.rmtree(folder, ignore_errors=True)

    def last_words(self) -> str:
        """The end of its log, for a message that says what went wrong."""
        return last_lines(self.log)
