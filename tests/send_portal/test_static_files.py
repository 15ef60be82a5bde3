"""What `npm run build` makes is complete, hashes well, and carries nobody else's marks."""

import re
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

DIST = Path(settings.BASE_DIR, "static/dist")


def test_files_are_collected_under_hashed_names(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }

    # Fails on a style sheet that names a missing image.
    call_command("collectstatic", interactive=False, verbosity=0)

    [css] = tmp_path.glob("portal.*.css")
    images = re.findall(r'url\("?([^")]+)', css.read_text())
    assert len(images) > 0
    assert [image for image in images if not (tmp_path / image).is_file()] == []


def test_style_is_arial_without_the_marks_of_central_government():
    css = (DIST / "portal.css").read_text()
    names = " ".join(str(path.relative_to(DIST)) for path in DIST.rglob("*"))

    assert set(re.findall(r"font-family:([^;}]+)", css)) <= {
        "arial,sans-serif",
        "sans-serif",
        "inherit",
    }
    assert "@font-face" not in css
    pictures = names + "".join(re.findall(r"url\([^)]*\)", css))
    assert re.findall("crown|crest|logotype", pictures) == []
