"""Finding a child with a caller on the line: as one types, on a phone, and bare."""

import re
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Page, expect

from accounts.models import AccessEntry
from clocks.policy_actions import load_policy
from tests.factories import CaseFactory, PersonFactory

LABEL = "Name, date of birth or reference"


@pytest.fixture(autouse=True)
def _cases(live_server, cora):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    children = [("Amara", "Okafor", date(2014, 2, 3)), ("Zoë", "O’Brien", date(2012, 5, 6))]
    for number, (given, family, born) in enumerate(children, start=1):
        person = PersonFactory(given_name=given, family_name=family, date_of_birth=born)
        CaseFactory(reference=f"EHC-00000{number}", person=person, owner=cora)


def type_into(page: Page, text: str) -> None:
    field = page.get_by_label(LABEL)
    field.clear()
    field.press_sequentially(text, delay=30)


@pytest.mark.rule("H23")
def test_children_appear_while_their_name_is_typed(page, phone, sign_in, axe, fits, asif):
    for screen in (page, phone):
        sign_in(screen, asif)
        screen.goto("/cases/")
        type_into(screen, "okaf")

        expect(screen.get_by_role("heading", name="1 found")).to_be_visible()
        expect(screen.get_by_role("status")).to_have_text("1 found")
        axe(screen)
        fits(screen)
        type_into(screen, "zoe obrien")
        expect(screen.get_by_role("link", name="Zoë O’Brien", exact=True)).to_be_visible()
        expect(screen.get_by_role("link", name="Amara Okafor", exact=True)).to_have_count(0)
        expect(screen.get_by_label(LABEL)).to_be_focused()


def test_back_returns_to_what_was_found_while_typing_and_no_name_is_in_the_address(
    page, sign_in, cora
):
    sign_in(page, cora)
    page.goto("/cases/")
    type_into(page, "Amarra Okafour")
    page.get_by_role("link", name="Amara Okafor", exact=True).click()
    page.wait_for_url(re.compile("EHC-000001"))
    page.go_back()

    expect(page.get_by_role("heading", name="1 found")).to_be_visible()
    expect(page.get_by_label(LABEL)).to_have_value("Amarra Okafour")
    assert "kaf" not in page.url


def test_two_letters_show_nobody_yet_and_emptying_the_field_empties_the_results(
    page, sign_in, cora
):
    sign_in(page, cora)
    page.goto("/cases/")
    type_into(page, "okafor")
    expect(page.get_by_role("heading", name="1 found")).to_be_visible()
    type_into(page, "ok")

    expect(page.get_by_role("heading", name="1 found")).to_have_count(0)
    expect(page.get_by_role("status")).to_have_text("")


@pytest.mark.rule("H23")
def test_who_is_shown_while_somebody_types_is_in_the_access_log_once(page, sign_in, asif):
    sign_in(page, asif)
    page.goto("/cases/")
    for text in ("oka", "okaf", "okafo", "okafor"):
        type_into(page, text)
        expect(page.get_by_role("heading", name="1 found")).to_be_visible()
        page.wait_for_timeout(400)

    [entry] = AccessEntry.objects.filter(kind=AccessEntry.Kind.SEARCH)
    assert (entry.user, entry.records) == (asif, ["EHC-000001"])


def test_without_javascript_the_form_is_sent(without_javascript, sign_in, asif):
    page = without_javascript
    sign_in(page, asif)
    page.goto("/cases/")
    page.get_by_label(LABEL).fill("Amarra Okafour")
    page.get_by_role("button", name="Search").click()

    expect(page.get_by_role("link", name="Amara Okafor", exact=True)).to_be_visible()


@pytest.mark.rule("H23")
def test_who_finds_nobody_is_told_what_to_try_and_where_else_to_turn(
    page, phone, sign_in, axe, fits, asif
):
    for screen in (page, phone):
        sign_in(screen, asif)
        screen.goto("/cases/")
        type_into(screen, "qwghlm")
        expect(screen.get_by_text("No case found so far")).to_have_count(2)
        screen.get_by_role("button", name="Search").click()

        expect(screen.get_by_text("No case found. You could try:")).to_be_visible()
        expect(screen.get_by_role("link", name="Local Offer")).to_be_visible()
        axe(screen)
        fits(screen)
        screen.get_by_role("link", name="log it without a case").click()
        expect(screen).to_have_url(re.compile("/contacts/new/"))
