"""What a sender reads of what has happened: each entry is what was really done."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from callbacks.models import Booking
from cases.answer_actions import answer_contact, keep_words, reply_by_email
from cases.models import Contact
from cases.sent_actions import log_sent
from clocks.calendars import council_calendar
from escalations.follow_actions import say_it_did_not_help
from escalations.follow_page import Followed, followed
from escalations.step_actions import answer_step, close
from notices.models import Notice
from tests.callbacks.cast import booked, hours
from tests.callbacks.tries import tried
from tests.escalations.senders import LATE, NOW, family, sent, service

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H102")]

DAY = timedelta(days=1)
# Tuesday 3 November 2026, 2pm: the first call that can be booked.
AT = datetime(2026, 11, 3, 14, tzinfo=UTC)


@pytest.fixture
def case(policy, cora, north):
    service(north)
    hours(cora)
    return family(cora, north)


@pytest.fixture
def first(case) -> Contact:
    contact = sent().contact
    assert contact
    return contact


def titles(contact: Contact, now: datetime = LATE) -> list[str]:
    return [item["title"] for item in as_shown(contact, now).history]


def as_shown(contact: Contact, now: datetime = LATE) -> Followed:
    """Read anew, as the page does."""
    return followed(Contact.objects.get(pk=contact.pk), now)


def call_of(contact: Contact) -> Booking:
    assert contact.case
    return booked(contact.case, contact=contact)


def step_1(contact: Contact, now: datetime) -> str:
    return as_shown(contact, now).rungs[0].words


def test_a_call_that_nobody_took_is_no_conversation(first, cora):
    tried(call_of(first), cora, now=AT)
    shown = as_shown(first, AT)
    assert shown.history[0]["title"] == "Cora Hill rang you. Nobody answered"
    assert "spoke to you" not in str(shown.history)
    assert shown.call_line == (
        "Cora Hill rang you about this, and nobody answered. We will ring you again."
    )


def test_a_call_to_somebody_else_is_not_called_one_to_them(first, cora):
    booking = call_of(first)
    Booking.objects.filter(pk=booking.pk).update(caller_name="Emeka Okafor")
    tried(Booking.objects.get(pk=booking.pk), cora, now=AT)
    assert titles(first)[0] == "Cora Hill rang about it. Nobody answered"


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("telephone", "Cora Hill spoke to you"),
        ("voicemail", "Cora Hill left you a voice message"),
        ("letter", "Cora Hill wrote you a letter"),
        ("video", "Cora Hill spoke to you"),
    ],
)
def test_what_was_done_is_called_what_it_is_and_has_its_own_day(first, cora, channel, said):
    log_sent(
        case=first.case,
        channel=Contact.Channel(channel),
        with_whom="Ngozi Okafor",
        note="About the taxi.",
        at=NOW + DAY,
        submission=uuid4(),
        by=cora,
        now=NOW + 3 * DAY,
        about=first,
    )
    [item, _] = as_shown(first, LATE).history
    assert (item["title"], item["at"], item["text"]) == (said, NOW + DAY, "")


def test_words_on_the_telephone_are_a_conversation(first, cora):
    keep_words(
        contact=first,
        text="Told her.",
        channel=Contact.Channel.TELEPHONE,
        submission=uuid4(),
        by=cora,
        now=NOW + DAY,
    )
    assert titles(first)[0] == "Cora Hill spoke to you"


@pytest.mark.rule("H61")
def test_an_email_that_waits_for_the_morning_is_not_there_to_read(first, cora):
    evening = datetime(2026, 11, 3, 21, tzinfo=UTC)
    reply_by_email(
        contact=first,
        text="It starts soon.",
        at_next_opening=True,
        submission=uuid4(),
        by=cora,
        now=evening,
    )
    opens = council_calendar().next_opening(evening)
    shown = as_shown(first, evening)
    leaves = "The e-mail to you leaves on Wednesday 4 November 2026 at 9am."
    assert shown.history[0]["text"] == shown.mail_line == leaves
    later = as_shown(first, opens + timedelta(minutes=1))
    assert (later.history[0]["text"], later.mail_line) == ("It starts soon.", "")


def test_an_email_that_came_back_is_not_called_read(first, cora):
    reply_by_email(contact=first, text="It starts.", submission=uuid4(), by=cora, now=NOW + DAY)
    Notice.objects.filter(kind="reply").update(mail="failed", next_try_at=None)
    assert as_shown(first, LATE).history[0]["text"] == (
        "Our e-mail did not reach you. Please check your address with us."
    )


@pytest.mark.parametrize("answer", Contact.Answer.values)
def test_every_answer_is_there_once(first, cora, answer):
    chosen = Contact.Answer(answer)
    answer_contact(contact=first, answer=chosen, note="Soon.", by=cora, now=NOW + DAY)
    assert titles(first) == [f"Answered {chosen.label.lower()}", "You wrote to us"]


def test_an_answer_written_here_is_there_once(first, cora):
    reply_by_email(contact=first, text="It starts.", submission=uuid4(), by=cora, now=NOW + DAY)
    assert titles(first) == ["Cora Hill wrote to you", "You wrote to us"]


# --- What was, stays -------------------------------------------------------------------------


def test_no_answer_by_the_date_stays_said_when_it_is_settled(first, lena):
    said = "No answer by Monday 16 November 2026. We are sorry."
    escalation = sent(LATE, answered="no").escalation
    assert step_1(first, LATE) == said
    answer_step(step=escalation.steps.get(), text="On Monday.", by=lena, now=LATE + DAY)
    close(escalation=escalation, outcome="Done.", by=lena, now=LATE + DAY)
    assert step_1(first, LATE + 2 * DAY) == said


def test_why_it_went_on_stays_said_when_it_is_settled(first, lena):
    """Her word that an answer did not help, also where nobody wrote that answer down."""
    escalation = sent(NOW + DAY, answered="yes", helped=False, words="No.").escalation
    went = "It went to step 2, the team lead’s, because the answer did not help"
    assert went in titles(first, NOW + DAY)
    answer_step(step=escalation.steps.get(), text="On Monday.", by=lena, now=NOW + 2 * DAY)
    close(escalation=escalation, outcome="Done.", by=lena, now=NOW + 2 * DAY)
    assert went in titles(first, NOW + 3 * DAY)


def test_that_it_was_called_settled_stays_said_when_it_goes_on(first, lena):
    escalation = sent(LATE, answered="no").escalation
    answer_step(step=escalation.steps.get(), text="On Monday.", by=lena, now=LATE)
    close(escalation=escalation, outcome="Done.", by=lena, now=LATE + DAY)
    with time_machine.travel(LATE + 2 * DAY, tick=False):
        say_it_did_not_help(contact=first, words="", submission=uuid4(), now=LATE + 2 * DAY)
    assert "We said that it is settled" in titles(first, LATE + 3 * DAY)


def test_what_was_logged_is_told_without_our_reference_numbers(first, cora):
    tried(call_of(first), cora, now=AT)
    assert not re.search(r"try \d", str(as_shown(first, AT).history))
