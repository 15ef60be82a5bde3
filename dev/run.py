"""`make run`: the whole portal on one machine, stopped in order, gone when this process is."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NoReturn

from dev.child import Child, Order
from dev.console import Stop, fail, say, step
from dev.embedded import Servers, durable_servers
from dev.port import choose_port, is_free
from dev.prepare import PYTHON, ROOT, var_folder
from dev.running import Note, take_run_lock, take_servers_lock, write_note

LOOK_EVERY = 0.3  # seconds
READY_LIMIT = 90  # seconds
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (gunicorn makes its own private files there)


class Ended(Exception):
    """Somebody asked the portal to stop; the message says who."""


class Portal:
    """Everything `make run` has started, in the order in which it was started."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.children: list[Child] = []
        self.servers = Servers()
        self.env: dict[str, str] = {}
        self.url = ""
        self.mail_port = 0

    def start(self, hold: int) -> None:
        """Servers first, then the data, then the processes that use them."""
        port, workers = choose_port(), worker_count()
        given = os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")
        with step("Using your own servers" if given else "Starting the database and the queue"):
            self.servers = durable_servers(self.var, hold=[hold])
            self.children += self.servers.children
        self.url = f"http://127.0.0.1:{port}"
        self.env = portal_environment(self.var, self.servers, self.url)
        settle(self.var, self.env)
        self.mail_port = choose_port("MAIL_PORT")
        with step("Starting web, worker, beat and mail"):
            self._launch("web", web_command(port), hold)
            for number in range(1, workers + 1):
                name = "worker" if number == 1 else f"worker-{number}"
                self._launch(name, worker_command(number), hold)
            self._launch("beat", ["-m", "celery", "-A", "send_portal", "beat", "--pidfile="], hold)
            self._launch("mail", mail_command(self.mail_port), hold)
            self._wait_until_it_answers()
        write_note(self.var, self._note())

    def _launch(self, name: str, command: list[str], hold: int) -> None:
        order = Order(
            name=name,
            command=[str(PYTHON), *command],
            log=self.var / "logs" / f"{name}.log",
            env=self.env,
            cwd=ROOT,
            hold=[hold],
        )
        self.children.append(Child(order))

    def _wait_until_it_answers(self) -> None:
        limit = time.monotonic() + READY_LIMIT
        while not answers(f"{self.url}/healthz") or is_free(self.mail_port):
            self.check()
            if time.monotonic() > limit:
                raise Stop(
                    f"{self.url} did not answer for {READY_LIMIT} seconds. "
                    f"Logs: {self.var / 'logs'}"
                )
            time.sleep(0.1)

    def _note(self) -> Note:
        return Note(
            url=self.url,
            database_url=self.env["DATABASE_URL"],
            redis_url=self.env["REDIS_URL"],
            socket_folder=str(self.servers.socket_folder or ""),
        )

    def check(self) -> None:
        """Raise Stop when one of our processes has ended by itself."""
        for child in self.children:
            if not child.running():
                say(f"\nThe {child.name} process ended unexpectedly: stopping the others")
                raise Stop(
                    f"The {child.name} process ended with code {child.keeper.returncode}. "
                    f"The end of its log ({child.log}):\n{child.last_words()}"
                )

    def watch(self) -> NoReturn:
        """Stay until somebody ends the portal or a process of it fails."""
        parent = os.getppid()
        while True:
            self.check()
            # Started by make, we go when it goes, however it went.
            if "MAKELEVEL" in os.environ and os.getppid() != parent:
                raise Ended("make is gone")
            time.sleep(LOOK_EVERY)

    def stop(self) -> None:
        """The last started stops first; each is waited for."""
        (self.var / "run.json").unlink(missing_ok=True)
        for child in reversed(self.children):
            with step(f"Stopping {child.name}"):
                child.stop()


def portal_environment(var: Path, servers: Servers, url: str) -> dict[str, str]:
    """The settings of a demonstration portal, over what the caller has set."""
    ours = {"PORTAL_MODE": "demo", "PORTAL_VAR": str(var), "PYTHONUNBUFFERED": "1"}
    if sys.platform == "darwin":
        # Apple's libraries end a forked process that touches them, which workers do.
        ours["OBJC_DISABLE_INITIALIZE_FORK_SAFETY"] = "YES"
    return {"PORTAL_URL": url, **os.environ, **ours, **servers.env}


