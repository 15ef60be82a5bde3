"""A worried parent with a phone and the link in their e-mail; no account."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from callbacks.booking_actions import book
from callbacks.links import token_of
from callbacks.models import Booking
from clocks.policy_actions import load_policy
from tests.callbacks.cast import NGOZI, hours, rang, slots
from tests.factories import CaseFactory

SCREENS = ["page", "phone", "without_javascript"]


@pytest.fixture(params=SCREENS)
def screen(request) -> Page:
    return request.getfixturevalue(request.param)


@pytest.fixture
def booking(live_server, cora) -> Booking:
    """A call a week ahead; the real clock, which the server in these tests goes by."""
    now = datetime.now(UTC)
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    for weekday in (0, 2):
        hours(cora, weekday=weekday, now=now)
    case = CaseFactory.create(owner=cora, team=cora.team)
    ahead = [slot for slot in slots(cora, now=now) if slot.starts_at > now + timedelta(days=6)]
    return book(
        contact=rang(case, now=now),
        slot=ahead[0],
        caller=NGOZI,
        submission=uuid4(),
        by=None,
        now=now,
        reason="The week is full",
    )


def address(booking: Booking) -> str:
    return f"/callback/{token_of(booking)}/"


@pytest.fixture
def checked(request, axe, fits):
    """``checked(screen)``: axe finds nothing and nothing is too wide, where scripts run."""

    def check(screen: Page) -> None:
        if "without_javascript" not in request.node.name:
            fits(screen)
            axe(screen)

    return check


@pytest.mark.rule("H36")
def test_a_parent_looks_moves_the_call_and_calls_it_off(booking, screen, checked):
    screen.goto(address(booking))
    heading = screen.get_by_role("heading", level=1)
    expect(heading).to_have_text("We will ring you")
    expect(screen.get_by_text("The number that ends in 123")).to_be_visible()
    expect(screen.get_by_role("link", name="Sign in")).to_have_count(0)
    checked(screen)

    screen.get_by_role("button", name="Choose another time").click()
    expect(heading).to_have_text("Choose another time")
    checked(screen)
    screen.get_by_role("button", name="Move my call").click()
    expect(screen.get_by_role("link", name="Select a time")).to_be_visible()
    checked(screen)
    screen.get_by_role("link", name="Select a time").click()
    expect(screen.get_by_role("radio").first).to_be_focused()
    screen.get_by_text("None of these suits me").click()
    expect(screen.get_by_text("tell us when you can talk")).to_be_visible()
    screen.get_by_role("radio").first.check()
    screen.get_by_role("button", name="Move my call").click()
    expect(screen.get_by_text("Your call has a new time")).to_be_visible()
    checked(screen)

    screen.get_by_role("link", name="I do not need this call any more").click()
    expect(heading).to_have_text("Do you want to call it off?")
    checked(screen)
    screen.get_by_label("Why do you not need it? (optional)").fill("It is settled")
    screen.get_by_role("button", name="Yes, call it off").click()
    expect(heading).to_have_text("The call is called off")
    checked(screen)

    booking.refresh_from_db()
    assert booking.state == "moved"
    assert Booking.objects.get(follows=booking).state == "cancelled"


def test_a_double_click_moves_once(booking, page):
    page.goto(f"{address(booking)}another-time/")
    page.get_by_role("radio").last.check()
    page.get_by_role("button", name="Move my call").dblclick()

    expect(page.get_by_text("Your call has a new time")).to_be_visible()
    assert Booking.objects.filter(follows=booking).count() == 1


def test_going_back_after_moving_is_told_how_it_stands(booking, phone):
    phone.goto(f"{address(booking)}another-time/")
    phone.get_by_role("radio").last.check()
    phone.get_by_role("button", name="Move my call").click()
    phone.get_by_text("Your call has a new time").wait_for()
    phone.go_back()
    phone.get_by_role("radio").first.check()
    phone.get_by_role("button", name="Move my call").click()

    expect(
        phone.get_by_text("This is how it stands now").or_(
            phone.get_by_text("Your call has a new time")
        )
    ).to_be_visible()


def test_the_calendar_file_is_a_download(booking, phone):
    phone.goto(address(booking))
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Add to my calendar").click()

    assert download.value.suggested_filename == "call.ics"


@pytest.mark.parametrize("small", [False, True])
def test_an_unknown_link_is_kind_on_every_screen(booking, page, phone, axe, fits, small):
    screen = phone if small else page
    screen.goto("/callback/42.nobody-made-this/")

    expect(screen.get_by_role("heading", level=1)).to_have_text("We cannot find this call")
    expect(screen.get_by_role("link", name="01632 960100")).to_be_visible()
    fits(screen)
    axe(screen)
