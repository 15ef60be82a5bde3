"""Pages that nobody hopes to see: accessible and narrow like all others."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories import PASSWORD


@pytest.fixture
def sound(axe, fits):
    """``sound(page)``: one heading, a title that says what it is, no violation, no overflow."""

    def check(page):
        heading = page.locator("h1")
        assert heading.count() == 1
        assert page.title().removeprefix("Error: ").startswith(heading.inner_text()[:20])
        axe(page)
        fits(page)

    return check


def try_to_sign_in(page, email="nobody@wexmoor.example.org", password=PASSWORD):
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()


@pytest.mark.urls("tests.browser.every_error")
@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_page_that_fails_is_sound(status, page, phone, sound, sign_in, cora, policy):
    for screen in (page, phone):
        for who in (None, cora):
            if who:
                sign_in(screen, who)
            assert screen.goto(reverse("every_error", args=[status])).status == status
            sound(screen)


def test_a_form_that_went_stale_is_sound(page, phone, sound, db):
    for screen in (page, phone):
        screen.goto(reverse("account_login"))
        screen.context.clear_cookies()
        try_to_sign_in(screen)

        expect(screen.get_by_role("heading", name="Your page was out of date")).to_be_visible()
        sound(screen)


def test_too_many_tries_from_one_machine_is_sound(page, phone, sound, settings, db):
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    page.goto(reverse("account_login"))
    try_to_sign_in(page)
    for screen in (page, phone):
        screen.goto(reverse("account_login"))
        try_to_sign_in(screen)

        expect(screen.get_by_role("heading", name="Too many tries")).to_be_visible()
        sound(screen)


def test_signing_in_wrongly_is_sound(page, phone, sound, db):
    for screen in (page, phone):
        for email, message in [("", "Enter your e-mail address"), ("a@b.example", "is not right")]:
            screen.goto(reverse("account_login"))
            try_to_sign_in(screen, email)

            expect(screen.get_by_role("alert")).to_contain_text(message)
            sound(screen)


def test_a_closed_account_is_sound(page, phone, sound, cora):
    cora.is_active = False
    cora.save()
    for screen in (page, phone):
        screen.goto(reverse("account_login"))
        try_to_sign_in(screen, cora.email)

        expect(screen.get_by_role("heading", name="Your account is closed")).to_be_visible()
        sound(screen)


def test_giving_ones_password_again_is_sound(page, phone, sound, sign_in, cora, policy):
    for screen in (page, phone):
        sign_in(screen, cora)
        screen.goto(reverse("account_reauthenticate"))
        sound(screen)
        screen.get_by_label("Password", exact=True).fill("not this one")
        screen.get_by_role("button", name="Continue").click()

        expect(screen.get_by_role("alert")).to_contain_text("not your current password")
        sound(screen)
