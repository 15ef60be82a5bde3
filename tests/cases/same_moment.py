"""Two people at the same moment, each in a thread of their own, for the tests of races."""

import threading
import time
from collections.abc import Callable

from django.db import connection, connections, transaction

from accounts.errors import RuleBroken


def outcome_of(act: Callable[[], object]) -> str:
    try:
        act()
    except RuleBroken as broken:
        return broken.code
    return "done"


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Each in a thread of its own, all let go together; what came of each, in their order."""
    together = threading.Barrier(len(acts))
    outcomes = {}

    def attempt(number: int, act: Callable[[], object]) -> None:
        together.wait()
        try:
            outcomes[number] = outcome_of(act)
        except Exception as error:
            outcomes[number] = type(error).__name__
        finally:
            connections.close_all()

    threads = [threading.Thread(target=attempt, args=given) for given in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcomes[number] for number in range(len(acts))]


def wait_until_somebody_waits_for_us() -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            # Not pg_stat_activity, which looks the same until the transaction ends.
            cursor.execute(
                "SELECT 1 FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone():
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def behind(first: Callable[[], object], second: Callable[[], object]) -> str:
    """What comes of ``second`` when it has to wait until ``first`` is committed."""
    outcomes = []

    def attempt() -> None:
        outcomes.append(outcome_of(second))
        connections.close_all()

    thread = threading.Thread(target=attempt)
    try:
        with transaction.atomic():
            first()
            thread.start()
            wait_until_somebody_waits_for_us()
    finally:
        thread.join()
    return outcomes[0]
