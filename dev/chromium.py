"""Finding the browser that the browser tests drive."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def find_chromium() -> str | None:
    """The path in CHROMIUM, or of the first Chromium or Chrome of this machine."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if os.access(named, os.X_OK) else None
    on_path = (shutil.which(name) for name in NAMES)
    installed = (path for path in MAC_APPLICATIONS if Path(path).exists())
    return next((path for path in (*on_path, *installed) if path), None)
