"""The duty rota and protected time: with a mouse, on a phone, bare."""

from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import expect

from accounts.models import Absence, Role, User
from clocks.policy_actions import load_policy
from diaries.models import DutyShift, ProtectedTime
from tests.diaries.making import shift
from tests.factories import UserFactory

SCREENS = ["page", "phone", "without_javascript"]
# The real clock, which the server in these tests goes by.
TODAY = date.today()  # noqa: DTZ011
# Monday of next week, whatever today is.
MONDAY = TODAY + timedelta(days=7 - TODAY.weekday())


@pytest.fixture(autouse=True)
def _policy(live_server):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def bea(north) -> User:
    return UserFactory.create(full_name="Bea Frost", role=Role.BUSINESS_SUPPORT, team=north)


@pytest.fixture(params=SCREENS)
def screen(request):
    return request.getfixturevalue(request.param)


@pytest.mark.rule("H39")
def test_business_support_fills_a_week_and_copies_it(screen, sign_in, north, cora, bea):
    sign_in(screen, bea)
    screen.get_by_role("link", name="Duty", exact=True).click()
    screen.get_by_role("link", name=f"Change {MONDAY:%A} {MONDAY.day} {MONDAY:%B %Y}").click()
    screen.get_by_role("button", name="Put on duty").click()
    expect(screen.get_by_text("There is a problem")).to_be_visible()
    screen.get_by_label("Bea Frost").check()
    screen.get_by_role("button", name="Put on duty").click()
    expect(screen.get_by_text("No case holder")).to_be_visible()
    screen.get_by_label("Cora Hill").check()
    screen.get_by_role("button", name="Put on duty").click()
    expect(screen.get_by_text("No case holder")).to_have_count(0)
    screen.get_by_role("link", name="Back to the rota").click()
    week = screen.get_by_role("row").filter(has_text=f"{MONDAY.day} {MONDAY:%B}")
    week.first.get_by_role("button", name="Copy into gaps of next week").click()

    expect(screen.get_by_text("2 turns copied into the gaps of the week of")).to_be_visible()
    assert DutyShift.objects.filter(day=MONDAY + timedelta(days=7)).count() == 2


@pytest.mark.rule("H40")
def test_a_lead_agrees_protected_time(screen, sign_in, north, lena):
    sign_in(screen, lena)
    screen.goto("/duty/protected/")
    screen.get_by_role("button", name="Add protected time").click()
    screen.get_by_label("Wednesday").check()
    screen.get_by_label("From").fill("1")
    screen.get_by_label("Until").fill("2pm")
    screen.get_by_role("button", name="Agree protected time").click()
    expect(screen.get_by_text("There is a problem")).to_be_visible()
    screen.get_by_label("From").fill("1pm")
    screen.get_by_role("button", name="Agree protected time").click()

    expect(screen.get_by_text("1pm to 2pm", exact=True)).to_be_visible()
    assert ProtectedTime.objects.get().team == north


def test_no_page_has_an_accessibility_violation_or_overflows(
    page, phone, sign_in, axe, fits, north, cora, bea, lena, asif
):
    long = UserFactory(full_name="Wilhelmina " + "Featherstonehaugh" * 4, team=north)
    for person in (cora, bea, long):
        shift(north, person, MONDAY)
    Absence.objects.create(person=cora, first_day=MONDAY, last_day=MONDAY)
    ProtectedTime.objects.create(
        team=north,
        weekday=2,
        starts="13:00",
        ends="14:00",
        first_day=TODAY,
        made_by=lena,
        made_at=datetime.now(UTC),
    )
    paths = [
        "/duty/",
        f"/duty/{north.pk}/{MONDAY}/",
        "/duty/protected/",
        f"/duty/{north.pk}/protected/",
    ]
    for screen in (page, phone):
        sign_in(screen, lena)
        for path in paths:
            screen.goto(path)
            assert screen.locator("h1").count() == 1
            axe(screen)
            fits(screen)
    for screen in (page, phone):
        screen.context.clear_cookies()
        sign_in(screen, asif)
        screen.goto("/duty/")
        axe(screen)
        fits(screen)
