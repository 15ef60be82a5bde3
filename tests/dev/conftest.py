"""Folders in which an embedded server may live."""

import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def var():
    """A folder with a space in its name that root's stand-in may enter, as pytest's may not."""
    outer = Path(tempfile.mkdtemp(prefix="send-portal-var-"))
    outer.chmod(0o755)
    folder = outer / "with a space"
    folder.mkdir()
    yield folder
    shutil.rmtree(outer, ignore_errors=True)
