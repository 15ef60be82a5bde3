"""Voicemail lines, the advice line and SEND leadership: with a mouse, on a phone, bare."""

from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Role
from cases import conduct_actions
from cases.conduct_actions import PlanDetails
from cases.models import ConductReferral, Contact, ContactPlan, VoicemailLine
from clocks.policy_actions import load_policy
from tests.factories import ContactFactory, EstablishmentFactory, UserFactory

SCREENS = ["page", "phone", "without_javascript"]
# The real clock, which the server in these tests goes by.
TODAY = date.today()  # noqa: DTZ011
SHOUTED = "He shouted at me."


@pytest.fixture
def contact(live_server, cora):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    now = datetime.now(UTC)
    return ContactFactory(
        reference="CON-000042",
        case__owner=cora,
        received_at=now,
        clock__due_at=now + timedelta(days=5),
    )


@pytest.fixture
def maya(contact):
    """A senior manager."""
    return UserFactory(role=Role.SENIOR_MANAGER, team=None, full_name="Maya Stone")


@pytest.fixture(params=SCREENS)
def screen(request) -> Page:
    return request.getfixturevalue(request.param)


def refer(contact, by) -> ConductReferral:
    return conduct_actions.refer(
        contact=contact,
        kind=ConductReferral.Kind.CALL,
        words=SHOUTED,
        by=by,
        now=datetime.now(UTC),
    )


def make_plan(contact, raiser, decider) -> ContactPlan:
    return conduct_actions.decide_plan(
        referral=refer(contact, raiser),
        details=PlanDetails(
            who="Sam Okafor",
            arrangement="Calls on Tuesdays.",
            reason="Three abusive calls.",
            told_how="Letter",
            appeal="Write to the head of service.",
            starts_on=TODAY,
            review_on=TODAY,
            ends_on=TODAY + timedelta(days=60),
        ),
        by=decider,
        now=datetime.now(UTC),
    )


def fill_day(page: Page, legend: str, day: date) -> None:
    boxes = page.get_by_role("group", name=legend)
    for label, number in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        boxes.get_by_label(label).fill(str(number))


@pytest.mark.rule("H65")
def test_a_call_is_referred_and_a_plan_is_decided(screen, sign_in, contact, cora, maya):
    sign_in(screen, cora)
    screen.goto("/contacts/CON-000042/refer/")
    screen.get_by_label("Abusive call").check()
    screen.get_by_label("What happened?").fill(SHOUTED)
    screen.get_by_role("button", name="Refer to SEND leadership").click()
    expect(screen.get_by_role("heading", name="Look after yourself")).to_be_visible()
    screen.context.clear_cookies()

    sign_in(screen, maya)
    screen.goto("/leadership/referrals/")
    screen.get_by_role("link", name="Abusive call, CON-000042").click()
    screen.get_by_role("button", name="Make a contact plan").click()
    screen.get_by_label("Who is it about?").fill("Sam Okafor")
    screen.get_by_label("How are you in touch?").fill("Calls on Tuesdays.")
    screen.get_by_label("Reason", exact=True).fill("Three abusive calls.")
    screen.get_by_label("How were they told?").fill("Letter")
    screen.get_by_label("How can they ask for another decision?").fill("Write to us.")
    fill_day(screen, "First day", TODAY)
    fill_day(screen, "Day it ends", TODAY + timedelta(days=60))
    screen.get_by_role("button", name="Save contact plan").click()
    expect(screen.get_by_role("link", name="Enter the review date")).to_be_visible()
    fill_day(screen, "Review date", TODAY + timedelta(days=30))
    screen.get_by_role("button", name="Save contact plan").click()

    expect(screen.get_by_role("heading", name="Contact plan for Sam Okafor")).to_be_visible()
    assert ContactPlan.objects.get().case == contact.case


