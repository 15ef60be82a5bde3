"""The shared includes in a real browser: accessible, narrow, printed, without JavaScript."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

pytestmark = [
    pytest.mark.urls("tests.browser.every_component"),
    pytest.mark.usefixtures("templates_of_test_pages"),
]


def test_every_component_is_accessible(page, axe):
    page.goto(reverse("every_component"))

    axe(page)


def test_every_component_fits_a_phone(phone, axe, fits):
    phone.goto(reverse("every_component"))
    fits(phone)
    axe(phone)

    phone.get_by_role("button", name="Show filter").click()
    expect(phone.get_by_label("Team")).to_be_visible()
    fits(phone)
    axe(phone)


def test_success_is_announced_and_other_messages_are_not(page):
    page.goto(reverse("every_component"))

    expect(page.get_by_role("alert")).to_contain_text("The answer is saved.")
    assert page.get_by_role("alert").count() == 1
    expect(page.get_by_role("region", name="Important")).to_contain_text("closed on Friday")


def test_filter_works_without_javascript(without_javascript):
    page = without_javascript
    page.goto(reverse("every_component"))

    page.get_by_label("Past the date").check()
    page.get_by_role("button", name="Apply filters").click()

    assert page.url.endswith("?team=&state=late")
    assert page.get_by_label("Past the date").is_checked()


def test_skip_link_leads_to_the_content(page):
    page.goto(reverse("account_login"))

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main-content"


def test_paper_shows_the_record_without_the_buttons(page):
    page.goto(reverse("every_component"))
    page.emulate_media(media="print")

    expect(page.get_by_text("Amara Okafor")).to_be_visible()
    expect(page.get_by_role("button", name="Log a contact")).to_be_hidden()
    expect(page.get_by_role("button", name="Apply filters")).to_be_hidden()
