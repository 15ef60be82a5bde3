"""Choosing an entry of the error summary moves the focus into its field, for every widget."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from tests.browser.every_widget import EveryWidgetForm

pytestmark = [
    pytest.mark.urls("tests.browser.every_widget"),
    pytest.mark.usefixtures("templates_of_test_pages"),
]

# Where each entry leads: the field's first input that is wrong.
ENTRIES = {
    "Enter a name": "id_name",
    "Enter an e-mail": "id_email",
    "Enter it": "id_password",
    "Enter what they said": "id_message",
    "Enter your note": "id_note",
    "Select how it came": "id_channel",
    "Select yes if they want a callback": "id_callback",
    "Select who should know": "id_tell",
    "Select a team": "id_team",
    "Date received must include a month and year": "id_received_on_month",
    "Enter the time received": "id_received_time",
    "Choose the letter": "id_letter",
    "Read it back to them": "id_read_out",
}


def send_almost_nothing(page: Page) -> None:
    page.goto(reverse("every_widget"))
    page.get_by_label("Day").fill("4")
    page.get_by_role("button", name="Send everything").click()
    page.get_by_role("heading", name="There is a problem").wait_for()


def entries(page: Page) -> list[str]:
    return page.locator(".govuk-error-summary__list li").all_inner_texts()


def test_summary_names_every_error_of_the_form(page):
    send_almost_nothing(page)

    assert entries(page) == ["The whole form is wrong", *ENTRIES]
    assert len(ENTRIES) == len(EveryWidgetForm.base_fields)


@pytest.mark.parametrize("browser_kind", ["page", "without_javascript"])
def test_entry_moves_the_focus_into_its_field(browser_kind, request):
    page = request.getfixturevalue(browser_kind)
    send_almost_nothing(page)

    focused = {}
    for entry in ENTRIES:
        page.get_by_role("link", name=entry, exact=True).click()
        focused[entry] = page.evaluate("document.activeElement.id")

    assert focused == ENTRIES


def test_error_summary_takes_the_focus_when_the_page_opens(page):
    send_almost_nothing(page)

    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    assert page.title().startswith("Error: Every widget")


def test_every_widget_is_accessible_before_and_after(page, axe):
    page.goto(reverse("every_widget"))
    axe(page)
    send_almost_nothing(page)
    axe(page)


def test_every_widget_fits_a_phone(phone, axe, fits):
    send_almost_nothing(phone)

    fits(phone)
    axe(phone)