@pytest.mark.rule("S3")
def test_advice_is_given_and_a_call_back_taken(screen, sign_in, contact, cora):
    EstablishmentFactory(name="Thornley Grange School")
    EstablishmentFactory(name="Thornley Green School")
    sign_in(screen, cora)
    screen.goto("/advice-line/")
    screen.get_by_role("button", name="Log advice").click()
    screen.get_by_label("School, college or early years setting").check()
    screen.get_by_label("From which school, college or setting?").fill("thornley")
    screen.get_by_label("Annual reviews").check()
    screen.get_by_label("What did they ask?").fill("When is an interim review needed?")
    screen.get_by_label("Answered now").check()
    screen.get_by_label("What did you advise?").fill("When needs have changed.")
    screen.get_by_role("button", name="Save advice").click()
    screen.get_by_label("Thornley Green School").check()
    screen.get_by_role("button", name="Save advice").click()
    expect(screen.get_by_text("is logged and answered.")).to_be_visible()

    logged = Contact.objects.get(category=Contact.Category.ADVICE_LINE)
    assert (logged.case, str(logged.establishment)) == (None, "Thornley Green School")


@pytest.mark.rule("H43")
def test_somebody_listens_to_a_line(screen, sign_in, contact, cora):
    VoicemailLine.objects.create(name="Duty line", number="01632 960100", team=cora.team)
    sign_in(screen, cora)
    screen.goto("/voicemail/")
    expect(screen.get_by_text("Not listened to yet")).to_be_visible()
    screen.get_by_role("button", name="I have listened to it").click()

    expect(screen.get_by_text("You have listened to Duty line.")).to_be_visible()
    expect(screen.get_by_text("Not listened to yet")).to_have_count(0)


def test_no_page_has_an_accessibility_violation_or_overflows(
    page, phone, sign_in, axe, fits, contact, cora, maya
):
    plan = make_plan(contact, cora, maya)
    waiting = conduct_actions.refer(
        contact=contact,
        kind=ConductReferral.Kind.WRITING,
        words="And an e-mail in capitals, " * 20,
        by=maya,
        now=datetime.now(UTC),
    )
    VoicemailLine.objects.create(name="Duty line", number="01632 960100", team=cora.team)
    paths = [
        "/contacts/CON-000042/refer/",
        "/contacts/CON-000042/referred/",
        "/leadership/referrals/",
        "/leadership/referrals/?show=decided",
        f"/leadership/referrals/{waiting.pk}/",
        f"/leadership/referrals/{waiting.pk}/no-plan/",
        f"/leadership/referrals/{waiting.pk}/plan/",
        "/leadership/plans/",
        "/leadership/plans/?show=ended",
        f"/leadership/plans/{plan.pk}/",
        f"/leadership/plans/{plan.pk}/change/",
        f"/leadership/plans/{plan.pk}/end/",
        "/advice-line/",
        "/advice-line/new/",
        "/voicemail/",
    ]
    for screen in (page, phone):
        sign_in(screen, maya)
        for path in paths:
            screen.goto(path)
            assert screen.locator("h1").count() == 1
            axe(screen)
            fits(screen)


def test_settings_of_lines_and_wrong_forms_are_accessible_too(
    page, phone, sign_in, axe, fits, contact, cora
):
    line = VoicemailLine.objects.create(name="Duty line", number="01632 960100", team=cora.team)
    ada = UserFactory(role=Role.ADMINISTRATOR, team=None)
    for screen in (page, phone):
        sign_in(screen, ada)
        for path in ("", "new/", f"{line.pk}/"):
            screen.goto(f"/settings/voicemail/{path}")
            axe(screen)
            fits(screen)
        screen.context.clear_cookies()
        sign_in(screen, cora)
        for path in ("/advice-line/new/", "/contacts/CON-000042/refer/"):
            screen.goto(path)
            screen.locator("main button[type=submit], main input[type=submit]").last.click()
            expect(screen.get_by_role("heading", name="There is a problem")).to_be_visible()
            axe(screen)
            fits(screen)
