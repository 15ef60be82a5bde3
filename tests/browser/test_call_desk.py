"""A whole call at the desk: with the keyboard alone, on a phone, and without scripts."""

import re

import pytest
import time_machine
from playwright.sync_api import Locator, Page, expect

from callbacks.call_actions import note_attempt
from callbacks.models import Attempt, Booking, DeskCall
from callbacks.signpost_actions import load_signposts
from cases.models import Contact
from tests.callbacks.cast import NOW, booked, hours, slots
from tests.cases.contacts import email, log
from tests.factories import CaseFactory, RelatedPersonFactory

SEARCH = "Name, date of birth or reference"
# What a hand presses besides the text itself, at a slow one a second: 28 leave more seconds of
# the minute for typing and speaking. A field more on the way shows here.
MOST_KEYS = 28
TOP = "element => element.getBoundingClientRect().top + window.scrollY"


@pytest.fixture(autouse=True)
def _monday_morning(live_server):
    """The service is open, whatever day the test runs on."""
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def case(live_server, policy, cora):
    hours(cora)
    load_signposts()
    case = CaseFactory(reference="EHC-000042", owner=cora, person__postcode="ZZ99 3WZ")
    RelatedPersonFactory(person=case.person, phone="07700 900123", email="ngozi@example.org")
    return case


