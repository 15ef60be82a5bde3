"""Take the README's pictures from a portal that `make run` has started.

.venv/bin/python -m dev.screenshots http://127.0.0.1:8000
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from dev.chromium import find_chromium

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
PHONE: ViewportSize = {"width": 390, "height": 844}
PASSWORD = "demonstration-2026"  # noqa: S105 (the demonstration's, printed by make run)


def main(address: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        case = of_a_coordinator(signed_in(browser, address, "coordinator"))
        of_an_adviser(signed_in(browser, address, "csc.adviser"), address, case)
        of_a_concern(signed_in(browser, address, "team.lead"), address)
        page = signed_in(browser, address, "resolution.officer")
        page.goto(f"{address}/resolution/")
        page.screenshot(path=FOLDER / "resolution.png")
        of_a_parent(browser.new_page(viewport=PHONE), address)
        browser.close()


def of_a_coordinator(page: Page) -> str:
    """What they owe, why a date is what it is, a case and the day's calls; the case's address."""
    page.screenshot(path=FOLDER / "worklist.png")
    page.locator(".portal-owed__why").nth(8).click()
    page.get_by_role("heading", name="Why this date").scroll_into_view_if_needed()
    page.screenshot(path=FOLDER / "why-this-date.png", full_page=True)
    page.get_by_role("link", name="Back to the case").click()
    page.get_by_role("heading", name="Who to speak to").wait_for()
    page.screenshot(path=FOLDER / "case.png")
    case = page.url
    page.get_by_role("link", name="Callbacks").click()
    page.screenshot(path=FOLDER / "callbacks.png")
    return case


def of_an_adviser(page: Page, address: str, case: str) -> None:
    page.goto(f"{address}/desk/{case.rstrip('/').split('/')[-1]}/")
    page.screenshot(path=FOLDER / "desk.png", full_page=True)


def of_a_concern(page: Page, address: str) -> None:
    """The first on the lead's list."""
    page.goto(f"{address}/concerns/")
    page.locator("main a[href*='/concerns/ESC-']").first.click()
    page.screenshot(path=FOLDER / "ladder.png", full_page=True)


def of_a_parent(page: Page, address: str) -> None:
    """The public form: how it begins, and what its first question looks like on a phone."""
    page.goto(f"{address}/concern/new/")
    page.screenshot(path=FOLDER / "form.png")


def signed_in(browser: Browser, address: str, name: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address)
    page.get_by_label("E-mail address").fill(f"{name}@wexmoor.example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    return page


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
