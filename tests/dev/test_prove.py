"""What is compared with is installed once, and again when its lock file changes."""

import platform

import pytest

from dev import prepare
from dev.console import Stop


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout whose lock file asks for nothing, with a .venv to remember it in."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "venv").mkdir()
    (tmp_path / "requirements" / "prove.txt").write_text("# nothing\n")
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "VENV", tmp_path / "venv")
    monkeypatch.setenv("PORTAL_VAR", str(tmp_path / "var"))
    return tmp_path


def test_what_is_there_is_not_installed_again(checkout, capsys):
    prepare.also_install("prove", "Installing")
    assert "Installing …" in capsys.readouterr().out

    prepare.also_install("prove", "Installing")
    assert capsys.readouterr().out == ""

    (checkout / "requirements" / "prove.txt").write_text("# nothing else\n")
    prepare.also_install("prove", "Installing")
    assert "Installing …" in capsys.readouterr().out


def test_a_failed_installation_is_tried_again(checkout):
    lock = checkout / "requirements" / "prove.txt"
    lock.write_text("no-hash-was-given==1.0\n")

    for _ in range(2):
        with pytest.raises(Stop, match=r"prove\.txt failed"):
            prepare.also_install("prove", "Installing")
    assert not (checkout / "venv" / "send-portal-prove").exists()


def test_the_stamp_is_this_machines_own(checkout):
    prepare.also_install("prove", "Installing")

    wanted = prepare.fingerprint([checkout / "requirements" / "prove.txt"], platform.machine())
    assert (checkout / "venv" / "send-portal-prove").read_text() == wanted