class Keyboard:
    """Presses keys and counts them; text that is typed counts as speech, not as presses."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.pressed += 1

    def tab_to(self, there: Locator) -> None:
        for _ in range(MOST_KEYS):
            self.press("Tab")
            if there.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"Tab does not lead to {there}")

    def type(self, text: str) -> None:
        self.page.keyboard.type(text, delay=20)


@pytest.mark.rule("H26")
@pytest.mark.rule("H27")
@pytest.mark.rule("H28")
def test_a_whole_call_with_the_keyboard_alone_takes_less_than_a_minute(
    page, sign_in, case, cora, asif
):
    sign_in(page, asif)
    expect(page.get_by_label(SEARCH)).to_be_focused()
    keys, next_step = Keyboard(page), page.locator(".portal-desk__next")

    keys.type("okafor")
    found = page.get_by_role("link", name="Amara Okafor", exact=True)
    found.wait_for()
    keys.tab_to(found)
    keys.press("Enter")
    # The page begins at its heading, past the header.
    expect(page.get_by_role("heading", name="Call about Amara Okafor")).to_be_focused()
    keys.tab_to(page.get_by_role("button", name="No answer"))
    keys.press("Enter")
    expect(next_step).to_contain_text("Now: ring the duty line on 01632 960100.")
    expect(next_step).to_be_focused()
    keys.tab_to(page.get_by_role("button", name="No answer"))
    keys.press("Enter")
    expect(next_step).to_contain_text("Nobody can take the call now.")
    expect(next_step).to_be_focused()
    expect(page.get_by_label("Callback")).to_be_checked()

    keys.tab_to(page.get_by_label("Ngozi Okafor (mother)"))
    keys.press("Space")
    keys.tab_to(page.get_by_label("What do they ask?"))
    keys.type("When does the taxi start?")
    keys.tab_to(page.get_by_label("Tuesday 3 November 2026, Cora Hill rings, 2pm"))
    keys.press("Space")
    keys.tab_to(page.get_by_label("I have told the caller not to ring again before that day"))
    keys.press("Space")
    # Enter in a field ends the call, as it sends every form.
    keys.press("Enter")

    expect(page.get_by_role("heading", name="Callback booked")).to_be_visible()
    expect(page.locator("#closing-words")).to_contain_text(
        "Cora Hill will ring you on Tuesday 3 November 2026 at 2pm, on the number that ends in "
        "123. You do not need to ring before then."
    )
    # The next caller is on the line already.
    expect(page.get_by_label(SEARCH)).to_be_focused()
    assert keys.pressed <= MOST_KEYS, f"{keys.pressed} keys were pressed"
    assert Booking.objects.get().owner == cora
    assert Attempt.objects.count() == 2


def test_after_the_search_two_tabs_lead_to_the_call_and_one_past_it_to_its_end(
    page, sign_in, case, asif
):
    sign_in(page, asif)
    page.get_by_label(SEARCH).fill("okafor")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="1 found")).to_be_focused()
    keys = Keyboard(page)
    keys.tab_to(page.get_by_role("link", name="Take this call about Amara Okafor"))
    assert keys.pressed == 2
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Call about Amara Okafor")).to_be_focused()
    keys.tab_to(page.get_by_role("link", name="To the end of the call"))
    keys.press("Enter")
    keys.tab_to(page.get_by_label("Ngozi Okafor (mother)"))
    assert keys.pressed == 6


@pytest.mark.rule("H33")
def test_a_reason_why_it_is_more_urgent_changes_what_to_do(page, sign_in, axe, case, cora, asif):
    matter = log(case, email(received_at=NOW))
    sign_in(page, asif)
    page.goto("/desk/EHC-000042/")
    expect(page.locator(".portal-gate--blue")).to_be_visible()
    page.get_by_label("What do they ask?").fill("He is not in school")
    page.get_by_label(re.compile(f"{matter.reference}: e-mail")).check()
    reason = page.get_by_label("More urgent now, because (optional)")
    reason.select_option(index=1)

    expect(page.locator(".portal-gate--green")).to_contain_text("You may put them through")
    expect(page.locator(".portal-desk__next")).to_have_text(
        "First: ring Cora Hill on 01632 960200."
    )
    expect(page.get_by_label("What do they ask?")).to_have_value("He is not in school")
    expect(page.get_by_role("button", name="Show what changes")).to_have_count(0)
    axe(page)
    reason.select_option(index=0)
    expect(page.locator(".portal-gate--blue")).to_be_visible()


@pytest.mark.rule("H26")
def test_trying_somebody_keeps_what_is_being_typed(page, sign_in, case, asif):
    sign_in(page, asif)
    page.goto("/desk/EHC-000042/")
    page.get_by_label("What do they ask?").fill("When does the taxi start?")
    page.get_by_label("Answered here").check()
    page.get_by_role("button", name="Engaged").click()
    expect(page.get_by_text("Cora Hill, 01632 960200: engaged")).to_be_visible()
    # What was chosen stays chosen, until somebody takes the call.
    expect(page.get_by_label("Answered here")).to_be_checked()
    page.get_by_text("Not tried, because…").click()
    page.get_by_label("Why the duty line is not tried").fill("They asked not to")
    page.get_by_role("button", name="Not tried", exact=True).click()
    expect(page.get_by_text("not tried (They asked not to)")).to_be_visible()

    expect(page.get_by_label("What do they ask?")).to_have_value("When does the taxi start?")
    assert [one.result for one in Attempt.objects.all()] == ["engaged", "skipped"]


@pytest.mark.rule("H26")
def test_after_they_took_the_call_it_ends_with_put_through(page, sign_in, case, asif):
    sign_in(page, asif)
    page.goto("/desk/EHC-000042/")
    page.get_by_role("button", name="They took the call").click()
    expect(page.get_by_label("Put through")).to_be_checked()
    page.get_by_label("Ngozi Okafor (mother)").check()
    # Enter in a field ends the call; it never notes a try.
    page.get_by_label("What do they ask?").fill("When does the taxi start?")
    page.get_by_label("Best time to ring them (optional)").press("Enter")

    expect(page.get_by_text("I am putting you through to Cora Hill now.")).to_be_visible()
    assert DeskCall.objects.get().outcome == "transferred"


def fill_the_end(page: Page) -> None:
    page.get_by_label("Ngozi Okafor (mother)").check()
    page.get_by_label("What do they ask?").fill("When does the taxi start?")
    page.get_by_label("I have told the caller not to ring again before that day").check()


@pytest.mark.rule("H28")
def test_a_time_taken_meanwhile_gives_three_others_on_a_phone(
    phone, sign_in, axe, fits, case, cora, asif
):
    log(case, email(received_at=NOW, subject="Private words"))
    sign_in(phone, asif)
    phone.goto("/desk/EHC-000042/")
    expect(phone.get_by_text("Do not put them through: tell them the date")).to_be_visible()
    expect(phone.get_by_text("Private words")).to_have_count(0)
    axe(phone)
    fits(phone)
    # Tried already for something else; what is owed would not be worth a try.
    note_attempt(case=case, party="coordinator", result="no_answer", by=asif, now=NOW)
    note_attempt(case=case, party="duty_line", result="engaged", by=asif, now=NOW)
    phone.reload()
    phone.get_by_label("Something new").check()
    phone.get_by_label("Callback").check()
    phone.get_by_label("Tuesday 3 November 2026, Cora Hill rings, 2pm").check()
    fill_the_end(phone)
    booked(CaseFactory(owner=cora, team=cora.team), slots(cora)[0])
    phone.get_by_role("button", name="End the call").last.click()

    summary = phone.get_by_role("alert")
    expect(summary).to_contain_text("That time has just been taken. Here are the next three.")
    expect(phone.get_by_label("What do they ask?")).to_have_value("When does the taxi start?")
    axe(phone)
    fits(phone)
    summary.get_by_role("link").click()
    first = phone.get_by_label("Tuesday 3 November 2026, Cora Hill rings, 2:30pm")
    expect(first).to_be_focused()
    first.check()
    phone.get_by_role("button", name="End the call").last.click()
    expect(phone.get_by_role("heading", name="Callback booked")).to_be_visible()
    axe(phone)
    fits(phone)


@pytest.mark.rule("H32")
def test_on_a_phone_the_gate_the_sentence_and_the_next_step_come_first(
    phone, sign_in, fits, case, asif
):
    log(case, email(received_at=NOW))
    sign_in(phone, asif)
    phone.goto("/desk/EHC-000042/")
    order = (".portal-gate .govuk-tag", ".portal-gate__say", ".portal-desk__next", "#attempts dl")
    tops = [phone.locator(one).first.evaluate(TOP) for one in order]
    assert tops == sorted(tops)
    assert tops[0] < phone.viewport_size["height"]

    unbroken = "W" * 76
    type(case.person).objects.update(given_name=unbroken, family_name=unbroken)
    for page in ("/desk/EHC-000042/", "/cases/EHC-000042/"):
        phone.goto(page)
        fits(phone)


@pytest.mark.rule("H29")
def test_a_later_time_because_the_caller_asks(page, sign_in, axe, fits, case, cora, asif):
    note_attempt(case=case, party="coordinator", result="no_answer", by=asif, now=NOW)
    note_attempt(case=case, party="duty_line", result="engaged", by=asif, now=NOW)
    sign_in(page, asif)
    page.goto("/desk/EHC-000042/")
    later = page.get_by_label("Tuesday 10 November 2026, Cora Hill rings, 2pm")
    expect(later).to_be_hidden()
    page.get_by_text("A later time, because the caller asks").click()
    later.check()
    axe(page)
    fits(page)
    fill_the_end(page)
    page.get_by_role("button", name="End the call").last.click()

    expect(page.locator("#closing-words")).to_contain_text("Tuesday 10 November 2026 at 2pm")
    assert Booking.objects.get().breach == Booking.Breach.WISH


def test_back_and_the_button_again_lead_to_the_same_call(page, sign_in, case, asif):
    sign_in(page, asif)
    page.goto("/desk/EHC-000042/")
    fill_the_end(page)
    page.get_by_label("Message taken").check()
    page.get_by_role("button", name="End the call").last.click()
    expect(page.get_by_role("heading", name="Message taken")).to_be_visible()
    ended = page.url
    page.go_back()
    page.get_by_role("button", name="End the call").last.click()
    # Either the very form is there again, or a new one that asks for everything.
    expect(
        page.get_by_role("heading", name="Message taken").or_(page.get_by_role("alert"))
    ).to_be_visible()

    assert (DeskCall.objects.count(), Contact.objects.count()) == (1, 1)
    page.goto(ended)
    expect(page.get_by_role("heading", name="Message taken")).to_be_visible()


@pytest.mark.rule("H28")
def test_without_scripts_a_try_keeps_what_was_typed_and_a_call_is_booked(
    without_javascript, sign_in, case, asif
):
    page = without_javascript
    sign_in(page, asif)
    page.goto("/desk/EHC-000042/")
    fill_the_end(page)
    page.get_by_role("button", name="No answer").click()
    expect(page.get_by_text("Cora Hill, 01632 960200: no answer")).to_be_visible()
    page.get_by_role("button", name="Engaged").click()
    expect(page.get_by_label("What do they ask?")).to_have_value("When does the taxi start?")
    expect(page.get_by_label("Ngozi Okafor (mother)")).to_be_checked()
    expect(page.get_by_label("Callback")).to_be_checked()
    page.get_by_label("Tuesday 3 November 2026, Cora Hill rings, 2pm").check()
    page.get_by_role("button", name="End the call").last.click()

    expect(page.get_by_role("heading", name="Callback booked")).to_be_visible()
    assert Contact.objects.get().message == "When does the taxi start?"


@pytest.mark.rule("H23")
@pytest.mark.rule("H25")
def test_a_child_whom_nobody_finds(page, phone, sign_in, axe, fits, case, asif):
    for screen in (page, phone):
        sign_in(screen, asif)
        screen.get_by_label(SEARCH).fill("qwghlm")
        screen.get_by_role("button", name="Search").click()
        screen.get_by_role("link", name="take this call without a case").click()
        expect(screen.get_by_role("heading", name="Call about a child")).to_be_visible()
        axe(screen)
        fits(screen)
        screen.get_by_role("button", name="End the call").click()
        expect(screen.get_by_role("alert")).to_contain_text("Enter the caller’s name")
        axe(screen)
        screen.get_by_label("Their name").fill("Ngozi Okafor")
        screen.get_by_label("What they are to the child").select_option("parent")
        screen.get_by_label("What do they ask?").fill("How do I get a plan?")
        screen.get_by_label("Sent to another service").check()
        screen.get_by_label("SENDIASS").check()
        screen.get_by_role("button", name="End the call").click()
        expect(screen.get_by_text("SENDIASS can help you with this: 01632 960401")).to_be_visible()
        axe(screen)
        fits(screen)


@pytest.mark.rule("H32")
def test_desk_in_each_of_its_colours_is_accessible(page, sign_in, axe, fits, case, asif):
    for number in range(3):
        log(case, email(received_at=NOW, subject=f"Question {number}"))
    [waits, late, _rang] = Contact.objects.order_by("pk")
    type(late.promise).objects.filter(pk=late.promise.pk).update(due_at=NOW)
    booked(case, contact=waits)
    sign_in(page, asif)
    page.goto("/desk/EHC-000042/")

    expect(page.get_by_text("You may put them through")).to_be_visible()
    expect(page.get_by_text(re.compile("Cora Hill rings on Tuesday 3 November"))).to_be_visible()
    for label in ("Sent to another service", "Message taken", "Told when they will hear"):
        page.get_by_label(label).check()
        axe(page)
        fits(page)
