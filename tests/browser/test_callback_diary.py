"""The diary of whoever rings families back: with a mouse, on a phone, bare."""

from datetime import time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from callbacks.models import Booking, Pattern
from callbacks.slot_actions import keep_hours
from cases.models import Contact
from clocks.calendars import LONDON
from tests.callbacks.cast import booked, rang, slots
from tests.cases.contacts import email, log
from tests.factories import CaseFactory

pytestmark = pytest.mark.rule("H36")


@pytest.fixture(params=["page", "phone", "without_javascript"])
def screen(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def call(policy, cora):
    """The first call of the week: every weekday has hours, so one is near whatever day it is."""
    now = timezone.now()
    for weekday in range(5):
        keep_hours(
            person=cora,
            weekday=weekday,
            starts=time(10),
            ends=time(12),
            first_day=now.astimezone(LONDON).date(),
            by=cora,
            now=now,
        )
    case = CaseFactory(owner=cora, team=cora.team)
    log(case, email(received_at=now - timedelta(days=9), message="Is there a lift in the school?"))
    matter = rang(case, now=now - timedelta(hours=1), message="When does the taxi start?")
    return booked(case, now=now, contact=matter)


def day_of(call) -> str:
    return f"/callbacks/?day={call.starts_at.astimezone(LONDON).date()}"


def _begins_now(call) -> None:
    """Nobody is rung in vain before the time agreed."""
    call.starts_at = timezone.now() - timedelta(minutes=1)
    call.ends_at = call.starts_at + timedelta(minutes=30)
    call.save(update_fields=["starts_at", "ends_at"])


@pytest.mark.rule("H44")
def test_somebody_rings_in_vain_then_reaches_them(screen, sign_in, call, cora):
    _begins_now(call)
    sign_in(screen, cora)
    screen.goto(day_of(call))
    expect(screen.get_by_role("link", name="07700 900123")).to_have_attribute(
        "href", "tel:07700900123"
    )
    screen.get_by_text("Last contacts before this call").click()
    expect(screen.get_by_text("Is there a lift in the school?")).to_be_visible()

    screen.get_by_role("button", name="No answer (try 1 of 3)").click()
    expect(screen.get_by_text("Written down: nobody answered, try 1 of 3.")).to_be_visible()
    expect(screen.get_by_role("heading", name="Still to ring")).to_be_visible()

    screen.get_by_role("button", name="Reached").click()
    screen.get_by_role("button", name="Save: reached").click()
    summary = screen.get_by_role("alert")
    summary.get_by_role("link", name="Write a note of the call").click()
    expect(screen.get_by_label("Note of the call")).to_be_focused()
    screen.get_by_label("Note of the call").fill("It starts on Monday.")
    screen.get_by_role("button", name="Save: reached").click()

    expect(screen.get_by_text("The call with Ngozi Okafor is written down.")).to_be_visible()
    call.refresh_from_db()
    assert (call.state, call.note) == ("reached", "It starts on Monday.")
    assert Contact.objects.get(pk=call.contact_id).answered_by == cora


@pytest.mark.rule("H124")
def test_a_meeting_over_a_call_is_refused_until_the_call_is_moved(screen, sign_in, call, cora):
    sign_in(screen, cora)
    screen.goto(day_of(call))
    screen.get_by_role("link", name="Put a meeting in the diary").click()
    screen.get_by_label("From").fill("9:30am")
    screen.get_by_label("Until").fill("2pm")
    screen.get_by_role("button", name="Put it in the diary").click()
    expect(screen.get_by_role("alert")).to_contain_text("A call is booked for")
    expect(screen.get_by_label("From")).to_have_value("9:30am")

    screen.get_by_role("link", name="Move the call of").click()
    elsewhere = [slot for slot in slots(cora, now=timezone.now()) if other_day(slot, call)]
    screen.locator(f"input[value='{elsewhere[0].pk}']").check(force=True)
    screen.get_by_label("Why is it moved?").fill("A complex case meeting.")
    screen.get_by_role("button", name="Move the call").click()
    expect(screen.get_by_text("Cora Hill rings on")).to_be_visible()
    assert Booking.objects.get(state="booked").slot == elsewhere[0]


def other_day(slot, call) -> bool:
    return slot.starts_at.astimezone(LONDON).date() > call.starts_at.astimezone(LONDON).date()


@pytest.mark.rule("H35")
def test_somebody_keeps_hours_and_stops_them(screen, sign_in, policy, cora):
    sign_in(screen, cora)
    screen.goto("/callbacks/hours/")
    screen.get_by_role("button", name="Add hours").click()
    screen.get_by_label("Tuesday").check(force=True)
    screen.get_by_label("From", exact=True).fill("2pm")
    screen.get_by_label("Until").fill("4pm")
    screen.get_by_role("button", name="Keep these hours").click()
    expect(screen.get_by_text("Tuesday 2pm to 4pm is kept for callbacks.")).to_be_visible()
    expect(screen.get_by_text("These hours give 4 slots of 30 minutes a week.")).to_be_visible()

    screen.get_by_role("link", name="Stop Tuesday 2pm to 4pm").click()
    screen.get_by_role("button", name="Stop these hours").click()
    expect(screen.get_by_text("No hours are kept for callbacks yet.")).to_be_visible()
    assert not Pattern.objects.exists()


def test_the_pages_have_no_accessibility_violation_and_fit(
    page, phone, sign_in, axe, fits, call, cora
):
    day = day_of(call)
    addresses = [
        day,
        day.replace("/callbacks/", "/callbacks/week/"),
        f"/callbacks/{call.pk}/",
        *(f"/callbacks/{call.pk}/{act}/" for act in ("reached", "no-answer", "move", "call-off")),
        f"/callbacks/{call.pk}/written/",
        "/callbacks/hours/",
        "/callbacks/hours/new/",
        "/callbacks/blocks/new/",
    ]
    for screen in (page, phone):
        sign_in(screen, cora)
        for address in addresses:
            screen.goto(address)
            axe(screen)
            fits(screen)
