"""Contact numbers and voicemail greetings: with a mouse, on a phone, bare."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Role, User
from cases.models import GreetingRecording, VoicemailLine
from clocks.policy_actions import load_policy
from tests.factories import UserFactory

SCREENS = ["page", "phone", "without_javascript"]


@pytest.fixture
def line(live_server, cora):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    return VoicemailLine.objects.create(
        name="Duty line", number="01632 960100", team=cora.team, user=cora
    )


@pytest.fixture(params=SCREENS)
def screen(request) -> Page:
    return request.getfixturevalue(request.param)


@pytest.mark.rule("H34")
def test_a_number_is_confirmed_and_changed(screen, sign_in, line, cora):
    sign_in(screen, cora)
    screen.get_by_role("link", name="Your details").click()
    screen.get_by_role("button", name="This number is right").click()
    expect(screen.get_by_text("We ask again in six months.")).to_be_visible()

    screen.get_by_label("Contact number").fill("01632")
    screen.get_by_role("button", name="Save number").click()
    screen.get_by_role("link", name="Enter a telephone number").click()
    expect(screen.get_by_label("Contact number")).to_be_focused()
    expect(screen.get_by_label("Contact number")).to_have_value("01632")
    screen.get_by_label("Contact number").fill("07700 900982")
    screen.get_by_role("button", name="Save number").click()

    expect(screen.get_by_text("Your number is saved.")).to_be_visible()
    assert User.objects.get(pk=cora.pk).phone == "07700 900982"


@pytest.mark.rule("H35")
def test_a_lead_changes_a_week(screen, sign_in, line, lena, cora):
    sign_in(screen, lena)
    screen.goto("/people/numbers/")
    screen.get_by_role("link", name="Change the details of Cora Hill").click()
    screen.get_by_label("Part of a full week").fill("0.8")
    screen.get_by_label("Friday").uncheck()
    screen.get_by_role("button", name="Save details").click()

    expect(screen.get_by_text("The details of Cora Hill are saved.")).to_be_visible()
    assert User.objects.get(pk=cora.pk).working_days == [0, 1, 2, 3]


@pytest.mark.rule("H42")
def test_a_greeting_is_recorded(screen, sign_in, line, cora):
    sign_in(screen, cora)
    screen.goto("/voicemail/")
    expect(screen.get_by_text("Never recorded")).to_be_visible()
    screen.get_by_role("link", name="Greeting of Duty line").click()
    expect(screen.get_by_text("This is the voicemail of Cora Hill")).to_be_visible()
    screen.get_by_role("button", name="I have recorded this").click()

    expect(screen.get_by_text("The greeting of Duty line is recorded.")).to_be_visible()
    expect(screen.get_by_text("Never recorded")).to_have_count(0)


def test_no_page_has_an_accessibility_violation_or_overflows(
    page, phone, sign_in, axe, fits, line, cora, lena
):
    GreetingRecording.objects.create(
        line=line,
        at=datetime.now(UTC) - timedelta(days=40),
        by=cora,
        script="Hello. We will ring you back within 10 working days.",
    )
    UserFactory(full_name="Bartholomew-Maximilian Featherstonehaugh", team=cora.team, phone="")
    maya = UserFactory(role=Role.SENIOR_MANAGER, team=None, phone="")
    paths = [
        "/people/",
        "/people/me/",
        "/people/numbers/",
        f"/people/{cora.pk}/",
        f"/people/{cora.pk}/change/",
        "/voicemail/",
        f"/voicemail/{line.pk}/greeting/",
    ]
    for screen in (page, phone):
        sign_in(screen, maya)
        for path in paths:
            screen.goto(path)
            assert screen.locator("h1").count() == 1
            axe(screen)
            fits(screen)
        screen.goto(f"/people/{cora.pk}/change/")
        screen.get_by_label("Part of a full week").fill("2")
        screen.get_by_role("button", name="Save details").click()
        expect(screen.get_by_role("heading", name="There is a problem")).to_be_visible()
        axe(screen)
        fits(screen)
