"""A call is logged, its coordinator sees it and answers it: with a mouse, on a phone, bare."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Role
from cases.models import Contact
from clocks.enforcement import tick
from clocks.pause_actions import pause, resume
from clocks.policy_actions import load_policy
from tests.factories import CaseFactory, ContactFactory, UserFactory


@pytest.fixture(autouse=True)
def _policy_and_case(live_server, cora):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    CaseFactory(reference="EHC-000042", owner=cora)


def log_a_call(page: Page) -> str:
    """As an adviser with a caller on the line; returns the contact's reference."""
    page.get_by_label("Name, date of birth or reference").fill("okafor")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Log a contact").click()
    page.get_by_label("Telephone call").check()
    page.get_by_label("Parent or carer").check()
    page.get_by_label("Their name").fill("Ngozi Okafor")
    page.get_by_label("Their e-mail address (optional)").fill("ngozi@example.org")
    page.get_by_label("What did they say or ask?").fill("When is the annual review?")
    page.get_by_role("button", name="Log this contact").click()
    expect(page.get_by_text("You will hear by")).to_be_visible()
    return Contact.objects.get().reference


def answer_in_three_clicks(page: Page, reference: str) -> None:
    page.get_by_role("button", name=f"Answer {reference}").click()
    page.get_by_label("By telephone").check()
    page.get_by_label("Note of the answer").fill("Rang: the review is on 3 June.")
    page.get_by_role("button", name="Save answer").click()
    expect(page.get_by_text(f"{reference} is answered.")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("words", ["", "okafor", "nobody"])
def test_searching_is_accessible_and_back_returns_to_what_was_found(
    page, phone, sign_in, axe, fits, asif, words
):
    for screen in (page, phone):
        sign_in(screen, asif)
        screen.get_by_label("Name, date of birth or reference").fill(words)
        screen.get_by_role("button", name="Search").click()
        outcome = {"": "There is a problem", "okafor": "1 found", "nobody": "No case found"}
        expect(screen.get_by_text(outcome[words])).to_be_visible()
        axe(screen)
        fits(screen)
        if words == "okafor":
            screen.get_by_role("link", name="Amara Okafor", exact=True).click()
            expect(screen.get_by_role("heading", name="Call about Amara Okafor")).to_be_visible()
            screen.go_back()
            expect(screen.get_by_text("1 found")).to_be_visible()


@pytest.mark.rule("H17")
@pytest.mark.rule("H57")
def test_an_adviser_logs_a_call_and_the_coordinator_answers_it(page, sign_in, asif, cora):
    sign_in(page, asif)
    reference = log_a_call(page)
    sign_out(page)

    sign_in(page, cora)
    expect(page.get_by_role("link", name=re.compile("Notices.*1 unread"))).to_be_visible()
    expect(page.get_by_text("Ngozi Okafor")).to_be_visible()
    answer_in_three_clicks(page, reference)

    expect(page.get_by_text("You owe no answers.")).to_be_visible()
    assert Contact.objects.get().answered_by == cora


def test_the_same_journey_without_javascript(without_javascript, sign_in, asif, cora):
    page = without_javascript
    sign_in(page, asif)
    reference = log_a_call(page)
    sign_out(page)
    sign_in(page, cora)
    answer_in_three_clicks(page, reference)


def test_the_same_journey_on_a_narrow_screen(phone, sign_in, asif, cora, fits):
    sign_in(phone, asif)
    reference = log_a_call(phone)
    fits(phone)
    sign_out(phone)
    sign_in(phone, cora)
    fits(phone)
    answer_in_three_clicks(phone, reference)


def test_a_second_click_on_the_button_logs_one_contact(page, sign_in, asif):
    sign_in(page, asif)
    page.goto("/cases/EHC-000042/contacts/new/")
    page.get_by_label("E-mail", exact=True).check()
    page.get_by_label("Young person").check()
    page.get_by_label("Their name").fill("Amara Okafor")
    page.get_by_label("What did they say or ask?").fill("Can I change college?")
    page.get_by_role("button", name="Log this contact").dblclick()
    expect(page.get_by_text("You will hear by")).to_be_visible()

    assert Contact.objects.count() == 1


def test_each_entry_of_the_error_summary_moves_the_focus_into_its_field(page, sign_in, asif):
    sign_in(page, asif)
    page.goto("/cases/EHC-000042/contacts/new/")
    page.get_by_label("Month").fill("13")
    page.get_by_role("button", name="Log this contact").click()
    page.get_by_role("heading", name="There is a problem").wait_for()

    focused = {}
    for entry in page.locator(".govuk-error-summary__list a").all():
        entry.click()
        focused[entry.inner_text()] = page.evaluate("document.activeElement.name")
    assert focused == {
        "Select how it came": "channel",
        "Select who it is from": "sender",
        "Enter the name of the person who made contact": "sender_name",
        "Enter what they said or asked": "message",
        "Date received must be a real date": "received_on_month",
    }


def test_why_this_date_is_one_click_from_the_worklist(page, sign_in, cora):
    ContactFactory(
        case__owner=cora,
        received_at=datetime(2026, 5, 1, 15, 45, tzinfo=UTC),
        clock__due_at=datetime(2026, 5, 12, 16, 30, tzinfo=UTC),
    )
    sign_in(page, cora)
    page.get_by_role("link", name=re.compile("Why this date")).click()

    expect(page.get_by_role("heading", name="Why this date")).to_be_in_viewport()
    expect(page.get_by_role("cell", name="Early May bank holiday")).to_be_visible()


def test_the_skip_link_is_the_first_thing_reached_by_keyboard(page, sign_in, cora):
    sign_in(page, cora)
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main-content"


PAGES = {
    Role.CSC_ADVISER: [
        "/",
        "/cases/",
        "/cases/?search=gone",
        "/cases/EHC-000042/",
        "/cases/EHC-000042/contacts/new/",
        "/contacts/CON-000007/",
        "/contacts/CON-000009/why/",
    ],
    Role.BUSINESS_SUPPORT: ["/"],
    Role.COORDINATOR: [
        "/",
        "/cases/EHC-000042/",
        "/contacts/CON-000007/",
        "/contacts/CON-000008/",
        "/contacts/CON-000007/answer/",
        "/contacts/CON-000009/",
        "/contacts/CON-000009/why/",
        "/contacts/CON-000009/why/?for=family",
        "/notices/",
        "/account/password/",
        "/nowhere/",
    ],
    Role.PLACEMENT_OFFICER: ["/"],
    Role.TEAM_LEAD: [
        "/",
        "/worklist/",
        "/notices/",
        "/account/absences/",
        "/account/absences/new/",
    ],
    Role.SENIOR_MANAGER: ["/"],
    Role.RESOLUTION_OFFICER: ["/"],
    Role.ADMINISTRATOR: ["/", "/notices/"],
    Role.AUDITOR: ["/", "/?record=EHC-000042"],
}


def pause_and_resume(clock, by):
    first, second = (datetime(2026, 11, day, 10, 30, tzinfo=UTC) for day in (3, 4))
    pause(clock=clock, since=first, reason="Waiting for the school’s report", by=by, now=second)
    resume(clock=clock, at=second, by=by, now=second)


@pytest.mark.parametrize("role", Role)
def test_no_page_of_a_role_has_an_accessibility_violation_or_overflows(
    role, page, phone, sign_in, axe, fits, cora, lena
):
    case = CaseFactory(reference="EHC-000043", owner=cora)
    late = datetime(2026, 11, 2, 17, 30, tzinfo=UTC)
    ContactFactory(reference="CON-000007", case=case, clock__due_at=late)
    ContactFactory(
        reference="CON-000008",
        case=case,
        answered_at=late,
        answered_by=cora,
        answer=Contact.Answer.EMAIL,
        answer_note="Wrote to her.",
        clock__state="met",
        clock__stopped_at=late,
        clock__due_at=late,
    )
    pause_and_resume(ContactFactory(reference="CON-000009", case=case).clock, cora)
    tick(now=datetime(2026, 11, 3, 9, tzinfo=UTC))
    people = {Role.COORDINATOR: cora, Role.TEAM_LEAD: lena}
    person = people.get(role) or UserFactory(role=role, team=cora.team)
    for screen in (page, phone):
        sign_in(screen, person)
        for path in PAGES[role]:
            screen.goto(path)
            assert screen.locator("h1").count() == 1
            assert len(screen.title()) > len("SEND Portal")
            axe(screen)
            fits(screen)


def test_the_demonstrations_mail_page_is_accessible(page, sign_in, axe, settings, tmp_path, cora):
    settings.DEMO, settings.MAIL_DIR = True, tmp_path
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    from django.core.mail import send_mail

    send_mail("Date passed", "An answer was due.", None, [cora.email])
    sign_in(page, cora)
    page.get_by_role("link", name="Mail", exact=True).click()

    expect(page.get_by_role("heading", name="Date passed")).to_be_visible()
    axe(page)


def test_words_typed_after_signing_out_come_back_on_a_page_anyone_can_use(
    page, phone, sign_in, axe, fits, asif
):
    for screen in (page, phone):
        sign_in(screen, asif)
        screen.goto("/cases/EHC-000042/contacts/new/")
        screen.get_by_label("What did they say or ask?").fill("A long message. " * 9)
        screen.context.clear_cookies(name="sessionid")
        screen.get_by_role("button", name="Log this contact").click()
        expect(screen.get_by_text("Nothing has been saved yet")).to_be_visible()
        expect(screen.get_by_label("Message")).to_have_value("A long message. " * 9)
        axe(screen)
        fits(screen)
