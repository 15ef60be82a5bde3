"""Production refuses to start unsafe; each case is a real start of the settings file."""

import os
import secrets
import subprocess
import sys

import pytest

SAFE = {
    "PORTAL_MODE": "production",
    "SECRET_KEY": secrets.token_urlsafe(60),
    "ALLOWED_HOSTS": "send.wexmoor.example.org",
    "PORTAL_URL": "https://send.wexmoor.example.org",
    "DATABASE_URL": "postgres://portal@127.0.0.1/portal",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "EMAIL_URL": "smtp+tls://portal:secret@mail.example.org:587",
}


def start(changes: dict[str, str | None], code: str = "pass") -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in (os.environ | SAFE | changes).items() if value is not None
    }
    return subprocess.run(
        [sys.executable, "-c", f"from send_portal import settings; {code}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_safe_production_starts():
    assert start({}).returncode == 0


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is missing or weak"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is missing or weak"),
        ({"SECRET_KEY": "x" * 80}, "SECRET_KEY is missing or weak"),
        ({"DEBUG": "true"}, "DEBUG must be off"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS must name each host"),
        ({"ALLOWED_HOSTS": "*"}, "wildcards are refused"),
        ({"ALLOWED_HOSTS": ".example.org"}, "wildcards are refused"),
        ({"PORTAL_URL": "http://send.wexmoor.example.org"}, "PORTAL_URL must be"),
        ({"EMAIL_URL": None}, "EMAIL_URL"),
        ({"DATABASE_URL": None}, "DATABASE_URL"),
        ({"PORTAL_MODE": "staging"}, "PORTAL_MODE is 'staging'"),
    ],
)
def test_an_unsafe_production_refuses_to_start(changes, complaint):
    refused = start(changes)

    assert refused.returncode != 0
    assert complaint in refused.stderr


def test_forgetting_the_mode_is_production():
    assert start({"PORTAL_MODE": None, "SECRET_KEY": None}).returncode != 0


def test_production_keeps_cookies_and_transport_safe():
    shown = start(
        {},
        "print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, "
        "settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS, settings.DEMO)",
    )

    assert shown.stdout == "True True True 31536000 False\n"


def test_pages_forbid_inline_scripts_and_framing(db, client):
    headers = client.get("/account/sign-in/").headers

    policy = headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
