"""Compile every template of ours with Django's engine: a misspelt tag fails here, not on a page."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from dev.prepare import ROOT


def own_templates(root: Path) -> list[Path]:
    """Every template in the repository: the project's own folder and those of its apps."""
    folders = [root / "templates", *root.glob("*/templates")]
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


def complaints(root: Path) -> Iterator[str]:
    """A sentence for each template below `root` that does not compile. Django must be set up."""
    from django.template import TemplateSyntaxError, engines

    for path in own_templates(root):
        try:
            engines["django"].from_string(path.read_text())
        except (TemplateSyntaxError, UnicodeDecodeError) as error:
            yield f"{path.relative_to(root)}: {error}"


def main() -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "send_portal.settings")
    django.setup()
    found = list(complaints(ROOT))
    for complaint in found:
        print(complaint)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
