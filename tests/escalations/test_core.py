"""From the form to the person responsible, through every layer."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Role
from cases.models import Contact
from escalations.answers import Answers
from escalations.models import DeskEntry, Escalation, Submission
from escalations.passing_actions import pass_to_desk
from escalations.resolution_actions import confirm_check, send_on
from escalations.response_actions import respond
from escalations.step_actions import answer_step
from escalations.submission_actions import store, work_through_due
from notices.models import Notice
from tests.factories import CaseFactory, PersonFactory, RelatedPersonFactory, UserFactory

pytestmark = pytest.mark.django_db
# Monday 2 November 2026, 10am in London.
NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)


@pytest.fixture
def case(policy, cora, north):
    north.manager = UserFactory(role=Role.SENIOR_MANAGER, full_name="Maya Stone")
    north.save()
    UserFactory(role=Role.RESOLUTION_OFFICER, full_name="Rosa Quill", team=None)
    person = PersonFactory()
    RelatedPersonFactory(person=person, email="ngozi@example.org")
    return CaseFactory(person=person, owner=cora, team=north)


def sent(now=NOW, **changes) -> Submission:
    """A mother's form, worked through."""
    given: dict[str, Any] = {
        "about": "statutory",
        "who": "parent",
        "name": "Ngozi Okafor",
        "child_name": "Amara Okafor",
        "child_born": date(2014, 2, 3),
        "email": "ngozi@example.org",
        "words": "When does the taxi start?",
    }
    kept = store(form=uuid4(), answers=Answers(**given | changes), now=now)
    assert work_through_due(clock=lambda: now) == 1
    kept.refresh_from_db()
    return kept


@pytest.mark.rule("H94")
def test_a_first_concern_goes_to_the_case_owner(case, cora):
    submission = sent()

    assert submission.contact.case == case
    assert submission.contact.promise.owner == cora
    assert submission.escalation is None


@pytest.mark.rule("H97")
def test_without_an_answer_by_the_date_it_goes_to_the_team_lead_with_a_clock(case, lena):
    first = sent()
    later = first.contact.promise.due_at + timedelta(days=1)

    again = sent(now=later, answered="no")

    [step] = Escalation.objects.get().steps.all()
    assert (step.number, step.ground, step.handler) == (2, "no_answer", lena)
    assert again.contact.original == first.contact
    assert Notice.objects.filter(recipient=lena, subject__startswith="For you").count() == 1


@pytest.mark.rule("H95")
def test_before_the_date_it_is_kept_with_the_first_and_the_sender_is_told_the_day(case):
    first = sent()
    again = sent(now=NOW + timedelta(days=2), answered="no", asked_for="senior_manager")

    assert again.kind == "wait"
    assert again.contact.link == Contact.Link.CHASER
    assert not Escalation.objects.exists()
    told = Notice.objects.get(key=f"contact:{again.contact_id}:concern:wait")
    assert "Tuesday 17 November 2026" in told.body
    assert first.contact.is_open


@pytest.mark.rule("H106")
def test_passed_to_the_desk_it_is_answered_checked_and_sent_on(case, lena):
    contact = sent().contact
    rosa = Notice.objects.none()
    entry = pass_to_desk(contact=contact, in_name_of="Dana Price", by=lena, now=NOW)
    rosa = entry.clock.owner

    assert entry.clock.due_at == NOW + timedelta(hours=48)
    assert entry.computed == 0
    confirm_check(entry=entry, until=1, reason="She rang twice.", by=rosa, now=NOW)
    step = send_on(entry=entry, by=rosa, now=NOW)
    assert step
    assert step.handler == lena
    respond(entry=entry, how=DeskEntry.Answer.TELEPHONE, text="Told her.", by=rosa, now=NOW)
    answered = answer_step(step=step, text="It starts on Monday.", by=lena, now=NOW)
    assert answered.answered_by == lena
