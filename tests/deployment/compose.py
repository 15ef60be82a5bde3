"""docker-compose.yml as a test reads it: services, the variables it asks for, its words."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
FILE = ROOT / "docker-compose.yml"
# ${NAME}, ${NAME:-default} or ${NAME:?complaint}; a $$ is a dollar of the container's own.
ASKED = re.compile(r"(?<!\$)\$\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<rest>[^${}]*))?")


def services() -> dict[str, Any]:
    """Every service with what it takes over from the shared parts."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())["services"]
    return found


def interpolated() -> dict[str, set[str]]:
    """Each variable written ${…}, and how it is asked for: '?' insists, '-' has a default."""
    found: dict[str, set[str]] = {}
    for asked in ASKED.finditer(FILE.read_text()):
        found.setdefault(asked["name"], set()).add(asked["kind"] or "")
    return found


def passed_through() -> set[str]:
    """Variables that the portal's containers get as they are, or not at all."""
    return {name for name, value in portal_environment().items() if value is None}


def portal_environment() -> dict[str, str | None]:
    """What web is given; the other containers of the portal are given the same."""
    environment: dict[str, str | None] = services()["web"]["environment"]
    return environment


def command(words: list[str], given: Mapping[str, str] | None = None) -> list[str]:
    """A command or health check as the container gets it; ``given`` are set variables."""

    def answer(asked: re.Match[str]) -> str:
        return (given or {}).get(asked["name"], asked["rest"])

    pattern = re.compile(ASKED.pattern + r"\}")
    return [pattern.sub(answer, word).replace("$$", "$") for word in words]


def health_check(service: str) -> list[str]:
    """The command of a service's health check."""
    kind, *words = services()[service]["healthcheck"]["test"]
    return command(["sh", "-c", *words] if kind == "CMD-SHELL" else words)
