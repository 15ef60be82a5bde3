"""Forms are worked through once, whoever dies over them and however many come at one moment."""

import threading
import time
from datetime import UTC, date, datetime, timedelta
from itertools import count
from uuid import uuid4

import pytest
from django.db import connections, transaction

from accounts.models import Role
from cases.answer_actions import answer_contact
from cases.models import Contact
from cases.policy_actions import load_urgent_reasons
from clocks.policy_actions import load_policy
from escalations import submission_actions
from escalations.form_models import CLAIM_LASTS, RETRY_WAITS
from escalations.models import DeskEntry, Escalation, EscalationStep, Submission
from escalations.submission_actions import store, work_again, work_through, work_through_due
from notices.models import Notice
from tests.escalations.senders import LATE, NOW, answers, family, sent, service
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(transactional_db, cora, north):
    load_policy(now=datetime(2026, 1, 1, tzinfo=UTC))
    load_urgent_reasons()
    service(north)
    return family(cora, north)


def kept(now=NOW, **changes) -> Submission:
    return store(form=uuid4(), answers=answers(**changes), now=now)


def together(*acts) -> list[BaseException]:
    """Each act in a thread and a transaction of its own, all at one moment."""
    start, failed = threading.Barrier(len(acts)), []

    def run(act) -> None:
        try:
            start.wait(10)
            act()
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return failed


@pytest.mark.rule("H106")
def test_the_48_hours_of_a_form_that_was_held_back_count_from_its_arrival(case):
    """docs/decisions/0021: the date that its sender was told when they sent it holds."""
    store(form=uuid4(), answers=answers(asked_for="above"), now=NOW, suspect=True)

    assert work_through_due(clock=lambda: NOW + timedelta(hours=25)) == 1

    assert DeskEntry.objects.get().clock.due_at == NOW + timedelta(hours=48)


def test_two_forms_of_one_parent_at_one_moment_are_one_matter(case):
    forms = [kept(), kept()]

    failed = together(*(lambda form=form: work_through(submission=form, now=NOW) for form in forms))

    assert failed == []
    assert Contact.objects.filter(link="").count() == 1
    assert sorted(Contact.objects.values_list("link", flat=True)) == ["", "chaser"]
    assert Submission.objects.filter(state="done").count() == 2


def test_two_workers_over_one_form_make_one_contact(case):
    form = kept()

    failed = together(*[lambda: work_through(submission=form, now=NOW)] * 4)

    assert failed == []
    assert Contact.objects.count() == 1
    assert Notice.objects.filter(address="ngozi@example.org").count() == 1


def test_two_who_take_one_matter_further_at_one_moment_take_one_step(case):
    sent()
    forms = [kept(LATE, answered="no", words=words) for words in ("Now?", "Well?")]

    failed = together(
        *(lambda form=form: work_through(submission=form, now=LATE) for form in forms)
    )

    assert failed == []
    assert EscalationStep.objects.count() == Escalation.objects.count() == 1
    assert sorted(Submission.objects.values_list("kind", flat=True)) == ["step", "step", "wait"]


def test_an_answer_at_the_same_moment_comes_before_or_after(case, cora):
    first = sent().contact
    form = kept(LATE, answered="no", words="Now?", last_on=date(2026, 11, 2))

    def answer() -> None:
        how = Contact.Answer.EMAIL
        answer_contact(contact=first, answer=how, note="On Monday.", by=cora, now=LATE)

    failed = together(answer, lambda: work_through(submission=form, now=LATE))

    assert failed == []
    form.refresh_from_db()
    [step] = EscalationStep.objects.all()
    # Whichever came first, the sender had no answer by the date.
    assert (form.kind, step.ground in {"no_answer", "not_satisfied"}) == ("step", True)


