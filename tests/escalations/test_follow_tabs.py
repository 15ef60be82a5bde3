"""Two tabs, an old page, a call to come: nothing is settled that the sender did not mean."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from callbacks.models import Booking
from cases.answer_actions import answer_contact
from cases.models import Contact
from escalations.follow_page import followed
from escalations.links import token_of
from escalations.models import Escalation, EscalationStep
from escalations.step_actions import answer_step
from notices.models import Notice
from tests.callbacks.cast import booked, hours
from tests.callbacks.tries import tried
from tests.escalations.senders import LATE, family, seen, sent, service

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H102")]

DAY = timedelta(days=1)
BIRTHDAY = {"born_day": "3", "born_month": "2", "born_year": "2014"}
CHANGED = "Something has happened since you opened that page."
# Wednesday 18 November 2026, 2pm: a call is booked for then.
CALL_AT = datetime(2026, 11, 18, 14, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nobody_has_tried_too_often(db):
    cache.clear()


@pytest.fixture
def case(policy, cora, north):
    service(north)
    hours(cora, weekday=2)
    return family(cora, north)


@pytest.fixture
def first(case) -> Contact:
    contact = sent().contact
    assert contact
    return contact


@pytest.fixture
def answered(first, lena) -> EscalationStep:
    """The team lead has answered step 2; step 1 is late."""
    sent(LATE, answered="no")
    step = EscalationStep.objects.get()
    return answer_step(step=step, text="On Monday.", by=lena, now=LATE)


@pytest.fixture
def tab(client, first) -> str:
    """How things stood on a page that was opened before."""
    return look(client, first)


def look(client: Client, contact: Contact, now: datetime = LATE + DAY) -> str:
    with time_machine.travel(now, tick=False):
        address = reverse("escalations:follow", args=[token_of(contact)])
        client.post(address, BIRTHDAY)
        return seen(client, contact)


def press(client: Client, contact: Contact, do: str, now: datetime = LATE + DAY, **typed) -> str:
    with time_machine.travel(now, tick=False):
        address = reverse("escalations:follow_say", args=[token_of(contact)])
        given = {"do": do, "words": "", "submission": uuid4()} | typed
        return client.post(address, given, follow=True).content.decode()


def rows() -> list[list[object]]:
    models = (Contact, Escalation, EscalationStep, Booking, Notice)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_yes_about_an_answer_that_is_over_settles_nothing(client, answered, first, tab):
    press(client, first, "not_helped", seen=tab)
    assert EscalationStep.objects.count() == 2
    before = rows()

    page = press(client, first, "helped", seen=tab)

    assert rows() == before
    assert CHANGED in page
    assert "You will have an answer by" in page
    assert "Yes, this helped" not in page


@pytest.mark.parametrize("do", ["helped", "not_helped", "next"])
@pytest.mark.parametrize("old", ["", "0123456789abcdef"])
def test_a_page_that_does_not_say_about_what_asks_again_and_keeps_the_words(
    client, answered, first, tab, do, old
):
    before = rows()
    page = press(client, first, do, words="It is & was.", seen=old)
    assert rows() == before
    assert CHANGED in page
    assert "It is &amp; was.</textarea>" in page


@pytest.mark.rule("H97")
def test_a_no_about_an_older_answer_skips_nobody(client, answered, first, lena, tab):
    press(client, first, "not_helped", seen=tab)
    step = EscalationStep.objects.get(number=3)
    answer_step(step=step, text="It starts today.", by=step.handler, now=LATE + DAY)

    page = press(client, first, "not_helped", seen=tab)

    assert CHANGED in page
    assert "Does it help?" in page
    assert not EscalationStep.objects.filter(number=4).exists()


def test_late_then_answered_meanwhile_they_read_the_answer_first(client, first, cora, tab):
    answer_contact(
        contact=first, answer=Contact.Answer.TELEPHONE, note="Soon.", by=cora, now=LATE + DAY
    )
    page = press(client, first, "next", seen=tab)
    assert CHANGED in page
    assert not Escalation.objects.exists()


def test_a_second_click_of_the_same_form_is_the_first(client, answered, first, tab):
    form = uuid4()
    pages = [press(client, first, "not_helped", seen=tab, submission=form) for _ in range(2)]
    assert [CHANGED in page for page in pages] == [False, False]
    assert EscalationStep.objects.count() == 2
    assert "The next person has your concern now" in pages[1]


def test_what_is_only_added_is_never_asked_again(client, answered, first, tab):
    press(client, first, "not_helped", seen=tab)
    page = press(client, first, "add", seen=tab, words="One more thing.")
    assert "We have added what you wrote." in page
    assert Contact.objects.filter(message="One more thing.").count() == 1


# --- Two boxes ------------------------------------------------------------------------------


@pytest.mark.parametrize("box", ["words", "more"])
@pytest.mark.parametrize("do", ["add", "not_helped", "helped"])
def test_what_was_typed_in_either_box_goes_with_the_button(client, answered, first, tab, do, box):
    press(client, first, do, seen=tab, **{box: "The taxi is still late."})
    assert Contact.objects.filter(message="The taxi is still late.", original=first).count() == 1


def test_it_is_plain_which_box_goes_on_and_which_only_adds(client, answered, first, tab):
    page = press(client, first, "add", seen=tab, more=" ", words="")
    on, _, only = page[page.index("<form") :].partition('id="more-heading"')
    assert "If it did not help</h2>" in on
    assert "It goes to the next person at once." in on
    assert "No, go to the next person</button>" in on
    assert "Add this</button>" not in on
    assert "Only add something</h2>" in only
    assert "Nothing else changes." in only
    assert "Enter what you would like to tell us" in only


# --- A call to come -------------------------------------------------------------------------


@pytest.fixture
def call(answered, first) -> Booking:
    """Cora's answer was to ring her on Wednesday 18 November at 2pm; nobody took the call."""
    assert first.case
    booking = booked(first.case, contact=first, now=LATE)
    assert booking.starts_at == CALL_AT
    return booking


