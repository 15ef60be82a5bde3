"""Staff take a concern further for somebody, answer it and settle it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.errors import RuleBroken
from accounts.models import Role
from escalations.step_actions import answer_step, close
from notices.models import Notice
from tests.escalations.going_further import answered, further, settled, unsettled
from tests.escalations.senders import LATE, NOW, answers, family, sent, service
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def case(policy, cora, north):
    service(north)
    return family(cora, north)


def test_staff_take_it_further_and_a_second_click_is_harmless(case, cora, lena):
    first, form = sent().contact, uuid4()
    one = further(first, cora, LATE, submission=form)
    two = further(first, cora, LATE, submission=form)

    assert (two.contact, two.step, two.placement.kind) == (one.contact, one.step, "step")
    assert Notice.objects.filter(recipient=lena).count() == 1
    with pytest.raises(RuleBroken) as broken:
        further(first, cora, LATE, submission=form, message="Something else.")
    assert broken.value.code == "submission_used"


def test_staff_cannot_put_one_parents_words_with_the_others_matter(case, cora):
    first = sent().contact
    father = {"sender_name": "Emeka", "sender_email": "emeka@example.org", "sender_person": None}
    with pytest.raises(RuleBroken) as broken:
        further(first, cora, LATE, **father)
    assert broken.value.code == "other_sender"


def test_auditors_take_nothing_further(case):
    first = sent().contact
    with pytest.raises(RuleBroken) as broken:
        further(first, UserFactory(role=Role.AUDITOR), LATE)
    assert broken.value.code == "may_not_log"


def test_nobody_answers_or_settles_a_concern_about_themselves(case, cora, lena):
    answered(sent().contact, NOW)
    escalation = unsettled(NOW + DAY).escalation
    for act in (
        lambda: answer_step(step=escalation.steps.get(), text="No.", by=cora, now=LATE),
        lambda: close(escalation=escalation, outcome="Done", by=cora, now=LATE),
    ):
        with pytest.raises(RuleBroken) as broken:
            act()
        assert broken.value.code == "about_themselves"
    assert close(escalation=escalation, outcome="Done", by=lena, now=LATE).outcome == "Done"


def test_the_case_owner_hears_what_was_answered_and_that_it_is_settled(case, cora, lena):
    sent()
    escalation = sent(LATE, answered="no").escalation
    step = settled(escalation.steps.get(), LATE + DAY, lena)
    close(escalation=escalation, outcome="It helped.", by=None, now=LATE + 2 * DAY)

    heard = Notice.objects.filter(recipient=cora).values_list("subject", flat=True)
    assert f"Answered: {step.clock.about}" in heard
    assert f"Settled: {escalation.reference}" in heard
    settled_by = Notice.objects.get(recipient=lena, subject__startswith="Settled")
    assert settled_by.body == f"The sender says that {escalation.reference} is settled."


def test_settled_by_the_sender_no_member_of_staff_is_named_as_having_ended_the_clock(case, lena):
    sent()
    escalation = sent(LATE, answered="no").escalation
    close(escalation=escalation, outcome="It came.", by=None, now=LATE + DAY)
    event = escalation.steps.get().clock.events.get(kind="cancelled")
    assert (event.by, event.reason) == (None, "The sender says: It came.")


def test_the_answers_of_the_form_are_what_the_case_owner_reads(case):
    assert sent(wanted="A taxi.").contact.message == answers(wanted="A taxi.").message
