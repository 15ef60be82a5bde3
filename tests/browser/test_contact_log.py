"""The contact log in a browser: every page wide and narrow, with and without JavaScript."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.models import Attachment, Contact
from cases.policy_actions import load_urgent_reasons
from clocks.policy_actions import load_policy
from notices.models import Notice
from tests.cases.contacts import email, log
from tests.factories import CaseFactory, RelatedPersonFactory


@pytest.fixture(autouse=True)
def _policy(live_server, cora):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    load_urgent_reasons()


@pytest.fixture
def case(cora):
    case = CaseFactory(reference="EHC-000042", owner=cora)
    RelatedPersonFactory(person=case.person, email="obi@example.org", receives_letters=True)
    return case


@pytest.fixture
def contact(case) -> Contact:
    """An e-mail that was asked again, with a file and a long word that must not push the page."""
    came = timezone.now() - timedelta(hours=3)
    contact = log(case, email(received_at=came, message="Taxi? " + "x" * 300))
    log(case, email(received_at=came, subject="URGENT: Taxi", message="Please!"), chases=contact)
    Attachment.objects.create(
        contact=contact,
        filename="plan.pdf",
        content_type="application/pdf",
        size=4,
        content=b"%PDF",
    )
    return contact


ACTS = [
    "",
    "answer/",
    "reply/",
    "hold/",
    "pass-on/",
    "urgency/",
    "formal/",
    "file/",
    "join/",
    "close/",
    "strike/",
    "note/",
]


@pytest.mark.parametrize("act", ACTS)
def test_every_page_of_a_contact_is_accessible_and_fits(
    page, phone, sign_in, axe, fits, cora, contact, live_server, act
):
    for screen in (page, phone):
        sign_in(screen, cora)
        screen.goto(f"{live_server.url}/contacts/{contact.reference}/{act}")
        expect(screen.get_by_role("heading", level=1)).to_be_visible()
        axe(screen)
        fits(screen)


@pytest.mark.parametrize(
    "path",
    ["/cases/EHC-000042/", "/cases/EHC-000042/contacts/new/", "/cases/EHC-000042/sent/"],
)
def test_the_case_and_its_forms_are_accessible_and_fit(
    page, phone, sign_in, axe, fits, cora, contact, live_server, path
):
    for screen in (page, phone):
        sign_in(screen, cora)
        screen.goto(live_server.url + path)
        axe(screen)
        fits(screen)


@pytest.mark.parametrize("path", ["/tray/", "/contacts/new/"])
def test_the_tray_is_accessible_and_fits(page, phone, sign_in, axe, fits, lena, live_server, path):
    log(None, email(received_at=timezone.now(), told_child="Amara"))
    for screen in (page, phone):
        sign_in(screen, lena)
        screen.goto(live_server.url + path)
        axe(screen)
        fits(screen)


def reply(page: Page, contact: Contact, root: str) -> None:
    page.goto(f"{root}/contacts/{contact.reference}/")
    page.get_by_role("button", name="Reply by e-mail").click()
    page.get_by_label("Your reply").fill("The taxi starts on Monday.")
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_text("Your reply is kept")).to_be_visible()
    expect(page.get_by_text("Reply to ngozi@example.org")).to_be_visible()


def test_a_reply_is_written_and_kept(page, sign_in, cora, contact, live_server):
    sign_in(page, cora)
    reply(page, contact, live_server.url)

    assert Notice.objects.filter(kind="reply").count() == 1


def test_a_reply_is_written_without_javascript(
    without_javascript, sign_in, cora, contact, live_server
):
    sign_in(without_javascript, cora)
    reply(without_javascript, contact, live_server.url)

    assert Contact.objects.get(pk=contact.pk).answered_by == cora


def test_a_chaser_is_split_out_and_filed_contacts_leave_the_tray(
    page, sign_in, lena, contact, live_server
):
    chaser = Contact.objects.get(link="chaser")
    stray = log(None, email(received_at=timezone.now(), subject="Which school?"))
    sign_in(page, lena)

    page.goto(f"{live_server.url}/contacts/{chaser.reference}/")
    page.get_by_role("link", name="It says something new").click()
    page.get_by_role("button", name="Make it a matter of its own").click()
    expect(page.get_by_text(f"{chaser.reference} is a matter of its own.")).to_be_visible()

    page.goto(f"{live_server.url}/tray/")
    page.get_by_role("button", name=f"File {stray.reference}").click()
    page.get_by_label("The case’s reference").fill("ehc-000042")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Is this the child?")).to_be_visible()
    page.get_by_role("button", name="File it with this child").click()
    expect(page.get_by_text(f"{stray.reference} is filed with EHC-000042.")).to_be_visible()
    page.goto(f"{live_server.url}/tray/")
    expect(page.get_by_text("Everything is filed.")).to_be_visible()


def test_a_caller_who_asks_again_is_logged_as_a_chaser_by_keyboard(
    page, sign_in, asif, contact, live_server
):
    sign_in(page, asif)
    page.goto(f"{live_server.url}/cases/EHC-000042/contacts/new/")
    page.get_by_label("Telephone call").focus()
    page.keyboard.press("Space")
    page.get_by_label(contact.reference).focus()
    page.keyboard.press("Space")
    page.get_by_label("Parent or carer").focus()
    page.keyboard.press("Space")
    page.get_by_label("Their name").fill("Ngozi Okafor")
    page.get_by_label("What did they say or ask?").fill("Any news?")
    page.get_by_role("button", name="Log this contact").press("Enter")

    expect(page.get_by_text("Its date stays.")).to_be_visible()
    assert contact.linked.count() == 2
