"""Concerns and the resolution desk: with a mouse, on a phone, bare."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from cases.policy_actions import load_urgent_reasons
from clocks.policy_actions import load_policy
from escalations.models import DeskEntry, Escalation, EscalationStep
from tests.escalations.making import case_of, managed, matter, officer, on_desk
from tests.escalations.making import further as take_further
from tests.factories import UserFactory

SCREENS = ["page", "phone", "without_javascript"]


@pytest.fixture(autouse=True)
def _policy(live_server):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    load_urgent_reasons()


@pytest.fixture
def now() -> datetime:
    """The real clock, which the server in these tests goes by."""
    return datetime.now(UTC)


@pytest.fixture
def maya(north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return officer()


@pytest.fixture
def asked(maya, rosa, cora, now):
    """A call to the case owner that nobody has answered in time."""
    rang_at = now - timedelta(days=30)
    return matter(
        case_of(cora),
        channel="telephone",
        received_at=rang_at,
        clock__due_at=rang_at + timedelta(days=7),
    )


@pytest.fixture(params=SCREENS)
def screen(request):
    return request.getfixturevalue(request.param)


@pytest.mark.rule("H105")
@pytest.mark.rule("H109")
def test_a_director_passes_a_call_on_and_the_officer_sees_it_through(
    screen, sign_in, asked, maya, rosa
):
    sign_in(screen, maya)
    screen.goto(f"/contacts/{asked.reference}/")
    screen.get_by_role("button", name="Pass to the resolution team").click()
    expect(screen.get_by_text("Thank you for your call")).to_be_visible()

    screen.context.clear_cookies()
    sign_in(screen, rosa)
    expect(screen.get_by_text("hours left")).to_be_visible()
    screen.get_by_role("link", name="Ngozi Okafor").click()
    screen.get_by_role("button", name="The records are right").click()
    screen.get_by_role("button", name="Send it to the team lead").click()
    expect(screen.get_by_text("Sent to Lena Marsh.")).to_be_visible()

    screen.get_by_role("button", name="Give the first response").click()
    screen.get_by_label("Your words, or the note of the call").fill("I rang her.")
    screen.get_by_role("button", name="Give the first response").click()
    expect(screen.get_by_text("There is a problem")).to_be_visible()
    screen.get_by_label("By telephone: I have rung them").check()
    screen.get_by_role("button", name="Give the first response").click()
    screen.get_by_role("button", name="Settle it").click()
    screen.get_by_label("How was it settled?").fill("The taxi comes.")
    screen.get_by_label("What was agreed, and with whom?").fill("I rang you: it starts on Monday.")
    screen.get_by_role("button", name="Settle it").click()
    expect(screen.get_by_text("is settled and off the desk.")).to_be_visible()

    entry = DeskEntry.objects.get()
    assert (entry.confirmed, entry.response, entry.outcome) == (
        1,
        "I rang her.",
        "The taxi comes.",
    )


@pytest.mark.rule("H97")
@pytest.mark.rule("H102")
def test_an_adviser_takes_a_concern_further_and_the_lead_answers(
    screen, sign_in, asked, asif, lena
):
    sign_in(screen, asif)
    screen.goto(f"/contacts/{asked.reference}/")
    screen.get_by_role("link", name="The sender takes this further").click()
    screen.get_by_role("button", name="Take this further").click()
    expect(screen.get_by_text("There is a problem")).to_be_visible()
    screen.get_by_label("What do they say?").fill("Nobody has rung me.")
    screen.get_by_label("A senior manager").check()
    screen.get_by_role("button", name="Take this further").click()
    expect(screen.get_by_text("Lena Marsh has it now.")).to_be_visible()

    screen.context.clear_cookies()
    sign_in(screen, lena)
    screen.get_by_role("link", name="Step 2: team lead").click()
    expect(screen.get_by_text("They asked for: senior manager.")).to_be_visible()
    screen.get_by_role("button", name="Answer this step").click()
    screen.get_by_label("Your answer").fill("It starts on Monday.")
    screen.get_by_role("button", name="Send the answer").click()
    expect(screen.get_by_text("Answered", exact=False).first).to_be_visible()

    assert EscalationStep.objects.get().answer == "It starts on Monday."


def test_no_page_has_an_accessibility_violation_or_overflows(
    page, phone, sign_in, axe, fits, asked, maya, rosa, cora, lena, now
):
    long = UserFactory(full_name="Wilhelmina Featherstonehaugh-Cholmondeley", team=lena.team)
    other = matter(
        case_of(long, person__family_name="Featherstonehaugh-Cholmondeley"),
        received_at=now - timedelta(hours=1),
        clock__due_at=now + timedelta(days=7),
        message="Donaudampfschifffahrtsgesellschaft" * 8,
        sender_name="Ngozi " + "Okafor" * 15,
    )
    on_desk(other, maya, now, in_name_of="Dorothea " + "Featherstonehaugh" * 4)
    on_desk(asked, maya, now)
    take_further(asked, now=now)
    concern = Escalation.objects.get().reference
    paths = [
        "/",
        "/resolution/?state=check",
        f"/resolution/{other.reference}/",
        f"/resolution/{asked.reference}/check/",
        f"/resolution/{asked.reference}/keep/",
        f"/resolution/{asked.reference}/respond/",
        "/concerns/",
        f"/concerns/{concern}/",
        f"/concerns/{concern}/close/",
        f"/contacts/{asked.reference}/",
        f"/contacts/{asked.reference}/further/",
        f"/contacts/{asked.reference}/pass-to-resolution/",
        f"/contacts/{asked.reference}/words-to-say/",
    ]
    # The step is the team lead’s: these forms are not the officer’s.
    of_the_step = [f"/concerns/{concern}/{act}/" for act in ("answer", "new-date", "back")]
    for screen in (page, phone):
        for person, theirs in ((rosa, paths), (lena, of_the_step)):
            screen.context.clear_cookies()
            sign_in(screen, person)
            for path in theirs:
                opened = screen.goto(path)
                assert opened
                assert opened.status == 200
                assert screen.locator("h1").count() == 1
                axe(screen)
                fits(screen)
