"""Browser tests: run where there is a browser, left out loudly where not, demanded by CI."""

import os
import subprocess
import sys

import pytest

from dev.chromium import find_chromium
from tests.dev.processes import ROOT

A_BROWSER_TEST = """
import pytest

@pytest.mark.browser
def test_in_a_browser():
    raise RuntimeError("a browser was driven")

def test_without_one():
    pass
"""


@pytest.fixture
def run_pytest(tmp_path):
    """pytest on a module with one browser test, for a machine described by its environment."""
    (tmp_path / "test_pages.py").write_text(A_BROWSER_TEST)

    def run(**env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-c", "pyproject.toml", str(tmp_path)],
            cwd=ROOT,
            # Servers that nobody asks, so that none are started.
            env={"PATH": "/nonexistent", "DATABASE_URL": "postgres://x/y", "REDIS_URL": "redis://x"}
            | env,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_without_a_browser_its_tests_are_left_out_and_said_so(run_pytest):
    done = run_pytest(CHROMIUM="/nonexistent/chromium")

    assert "1 passed, 1 deselected" in done.stdout
    assert "the tests marked 'browser' are left out" in done.stdout
    assert done.returncode == 0


def test_ci_without_a_browser_fails(run_pytest):
    done = run_pytest(CHROMIUM="/nonexistent/chromium", CI="true")

    assert "the browser tests must run, but there is no Chromium" in done.stderr
    assert done.returncode == 4


def test_with_a_browser_its_tests_run(run_pytest):
    done = run_pytest(CHROMIUM=sys.executable)

    assert "a browser was driven" in done.stdout
    assert done.returncode == 1


def test_named_browser_that_is_not_there_is_not_replaced_by_another(monkeypatch):
    monkeypatch.setenv("CHROMIUM", os.devnull)

    assert find_chromium() is None
