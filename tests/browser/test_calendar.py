"""Your calendar in Outlook: with a mouse, on a phone, bare."""

import pytest
from playwright.sync_api import expect

from callbacks.models import CalendarFeed

CALENDAR = "/calendar/"


@pytest.fixture(params=["page", "phone", "without_javascript"])
def screen(request):
    return request.getfixturevalue(request.param)


def test_somebody_makes_an_address_reads_it_and_stops_it(screen, sign_in, live_server, cora):
    sign_in(screen, cora)
    screen.goto(CALENDAR)
    screen.get_by_role("button", name="Make an address").click()
    address = screen.get_by_label("Your new address").input_value()
    path = CALENDAR + address.rpartition("/")[2]

    read = screen.request.get(f"{live_server.url}{path}")
    assert (read.status, read.text()[:17]) == (200, "BEGIN:VCALENDAR\r\n")

    screen.get_by_role("link", name="I have copied it").click()
    expect(screen.get_by_text("A calendar last read it on")).to_be_visible()
    screen.get_by_role("button", name="Stop the address").click()
    expect(screen.get_by_text("The address has stopped working.")).to_be_visible()
    assert screen.request.get(f"{live_server.url}{path}").status == 404
    assert not CalendarFeed.objects.in_use().exists()


def test_the_page_has_no_accessibility_violation_and_fits(page, phone, sign_in, axe, fits, cora):
    for screen in (page, phone):
        sign_in(screen, cora)
        screen.goto(CALENDAR)
        axe(screen)
        fits(screen)
        screen.get_by_role("button", name="address").first.click()
        expect(screen.get_by_label("Your new address")).to_be_visible()
        axe(screen)
        fits(screen)
