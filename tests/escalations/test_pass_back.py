"""Back to the case owner: what the sender reads, and who may do it (H5)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.errors import RuleBroken
from accounts.models import Absence
from cases.proven import is_unproven
from escalations.models import EscalationStep
from escalations.pass_back_actions import pass_back
from notices.models import Notice
from tests.escalations import senders
from tests.escalations.making import AFTER, case_of, further, managed, matter
from tests.escalations.senders import family, sent, service
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H5")]


def taken_further(**who) -> EscalationStep:
    """Sent twice with the form; the second time it is step 2, which is Lena's."""
    sent(**who)
    sent(senders.LATE, answered="no", words="Now?", **who)
    return EscalationStep.objects.get()


def said_to(address: str) -> str:
    return " ".join(Notice.objects.filter(address=address).values_list("body", flat=True))


def test_a_stranger_reads_no_names_when_a_step_is_passed_back(policy, north, cora, lena):
    service(north)
    family(cora, north)
    step = taken_further(name="Sam Lee", email="sam@example.net")
    assert (step.handler, is_unproven(step.contact)) == (lena, True)
    before = said_to("sam@example.net")

    pass_back(step=step, reason="Knows it best.", by=lena, now=senders.LATE + timedelta(hours=1))

    said = said_to("sam@example.net")
    assert said == before
    names = ("Cora Hill", "Lena Marsh", "looks after the plan and")
    assert [name for name in names if name in said] == []


def test_the_mother_reads_who_answers_and_who_looks_on(policy, north, cora, lena):
    service(north)
    family(cora, north)
    step = taken_further()
    pass_back(step=step, reason="Knows it best.", by=lena, now=senders.LATE + timedelta(hours=1))
    said = said_to("ngozi@example.org")
    assert "Cora Hill looks after the plan and knows it best. Lena Marsh sees that" in said


# --- Who passes it back ---------------------------------------------------------------------


@pytest.fixture
def maya(policy, north):
    return managed(north)


@pytest.fixture
def step(maya, cora, lena) -> EscalationStep:
    """It is about Cora's silence, and Lena has it."""
    taken = further(matter(case_of(cora))).step
    assert taken
    assert taken.handler == lena
    return taken


def refused(step, by) -> str:
    with pytest.raises(RuleBroken) as broken:
        pass_back(step=step, reason="I do it myself.", by=by, now=AFTER)
    return broken.value.code


def is_offered(step, client) -> bool:
    with time_machine.travel(AFTER, tick=False):
        page = client.get(reverse("escalations:escalation", args=[step.escalation.reference]))
    assert page.status_code == 200
    return "Pass it back to the case owner" in page.content.decode()


def covers(person, cover) -> None:
    day = AFTER.date()
    Absence.objects.create(person=person, first_day=day, last_day=day, cover=cover)


@pytest.mark.parametrize("as_cover", [False, True])
def test_the_case_owner_does_not_take_the_step_back_to_themself(
    step, cora, lena, as_person, as_cover
):
    if as_cover:
        covers(lena, cora)
    assert refused(step, cora) == "may_not_give"
    assert not is_offered(step, as_person(cora))


def test_an_uninvolved_colleague_does_not_pass_back_what_the_lead_has(step, north, as_person):
    other = UserFactory.create(team=north)
    assert refused(step, other) == "may_not_give"
    assert not is_offered(step, as_person(other))


@pytest.mark.parametrize("who", ["lena", "maya", "cover"])
def test_whoever_may_give_it_passes_it_back(step, request, cora, lena, north, as_person, who):
    cover = UserFactory.create(team=north)
    covers(lena, cover)
    by = cover if who == "cover" else request.getfixturevalue(who)
    assert is_offered(step, as_person(by))
    assert pass_back(step=step, reason="Knows it best.", by=by, now=AFTER).handler == cora
