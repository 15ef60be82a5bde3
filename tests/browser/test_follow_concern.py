"""A parent follows their concern with the link from an e-mail: on a phone, with a mouse, bare."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing
from django.urls import reverse
from playwright.sync_api import expect

from cases.models import Contact
from cases.policy_actions import load_urgent_reasons
from clocks.models import Clock
from clocks.policy_actions import load_policy
from escalations.links import SALT, token_of
from escalations.models import Escalation, EscalationStep
from escalations.step_actions import answer_step
from notices.models import Notice
from tests.escalations.senders import family, sent, service

pytestmark = pytest.mark.rule("H102")


@pytest.fixture(params=["phone", "page", "without_javascript"])
def screen(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def first(live_server, cora, north) -> Contact:
    """Her first message, sent with the form on this very day."""
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    load_urgent_reasons()
    service(north)
    family(cora, north)
    contact = sent(datetime.now(UTC)).contact
    assert contact
    return contact


def late(contact: Contact) -> None:
    """Its date was three days ago."""
    due_at = datetime.now(UTC) - timedelta(days=3)
    Clock.objects.filter(pk=contact.promise.pk).update(due_at=due_at)


def address(contact: Contact) -> str:
    return reverse("escalations:follow", args=[token_of(contact)])


def unlock(screen, year: str = "2014") -> None:
    for label, value in (("Day", "3"), ("Month", "2"), ("Year", year)):
        screen.get_by_label(label, exact=True).fill(value)
    screen.get_by_role("button", name="Continue").click()


def test_two_keys_then_the_concern_and_something_is_added_once(screen, first, axe, fits):
    screen.goto(address(first))
    axe_if_scripted(screen, axe)
    fits(screen)
    unlock(screen, "2013")
    expect(screen.get_by_role("alert")).to_contain_text("There is a problem")
    axe_if_scripted(screen, axe)
    fits(screen)

    unlock(screen)
    expect(screen.get_by_role("heading", level=1)).to_contain_text("You will have an answer by")
    expect(screen.get_by_text("Cora Hill has your concern.")).to_be_visible()
    axe_if_scripted(screen, axe)
    fits(screen)

    screen.get_by_role("button", name="Add this").click()
    screen.get_by_role("alert").get_by_role(
        "link", name="Enter what you would like to tell us"
    ).click()
    expect(screen.get_by_label("Would you like to add something?")).to_be_focused()
    screen.get_by_label("Would you like to add something?").fill("The 🚕 is late. مرحبا")
    screen.get_by_role("button", name="Add this").dblclick()

    expect(screen.get_by_text("We have added what you wrote.")).to_be_visible()
    screen.reload()
    assert Contact.objects.filter(link="further").count() == 1


@pytest.mark.rule("H97")
def test_late_they_go_on_then_say_that_it_helped(screen, first, lena, axe, fits):
    late(first)
    screen.goto(address(first))
    unlock(screen)
    expect(screen.get_by_role("heading", level=1)).to_have_text("Your answer is late. We are sorry")
    fits(screen)
    screen.get_by_role("button", name="Go to the next person").dblclick()

    expect(screen.get_by_text("The next person has your concern now")).to_be_visible()
    expect(screen.get_by_text("Lena Marsh has your concern.")).to_be_visible()
    [step] = EscalationStep.objects.all()

    answer_step(step=step, text="It starts on Monday.", by=lena, now=datetime.now(UTC))
    screen.reload()
    expect(screen.get_by_role("heading", level=1)).to_have_text("You have an answer")
    expect(screen.get_by_text("It starts on Monday.")).to_be_visible()
    axe_if_scripted(screen, axe)
    fits(screen)
    screen.get_by_role("button", name="Yes, this helped").click()

    expect(screen.get_by_role("heading", level=1)).to_have_text("Your concern is settled")
    assert not Escalation.objects.get().is_open
    screen.go_back()
    expect(screen.get_by_role("heading", level=1)).to_have_text("Your concern is settled")


@pytest.mark.rule("H103")
def test_it_did_not_help_and_what_they_can_do_besides_is_always_there(screen, first, lena, cora):
    late(first)
    screen.goto(address(first))
    expect(screen.get_by_role("link", name="How to complain")).to_be_visible()
    unlock(screen)
    screen.get_by_role("button", name="Go to the next person").click()
    step = EscalationStep.objects.get()
    answer_step(step=step, text="We cannot.", by=lena, now=datetime.now(UTC))
    screen.reload()
    said = screen.get_by_label("What did not help? You do not have to say.")
    said.fill("He has no school.")
    screen.get_by_role("button", name="No, go to the next person").click()

    expect(screen.get_by_text("Maya Stone has your concern.")).to_be_visible()
    expect(screen.get_by_role("link", name="How to complain")).to_be_visible()


def test_a_link_that_has_ended_is_renewed_by_e_mail(screen, first, fits):
    ended = signing.TimestampSigner(salt=SALT)
    ended.timestamp = lambda: signing.b62_encode(
        int((datetime.now(UTC) - timedelta(days=91)).timestamp())
    )
    token = ended.sign_object(first.pk, serializer=signing.JSONSerializer)
    screen.goto(reverse("escalations:follow", args=[token]))
    unlock(screen)
    expect(
        screen.get_by_role("alert").get_by_text("We cannot open it with this date.")
    ).to_be_visible()
    screen.get_by_role("button", name="Send me a new link").click()

    expect(screen.get_by_role("heading", level=1)).to_have_text("Look in your e-mail")
    fits(screen)
    [mail] = Notice.objects.filter(subject__startswith="Your new link")
    assert mail.address == "ngozi@example.org"
    screen.goto(mail.body[mail.body.index("/concern/") :].split()[0])
    unlock(screen)
    expect(screen.get_by_text("Cora Hill has your concern.")).to_be_visible()


def axe_if_scripted(screen, axe) -> None:
    """axe is a script: without JavaScript it cannot look."""
    if screen.evaluate("document.body.classList.contains('js-enabled')"):
        axe(screen)