def test_who_answers_while_it_is_taken_further_waits_and_both_are_kept(case, cora):
    first = sent().contact
    form = kept(LATE, answered="no", words="Now?")
    done = threading.Event()

    def answer() -> None:
        how = Contact.Answer.EMAIL
        answer_contact(contact=first, answer=how, note="On Monday.", by=cora, now=LATE)
        done.set()
        connections.close_all()

    with transaction.atomic():
        work_through(submission=form, now=LATE)
        thread = threading.Thread(target=answer)
        thread.start()
        time.sleep(0.3)
        assert not done.is_set()
    thread.join(10)

    first.refresh_from_db()
    assert (first.answered_by, EscalationStep.objects.get().ground) == (cora, "no_answer")


def test_a_worker_that_dies_only_delays_its_form(case):
    form = kept()

    class Killed(BaseException):
        """What ends a process, as nothing that is caught does."""

    asked = count(1)

    def clock() -> datetime:
        if next(asked) == 3:
            raise Killed
        return NOW

    with pytest.raises(Killed):
        work_through_due(clock=clock)

    form.refresh_from_db()
    assert (form.state, form.tries) == ("waiting", 1)
    assert work_through_due(clock=lambda: NOW + timedelta(minutes=1)) == 0
    assert work_through_due(clock=lambda: NOW + CLAIM_LASTS) == 1
    form.refresh_from_db()
    assert (form.state, form.tries, form.contact.case) == ("done", 2, case)


def test_what_kills_every_worker_is_given_up_and_the_next_is_worked_through(case):
    poison, good = kept(), kept(words="Another.")
    Submission.objects.filter(pk=poison.pk).update(tries=len(RETRY_WAITS) + 1)

    assert work_through_due(clock=lambda: NOW) == 1

    poison.refresh_from_db()
    good.refresh_from_db()
    assert (poison.state, good.state) == ("failed", "done")
    assert poison.last_error == "Working it through ended the worker."


def test_what_cannot_be_worked_through_is_tried_later_and_then_given_up(case, north):
    form = kept(child_name="Nobody Known")
    north.lead = None
    north.save()
    now = NOW
    for waits in RETRY_WAITS:
        assert work_through_due(clock=lambda now=now: now) == 0
        form.refresh_from_db()
        assert form.next_try_at == now + waits
        now += waits
    assert work_through_due(clock=lambda: now) == 0

    form.refresh_from_db()
    assert (form.state, form.next_try_at) == ("failed", None)
    assert "No team has a lead" in form.last_error
    assert Contact.objects.count() == 0
    assert list(Submission.objects.failed()) == [form]


def test_the_error_that_is_kept_holds_nothing_of_what_was_typed(case):
    form = kept(who="a parent called Ngozi")
    work_through_due(clock=lambda: NOW)
    form.refresh_from_db()
    assert form.last_error == "ValueError"


def test_a_slow_worker_gives_up_nothing_that_another_has_done(case):
    form = kept()
    slow = Submission.objects.get(pk=form.pk)
    slow.tries = 1
    Submission.objects.filter(pk=form.pk).update(tries=2)
    assert work_through(submission=form, now=NOW)

    submission_actions._put_off(slow, ValueError(), NOW)
    submission_actions._give_up(slow, "Too slow", NOW)

    form.refresh_from_db()
    assert (form.state, form.last_error) == ("done", "")


def test_what_was_given_up_can_be_tried_again_once(case, north):
    form = kept()
    Submission.objects.filter(pk=form.pk).update(state="failed", next_try_at=None, tries=6)
    admin = UserFactory(role=Role.ADMINISTRATOR)

    assert work_again(submission=form, by=admin, now=NOW)
    assert not work_again(submission=form, by=admin, now=NOW)
    assert work_through_due(clock=lambda: NOW) == 1


def test_a_machine_whose_clock_is_ahead_costs_nothing(case):
    ahead = NOW + timedelta(minutes=2)
    form = kept(ahead)
    Submission.objects.filter(pk=form.pk).update(next_try_at=NOW)
    assert work_through_due(clock=lambda: NOW) == 1
    form.refresh_from_db()
    assert form.contact.received_at == ahead
