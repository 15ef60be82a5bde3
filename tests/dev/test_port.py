"""The port the portal is read on."""

import socket

import pytest

from dev.console import Stop
from dev.port import choose_port, is_free, wanted_port


@pytest.fixture
def taken():
    """A port somebody listens on, on all addresses of the machine."""
    with socket.socket() as listening:
        listening.bind(("", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_port_somebody_listens_on_is_not_free(taken):
    assert not is_free(taken)


def test_next_free_port_is_taken_and_said(taken, monkeypatch, capsys):
    monkeypatch.setenv("PORT", str(taken))

    port = choose_port()

    assert taken < port <= taken + 100
    assert f"Port {taken} is used by another program: taking {port}" in capsys.readouterr().out


@pytest.mark.parametrize("words", ["abc", "0", "65536", "-1", "80 80"])
def test_port_that_is_none_is_refused(words, monkeypatch):
    monkeypatch.setenv("PORT", words)

    with pytest.raises(Stop, match="from 1 to 65535"):
        wanted_port()


@pytest.mark.parametrize(("variable", "port"), [("PORT", 8000), ("MAIL_PORT", 8025)])
def test_port_has_a_default_unless_named(variable, port, monkeypatch):
    monkeypatch.delenv(variable, raising=False)

    assert wanted_port(variable) == port
