"""No process of ours outlives whoever asked for it: proved by killing for real."""

import os
import signal
import sys
from pathlib import Path

import pytest

from dev.child import Child, Order
from tests.dev.processes import ROOT, descendants, start_script, survivors

SLEEP = [sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('ready', flush=True); time.sleep(600)",
]
WITH_GRANDCHILD = ["/bin/sh", "-c", "sleep 600 & echo ready; wait"]
PARENT = """
import sys
from pathlib import Path
from tests.dev.test_keeper import order, started
child = started(order(Path(sys.argv[1]), eval(sys.argv[2])))
print("started", flush=True)
sys.stdin.read()
"""


def order(folder: Path, command: list[str], **more) -> Order:
    return Order("sleeper", command, folder / "log", dict(os.environ), ROOT, **more)


def started(what: Order) -> Child:
    """The child, once it has said that it is ready."""
    child = Child(what)
    while "ready" not in what.log.read_text():
        assert child.running(), child.last_words()
    return child


def test_child_stops_when_asked(tmp_path):
    child = started(order(tmp_path, SLEEP))
    theirs = descendants(child.keeper.pid)

    child.stop()

    assert not child.running()
    assert len(theirs) == 1
    assert survivors(theirs, within=0) == set()


def test_child_that_ignores_the_signal_is_killed_after_its_grace(tmp_path):
    child = started(order(tmp_path, STUBBORN, grace=0.3))
    theirs = descendants(child.keeper.pid)

    child.stop()

    assert survivors(theirs, within=0) == set()


@pytest.mark.parametrize("command", [SLEEP, WITH_GRANDCHILD], ids=["one", "with a grandchild"])
def test_killing_the_parent_leaves_nothing(tmp_path, command):
    parent = start_script(PARENT, str(tmp_path), repr(command))
    assert parent.stdout.readline() == "started\n"
    everybody = descendants(parent.pid)

    parent.kill()
    parent.communicate()

    assert len(everybody) >= 2
    assert survivors(everybody, within=5) == set()


def test_parent_with_a_forked_copy_is_noticed_all_the_same(tmp_path):
    copying = PARENT.replace("sys.stdin.read()", "import os; os.fork(); sys.stdin.read()")
    parent = start_script(copying, str(tmp_path), repr(SLEEP))
    assert parent.stdout.readline() == "started\n"
    kept = {pid for child in descendants(parent.pid) for pid in descendants(child)}

    os.kill(parent.pid, signal.SIGKILL)

    assert len(kept) == 1
    assert survivors(kept, within=5) == set()
    parent.communicate()


def test_everybody_killed_at_once_leaves_nothing_on_linux(tmp_path):
    # On macOS the kernel has no such promise; there only the keeper stands guard.
    keeper_too = sys.platform == "linux"
    parent = start_script(PARENT, str(tmp_path), repr(SLEEP))
    assert parent.stdout.readline() == "started\n"
    everybody = descendants(parent.pid)
    (keeper,) = {pid for pid in everybody if descendants(pid)}

    parent.kill()
    if keeper_too:
        os.kill(keeper, signal.SIGKILL)
    parent.communicate()

    assert survivors(everybody, within=5) == set()


def test_folders_go_when_the_child_is_stopped_and_stay_when_it_died(tmp_path):
    kept, gone = tmp_path / "kept", tmp_path / "gone"
    kept.mkdir()
    gone.mkdir()
    dies = Child(order(tmp_path / "a", ["/bin/sh", "-c", "exit 3"], remove=[kept]))
    code = dies.keeper.wait(10)
    stays = started(order(tmp_path / "b", SLEEP, remove=[gone]))

    stays.stop()

    assert code == 3
    assert kept.exists()
    assert not gone.exists()
    dies.stop()
    assert not kept.exists()


def test_log_of_the_run_before_is_kept(tmp_path):
    for word in ("first", "second"):
        echo = Child(order(tmp_path, ["/bin/echo", word]))
        echo.keeper.wait(10)
        echo.stop()

    assert (tmp_path / "log").read_text() == "second\n"
    assert (tmp_path / "log.1").read_text() == "first\n"
