"""A step that is taken as urgent: seen as such, looked at first, never later than before."""

import re
import threading
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection

from accounts.errors import RuleBroken
from cases.answer_actions import answer_contact
from cases.decision_actions import decide_urgency
from cases.models import Contact, UrgentReason
from escalations.follow_actions import add_information
from escalations.follow_page import followed
from escalations.models import EscalationStep
from escalations.step_actions import answer_step, promise_step
from notices.models import Notice
from tests.escalations.senders import LATE, NOW, family, sent, service, told

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H63")]


@pytest.fixture
def reason(policy) -> UrgentReason:
    return UrgentReason.objects.filter(active=True)[0]


@pytest.fixture
def first(reason, cora, north) -> Contact:
    cache.clear()
    service(north)
    family(cora, north)
    contact = sent().contact
    assert contact
    return contact


@pytest.fixture
def step(first, reason) -> EscalationStep:
    later = NOW.replace(day=4)
    sent(later, answered="no", urgent=reason.code, words="Please, now.")
    return EscalationStep.objects.get()


def words(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.mark.rule("H64")
def test_it_is_never_due_later_than_the_date_before(step, first):
    assert step.ground == "urgent"
    assert step.clock.due_at == first.promise.due_at
    assert "Monday 16 November 2026" in told(step.contact, f"step:{step.pk}").body


def test_without_urgency_a_step_has_its_own_ten_days(first):
    sent(LATE, answered="no")
    assert EscalationStep.objects.get().clock.standard.code == "escalation.step_2"


def test_the_handler_and_the_sender_read_that_it_is_looked_at_first(step, reason, lena):
    [notice] = Notice.objects.filter(recipient=lena, subject__startswith="For you")
    assert f"They say that it is urgent: {reason}. Please look at that first" in notice.body
    assert f"/contacts/{step.contact.reference}/urgency/" in notice.body
    mail = told(step.contact, f"step:{step.pk}").body
    assert "You told us that it is urgent. We will look at that first, and tell you." in mail


@pytest.mark.parametrize("address", ["/concerns/", "/", "page"])
def test_every_page_shows_the_reason_and_the_way_to_decide(step, reason, lena, as_person, address):
    address = f"/concerns/{step.escalation.reference}/" if address == "page" else address
    with time_machine.travel(step.taken_at, tick=False):
        page = as_person(lena).get(address)
    assert str(reason) in words(page)
    assert f"/contacts/{step.contact.reference}/urgency/" in page.content.decode()


def test_undecided_it_stands_before_what_is_due_sooner(step, first, reason, lena, as_person):
    other = EscalationStep.objects.owed().urgent_first()
    assert list(other) == [step]
    # Another family's step, due sooner.
    type(step.clock).objects.filter(pk=step.clock_id).update(due_at=LATE.replace(year=2027))
    sent(NOW.replace(day=5), name="Emeka Okafor", email="emeka@example.org", words="Mine.")
    late = LATE + timedelta(days=7)
    sent(late, name="Emeka Okafor", email="emeka@example.org", answered="no")
    assert EscalationStep.objects.owed().urgent_first()[0] == step
    with time_machine.travel(late, tick=False):
        page = words(as_person(lena).get("/concerns/"))
    assert page.index("Said to be urgent: decide first") < page.index(step.escalation.reference)
    assert page.index(step.escalation.reference) < page.index("No answer by the date")

    decide_urgency(
        contact=step.contact, accepted=False, reason=None, note="In school.", by=lena, now=late
    )
    assert not EscalationStep.objects.owed().undecided().exists()
    with time_machine.travel(late, tick=False):
        assert "decide first" not in words(as_person(lena).get("/concerns/"))


# --- Accepted while a step is open --------------------------------------------------------------


@pytest.fixture
def owed(first) -> EscalationStep:
    """Step 2, taken without urgency on Tuesday 17 November: due on Tuesday 1 December."""
    sent(LATE, answered="no")
    return EscalationStep.objects.get()


def decided(contact: Contact, accepted: bool, by, now=LATE) -> EscalationStep:
    reason = UrgentReason.objects.filter(active=True)[0] if accepted else None
    decide_urgency(
        contact=contact, accepted=accepted, reason=reason, note="In school.", by=by, now=now
    )
    return EscalationStep.objects.get()


@pytest.mark.rule("H64")
def test_accepted_it_hastens_the_step_that_is_open(owed, first, lena):
    before = owed.clock.due_at
    step = decided(owed.contact, True, lena)
    assert (before.day, step.clock.due_at.date()) == (1, date(2026, 11, 18))
    assert step.clock.standard.code == "urgent.accepted"
    assert step.clock.owner == lena


@pytest.mark.rule("H64")
def test_the_message_to_the_sender_and_their_page_show_the_new_date(owed, cora):
    step = decided(owed.contact, True, cora)
    mail = Notice.objects.get(kind="urgency", recipient=None)
    assert "We will now answer you by Wednesday 18 November 2026." in mail.body
    assert followed(step.contact, LATE).day == "Wednesday 18 November 2026"


def test_whoever_has_the_step_is_told_and_who_decided_is_not(owed, cora, lena):
    decided(owed.contact, True, cora)
    [notice] = Notice.objects.filter(kind="urgency", recipient=lena)
    assert notice.subject == f"Urgent: {owed.clock.about}"
    assert "Cora Hill has accepted it as urgent" in notice.body
    assert "The answer is now due by Wednesday 18 November 2026." in notice.body
    assert "Amara" not in notice.body
    assert notice.path == f"/concerns/{owed.escalation.reference}/"


def test_who_decides_for_themselves_is_not_told(owed, lena):
    decided(owed.contact, True, lena)
    assert not Notice.objects.filter(kind="urgency", recipient=lena).exists()


@pytest.mark.rule("H64")
def test_accepted_a_date_that_is_sooner_already_stays(owed, lena, cora):
    late = LATE + timedelta(days=14)
    assert decided(owed.contact, True, cora, late).clock.due_at == owed.clock.due_at
    [notice] = Notice.objects.filter(kind="urgency", recipient=lena)
    assert "The answer is still due by Tuesday 1 December 2026." in notice.body


@pytest.mark.rule("H64")
def test_declined_no_date_moves_and_the_sender_reads_that_of_the_step(owed, first, cora):
    dates = owed.clock.due_at, first.promise.due_at
    step = decided(owed.contact, False, cora)
    first.promise.refresh_from_db()
    assert (step.clock.due_at, first.promise.due_at) == dates
    mail = Notice.objects.get(kind="urgency", recipient=None)
    assert "We will answer you by Tuesday 1 December 2026, as we said." in mail.body


@pytest.mark.rule("H64")
def test_accepted_once_nothing_that_is_declined_later_moves_it_back(owed, first, cora):
    due_at = decided(owed.contact, True, cora).clock.due_at
    more = add_information(
        contact=owed.contact, words="And this is urgent.", submission=uuid4(), now=LATE
    )
    assert decided(more, False, cora).clock.due_at == due_at


@pytest.mark.rule("H64")
def test_a_step_after_an_answer_is_decided_and_hastened_too(first, reason, cora, lena, as_person):
    """The matter is answered: the step alone is owed, and its claim waited for nobody."""
    answer_contact(contact=first, answer=Contact.Answer.EMAIL, note="On Monday.", by=cora, now=NOW)
    sent(LATE, answered="yes", helped=False, urgent=reason.code, words="It did not help.")
    step = EscalationStep.objects.get()
    assert (step.ground, step.has_to_be_decided) == ("not_satisfied", True)
    with time_machine.travel(LATE, tick=False):
        assert "decide first" in words(as_person(lena).get("/concerns/"))

    step = decided(step.contact, True, lena)
    assert step.clock.due_at.date() == date(2026, 11, 18)
    first.promise.refresh_from_db()
    assert not first.promise.is_open


def test_of_what_is_answered_and_was_not_taken_further_nothing_is_decided(first, cora):
    answer_contact(contact=first, answer=Contact.Answer.EMAIL, note="On Monday.", by=cora, now=NOW)
    with pytest.raises(RuleBroken) as broken:
        decide_urgency(contact=first, accepted=False, reason=None, note="No.", by=cora, now=NOW)
    assert broken.value.code == "already_answered"


@pytest.mark.rule("H58")
def test_a_new_date_that_was_promised_comes_forward_too(owed, lena):
    step = promise_step(step=owed, until=date(2026, 12, 11), reason="A report.", by=lena, now=LATE)
    step = decided(step.contact, True, lena)
    assert step.clock.due_at.date() == date(2026, 11, 18)


@pytest.mark.django_db(transaction=True)
def test_answered_in_the_same_moment_nothing_locks_up(owed, lena, cora):
    """Whoever is second finds what the first has done: answered in time, or nothing to decide."""
    together, broken = threading.Barrier(2), []

    def do(act) -> None:
        together.wait()
        try:
            act()
        except RuleBroken as error:
            broken.append(error.code)
        finally:
            connection.close()

    acts = [
        lambda: decided(owed.contact, True, cora),
        lambda: answer_step(step=owed, text="On Monday.", by=lena, now=LATE),
    ]
    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    owed.refresh_from_db()
    owed.contact.refresh_from_db()
    assert owed.answered_by == lena
    assert (broken, owed.contact.urgency) == ([], "accepted")


# --- The step after it --------------------------------------------------------------------------


@pytest.mark.rule("H64")
@pytest.mark.parametrize("answered", [False, True])
def test_what_was_accepted_as_urgent_is_urgent_on_the_next_step_too(owed, lena, answered):
    """Accepted on Tuesday 17 November, due on Wednesday: on Thursday step 3 has one day as well."""
    step = decided(owed.contact, True, lena)
    thursday = LATE + timedelta(days=2)
    if answered:
        answer_step(step=step, text="On Monday.", by=lena, now=LATE)
    said = {"answered": "yes", "helped": False} if answered else {"answered": "no"}
    sent(thursday, **said, words="And now?")
    third = EscalationStep.objects.get(number=3)
    assert third.ground == ("not_satisfied" if answered else "no_answer")
    assert third.clock.due_at.date() == date(2026, 11, 20)
    assert "Friday 20 November 2026" in told(third.contact, f"step:{third.pk}").body
