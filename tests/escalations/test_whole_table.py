"""Channel, answered, satisfied, day, urgency and addressee against step, handler, date and words.

Every row goes the whole way: a message that is logged on Monday 2 November 2026, what became of
it, and a form that is sent in the last minute of its day or in the first minute of the day after.
The ladder by itself, with all its steps, is in test_ladder_table.py.
"""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import NamedTuple

import pytest
from django.db import transaction

from cases.answer_actions import answer_contact
from cases.models import Case, Contact, UrgentReason
from clocks.calendars import LONDON
from clocks.wording import day_in_words
from escalations.models import DeskEntry, EscalationStep, Submission
from notices.models import Notice
from tests.cases.contacts import email, log
from tests.escalations.senders import NOW, family, sent, service

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.rule("H94"),
    pytest.mark.rule("H95"),
    pytest.mark.rule("H97"),
    pytest.mark.rule("H100"),
    pytest.mark.rule("H104"),
]


class Channel(NamedTuple):
    """The day on which its answer is due, the day after, and ten working days after that."""

    due: str
    opens: str
    ten_days_later: str


WRITTEN = Channel("Monday 16 November 2026", "Tuesday 17 November 2026", "Tuesday 1 December 2026")
SPOKEN = Channel("Monday 9 November 2026", "Tuesday 10 November 2026", "Tuesday 24 November 2026")
CHANNELS = {"email": WRITTEN, "letter": WRITTEN, "telephone": SPOKEN, "voicemail": SPOKEN}

OUTCOMES = ["no answer", "helped", "did not help"]
MOMENTS = ["last minute", "day after"]
ADDRESSEES = ["", "team_lead", "senior_manager", "resolution", "above"]
ASKED_FOR = {
    "team_lead": "You asked for the team lead.",
    "senior_manager": "You asked for a senior manager.",
    "resolution": "You asked for the resolution team or somebody above them.",
}
KINDLY = "You have lost nothing by asking."


class Row(NamedTuple):
    """What becomes of it: kind, step, ground, who has it, by which day, and what the mail says.

    ``left_out`` is whom they asked for and did not get; "" when they got whom they asked for.
    """

    kind: str
    step: int
    ground: str
    handler: str
    by: str
    says: str
    left_out: str = ""


def expected(channel: Channel, outcome: str, moment: str, urgent: bool, to: str) -> Row:
    """The policy, row by row."""
    if to == "above":
        return Row(
            "desk",
            0,
            "",
            "Rosa Quill",
            "",
            "One of them will get in touch with you within 48 hours.",
        )
    above_the_lead = to in {"senior_manager", "resolution"}
    if outcome == "helped":
        return _something_new(channel, to, straight_to_lead=above_the_lead)
    ground = _ground(outcome, moment, urgent)
    if ground == "":
        says = f"If you have not heard by then, you can go to the next person from {channel.opens}."
        return Row("wait", 0, "", "Cora Hill", channel.due, says, to)
    return _to_the_lead(channel, ground, to if above_the_lead else "")


def _ground(outcome: str, moment: str, urgent: bool) -> str:
    if outcome == "did not help":
        return "not_satisfied"
    if moment == "day after":
        return "no_answer"
    return "urgent" if urgent else ""


def _something_new(channel: Channel, to: str, *, straight_to_lead: bool) -> Row:
    if straight_to_lead:
        return _to_the_lead(channel, "outside", to)
    says = "Cora Hill has your concern and will answer you."
    return Row("step", 0, "", "Cora Hill", channel.ten_days_later, says, to)


def _to_the_lead(channel: Channel, ground: str, left_out: str) -> Row:
    says = "Lena Marsh leads the team that looks after the plan."
    return Row("step", 2, ground, "Lena Marsh", channel.ten_days_later, says, left_out)


# --- Walked ---------------------------------------------------------------------------------


@pytest.fixture
def case(policy, cora, lena, north) -> Case:
    service(north)
    return family(cora, north)


def first_message(case: Case, channel: str, outcome: str) -> Contact:
    mother = case.person.related_people.get(name="Ngozi Okafor")
    came = email(channel=Contact.Channel(channel), sender_person=mother, received_at=NOW)
    contact = log(case, came)
    if outcome == "no answer":
        return contact
    return answer_contact(
        contact=contact,
        answer=Contact.Answer.EMAIL,
        note="On Monday.",
        by=contact.promise.owner,
        now=NOW + timedelta(days=1),
    )


def form_after(contact: Contact, channel: str, row: tuple[str, str, bool, str]) -> Submission:
    outcome, moment, urgent, to = row
    # The calendar of the first promise says which day; the hour is midnight's.
    last_minute = datetime.combine(
        contact.promise.due_at.astimezone(LONDON).date(), datetime.min.time(), LONDON
    ) + timedelta(hours=23, minutes=59)
    now = last_minute if moment == "last minute" else last_minute + timedelta(minutes=1)
    return sent(
        now.astimezone(UTC),
        answered="no" if outcome == "no answer" else "yes",
        helped=outcome == "helped",
        last_how=channel,
        last_on=NOW.date(),
        asked_for=to,
        urgent=UrgentReason.objects.filter(active=True)[0].code if urgent else "",
        words="The taxi does not come.",
    )


def what_became_of_it(form: Submission) -> tuple[str, int, str, str, str, str]:
    """Kind, step, ground, handler, day and the mail, from the rows that there are now."""
    contact = form.contact
    assert contact
    mail = Notice.objects.get(
        address="ngozi@example.org", recipient=None, key__contains=":concern:"
    )
    step = EscalationStep.objects.select_related("clock__owner").first()
    if step:
        found = (step.number, step.ground, step.handler, step.clock.due_at)
    elif form.kind == "desk":
        clock = DeskEntry.objects.get().clock
        return form.kind, 0, "", clock.owner.full_name, "", mail.body
    else:
        clock = (contact.original or contact).promise
        found = (0, "", clock.owner, clock.due_at)
    number, ground, handler, due_at = found
    by = day_in_words(due_at.astimezone(LONDON).date())
    return form.kind, number, ground, handler.full_name, by, mail.body


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("to", ADDRESSEES)
def test_each_row_has_its_step_handler_date_and_words(case, channel, to):
    seen = 0
    for outcome, moment, urgent in product(OUTCOMES, MOMENTS, [False, True]):
        want = expected(CHANNELS[channel], outcome, moment, urgent, to)
        with transaction.atomic():
            contact = first_message(case, channel, outcome)
            form = form_after(contact, channel, (outcome, moment, urgent, to))
            *found, mail = what_became_of_it(form)
            transaction.set_rollback(True)

        assert found == list(want[:5]), (outcome, moment, urgent)
        assert want.says in mail, (outcome, moment, urgent)
        assert f"by {want.by}." in mail or want.kind == "desk"
        assert (KINDLY in mail) == bool(want.left_out), (outcome, moment, urgent, mail)
        if want.left_out:
            assert ASKED_FOR[want.left_out] in mail
        seen += 1
    assert seen == len(OUTCOMES) * len(MOMENTS) * 2
