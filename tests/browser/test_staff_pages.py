"""Who works on a case, the directory and the lists: with a mouse, on a phone, bare."""

from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import expect

from accounts.models import Absence, Role, User
from cases.lead_actions import name_lead
from cases.models import Case, Involvement, RelatedPerson
from clocks.policy_actions import load_policy
from tests.factories import CaseFactory, ContactFactory, UserFactory

SCREENS = ["page", "phone", "without_javascript"]
# The real clock, which the server in these tests goes by.
TODAY = date.today()  # noqa: DTZ011
CASE = "/cases/EHC-000042/"


@pytest.fixture
def case(live_server, cora, north):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    north.manager = UserFactory(full_name="Mira Stone", role=Role.SENIOR_MANAGER, team=None)
    north.save()
    made = CaseFactory(reference="EHC-000042", owner=cora)
    Involvement.objects.create(
        case=made, worker=cora, role="owner", team=north, started_on=TODAY - timedelta(days=30)
    )
    now = datetime.now(UTC)
    ContactFactory(case=made, received_at=now, clock__due_at=now + timedelta(days=5))
    return made


@pytest.fixture
def dan(north) -> User:
    return UserFactory.create(full_name="Dan Reed", team=north)


@pytest.fixture(params=SCREENS)
def screen(request):
    return request.getfixturevalue(request.param)


@pytest.mark.rule("H37")
def test_a_lead_allocates_a_case(screen, sign_in, case, lena, dan):
    sign_in(screen, lena)
    screen.goto(CASE)
    screen.get_by_role("link", name="Allocate or transfer this case").click()
    expect(screen.get_by_text("Their dates stay the same.")).to_be_visible()
    screen.get_by_label("Who will own the case?").select_option(str(dan.pk))
    screen.get_by_role("button", name="Allocate the case").click()
    expect(screen.get_by_text("There is a problem")).to_be_visible()
    screen.get_by_label("Why?").fill("Cora has too many.")
    screen.get_by_role("button", name="Allocate the case").click()

    expect(screen.get_by_text("EHC-000042 is Dan Reed’s in North team")).to_be_visible()
    assert Case.objects.get().owner == dan


@pytest.mark.rule("H4")
@pytest.mark.parametrize("who", ["Cora Hill", "Lena Marsh", "Mira Stone"])
def test_from_a_case_one_click_leads_to_whom_to_ring(page, sign_in, case, asif, who):
    sign_in(page, asif)
    page.goto(CASE)
    page.get_by_role("main").get_by_role("link", name=who).first.click()

    expect(page.get_by_role("heading", name=who)).to_be_visible()
    expect(page.get_by_text("01632 960200")).to_be_visible()


@pytest.mark.rule("H89")
def test_a_lead_professional_is_named_and_told_of(screen, sign_in, case, lena, dan):
    sign_in(screen, lena)
    screen.goto(f"{CASE}lead-professional/")
    screen.get_by_role("link", name="Name a lead professional").click()
    screen.get_by_label("Who will be the lead professional?").select_option(str(dan.pk))
    screen.get_by_label("Why?").fill("Many of us write to the family.")
    screen.get_by_role("button", name="Tell everybody concerned").click()
    screen.get_by_role("button", name=f"I have told them ({case.establishment})").click()

    expect(screen.get_by_text(f"{case.establishment} has been told.")).to_be_visible()
    expect(screen.get_by_text("An e-mail is on its way").first).to_be_visible()


def test_no_page_has_an_accessibility_violation_or_overflows(
    page, phone, sign_in, axe, fits, case, cora, lena, dan, oscar
):
    gone = UserFactory(full_name="Gone " + "Away" * 20, team=cora.team, is_active=False, phone="")
    CaseFactory(owner=gone)
    RelatedPerson.objects.create(
        person=case.person,
        name="Ngozi Okafor",
        relation="mother",
        receives_letters=True,
        started_on=TODAY,
    )
    Absence.objects.create(person=dan, first_day=TODAY, last_day=TODAY, cover=cora)
    part = Involvement.objects.create(
        case=case, worker=dan, role="placement", team=dan.team, started_on=TODAY
    )
    lead = name_lead(
        case=case, user=dan, reason="Many of us write. " * 15, by=lena, now=datetime.now(UTC)
    )
    paths = [
        "/",
        CASE,
        f"{CASE}allocate/",
        f"{CASE}involvements/",
        f"{CASE}involvements/{part.pk}/end/",
        f"{CASE}lead-professional/",
        f"{CASE}lead-professional/name/",
        f"{CASE}lead-professional/{lead.pk}/end/",
        "/cases/without-owner/",
        "/cases/silent/",
        "/people/",
        "/people/?name=a",
        f"/people/{dan.pk}/",
        f"/people/{gone.pk}/",
    ]
    for screen in (page, phone):
        sign_in(screen, lena)
        for path in paths:
            screen.goto(path)
            assert screen.locator("h1").count() == 1
            axe(screen)
            fits(screen)
