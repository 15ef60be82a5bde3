"""Complaints and the report of themes: with a mouse, on a phone, without JavaScript."""

from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Role
from cases.decision_actions import recognise_formal
from cases.models import Contact
from clocks.policy_actions import load_policy
from escalations.complaint_actions import acknowledge, open_complaint
from escalations.models import Agreement, Complaint, Learning, Theme, ThemeAction
from escalations.theme_actions import load_themes
from tests.factories import ContactFactory, RelatedPersonFactory, UserFactory

SCREENS = ["page", "phone", "without_javascript"]
# The real clock, which the server in these tests goes by.
TODAY = date.today()  # noqa: DTZ011
WORDS = "We are sorry. The taxi is booked from Monday."


@pytest.fixture
def complaint(live_server, cora) -> Complaint:
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    load_themes()
    now = datetime.now(UTC)
    contact = ContactFactory.create(
        reference="CON-000042",
        case__reference="EHC-000042",
        case__owner=cora,
        channel=Contact.Channel.EMAIL,
        sender_email="ngozi@example.org",
        received_at=now,
        clock__due_at=now + timedelta(days=5),
    )
    # The address is on the record: the answer goes there.
    assert contact.case
    RelatedPersonFactory.create(person=contact.case.person, email="ngozi@example.org")
    matter = recognise_formal(
        contact=contact, category=Contact.Category.COMPLAINT, by=cora, now=now
    )
    return open_complaint(matter=matter, by=cora, now=now)


@pytest.fixture(params=SCREENS)
def screen(request) -> Page:
    return request.getfixturevalue(request.param)


@pytest.fixture
def looks_right(request, screen, axe, fits):
    """``looks_right()``: nothing too wide, and nothing that axe finds, where scripts run."""

    def look() -> None:
        fits(screen)
        if "without_javascript" not in request.node.name:
            axe(screen)

    return look


def fill_day(page: Page, legend: str, day: date) -> None:
    boxes = page.get_by_role("group", name=legend)
    for label, number in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        boxes.get_by_label(label, exact=True).fill(str(number))


@pytest.mark.rule("H103")
@pytest.mark.rule("H126")
def test_a_complaint_is_acknowledged_agreed_on_and_answered(
    screen, sign_in, complaint, cora, looks_right
):
    sign_in(screen, cora)
    screen.goto("/cases/EHC-000042/")
    screen.get_by_role("link", name="Complaint CON-000042").click()
    looks_right()
    screen.get_by_role("button", name="Acknowledge it").click()
    screen.get_by_role("button", name="Acknowledge the complaint").click()
    expect(screen.get_by_role("link", name="Select who looks at it")).to_be_visible()
    screen.get_by_label("Who looks at it?").select_option(str(cora.pk))
    looks_right()
    screen.get_by_role("button", name="Acknowledge the complaint").click()

    screen.get_by_role("link", name="Write down what you agree").click()
    screen.get_by_label("Telephone").check()
    screen.get_by_label("Every week", exact=True).check()
    screen.get_by_label("Who does it?").select_option(str(cora.pk))
    screen.get_by_label("With whom was it agreed, and how?").fill("Ngozi Okafor, by telephone")
    fill_day(screen, "When do you look at it again together?", TODAY + timedelta(days=30))
    looks_right()
    screen.get_by_role("button", name="Save the agreement").click()
    expect(screen.get_by_text("Cora Hill will ring the family every week.")).to_be_visible()

    screen.get_by_role("button", name="Answer stage 1").click()
    screen.get_by_label("Upheld", exact=True).check()
    screen.get_by_label("Your answer to the sender").fill(WORDS)
    screen.get_by_role("button", name="Give the answer").click()
    expect(screen.get_by_role("link", name="Select at least one theme")).to_be_visible()
    expect(screen.get_by_label("Your answer to the sender")).to_have_value(WORDS)
    screen.get_by_label("Transport").check()
    looks_right()
    screen.get_by_role("button", name="Give the answer").click()

    expect(screen.get_by_role("button", name="They ask for stage 2")).to_be_visible()
    looks_right()
    assert Complaint.objects.get().stage == "one_answered"
    assert Agreement.objects.get().often == "weekly"
    assert Learning.objects.get().theme.words == "Transport"


@pytest.mark.rule("S31")
@pytest.mark.rule("S32")
def test_the_report_is_read_and_an_action_is_added(screen, sign_in, complaint, cora, looks_right):
    now = datetime.now(UTC)
    acknowledge(complaint=complaint, number=1, to=cora, by=cora, now=now)
    lead = UserFactory(role=Role.TEAM_LEAD, full_name="Lena Marsh")
    lines = {"source": "ombudsman", "theme": Theme.objects.get(words="Delay"), "on": TODAY}
    Learning.objects.create(**lines, by=lead, at=now, learnt="We write down why.")
    ThemeAction.objects.create(
        month=TODAY.replace(day=1),
        words="Ask the taxi firm",
        owner=cora,
        due_on=TODAY - timedelta(days=2),
        made_by=lead,
        made_at=now,
    )
    sign_in(screen, lead)
    screen.get_by_role("link", name="themes").click()
    expect(screen.get_by_role("cell", name="Past its date")).to_be_visible()
    expect(screen.get_by_text("We write down why.")).to_be_visible()
    looks_right()

    screen.get_by_role("link", name="Add to the action log").click()
    screen.get_by_label("What is to be done?").fill("Ring families on the day before")
    screen.get_by_label("Who does it?").select_option(str(cora.pk))
    fill_day(screen, "By when?", TODAY + timedelta(days=14))
    looks_right()
    screen.get_by_role("button", name="Add it to the action log").click()
    row = screen.get_by_role("row", name="Ring families on the day before")
    expect(row.get_by_role("link", name="It is done")).to_be_visible()

    screen.get_by_role("link", name="We have discussed it").click()
    screen.get_by_label("Which ideas came up?").fill("Ring first.")
    screen.get_by_role("button", name="We have discussed it").click()
    expect(screen.get_by_text("Ring first.")).to_be_visible()


@pytest.mark.rule("S31")
def test_the_report_fits_on_paper(open_page, sign_in, complaint):
    """A4 upright, less its margins, is 670 pixels wide."""
    paper = open_page(viewport={"width": 670, "height": 950})
    sign_in(paper, UserFactory(role=Role.SENIOR_MANAGER, team=None))
    paper.emulate_media(media="print")

    paper.goto("/reports/themes/")

    wider = "tables => tables.map(one => one.scrollWidth - one.parentElement.clientWidth)"
    assert max(paper.locator("table").evaluate_all(wider)) <= 0


@pytest.mark.parametrize("path", ["/complaints/", "/themes/to-code/", "/themes/ombudsman/"])
def test_the_lists_fit_a_phone(phone, sign_in, complaint, axe, fits, path):
    sign_in(phone, UserFactory(role=Role.SENIOR_MANAGER, team=None))

    phone.goto(path)

    axe(phone)
    fits(phone)


def test_the_themes_of_the_settings_fit_a_phone(phone, sign_in, complaint, axe, fits):
    sign_in(phone, UserFactory(role=Role.ADMINISTRATOR, team=None))

    phone.goto("/settings/themes/")

    axe(phone)
    fits(phone)
