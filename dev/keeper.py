"""Start one process and see to it that it never outlives whoever asked for it.

Run as a script of its own, with a JSON order as its only argument. The one who asks holds the
other end of this process's standard input. When that closes, because it was closed on purpose
or because its holder was killed, the process is told to stop, is killed if it will not, and
the folders named in the order are removed. So an ordinary stop and a violent death of the
parent take the same road, on Linux and on macOS. When the process ends by itself while
somebody is there to ask why, the folders stay: the log may be in them.

On Linux the kernel also sends the stop signal should the keeper itself be killed.
"""

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

LOOK_EVERY = 0.2  # seconds
PR_SET_PDEATHSIG = 1


def become(order: dict[str, Any]) -> Callable[[], None]:
    """What the new process does to itself between fork and exec."""
    keeper = os.getpid()
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def prepare() -> None:
        os.setsid()
        if order["uid"] is not None:
            os.setgroups([])
            os.setgid(order["gid"])
            os.setuid(order["uid"])
        if libc:
            # After setuid: the kernel forgets the wish when the user changes.
            libc.prctl(PR_SET_PDEATHSIG, order["stop_signal"], 0, 0, 0)
            if os.getppid() != keeper:
                os._exit(1)

    return prepare


def watch(child: subprocess.Popen[bytes], parent: int) -> None:
    """Return when the child has ended or the parent has let go."""
    while child.poll() is None:
        # The second question: a forked copy of the parent may still hold the pipe open.
        if select.select([0], [], [], LOOK_EVERY)[0] or os.getppid() != parent:
            return


def end(child: subprocess.Popen[bytes], order: dict[str, Any]) -> None:
    """Stop the child if it still runs, and whatever is left of its process group."""
    died = child.poll() is not None
    if not died:
        child.send_signal(order["stop_signal"])
        try:
            child.wait(order["grace"])
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    if not died or os.getppid() != order["parent"]:
        for folder in order["remove"]:
            shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        os.killpg(child.pid, signal.SIGKILL)


def main() -> int:
    order = json.loads(sys.argv[1])
    # The terminal's Ctrl-C and hang-up are the parent's business: it stops things in order.
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    child = subprocess.Popen(
        order["command"], stdin=subprocess.DEVNULL, preexec_fn=become(order), cwd=order["cwd"]
    )
    try:
        watch(child, order["parent"])
    finally:
        end(child, order)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


if __name__ == "__main__":
    sys.exit(main())
