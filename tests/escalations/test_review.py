"""What two people do at one moment, and what is undone below a concern: nobody is left waiting."""

import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.urls import reverse

from accounts.models import Role
from cases.actions import kept
from cases.answer_actions import held
from cases.decision_actions import strike_through, withdraw_formal_matter
from escalations.agreement_actions import Terms, agree, tell_of_agreements
from escalations.desk_words import act_by
from escalations.follow_actions import add_information, say_it_helped
from escalations.form_models import RETRY_WAITS
from escalations.models import Agreement, Submission
from escalations.resolution_actions import confirm_check, send_on
from escalations.response_actions import answer_and_respond, resolve
from escalations.step_actions import answer_step
from escalations.submission_actions import store, work_through_due
from notices.models import Notice
from tests.escalations import complaining
from tests.escalations.making import AFTER, NOW, case_of, further, managed, matter, on_desk
from tests.escalations.making import officer as new_officer
from tests.escalations.senders import answers
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def maya(policy, north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return new_officer()


@pytest.fixture
def asked(maya, rosa, cora):
    """A mother's question that the case owner is to answer by 9 November."""
    return matter(case_of(cora))


def told(person) -> list[str]:
    found = Notice.objects.filter(recipient=person).order_by("pk")
    return list(found.values_list("subject", flat=True))


@pytest.mark.rule("H102")
@pytest.mark.django_db(transaction=True)
def test_more_from_the_sender_waits_for_whoever_holds_the_case(asked):
    failed: list[BaseException] = []

    def add() -> None:
        try:
            words = "It is worse now."
            add_information(contact=asked, words=words, submission=uuid4(), now=AFTER)
        except BaseException as error:
            failed.append(error)
        connections.close_all()

    with transaction.atomic():
        # The case before the matter, as wherever both are held.
        kept(asked.case)
        thread = threading.Thread(target=add)
        thread.start()
        time.sleep(0.5)
        held(asked)
    thread.join(10)

    assert failed == []
    assert asked.linked.get().message == "It is worse now."


@pytest.mark.rule("H109")
def test_nothing_is_sent_on_to_a_step_that_is_answered(asked, maya, rosa, lena):
    step = further(asked).step
    answer_step(step=step, text="On Monday.", by=lena, now=AFTER)
    entry = on_desk(asked, maya, now=AFTER)
    why = "The lead answered something else."
    confirm_check(entry=entry, until=1, reason=why, by=rosa, now=AFTER)

    sent_to = send_on(entry=entry, by=rosa, now=AFTER)

    # Whoever has it from now on owes an answer.
    assert sent_to.clock.is_open
    assert (sent_to.number, sent_to.handler) == (3, maya)


@pytest.mark.rule("H106")
def test_what_was_struck_through_leaves_the_desk(asked, maya, rosa, cora):
    entry = on_desk(asked, maya)
    strike_through(contact=asked, reason="Logged twice.", by=cora, now=NOW)

    resolve(entry=entry, outcome="It was logged twice.", by=rosa, now=NOW)

    entry.refresh_from_db()
    assert entry.resolved_at == NOW
    assert not entry.clock.is_open


@pytest.mark.rule("H102")
def test_the_officer_hears_that_the_sender_says_it_is_settled(asked, maya, rosa):
    taken = further(asked)
    on_desk(asked, maya, now=AFTER)
    say_it_helped(contact=asked, now=AFTER + DAY)

    assert f"Settled: {taken.escalation.reference}" in told(rosa)


@pytest.mark.rule("H103")
@pytest.mark.parametrize(
    "told_us", [{"formal": "safeguarding"}, {"formal": "complaint"}, {"urgent": "harm"}]
)
def test_what_cannot_wait_is_never_held_back_as_a_robots(policy, told_us):
    kept_form = store(form=uuid4(), answers=answers(**told_us), now=NOW, suspect=True)

    assert kept_form in Submission.objects.waiting(NOW)


@pytest.mark.rule("H106")
def test_an_answer_is_the_first_response_also_when_the_step_came_after_the_pass(
    asked, maya, rosa, lena
):
    entry = on_desk(asked, maya, now=AFTER)
    step = further(asked).step

    answer_and_respond(step=step, text="On Monday.", by=lena, now=AFTER)

    entry.refresh_from_db()
    assert (entry.responded_by, entry.clock.is_open) == (lena, False)


@pytest.mark.rule("H126")
def test_nobody_is_sent_to_ring_about_a_complaint_that_was_none(policy, cora, lena):
    complaint = complaining.opened(case_of(cora), cora)
    today = complaining.NOW.date()
    terms = Terms(
        channel=Agreement.Channel.TELEPHONE,
        often=Agreement.Often.WEEKLY,
        person=cora,
        agreed_with="The mother, by telephone",
        agreed_on=today,
        review_on=today + timedelta(days=56),
    )
    agree(complaint=complaint, terms=terms, by=cora, now=complaining.NOW)
    withdraw_formal_matter(
        matter=complaint.matter, reason="A question.", by=cora, now=complaining.NOW
    )

    assert tell_of_agreements(now=complaining.NOW + 8 * DAY) == 0


@pytest.mark.rule("H102")
def test_a_form_that_is_given_up_reaches_an_administrator_once(policy):
    admin = UserFactory.create(role=Role.ADMINISTRATOR, team=None)
    form = store(form=uuid4(), answers=answers(), now=NOW)
    Submission.objects.filter(pk=form.pk).update(tries=len(RETRY_WAITS) + 1)

    for minutes in (1, 2):
        now = NOW + timedelta(minutes=minutes)
        assert work_through_due(clock=lambda now=now: now) == 0

    assert told(admin) == [f"Could not be worked through: {form.reference}"]


@pytest.mark.rule("H106")
@pytest.mark.parametrize(
    ("passed_at", "due_at", "act_until"),
    [
        # Friday 4 pm in summer time: Sunday 3 pm, after the night with an hour more.
        (
            datetime(2026, 10, 23, 15, tzinfo=UTC),
            datetime(2026, 10, 25, 15, tzinfo=UTC),
            datetime(2026, 10, 23, 15, 30, tzinfo=UTC),
        ),
        # The morning before Christmas: Boxing Day, and nobody is there after the 24th.
        (
            datetime(2026, 12, 24, 10, tzinfo=UTC),
            datetime(2026, 12, 26, 10, tzinfo=UTC),
            datetime(2026, 12, 24, 17, 30, tzinfo=UTC),
        ),
    ],
)
def test_the_hours_run_over_a_clock_change_and_bank_holidays(
    asked, maya, calendar, passed_at, due_at, act_until
):
    entry = on_desk(asked, maya, now=passed_at)

    assert (entry.clock.due_at, act_by(entry.clock, calendar)) == (due_at, act_until)


@pytest.mark.rule("H111")
def test_who_answers_a_step_reads_first_what_was_said_about_the_child(asked, as_person, lena):
    matter(asked.case, message="The taxi was late on Friday too.")
    concern = further(asked).escalation

    page = as_person(lena).get(reverse("escalations:answer_step", args=[concern.reference]))

    assert "The taxi was late on Friday too." in page.content.decode()