def web_command(port: int) -> list[str]:
    """Two processes of four threads: enough to click through, small enough for a laptop."""
    command = ["-m", "gunicorn", "send_portal.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "2", "--threads", "4", "--graceful-timeout", "5"]
    command += ["--no-control-socket", "--access-logfile", "-"]
    # What is searched for, after the "?", is logged nowhere.
    command += ["--access-logformat", '%(t)s "%(m)s %(U)s" %(s)s %(b)s']
    # Heartbeats on a busy disk would make gunicorn take a healthy worker for a hung one.
    if os.access(SHARED_MEMORY, os.W_OK):
        command += ["--worker-tmp-dir", str(SHARED_MEMORY)]
    return command


def worker_command(number: int) -> list[str]:
    """A Celery worker on the default queue."""
    command = ["-m", "celery", "-A", "send_portal", "worker", "--concurrency", "2"]
    command += ["--loglevel", "INFO", "--hostname", f"worker{number}@%h"]
    return [*command, "--without-gossip", "--without-mingle"]


def mail_command(port: int) -> list[str]:
    """The mail room's door, for mail from this machine."""
    return ["manage.py", "receive_mail", "--port", str(port)]


def worker_count() -> int:
    """The number in WORKERS, 1 unless set."""
    text = os.environ.get("WORKERS") or "1"
    if not text.isdecimal() or not 1 <= int(text) <= 16:
        raise Stop(f"WORKERS is {text!r}: it must be a number from 1 to 16.")
    return int(text)


def sign_ins_file(var: Path) -> Path:
    """Where the demonstration's sign-ins are kept between settling and printing."""
    return var / "sign-ins.txt"


def settle(var: Path, env: dict[str, str], scale: str | None = None) -> None:
    """Migrate, load and collect in a process of its own; raises Stop when that failed."""
    log = var / "logs" / "settle.log"
    log.parent.mkdir(exist_ok=True)
    words = [str(log), str(sign_ins_file(var))]
    command = [str(PYTHON), "-m", "dev.settle", *words, *([scale] if scale else [])]
    # In a session of its own, Ctrl-C reaches us alone; we then end it.
    done = subprocess.run(command, cwd=ROOT, env=env, check=False, start_new_session=True)
    if done.returncode:
        raise Stop("The portal was not started.")


def answers(url: str) -> bool:
    """Whether the page answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310 (our own http address)
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def end_on_signals() -> None:
    """Ctrl-C, SIGTERM and a closed terminal all end the portal in order."""

    def end(number: int, _frame: object) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Ended("" if number == signal.SIGINT else signal.Signals(number).name)

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup stays in force
        signal.signal(signal.SIGHUP, end)


def announce(portal: Portal, begun: float) -> None:
    """The address and who can sign in."""
    say(f"\nThe SEND Portal is ready after {time.monotonic() - begun:.0f} s: {portal.url}\n")
    say(sign_ins_file(portal.var).read_text().rstrip())
    say(f"\nMail in: 127.0.0.1, port {portal.mail_port} (SMTP)")
    say(f"\nCtrl-C stops it. Logs are in {portal.var / 'logs'}\n")


def main() -> int:
    begun = time.monotonic()
    var = var_folder()
    portal = Portal(var)
    try:
        end_on_signals()
        take_run_lock(var)  # held until this process ends
        portal.start(hold=take_servers_lock(var))
        announce(portal, begun)
        portal.watch()
    except Ended as who:
        say(f"\nStopping{f' ({who})' if str(who) else ''}")
        portal.stop()
        say("Everything has stopped.")
        return 0
    except Stop as reason:
        portal.stop()
        fail(str(reason))
    except OSError as refused:  # a full disk, a folder of somebody else's
        portal.stop()
        fail(f"This machine refused: {refused}")


if __name__ == "__main__":
    sys.exit(main())
