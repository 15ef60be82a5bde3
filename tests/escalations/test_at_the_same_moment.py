"""Two people act on one concern in the same moment: one after the other, and nothing is lost."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from accounts.errors import RuleBroken
from accounts.models import Absence, Role, User
from cases.models import Contact
from escalations.follow_actions import say_it_did_not_help, say_it_helped
from escalations.follow_page import Stage, followed
from escalations.giving_actions import give_step
from escalations.models import Escalation, EscalationStep
from escalations.standing_in_actions import see_to_handlers
from escalations.step_actions import answer_step, promise_step
from tests.escalations.making import AFTER, case_of, further, managed, matter, officer
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.rule("H102")]

NEXT = AFTER + timedelta(days=1)


@pytest.fixture
def maya(north) -> User:
    return managed(north)


@pytest.fixture
def first(policy, cora, lena, maya) -> Contact:
    """The mother's question, which the case owner has not answered."""
    officer()
    return matter(case_of(cora))


@pytest.fixture
def step(first) -> EscalationStep:
    """Step 2, which is Lena's."""
    taken = further(first).step
    assert taken
    return taken


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do all in the same moment; the codes of what was refused."""
    together, refused = threading.Barrier(len(acts)), []

    def do(act: Callable[[], object]) -> None:
        together.wait()
        try:
            act()
        except RuleBroken as broken:
            refused.append(broken.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def numbers() -> list[int]:
    return list(EscalationStep.objects.order_by("number").values_list("number", flat=True))


def words() -> set[str]:
    return set(Contact.objects.filter(direction="in").values_list("message", flat=True))


def not_helped(about: Contact, said: str) -> Callable[[], object]:
    return lambda: say_it_did_not_help(contact=about, words=said, submission=uuid4(), now=NEXT)


def answers(step: EscalationStep, by: User) -> Callable[[], object]:
    return lambda: answer_step(step=step, text="On Monday.", by=by, now=NEXT)


@pytest.mark.rule("H97")
def test_two_people_take_it_further_and_there_is_one_step(first, cora, lena):
    refused = at_once(
        lambda: further(first, cora, NEXT),
        lambda: further(first, lena, NEXT),
        lambda: further(first, None, NEXT),
    )
    assert (refused, numbers()) == ([], [2])
    assert Escalation.objects.filter(matter=first, closed_at=None).count() == 1
    # All three have said something, and it is all kept.
    assert Contact.objects.filter(original=first).count() == 3


@pytest.mark.rule("H97")
@pytest.mark.parametrize("first_to_go", ["answer", "no"])
def test_an_answer_and_a_no_in_the_same_second_one_after_the_other(step, lena, maya, first_to_go):
    """Answered first, the "no" is about the answer; else it is kept with the step."""
    acts = [answers(step, lena), not_helped(step.contact, "It did not help.")]
    for act in acts if first_to_go == "answer" else reversed(acts):
        act()
    step.refresh_from_db()
    assert step.answered_by == lena
    assert "It did not help." in words()
    page = followed(step.contact, NEXT)
    if first_to_go == "answer":
        assert (numbers(), page.stage, page.person) == ([2, 3], Stage.WAITING, "Maya Stone")
    else:
        assert (numbers(), page.stage, page.may_go_on) == ([2], Stage.ANSWERED, True)


@pytest.mark.rule("H97")
def test_an_answer_and_a_no_at_once_nothing_is_lost(step, lena):
    assert at_once(answers(step, lena), not_helped(step.contact, "It did not help.")) == []
    step.refresh_from_db()
    assert step.answered_by == lena
    assert "It did not help." in words()
    assert numbers() in ([2], [2, 3])


def test_a_no_twice_at_once_opens_one_step_and_keeps_both(step, lena):
    answers(step, lena)()
    said = [not_helped(step.contact, f"It did not help, {number}.") for number in (1, 2)]
    assert at_once(*said) == []
    assert numbers() == [2, 3]
    assert words() >= {"It did not help, 1.", "It did not help, 2."}


def test_yes_and_no_at_once_the_no_is_never_lost(step, lena):
    """Settled first, the "no" opens it again; else it goes on, and "yes" settles the next step."""
    answers(step, lena)()
    yes = lambda: say_it_helped(contact=step.contact, now=NEXT)  # noqa: E731
    assert at_once(yes, not_helped(step.contact, "It did not help.")) == []
    assert "It did not help." in words()
    concern = Escalation.objects.get()
    last = EscalationStep.objects.latest("number")
    assert last.clock.is_open is concern.is_open
    assert last.number == 3


@pytest.mark.rule("H62")
def test_leave_begins_while_it_is_given_away(step, lena):
    """Whoever comes second finds whose it is by then; one has it, and may see it."""
    noor = UserFactory.create(role=Role.TEAM_LEAD, full_name="Noor Finch")
    dan = UserFactory.create(full_name="Dan Reed")
    Absence.objects.create(person=lena, cover=dan, first_day=NEXT.date(), last_day=NEXT.date())
    at_once(
        lambda: see_to_handlers(now=NEXT),
        lambda: give_step(
            step=step, to=noor, reason="Knows it.", by=lena, now=NEXT, instead_of=lena.pk
        ),
    )
    step.clock.refresh_from_db()
    owner = step.clock.owner
    assert owner in (noor, dan)
    assert Escalation.objects.visible_to(owner).filter(pk=step.escalation_id).exists()
    other = dan if owner == noor else noor
    assert not Escalation.objects.visible_to(other).filter(pk=step.escalation_id).exists()


@pytest.mark.rule("H58")
def test_leave_is_over_while_the_cover_promises_a_new_date(step, lena):
    dan = UserFactory.create(full_name="Dan Reed")
    Absence.objects.create(person=lena, cover=dan, first_day=AFTER, last_day=AFTER)
    see_to_handlers(now=AFTER)
    until = (AFTER + timedelta(days=24)).date()
    at_once(
        lambda: see_to_handlers(now=NEXT),
        lambda: promise_step(step=step, until=until, reason="A report.", by=dan, now=NEXT),
    )
    see_to_handlers(now=NEXT)
    step.refresh_from_db()
    assert (step.clock.owner, step.clock.due_at.date()) == (lena, until)
