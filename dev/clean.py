"""`make clean`: remove everything the other commands made. Standard library only."""

import os
import shutil

from dev.console import Stop, say
from dev.prepare import ROOT, VENV, var_folder
from dev.running import refuse_second

MADE = ("node_modules", "static/dist", "staticfiles", ".mypy_cache", ".ruff_cache")
ALSO_MADE = (".import_linter_cache", ".hypothesis")


def clean() -> None:
    """Ask first, since the demonstration's data goes too; YES=1 does not ask."""
    var = var_folder()
    if var.exists():
        refuse_second(var)
    if not confirmed(f"Remove .venv, node_modules and everything in {var}, data included?"):
        raise Stop("Nothing was removed.")
    elsewhere = var / "elsewhere"
    folders = [VENV, *(ROOT / name for name in MADE + ALSO_MADE), var]
    if elsewhere.is_symlink():
        folders.insert(0, elsewhere.resolve())
    for folder in folders:
        if folder.exists():
            say(f"  Removing {folder}")
            shutil.rmtree(folder)


def confirmed(question: str) -> bool:
    """Whether the person agrees, or has agreed with YES=1; without a terminal nobody can."""
    if os.environ.get("YES") == "1":
        return True
    try:
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        say("\nNobody is there to answer: say YES=1 to agree beforehand.")
        return False
