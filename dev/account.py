"""Whose account the embedded servers run under, and what that account can reach.

PostgreSQL refuses to run as root. Started by root, the servers run as the owner of the data
that is already there, or as `nobody`; started by anybody else, as that person. No mode of any
existing folder is ever changed.
"""

import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dev.console import Stop


@dataclass(frozen=True)
class Account:
    """An unprivileged account that root can hand a server to."""

    uid: int
    gid: int
    name: str


def server_account(data: Path | None = None) -> Account | None:
    """The account for a server over `data`; None means: as we are, nothing to change."""
    if os.geteuid() != 0:
        return None
    owner = data.stat().st_uid if data and data.exists() else 0
    try:
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    except KeyError:
        raise Stop(
            "PostgreSQL does not run as root, and this machine has no account to give it to "
            "('nobody' is missing). Start the command as an ordinary user."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def can_use(account: Account | None, path: Path) -> bool:
    """Whether the account can reach `path` and enter or execute it."""
    if account is None:
        return os.access(path, os.X_OK)
    asked = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return asked.returncode == 0


def give(path: Path, account: Account | None, mode: int = 0o700) -> None:
    """Hand what we made to the account, readable by nobody else."""
    path.chmod(mode)
    if account:
        os.chown(path, account.uid, account.gid)


def short_private_directory(purpose: str, account: Account | None) -> Path:
    """A new folder with a short path: the address of a unix socket holds about 100 bytes."""
    parent = "/tmp" if os.access("/tmp", os.W_OK | os.X_OK) else None  # noqa: S108 (mkdtemp: private)
    folder = Path(tempfile.mkdtemp(prefix=f"send-portal-{purpose}-", dir=parent))
    give(folder, account)
    return folder
