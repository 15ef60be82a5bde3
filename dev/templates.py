"""Compile every template of ours with Django's engine: a misspelt tag fails here, not on a page."""

import os
import sys
from pathlib import Path

from dev.prepare import ROOT


def own_template_folders() -> list[Path]:
    """Template folders inside the repository, the project's first."""
    from django.template import engines

    folders = (Path(str(folder)) for folder in engines["django"].engine.dirs)  # type: ignore[attr-defined]
    apps = sorted(ROOT.glob("*/templates"))
    return [*(folder for folder in folders if folder.is_relative_to(ROOT)), *apps]


def main() -> int:
    import django
    from django.template import TemplateSyntaxError
    from django.template.loader import get_template

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "send_portal.settings")
    django.setup()
    failures = 0
    for folder in own_template_folders():
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            try:
                get_template(str(path.relative_to(folder)))
            except (TemplateSyntaxError, UnicodeDecodeError) as error:
                failures += 1
                print(f"{path.relative_to(ROOT)}: {error}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
