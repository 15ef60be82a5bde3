"""An administrator changes a promise and closes the service: with a mouse, on a phone, bare."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Role
from clocks.models import Clock, Closure, OpeningPeriod, Standard
from clocks.policy_actions import load_policy
from tests.factories import ContactFactory, UserFactory

SCREENS = ["page", "phone", "without_javascript"]
# Days ahead of the real clock, which the server in these tests goes by.
NEXT_MONTH = date.today() + timedelta(days=30)  # noqa: DTZ011


@pytest.fixture
def ada(live_server):
    """The administrator."""
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    return UserFactory(role=Role.ADMINISTRATOR, team=None, full_name="Ada Stone")


@pytest.fixture(params=SCREENS)
def screen(request) -> Page:
    return request.getfixturevalue(request.param)


def fill_day(page: Page, legend: str, day: date) -> None:
    boxes = page.get_by_role("group", name=legend)
    for label, number in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        boxes.get_by_label(label).fill(str(number))


def test_a_promise_is_changed_after_its_examples_were_seen(screen, sign_in, ada):
    sign_in(screen, ada)
    screen.get_by_role("link", name="Settings", exact=True).click()
    screen.get_by_role("link", name="What we promise").click()
    screen.get_by_role("link", name="Change Telephone call").click()
    screen.get_by_label("How many?").fill("3")
    fill_day(screen, "First day", NEXT_MONTH)
    screen.get_by_role("button", name="See what would change").click()
    expect(screen.get_by_role("heading", name="Examples", exact=True)).to_be_visible()
    screen.get_by_role("button", name="Use this from").click()

    expect(screen.get_by_text("Telephone call: within 3 working days from")).to_be_visible()
    assert Standard.objects.in_force("contact.telephone", NEXT_MONTH).amount == 3


def test_a_closure_is_made_after_what_would_move_was_seen(screen, sign_in, ada, cora):
    received = datetime.now(UTC)
    ContactFactory(
        case__owner=cora, received_at=received, clock__due_at=received + timedelta(days=40)
    )
    sign_in(screen, ada)
    screen.goto("/settings/closures/")
    screen.get_by_role("button", name="Add a closure").click()
    screen.get_by_label("What for?").fill("Training")
    fill_day(screen, "First day closed", NEXT_MONTH)
    fill_day(screen, "Last day closed", NEXT_MONTH)
    screen.get_by_role("button", name="See what would change").click()
    expect(screen.get_by_role("heading", name="1 promise would move")).to_be_visible()
    assert not Closure.objects.exists()
    screen.get_by_role("button", name="Add this closure").click()

    expect(screen.get_by_text(re.compile("1 promise has moved"))).to_be_visible()
    assert Closure.objects.count() == 1
    assert Clock.objects.get().events.get().kind == "moved"


def test_an_overlap_is_found_at_its_box_and_the_focus_goes_there(page, sign_in, ada):
    sign_in(page, ada)
    page.goto("/settings/hours/change/")
    page.get_by_label("Tuesday opens again").fill("5pm")
    page.get_by_label("Tuesday closes again").fill("7pm")
    page.get_by_role("button", name="See what would change").click()
    page.get_by_role("link", name="Tuesday must open again after it closes").click()

    assert page.evaluate("document.activeElement.name") == "tuesday_opens_again"
    assert OpeningPeriod.objects.count() == 5


PATHS = [
    "/settings/",
    "/settings/standards/",
    "/settings/standards/contact.telephone/",
    "/settings/standards/contact.telephone/new/",
    "/settings/hours/",
    "/settings/hours/change/",
    "/settings/closures/",
    "/settings/closures/new/",
    "/settings/bank-holidays/",
    "/settings/bank-holidays/new/",
    "/settings/recalculate/",
]


def test_no_settings_page_has_an_accessibility_violation_or_overflows(
    page, phone, sign_in, axe, fits, ada, cora
):
    Standard.objects.create(
        code="contact.email", name="E-mail", amount=3, effective_from=NEXT_MONTH
    )
    closure = Closure.objects.create(name="Training", first_day=NEXT_MONTH, last_day=NEXT_MONTH)
    now = datetime.now(UTC)
    ContactFactory(case__owner=cora, received_at=now, clock__due_at=now + timedelta(days=40))
    paths = [
        *PATHS,
        "/settings/standards/contact.email/",
        f"/settings/standards/contact.email/{NEXT_MONTH}/withdraw/",
        f"/settings/closures/{closure.pk}/remove/",
    ]
    for screen in (page, phone):
        sign_in(screen, ada)
        for path in paths:
            screen.goto(path)
            assert screen.locator("h1").count() == 1
            axe(screen)
            fits(screen)


def test_forms_that_are_wrong_and_previews_are_accessible_too(page, phone, sign_in, axe, fits, ada):
    for screen in (page, phone):
        sign_in(screen, ada)
        for path in [path for path in PATHS if path.endswith(("/new/", "/change/"))]:
            screen.goto(path)
            for box in screen.locator("main input[type=text]").all():
                box.fill("x")
            screen.get_by_role("button", name="See what would change").click()
            expect(screen.get_by_role("heading", name="There is a problem")).to_be_visible()
            axe(screen)
            fits(screen)
        screen.goto("/settings/standards/contact.telephone/new/")
        screen.get_by_label("How many?").fill("3")
        screen.get_by_role("button", name="See what would change").click()
        expect(screen.get_by_role("heading", name="Examples", exact=True)).to_be_visible()
        axe(screen)
        fits(screen)
