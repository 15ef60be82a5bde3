"""Every variable is in docs/settings.md with its default, in compose and in .env.example."""

import ast
import re
from collections.abc import Iterator

from tests.deployment.compose import ROOT, interpolated, passed_through, portal_environment

# Given by the image, or of use outside production only.
NOT_FOR_COMPOSE = {"DEBUG", "LOG_JSON", "PORTAL_VAR", "SECURE_SSL_REDIRECT", "STATIC_ROOT"}
# Read by gunicorn itself and by send_portal/serving.py.
FOR_GUNICORN = {"GUNICORN_CMD_ARGS", "WEB_CONCURRENCY"}
COMPOSE_HEADING = "## Only docker-compose.yml"


def read_by_settings() -> dict[str, list[ast.expr]]:
    """Each variable that settings.py reads, with the defaults that are written there."""
    tree = ast.parse((ROOT / "send_portal" / "settings.py").read_text())
    found: dict[str, list[ast.expr]] = {}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and re.fullmatch(r"env\.\w+", ast.unparse(call.func)):
            defaults = [word.value for word in call.keywords if word.arg == "default"]
            found.setdefault(ast.literal_eval(call.args[0]), []).extend(defaults)
    return found


def rows(page: str) -> dict[str, str]:
    """Variable and default of every table row."""
    return dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| .+ \|$", page, re.MULTILINE))


def documented() -> tuple[dict[str, str], dict[str, str]]:
    """The settings' own rows, and those of the compose file alone."""
    page = (ROOT / "docs" / "settings.md").read_text()
    settings, _, compose = page.partition(COMPOSE_HEADING)
    return rows(settings), rows(compose)


def asked_by_compose() -> set[str]:
    return set(interpolated()) | passed_through()


def test_every_variable_that_settings_read_is_documented():
    assert set(documented()[0]) == set(read_by_settings())


def plain_defaults() -> Iterator[tuple[str, str]]:
    for name, defaults in read_by_settings().items():
        for default in defaults:
            if isinstance(default, ast.Constant) and default.value != "":
                yield name, f"`{default.value!s}`"


def test_documented_defaults_are_those_of_the_code():
    in_code = dict(plain_defaults())
    shown = documented()[0] | {"PORTAL_URL": in_code["PORTAL_URL"]}  # refused in production

    assert {name: shown[name] for name in in_code} == in_code


def test_every_variable_of_the_compose_file_is_documented():
    assert set(documented()[1]) == asked_by_compose() - set(read_by_settings())


def test_every_setting_reaches_the_containers():
    assert set(portal_environment()) == set(read_by_settings()) - NOT_FOR_COMPOSE | FOR_GUNICORN


def test_the_example_names_every_variable_and_no_secret():
    example = (ROOT / ".env.example").read_text()
    named = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", example, re.MULTILINE))
    insisted_on = {name for name, kinds in interpolated().items() if "?" in kinds}

    assert set(named) == asked_by_compose()
    assert set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) == insisted_on
    assert {value for name, value in named.items() if re.search("SECRET|PASSWORD", name)} == {""}


def test_the_example_shows_the_defaults():
    example = (ROOT / ".env.example").read_text()
    shown = dict(re.findall(r"^# ([A-Z_]+)=(.+)$", example, re.MULTILINE))
    defaults = {name: cell.strip("`") for name, cell in (documented()[0] | documented()[1]).items()}
    # Here alone the compose file differs from the settings, and its page says so.
    assert shown.pop("BEHIND_TLS_PROXY") == "true"

    assert shown == {name: defaults[name] for name in shown}
