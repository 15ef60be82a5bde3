"""Back to the case owner: what the sender reads, and who may do it (H5)."""

from datetime import timedelta

import pytest

from escalations.ladder_state import is_unproven
from escalations.models import EscalationStep
from escalations.pass_back_actions import pass_back
from notices.models import Notice
from tests.escalations import senders
from tests.escalations.senders import family, sent, service

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
