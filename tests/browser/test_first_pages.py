"""First pages, copies, formal matters and a month's figures: with a mouse and on a phone."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Role
from clocks.policy_actions import load_policy
from tests.factories import UserFactory
from tests.reports.promises import chaser, copied, formal, owed, unfiled

SCREENS = ["page", "phone"]


@pytest.fixture(params=SCREENS)
def screen(request) -> Page:
    return request.getfixturevalue(request.param)


@pytest.fixture
def team(live_server, cora, lena):
    """What a team owes; the real clock, which the server in these tests goes by."""
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    now = datetime.now(UTC)
    contact = owed(cora, now + timedelta(days=5), urgent_claimed=True)
    chaser(contact, now)
    formal(cora, now + timedelta(days=9))
    formal(lena, now - timedelta(days=3))
    copied(lena, contact)
    unfiled(lena, now - timedelta(days=2))
    return lena.team


def test_a_team_lead_reads_every_page_on_every_screen(team, lena, screen, sign_in, axe, fits):
    sign_in(screen, lena)
    lists = ["/", "/worklist/", "/formal-matters/", "/copies/", "/tray/"]
    for path in [*lists, "/reports/messages/", "/reports/calls/"]:
        screen.goto(path)
        fits(screen)
        axe(screen)


def test_on_a_phone_a_wide_table_says_that_it_scrolls(team, lena, page, phone, sign_in):
    for screen, told in ((phone, True), (page, False)):
        sign_in(screen, lena)
        screen.goto("/reports/calls/")
        hint = screen.get_by_text("Scroll the table sideways to see the later weeks.").first
        expect(hint).to_be_visible(visible=told)


def test_a_manager_compares_teams_on_every_screen(team, screen, sign_in, axe, fits):
    sign_in(screen, UserFactory(role=Role.SENIOR_MANAGER, team=None))
    screen.get_by_role("link", name="Messages in figures").click()
    screen.get_by_role("link", name="Last month").click()

    expect(screen.get_by_role("heading", level=1)).to_have_text("Messages in figures: last month")
    fits(screen)
    axe(screen)
