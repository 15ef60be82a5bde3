"""An administrator changes texts, links and urgent reasons: with a mouse, on a phone, bare."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Role
from cases.models import UrgentReason
from cases.policy_actions import load_urgent_reasons
from notices.models import Link, Text
from notices.texts import current
from tests.factories import UserFactory

NOW = datetime(2026, 11, 16, 10, tzinfo=UTC)


@pytest.fixture
def ada(live_server):
    """The administrator."""
    load_urgent_reasons()
    return UserFactory(role=Role.ADMINISTRATOR, team=None, full_name="Ada Stone")


@pytest.fixture(params=["page", "phone", "without_javascript"])
def screen(request) -> Page:
    return request.getfixturevalue(request.param)


def test_a_text_is_changed_after_it_was_read(screen, sign_in, ada):
    sign_in(screen, ada)
    screen.get_by_role("link", name="Settings", exact=True).click()
    screen.get_by_role("link", name="Words of messages").click()
    screen.get_by_role("link", name="Change We need more time").click()
    screen.get_by_label("Message").fill("Sorry. {reference}: {new_date}.\n\nWhy: {reason}")
    screen.get_by_role("button", name="See how it reads").click()
    expect(screen.get_by_text("Sorry. CON-000123: Monday 16 November 2026.")).to_be_visible()
    screen.get_by_role("button", name="Change what I typed").click()
    expect(screen.get_by_label("Message")).to_have_value(
        "Sorry. {reference}: {new_date}.\n\nWhy: {reason}"
    )
    screen.get_by_role("button", name="See how it reads").click()
    screen.get_by_role("button", name="Use these words").click()

    expect(screen.get_by_text("We need more time: version 2 is now in use.")).to_be_visible()
    assert Text.objects.get().body == "Sorry. {reference}: {new_date}.\n\nWhy: {reason}"


def test_a_slip_in_braces_is_found_at_its_box_and_the_focus_goes_there(page, sign_in, ada):
    sign_in(page, ada)
    page.goto("/settings/texts/contact.moved/change/")
    page.get_by_label("Message").fill("{referense}")
    page.get_by_role("button", name="See how it reads").click()
    page.get_by_role("link", name="“{referense}” cannot be filled in.").click()

    assert page.evaluate("document.activeElement.name") == "body"
    expect(page.get_by_label("Message")).to_have_value("{referense}")


def test_a_link_is_changed(screen, sign_in, ada):
    sign_in(screen, ada)
    screen.goto("/settings/links/")
    screen.get_by_role("link", name="Change The Local Offer").click()
    screen.get_by_label("Web address").fill("https://offer.wexmoor.example.org")
    screen.get_by_role("button", name="Save the link").click()

    expect(screen.get_by_text("Local Offer now leads to")).to_be_visible()
    assert current().links["local_offer"] == "Local Offer: https://offer.wexmoor.example.org"


def test_reasons_are_added_moved_and_taken_out_of_use(screen, sign_in, ada):
    sign_in(screen, ada)
    screen.goto("/settings/urgent-reasons/")
    screen.get_by_role("button", name="Add a reason").click()
    screen.get_by_label("Reason").fill("The taxi did not come")
    screen.get_by_role("button", name="Save the reason").click()
    screen.get_by_role("button", name="Move up The taxi did not come").click()
    screen.get_by_role("button", name="Take out of use The taxi did not come").click()

    expect(screen.get_by_text("Out of use: The taxi did not come.")).to_be_visible()
    *_, taxi, last = UrgentReason.objects.all()
    assert (taxi.words, taxi.active) == ("The taxi did not come", False)
    assert last.code == "missed_appointment"


def test_none_of_these_pages_has_an_accessibility_violation_or_overflows(
    page, phone, sign_in, axe, fits, ada
):
    change = "/settings/texts/contact.acknowledged.family/change/"
    Text.objects.create(
        code="contact.acknowledged.family",
        version=2,
        subject="Hello {reference}",
        body="By {answer_by}",
        written_at=NOW,
        written_by=ada,
    )
    Link.objects.create(code="grid", label="The Grid", url=f"https://example.org/{'x' * 300}")
    UrgentReason.objects.filter(code="moving_home").update(active=False)
    reason = UrgentReason.objects.get(code="exclusion")
    for screen in (page, phone):
        sign_in(screen, ada)
        for path in [
            "/settings/",
            "/settings/texts/",
            "/settings/texts/contact.acknowledged.family/",
            change,
            "/settings/links/",
            "/settings/links/grid/",
            "/settings/urgent-reasons/",
            "/settings/urgent-reasons/new/",
            f"/settings/urgent-reasons/{reason.pk}/",
        ]:
            screen.goto(path)
            assert screen.locator("h1").count() == 1
            for more in screen.locator("main details > summary").all():
                more.click()
            axe(screen)
            fits(screen)
        for typed, heading in [
            ("{x}", "There is a problem"),
            ("{reference} {answer_by}", "Check before you change the words"),
        ]:
            screen.goto(change)
            screen.get_by_label("Message").fill(typed)
            screen.get_by_role("button", name="See how it reads").click()
            expect(screen.get_by_role("heading", name=heading)).to_be_visible()
            axe(screen)
            fits(screen)
