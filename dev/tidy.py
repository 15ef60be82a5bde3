"""Every text file of the repository: clean ends of lines, no addresses of package registries,
no paths of one person's machine."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from dev.prepare import ROOT

SKIPPED = {".git", ".venv", "node_modules", "var", "staticfiles", "dist", "__pycache__"}
# In two parts, so that this file passes its own check.
REGISTRIES = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "yarn" + "pkg.com",
    "unpkg" + ".com",
    "cdn.js" + "delivr.net",
)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:root|home/\w+|Users/\w+|work/(?:main|shared))/")
# Data keeps the line ends its publisher gave it.
AS_PUBLISHED = (".csv",)


def files() -> list[Path]:
    """The files of the repository, ignored ones left out, also without git."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
        names = [name for name in done.stdout.split("\0") if name]
    except OSError:
        names = []
    found = [ROOT / name for name in names] or list(_walk(ROOT))
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in SKIPPED or path.name.endswith("_cache"):
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


def complaints(name: str, content: bytes) -> Iterator[str]:
    """What is wrong with one file, a sentence each; nothing for binary files."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return
    if "\0" in text:
        return
    for number, line in enumerate(text.split("\n"), start=1):
        yield from (f"{name}:{number}: {what}" for what in _addresses(line))
        if not name.endswith(AS_PUBLISHED):
            yield from (f"{name}:{number}: {what}" for what in _line_ends(line))
    if text and not text.endswith("\n"):
        yield f"{name}: the last line does not end"
    if text.endswith("\n\n"):
        yield f"{name}: empty lines at the end"


def _addresses(line: str) -> Iterator[str]:
    yield from (f"names the registry {host}" for host in REGISTRIES if host in line)
    if MACHINE_PATH.search(line):
        yield "names a path of one machine"


def _line_ends(line: str) -> Iterator[str]:
    if line.endswith("\r"):
        yield "ends as on Windows"
    elif line != line.rstrip(" \t"):
        yield "blank space at the end"


def main() -> int:
    found = [
        complaint
        for path in files()
        for complaint in complaints(str(path.relative_to(ROOT)), path.read_bytes())
    ]
    for complaint in found:
        print(complaint)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
