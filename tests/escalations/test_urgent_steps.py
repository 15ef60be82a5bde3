"""A step that is taken as urgent: seen as such, looked at first, never later than before."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.core.cache import cache

from cases.decision_actions import decide_urgency
from cases.models import Contact, UrgentReason
from escalations.models import EscalationStep
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
