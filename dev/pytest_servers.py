"""pytest plugin: whoever runs pytest gets servers, without preparing anything.

Loaded first (`-p dev.pytest_servers` in pyproject.toml), so that the environment is complete
before Django reads its settings. The workers of xdist inherit it. With xdist, one template
database is migrated once and every worker's database is a copy of it.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator

import pytest

from dev.chromium import find_chromium
from dev.console import Stop
from dev.embedded import Servers, throw_away_servers
from dev.postgres import DATABASE, ROLE, database_url, run_sql
from dev.prepare import PYTHON, ROOT

TEMPLATE = f"{DATABASE}_template"
TEMPLATE_VARIABLE = "PORTAL_TEST_TEMPLATE"
NOTHING_TO_RUN = ("help", "version", "collectonly", "markers", "show_fixtures")

running = pytest.StashKey[Servers]()


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def _ci() -> bool:
    return os.environ.get("CI", "").lower() in {"true", "1"}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Complete the environment before pytest-django reads the settings."""
    os.environ["PORTAL_MODE"] = "test"
    if _is_worker():
        _use_own_queue(os.environ["PYTEST_XDIST_WORKER"])
    else:
        _start(early_config)
    yield
    if TEMPLATE_VARIABLE in os.environ:
        _copy_from_template()


def _start(config: pytest.Config) -> None:
    options = config.known_args_namespace
    if any(getattr(options, name, False) for name in NOTHING_TO_RUN):
        return
    _keep_files_apart(config)
    try:
        servers = throw_away_servers()
    except Stop as reason:
        raise pytest.UsageError(str(reason)) from None
    config.stash[running] = servers
    config.add_cleanup(servers.stop)
    os.environ.update(servers.env)


def _keep_files_apart(config: pytest.Config) -> None:
    """What tests write must not land among the data of `make run`."""
    folder = tempfile.mkdtemp(prefix="send-portal-files-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["PORTAL_VAR"] = folder


def _use_own_queue(worker: str) -> None:
    """Each xdist worker has its own numbered database of the one Valkey, up to 16."""
    address = os.environ.get("REDIS_URL", "").rpartition("/")[0]
    if address:
        os.environ["REDIS_URL"] = f"{address}/{int(worker.removeprefix('gw')) % 16}"


# --- One migration for all workers ----------------------------------------------------------


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Migrate a template database before the workers start, if the server is our own."""
    servers = config.stash.get(running, None)
    if not servers or not servers.socket_folder:
        return
    run_sql(servers.socket_folder, f"CREATE DATABASE {TEMPLATE} OWNER {ROLE}")
    env = os.environ | {"DATABASE_URL": database_url(servers.socket_folder, TEMPLATE)}
    command = [str(PYTHON), "manage.py", "migrate", "--verbosity", "0"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise pytest.UsageError(f"The migrations failed:\n{done.stdout}{done.stderr}")
    os.environ[TEMPLATE_VARIABLE] = TEMPLATE


def _copy_from_template() -> None:
    from django.conf import settings

    test = settings.DATABASES["default"].setdefault("TEST", {})
    test["TEMPLATE"] = os.environ[TEMPLATE_VARIABLE]


# --- Browser tests --------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Tell the browser tests which browser to drive; without one, CI cannot pass."""
    chromium = find_chromium()
    if chromium:
        os.environ["CHROMIUM"] = chromium
    elif _ci():
        raise pytest.UsageError(
            "CI is set, so the browser tests must run, but there is no Chromium on this machine. "
            "Install one, or name it in CHROMIUM."
        )


def pytest_report_header() -> str:
    """Say which browser is used, or that the browser tests are left out."""
    chromium = find_chromium()
    if chromium:
        return f"browser: {chromium}"
    return "browser: none found, so the tests marked 'browser' are left out (set CHROMIUM)"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the browser tests out where there is no browser."""
    if find_chromium():
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
