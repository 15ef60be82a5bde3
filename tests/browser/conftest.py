"""A real browser against the real server: Debian's Chromium, driven by Playwright.

Whatever a page logs as an error fails the test: a script that threw, a file that is missing,
anything the Content-Security-Policy refused.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Page,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.factories import PASSWORD

FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP = {"width": 1280, "height": 800}
# The narrowest screen that WCAG asks for, and a 1280-pixel one at 400%.
PHONE = {"width": 320, "height": 640}
LIMIT = 10_000  # milliseconds

OpenPage = Callable[..., Page]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        yield browser
        browser.close()


def launch(chromium: BrowserType, **options: Any) -> Browser:
    """A Chromium of its own; ``options`` are Playwright's."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    program = os.environ["CHROMIUM"]
    return chromium.launch(executable_path=program, args=FLAGS + as_root, **options)


@pytest.fixture(autouse=True)
def nobody_is_locked_out(live_server: LiveServer) -> None:
    """The cache is not a model's table, so emptying the tables between tests leaves it."""
    cache.clear()


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[OpenPage]:
    """Opens a page in a browser of its own, with nothing remembered from other tests."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_one(**options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url, locale="en-GB", timezone_id="Europe/London", **options
        )
        context.set_default_timeout(LIMIT)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: errors.extend(error_in(message, page)))
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


def error_in(message: ConsoleMessage, page: Page) -> list[str]:
    """The text of an error; a page whose own answer is 404 or 403 is what the test asked for."""
    asked_for = "status of" if "/every-error/" in page.url else "status of 4"
    its_own_status = message.location["url"] == page.url and asked_for in message.text
    if message.type != "error" or its_own_status:
        return []
    return [f"{page.url}: {message.text}"]


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page(viewport=DESKTOP)


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    return open_page(viewport=PHONE, has_touch=True)


@pytest.fixture
def without_javascript(open_page: OpenPage) -> Page:
    return open_page(viewport=DESKTOP, java_script_enabled=False)


@pytest.fixture
def templates_of_test_pages(settings: Any) -> None:
    """For pages that exist in tests only."""
    [engine] = settings.TEMPLATES
    folder = Path(__file__).parent / "templates"
    settings.TEMPLATES = [engine | {"DIRS": [*engine["DIRS"], folder]}]


@pytest.fixture
def sign_in() -> Callable[[Page, User], None]:
    """``sign_in(page, user)`` as a person would; the factories give everyone one password."""

    def sign_in_on(page: Page, user: User) -> None:
        page.goto(reverse("account_login"))
        page.get_by_label("E-mail address").fill(user.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()

    return sign_in_on


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """``axe(page)``: axe-core finds nothing on the page as it is now."""

    def find_nothing(page: Page) -> None:
        page.wait_for_load_state()
        found = Axe().run(page).response["violations"]
        assert [explained(violation) for violation in found] == []

    return find_nothing


def explained(violation: dict[str, Any]) -> str:
    targets = ", ".join(str(node["target"]) for node in violation["nodes"])
    return f"{violation['id']}: {violation['help']} ({violation['helpUrl']}) at {targets}"


@pytest.fixture
def fits() -> Callable[[Page], None]:
    """``fits(page)``: the page does not scroll sideways."""

    def no_wider_than_the_screen(page: Page) -> None:
        # A link that was just pressed: the new page is there before its first element is.
        page.wait_for_load_state()
        root = "document.documentElement"
        wider = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
        assert wider <= 0, f"{page.url} is {wider} pixels too wide"

    return no_wider_than_the_screen