@pytest.mark.rule("H36")
def test_a_call_that_was_promised_is_asked_about_before_it_is_settled(client, call, first):
    old = look(client, first, LATE)
    page = press(client, first, "helped", LATE, seen=old, words="Thank you.")
    assert "You still have a call to come</h1>" in page
    assert "Cora Hill rings you on Wednesday 18 November 2026 at 2pm." in page
    assert 'value="Thank you."' in page
    assert Escalation.objects.get().is_open


@pytest.mark.rule("H36")
def test_a_call_that_is_kept_keeps_the_concern_open(client, call, first, cora):
    old = look(client, first, LATE)
    for _ in range(2):
        page = press(client, first, "helped", LATE, seen=old, call="keep")
    assert "We still ring you." in page
    call.refresh_from_db()
    assert (call.state, Escalation.objects.get().is_open) == ("booked", True)
    assert Contact.objects.filter(message__startswith="It helped, and").count() == 1


@pytest.mark.rule("H36")
@pytest.mark.parametrize("was_tried", [False, True])
def test_a_call_that_is_not_needed_is_called_off_and_its_owner_hears(
    client, call, first, cora, was_tried
):
    now = LATE
    if was_tried:
        now = CALL_AT + timedelta(hours=1)
        tried(call, cora, now=CALL_AT)
        assert "We will ring you again." in followed(first, now).call_line
    old = look(client, first, now)
    page = press(client, first, "helped", now, seen=old, call="off")
    assert "Your concern is settled" in page
    call.refresh_from_db()
    assert (call.state, call.ended_how) == ("cancelled", "caller")
    assert Notice.objects.filter(recipient=cora, kind="callback", created_at=now).exists()
    assert followed(first, now).call_line == ""


def test_nobody_is_asked_who_waits_for_no_call(client, answered, first, tab):
    assert "Your concern is settled" in press(client, first, "helped", seen=tab)
