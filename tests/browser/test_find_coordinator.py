"""A parent looks for their coordinator and the team lead: on a phone, bare, with the keyboard."""

import pytest
from playwright.sync_api import expect

from accounts.models import Role
from cases.models import Area
from escalations.models import Remit
from tests.factories import EstablishmentFactory, UserFactory

START = "/find-your-coordinator/"
pytestmark = [pytest.mark.usefixtures("policy", "school"), pytest.mark.rule("H96", "H98")]


@pytest.fixture
def school(live_server, policy, north, lena, cora):
    area = Area.objects.create(code="WX1", name="Thornley and around")
    Remit.objects.create(person=cora, area=area, phase="primary")
    Remit.objects.create(person=lena, area=area, phase="later", part="Surnames A to K")
    return EstablishmentFactory.create(
        name="St Mary’s School for very long names in Thornley-under-Wychwood",
        kind="special",
        town="Thornley",
        area=area,
    )


@pytest.fixture(params=["page", "phone", "without_javascript"])
def screen(request):
    return request.getfixturevalue(request.param)


def test_from_the_form_to_the_coordinator_and_the_lead(screen, fits):
    screen.goto("/concern/new/")
    screen.get_by_role("link", name="Find your EHC coordinator").click()

    screen.get_by_role("button", name="Find").click()
    expect(screen.get_by_role("alert")).to_contain_text("Enter the name of the school")
    screen.get_by_label("Which school, college or nursery?").fill("saint marys")
    screen.get_by_role("button", name="Find").click()
    screen.get_by_role("link", name="St Mary’s School").click()
    screen.get_by_role("button", name="Continue").click()
    expect(screen.get_by_role("alert")).to_contain_text("Select a school year")
    screen.get_by_label("Reception to Year 6").check()
    screen.get_by_role("button", name="Continue").click()

    expect(screen.get_by_role("heading", name="Cora Hill")).to_be_visible()
    expect(screen.get_by_role("link", name="cora@wexmoor.example.org")).to_be_visible()
    expect(screen.get_by_role("heading", name="Lena Marsh, team lead")).to_be_visible()
    fits(screen)


@pytest.mark.parametrize("width", ["page", "phone"])
def test_every_page_is_sound_for_ears_and_small_screens(width, request, axe, fits, school):
    screen = request.getfixturevalue(width)
    of_school = f"{START}schools/{school.urn}/"
    pages = [
        START,
        f"{START}?name=",
        f"{START}?name=mary",
        f"{START}?name=zzzz",
        f"{START}areas/",
        of_school,
        f"{of_school}?find=Continue",
        f"{of_school}?year=primary",
        f"{of_school}?year=later",
        f"{of_school}?year=secondary",
    ]
    for path in pages:
        screen.goto(path)
        expect(screen.get_by_role("heading", level=1)).to_be_visible()
        axe(screen)
        fits(screen)


def test_with_the_keyboard_alone(page):
    page.goto(START)
    page.get_by_label("Which school, college or nursery?").press_sequentially("mary")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="St Mary’s School").press("Enter")
    page.get_by_label("Year 12 or older").press("Space")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Surnames A to K: Lena Marsh")).to_be_visible()


def test_an_administrator_keeps_it(page, phone, sign_in, axe, fits, school, cora):
    adam = UserFactory.create(role=Role.ADMINISTRATOR)
    sign_in(page, adam)
    page.goto("/settings/")
    page.get_by_role("link", name="Public directory").click()
    page.get_by_role("button", name="Add a line").click()
    axe(page)
    page.get_by_label("Who looks after it?").select_option(str(cora.pk))
    page.get_by_label("URNs of schools").fill(str(school.urn))
    page.get_by_role("button", name="Add to the directory").click()
    expect(page.get_by_text("The public directory says so from now on.")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Change whom it names").click()
    page.get_by_label("Teams and their duty lines only").check()
    axe(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Teams and their duty lines only")).to_be_visible()

    sign_in(phone, adam)
    for path in ("/settings/directory/", "/settings/directory/new/", "/settings/directory/names/"):
        phone.goto(path)
        fits(phone)
