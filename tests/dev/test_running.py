"""One portal for one checkout; the second is told about the first."""

import os

import pytest

from dev.console import Stop
from dev.lock import take
from dev.running import Note, read_note, refuse_second, take_run_lock, take_servers_lock, write_note

NOTE = Note("http://127.0.0.1:8123", "postgres://x", "redis://:secret@127.0.0.1:1/0", "/tmp/x")  # noqa: S108


def test_second_run_is_told_where_the_first_one_is(tmp_path):
    held = take_run_lock(tmp_path)
    write_note(tmp_path, NOTE)

    with pytest.raises(Stop, match=r"already running at http://127\.0\.0\.1:8123"):
        refuse_second(tmp_path)

    os.close(held)
    refuse_second(tmp_path)


def test_second_run_during_the_start_of_the_first_is_refused_too(tmp_path):
    held = take_run_lock(tmp_path)

    with pytest.raises(Stop, match="just starting or stopping"):
        refuse_second(tmp_path)

    os.close(held)


def test_note_can_be_read_by_its_owner_only(tmp_path):
    write_note(tmp_path, NOTE)
    write_note(tmp_path, NOTE)

    assert read_note(tmp_path) == NOTE
    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600


def test_note_that_is_damaged_is_no_note(tmp_path):
    (tmp_path / "run.json").write_text('{"url": ')

    assert read_note(tmp_path) is None


def test_servers_that_do_not_stop_are_said(tmp_path, monkeypatch):
    monkeypatch.setattr("dev.running.LAST_RUN_LIMIT", 0.2)
    held = take(tmp_path / "servers.lock")

    with pytest.raises(Stop, match="have not stopped"):
        take_servers_lock(tmp_path)

    assert held
    os.close(held)
