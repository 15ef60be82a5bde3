"""What the template check complains about."""

from dev.templates import complaints


def test_template_that_does_not_compile_is_named(tmp_path):
    good = tmp_path / "templates" / "good.html"
    bad = tmp_path / "cases" / "templates" / "cases" / "bad.html"
    for path, text in ((good, "{% if x %}{{ x }}{% endif %}\n"), (bad, "{% iff x %}\n")):
        path.parent.mkdir(parents=True)
        path.write_text(text)

    (complaint,) = complaints(tmp_path)

    assert complaint.startswith(
        "cases/templates/cases/bad.html: Invalid block tag on line 1: 'iff'"
    )
