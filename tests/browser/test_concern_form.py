"""The public form as a parent fills it in: with a mouse, on a phone, bare, with the keyboard."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from clocks.calendars import LONDON
from escalations.answers import Answers
from escalations.models import Submission

START = "/concern/new/"
pytestmark = pytest.mark.usefixtures("policy", "north")


@pytest.fixture(params=["page", "phone", "without_javascript"])
def screen(request):
    return request.getfixturevalue(request.param)


def choose(screen: Page, label: str) -> None:
    screen.get_by_label(label, exact=True).check()
    go_on(screen)


def go_on(screen: Page) -> None:
    screen.get_by_role("button", name="Continue").click()


def fill_date(screen: Page, day) -> None:
    for box, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        screen.get_by_label(box, exact=True).fill(str(value))


def answer_until_words(screen: Page, name: str = "Ngozi Okafor") -> None:
    """From the first page to "Tell us about it"."""
    screen.goto(START)
    screen.get_by_role("button", name="Start now").click()
    choose(screen, "The help a child gets in school")
    expect(screen.get_by_role("heading", name="These people may help you sooner")).to_be_visible()
    go_on(screen)
    choose(screen, "A parent or carer")
    screen.get_by_label("What is your name?").fill(name)
    go_on(screen)
    screen.get_by_label("Child’s full name").fill("Amara Okafor")
    screen.get_by_label("Day", exact=True).fill("3")
    screen.get_by_label("Month", exact=True).fill("2")
    screen.get_by_label("Year", exact=True).fill("2014")
    go_on(screen)
    choose(screen, "Yes, by e-mail")
    fill_date(screen, timezone.now().astimezone(LONDON).date() - timedelta(days=1))
    go_on(screen)
    choose(screen, "No")
    go_on(screen)


def answer_from_words(screen: Page, words: str = "The taxi does not come.") -> None:
    """From "Tell us about it" to "Check your answers"."""
    screen.get_by_label("What is wrong?").fill(words)
    go_on(screen)
    choose(screen, "None of these")
    choose(screen, "By e-mail")
    screen.get_by_label("What is your e-mail address?").fill("ngozi@example.org")
    go_on(screen)
    go_on(screen)
    expect(screen.get_by_role("heading", name="Check your answers")).to_be_visible()


def send(screen: Page) -> None:
    screen.get_by_role("button", name="Send it now").click()
    expect(screen.get_by_role("heading", name="We have your message")).to_be_visible()


def test_back_after_something_was_wrong_shows_a_page_and_sends_nothing_again(screen):
    answer_until_words(screen)
    screen.get_by_label("What would you like to happen?").fill("A taxi every day.")
    go_on(screen)
    expect(screen.get_by_role("alert")).to_contain_text("There is a problem")
    screen.get_by_label("What is wrong?").fill("The taxi does not come.")
    go_on(screen)
    expect(screen.get_by_role("heading", level=1)).to_have_text("Is one of these true now?")

    screen.go_back()

    expect(screen.get_by_label("What is wrong?")).to_have_value("The taxi does not come.")
    expect(screen.get_by_role("alert")).to_have_count(0)


def told() -> Answers:
    return Answers.read(Submission.objects.get().answers)


@pytest.mark.rule("H92")
@pytest.mark.rule("H95")
def test_a_parent_sends_a_concern_and_reads_the_date(screen):
    answer_until_words(screen)
    answer_from_words(screen)
    expect(screen.get_by_text("3 February 2014")).to_be_visible()

    screen.get_by_role("link", name=re.compile("^Change.*What is your name?")).click()
    screen.get_by_label("What is your name?").fill("Ngozi Okafor-Bell")
    go_on(screen)
    send(screen)

    expect(screen.get_by_text("You will hear from us by")).to_be_visible()
    with screen.expect_download() as download:
        screen.get_by_role("button", name="Add this date to my calendar").click()
    assert download.value.suggested_filename == "answer.ics"
    assert (told().name, told().words) == ("Ngozi Okafor-Bell", "The taxi does not come.")
    expect(screen.get_by_text(Submission.objects.get().reference).first).to_be_visible()


def test_back_refresh_and_a_new_tab_keep_the_answers(screen):
    answer_until_words(screen)
    answer_from_words(screen)

    screen.go_back()
    expect(screen.get_by_role("heading", name="Is there something")).to_be_visible()
    screen.get_by_role("link", name="Back", exact=True).click()
    expect(screen.get_by_label("What is your e-mail address?")).to_have_value("ngozi@example.org")
    screen.reload()
    expect(screen.get_by_label("What is your e-mail address?")).to_have_value("ngozi@example.org")

    tab = screen.context.new_page()
    tab.goto(screen.url)
    expect(tab.get_by_label("What is your e-mail address?")).to_have_value("ngozi@example.org")
    go_on(tab)
    send(tab)
    go_on(screen)
    expect(screen.get_by_text("We have kept the answer")).to_be_visible()
    assert Submission.objects.count() == 1


def test_back_after_sending_sends_nothing_more(screen):
    answer_until_words(screen)
    answer_from_words(screen)
    send(screen)

    for _ in range(3):
        screen.go_back()
        expect(screen.get_by_role("heading", name="We have your message")).to_be_visible()
    assert Submission.objects.count() == 1


def test_a_double_click_sends_once(screen):
    answer_until_words(screen)
    answer_from_words(screen)

    screen.get_by_role("button", name="Send it now").dblclick()

    expect(screen.get_by_role("heading", name="We have your message")).to_be_visible()
    assert Submission.objects.count() == 1


def test_a_long_letter_with_emoji_and_a_name_from_right_to_left(screen):
    words = ("Help 👩‍👧 \n" * 1_000).strip()[:10_000]
    answer_until_words(screen, name="محمد عبد الله")
    screen.get_by_label("What is wrong?").fill("x" * 10_001)
    go_on(screen)
    entry = screen.get_by_role("alert").get_by_role("link", name="What is wrong must be")
    entry.click()
    box = screen.get_by_label("What is wrong?")
    expect(box).to_be_focused()
    expect(box).to_have_value("x" * 10_001)

    answer_from_words(screen, words)
    expect(screen.get_by_text("محمد عبد الله")).to_be_visible()
    send(screen)

    assert (told().name, told().words) == ("محمد عبد الله", words)


@pytest.mark.rule("H103")
def test_a_child_who_is_not_safe_is_first_told_of_999(screen):
    screen.goto(START)
    screen.get_by_role("button", name="Start now").click()
    choose(screen, "A child is not safe")

    expect(screen.get_by_text("ring 999 now. Do not wait for us.")).to_be_visible()
    go_on(screen)
    expect(screen.get_by_role("group", name="Who are you?")).to_be_visible()


def test_the_keyboard_alone_reaches_the_end(page):
    """Tab, arrows, Space and Enter: nothing needs a mouse, and the focus goes with the page."""
    page.goto(START)
    page.get_by_role("button", name="Start now").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="What is it about?")).to_be_visible()
    page.get_by_label("The help a child gets in school").focus()
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_label("I want to complain")).to_be_checked()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your complaint").wait_for()
    page.get_by_role("button", name="Continue").press("Enter")
    page.get_by_label("A parent or carer").press("Space")
    page.keyboard.press("Enter")
    page.get_by_label("What is your name?").press_sequentially("Ngozi")
    page.keyboard.press("Enter")
    page.get_by_label("Child’s full name").press_sequentially("Amara")
    page.keyboard.press("Enter")
    page.get_by_label("What is your complaint?").press_sequentially("Nobody rings.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("None of these").press("Space")
    page.keyboard.press("Enter")
    page.get_by_label("By phone", exact=True).press("Space")
    page.keyboard.press("Enter")
    page.get_by_label("What is your phone number?").press_sequentially("01632 960123")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Continue").press("Enter")
    page.get_by_role("button", name="Send it now").press("Enter")

    expect(page.get_by_role("heading", name="We have your message")).to_be_visible()
    assert (told().formal, told().phone) == ("complaint", "01632 960123")


def test_words_typed_before_the_cookies_went_are_shown_again(page):
    answer_until_words(page)
    page.context.clear_cookies()
    page.get_by_label("What is wrong?").fill("A long letter that nobody wants to type again")
    go_on(page)

    expect(page.get_by_role("heading", name="Your page was out of date")).to_be_visible()
    expect(page.get_by_label("Words")).to_have_value(
        "A long letter that nobody wants to type again"
    )
    page.get_by_role("button", name="Go back to the form").click()
    page.get_by_role("button", name="Start again").click()
    expect(page.get_by_role("button", name="Start now")).to_be_visible()


@pytest.mark.rule("H15")
@pytest.mark.parametrize("width", ["page", "phone"])
def test_every_page_is_sound_for_ears_and_small_screens(width, request, axe, fits):
    screen = request.getfixturevalue(width)
    tick = {name: lambda name=name: screen.get_by_label(name, exact=True).check() for name in TICKS}

    def write(label: str, words: str):
        return lambda: screen.get_by_label(label).fill(words)

    def born_long_ago() -> None:
        write("Child’s full name", "Amara Okafor")()
        fill_date(screen, timezone.now() - timedelta(days=30 * 365))

    # What is done on a page, and the heading of the one that follows.
    steps = [
        (None, "There is a problem"),
        (tick["The help a child gets in school"], "These people may help you sooner"),
        (None, "Who are you?"),
        (tick["I work at a school, college or nursery"], "Where you work"),
        (write("Which school", "Thornley School"), "What is your name?"),
        (write("What is your name?", "N" * 119), "Who is it about?"),
        (born_long_ago, "There is a problem"),
        (None, "Have you told us about this before?"),
        (tick["Yes, by e-mail"], "When did you last tell us?"),
        (None, "Did anybody answer you?"),
        (tick["Yes, but it did not help"], "Who should see this?"),
        (None, "Tell us about it"),
        (write("What is wrong?", "W" * 300), "Is one of these true now?"),
        (tick["None of these"], "How shall we answer you?"),
        (tick["By letter"], "What is your address?"),
        (write("What is your address?", "1 High Street"), "Is there something that makes"),
        (None, "Check your answers"),
    ]

    def is_sound(heading: str) -> None:
        screen.get_by_role("heading", name=heading).wait_for()
        axe(screen)
        fits(screen)

    screen.goto(START)
    is_sound("Tell us what is wrong")
    screen.get_by_role("button", name="Start now").click()
    is_sound("What is it about?")
    for act, heading in steps:
        if act:
            act()
        go_on(screen)
        is_sound(heading)
    send(screen)
    is_sound("We have your message")
    screen.goto("/concern/new/00000000-0000-4000-8000-000000000000/check/")
    is_sound("Your answers are not here any more")


TICKS = [
    "The help a child gets in school",
    "I work at a school, college or nursery",
    "Yes, by e-mail",
    "Yes, but it did not help",
    "None of these",
    "By letter",
]
