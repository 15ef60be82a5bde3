"""Leave is entered, and the calls booked on its days are moved: with a mouse, on a phone, bare."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Absence, User
from callbacks.booking_actions import Caller
from callbacks.models import Booking, Slot
from clocks.policy_actions import load_policy
from tests.callbacks.cast import booked, hours
from tests.diaries.making import block
from tests.factories import CaseFactory, UserFactory

# The real clock, which the server in these tests goes by.
NOW = datetime.now(UTC)
TODAY = date.today()  # noqa: DTZ011
STRANDED = "/callbacks/stranded/"


@pytest.fixture(params=["page", "phone", "without_javascript"])
def screen(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def calls(live_server, cora) -> list[Booking]:
    """Three calls of Cora's; Dan covers, and has a meeting during the second."""
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    for weekday in range(5):
        hours(cora, weekday, time(9), time(11), now=NOW)
    dan = UserFactory.create(full_name="Dan Reed", team=cora.team)
    ngozi = Caller(name="Ngozi Okafor", phone="07700 900123", email="ngozi@example.org")
    without = Caller(name="Kofi Mensah", phone="07700 900124")
    tomorrow = Slot.objects.free(NOW + timedelta(days=1)).filter(owner=cora)[:3]
    made = [
        booked(CaseFactory.create(owner=cora, team=cora.team), slot, now=NOW, caller=caller)
        for slot, caller in zip(tomorrow, (ngozi, ngozi, without), strict=True)
    ]
    block(dan, made[1].starts_at, made[1].ends_at)
    return made


def enter_leave(screen: Page, last: date) -> None:
    screen.goto("/account/absences/new/")
    for name, day in (("first_day", TODAY), ("last_day", last)):
        for part, number in (("day", day.day), ("month", day.month), ("year", day.year)):
            screen.locator(f"input[name={name}_{part}]").fill(str(number))
    screen.get_by_label("Who looks after their answers?").select_option("Dan Reed")
    screen.get_by_role("button", name="Save absence").click()
    expect(screen.get_by_role("heading", name="Calls to move")).to_be_visible()


@pytest.mark.rule("H62")
def test_leave_is_entered_and_its_calls_are_moved_in_one_step(screen, sign_in, cora, lena, calls):
    sign_in(screen, cora)
    enter_leave(screen, TODAY + timedelta(days=8))
    expect(screen.get_by_text("Still booked", exact=True)).to_have_count(3)
    screen.get_by_label("Dan Reed rings at the same times").check()
    screen.get_by_label("Who rings the callers whom we cannot write to").select_option("Lena Marsh")
    screen.get_by_role("button", name="Move the calls").click()

    expect(screen.get_by_text("2 calls are moved.")).to_be_visible()
    expect(screen.get_by_text("Promised by")).to_have_count(1)
    screen.get_by_role("link", name="Dan Reed cannot ring then: in a meeting.").click()
    expect(screen.locator(f"#id_call_{calls[1].pk}")).to_be_focused()
    screen.locator(f"#id_call_{calls[1].pk}").select_option("back")
    screen.get_by_role("button", name="Move the call").click()

    expect(screen.get_by_text("No calls are left to move.")).to_be_visible()
    screen.get_by_label("Kofi Mensah, 07700 900124").check()
    screen.get_by_role("button", name="They have been told").click()
    expect(screen.get_by_text("1 caller has been told.")).to_be_visible()
    expect(screen.get_by_text("told by telephone on")).to_be_visible()


def test_the_pages_are_accessible_and_fit(page, phone, sign_in, axe, fits, cora, lena, calls):
    absence = Absence.objects.create(person=cora, first_day=TODAY, last_day=calls[0].starts_at)
    for screen in (page, phone):
        sign_in(screen, lena)
        for path in ("/account/absences/", f"/account/absences/{absence.pk}/calls/", STRANDED):
            screen.goto(path)
            axe(screen)
            fits(screen)
        screen.get_by_role("link", name="Move").first.click()
        screen.get_by_role("button", name="Move the call").click()
        expect(screen.get_by_text("There is a problem")).to_be_visible()
        axe(screen)
        fits(screen)


def test_the_calls_of_somebody_who_has_left_find_another(screen, sign_in, cora, lena, calls):
    User.objects.filter(pk=cora.pk).update(is_active=False)
    sign_in(screen, lena)
    screen.goto(STRANDED)
    expect(screen.get_by_text("Has left", exact=True)).to_have_count(3)
    screen.get_by_role("link", name="Move these calls of Cora Hill").click()
    screen.get_by_label("A colleague rings at the same times").check()
    screen.get_by_label("Which colleague?").select_option("Lena Marsh")
    screen.get_by_label("Who rings the callers whom we cannot write to").select_option("Lena Marsh")
    screen.get_by_role("button", name="Move the calls").click()

    expect(screen.get_by_text("3 calls are moved.")).to_be_visible()
    screen.goto(STRANDED)
    expect(screen.get_by_text("Every booked call can be made.")).to_be_visible()
    expect(screen.get_by_label("Kofi Mensah, 07700 900124")).to_be_visible()
