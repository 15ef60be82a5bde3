"""Steps are repeated when what they depend on changes, and the right Python is found."""

import os
import subprocess
from pathlib import Path

import pytest

from dev.prepare import fingerprint
from tests.dev.processes import ROOT


def test_fingerprint_changes_with_contents_names_and_words_only(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    two.write_text("b")
    before = fingerprint([one, two], "x86_64")

    assert fingerprint([two, one], "x86_64") == before
    assert fingerprint([one, two], "aarch64") != before
    assert fingerprint([one], "x86_64") != before
    two.write_text("c")
    assert fingerprint([one, two], "x86_64") != before


@pytest.fixture
def programs(tmp_path):
    """A folder to stand for PATH, in which each test puts the Pythons of its machine."""
    (tmp_path / "echo").symlink_to("/bin/echo")
    return tmp_path


def python_that(programs: Path, name: str, script: str) -> None:
    (programs / name).write_text(f"#!/bin/sh\n{script}\n")
    (programs / name).chmod(0o755)


def find(programs: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/sh", str(ROOT / "dev" / "python"), "-c", "print('found')"],
        env={"PATH": str(programs), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_machine_without_python_is_told_what_it_needs(programs):
    done = find(programs)

    assert done.returncode == 1
    assert "needs Python 3.11 or newer; this machine has none" in done.stderr


def test_machine_with_an_old_python_is_told_which(programs):
    python_that(programs, "python3", '[ "$1" = --version ] && echo Python 3.9.2 && exit; exit 1')

    done = find(programs)

    assert done.returncode == 1
    assert "this machine has Python 3.9.2" in done.stderr


def test_python_without_venv_is_told_which_package_to_install(programs):
    python_that(programs, "python3.12", 'case "$2" in *ensurepip*) exit 1;; esac')

    done = find(programs)

    assert done.returncode == 1
    assert "install the package python3.12-venv" in done.stderr


def test_broken_python_is_passed_over_for_one_that_works(programs):
    python_that(programs, "python3.13", "echo 'command not found' >&2; exit 127")
    python_that(programs, "python3.12", 'echo "$@"')

    done = find(programs)

    assert done.returncode == 0
    assert done.stdout == "-c print('found')\n"


def test_named_python_comes_first(programs):
    python_that(programs, "python3.13", "echo newest")
    python_that(programs, "mine", "echo mine")

    assert find(programs, PYTHON=str(programs / "mine")).stdout == "mine\n"


def test_unknown_command_is_answered_with_the_known_ones():
    done = subprocess.run(
        ["/bin/sh", "dev/python", "-m", "dev", "fly"],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "There is no command 'fly': run, test, check" in done.stderr
