"""Signing in and out, and changing a password, as a person does it."""

from django.urls import reverse
from playwright.sync_api import expect

from tests.factories import PASSWORD

NEW_PASSWORD = "three random words later"


def say(page, **answers):
    for label, words in answers.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(words)


def test_sign_in_page_is_accessible_and_fits_a_phone(page, phone, axe, fits, db):
    for screen in (page, phone):
        screen.goto(reverse("account_login"))
        axe(screen)
        fits(screen)


def test_sign_in_with_a_wrong_password_says_so_without_saying_which(page, axe, cora):
    page.goto(reverse("account_login"))
    say(page, Password="not this one")
    page.get_by_label("E-mail address").fill(cora.email)
    page.get_by_role("button", name="Sign in").click()

    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("The e-mail address or the password is not right.")
    assert summary.get_by_role("link").count() == 0
    axe(page)


def test_sign_in_is_locked_after_five_wrong_passwords(page, axe, cora):
    page.goto(reverse("account_login"))
    for _ in range(6):
        page.get_by_label("E-mail address").fill(cora.email)
        say(page, Password="not this one")
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_text("Too many tries. Wait ten minutes, then try again.")).to_be_visible()
    axe(page)


def test_password_is_shown_on_request(page, db):
    page.goto(reverse("account_login"))
    password = page.get_by_label("Password", exact=True)
    password.fill(PASSWORD)

    page.get_by_role("button", name="Show password").click()

    expect(password).to_have_attribute("type", "text")


def test_password_is_changed(page, phone, axe, fits, sign_in, cora, policy):
    sign_in(page, cora)
    page.get_by_role("link", name="Change your password").click()
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter your current password")
    axe(page)

    say(
        page,
        Current_password=PASSWORD,
        New_password=NEW_PASSWORD,
        New_password_again=NEW_PASSWORD,
    )
    page.get_by_role("button", name="Change password").click()

    expect(page.get_by_role("alert")).to_contain_text("Your password is changed.")


def test_signing_out_ends_at_the_sign_in_page(page, axe, sign_in, cora, policy):
    sign_in(page, cora)

    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    axe(page)


def test_unknown_address_is_a_page_of_ours(page, phone, axe, fits, sign_in, cora, policy):
    for screen in (page, phone):
        sign_in(screen, cora)
        assert screen.goto("/nowhere/").status == 404
        expect(screen.get_by_role("heading", name="Page not found")).to_be_visible()
        axe(screen)
        fits(screen)
