"""On a shared machine: what was open is gone with its reader."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import launch
from tests.factories import CaseFactory


@pytest.fixture(scope="module")
def browser(browser):
    """As people have it: one that keeps whole pages for its "Back", unless told not to."""
    usual = launch(browser.browser_type, ignore_default_args=["--disable-back-forward-cache"])
    yield usual
    usual.close()


def test_going_back_after_signing_out_shows_no_case(page, sign_in, cora, policy):
    CaseFactory(reference="EHC-000042", owner=cora)
    sign_in(page, cora)
    page.goto("/cases/EHC-000042/")
    expect(page.get_by_text("Amara Okafor").first).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()

    page.go_back()

    expect(page).to_have_url(re.compile("/account/sign-in/.*EHC-000042"))
    expect(page.get_by_text("Okafor")).to_have_count(0)
