"""What was taken further goes with its matter when that is filed (H67, H97)."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.urls import reverse

from accounts.models import AccessEntry, Role, User
from cases.decision_actions import strike_through
from cases.matter_actions import file_contact
from cases.models import Contact
from clocks.models import ClockEvent
from escalations.filing_actions import follow_filing
from escalations.models import DeskEntry, EscalationStep
from escalations.step_actions import answer_step, close
from notices.models import Notice
from tests.escalations.making import (
    AFTER,
    case_of,
    further,
    managed,
    matter,
    officer,
    on_desk,
)
from tests.factories import TeamFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H67"), pytest.mark.rule("H97")]


@pytest.fixture
def maya(north):
    return managed(north)


@pytest.fixture
def rosa(db):
    return officer()


@pytest.fixture
def tray(policy, north, lena, maya, rosa):
    """The north team's, whose lead looks after what belongs to no case yet."""
    north.takes_unfiled = True
    north.save()
    return north


@pytest.fixture
def unfiled(tray, lena):
    return matter(None, clock__owner=lena, clock__team=tray, logged_by=lena)


@pytest.fixture
def child(oscar):
    """A case of another team, which Noor leads."""
    team = oscar.team
    team.lead = UserFactory.create(role=Role.TEAM_LEAD, full_name="Noor Finch", team=team)
    team.manager = UserFactory.create(role=Role.SENIOR_MANAGER, full_name="Sol Grant", team=None)
    team.save()
    return case_of(oscar)


def filed(contact, case, by) -> int:
    file_contact(contact=contact, case=case, by=by, now=AFTER, reason="Belongs there.")
    return follow_filing(now=AFTER)


def clock_of(row):
    row.clock.refresh_from_db()
    return row.clock


def test_a_step_goes_to_the_lead_of_the_childs_team_with_its_date(unfiled, child, lena, maya):
    step = further(unfiled).step
    assert step.handler == maya
    due_at = step.clock.due_at

    assert filed(unfiled, child, lena) == 1
    assert follow_filing(now=AFTER) == 0

    clock = clock_of(step)
    assert (clock.owner, clock.team, clock.due_at) == (child.team.lead, child.team, due_at)
    event = ClockEvent.objects.get(clock=clock, kind="reassigned")
    assert (event.by, event.reason) == (None, f"Filed with {child}")
    assert Notice.objects.filter(recipient=child.team.lead, body__contains="Filed with").exists()


def test_filed_with_another_case_it_goes_on_to_that_one(cora, lena, maya, rosa, policy, child):
    about = matter(case_of(cora))
    step = further(about).step
    assert step.handler == lena
    filed(about, child, lena)
    assert (clock_of(step).owner, clock_of(step).team) == (child.team.lead, child.team)
    assert EscalationStep.objects.owed_by_team(child.team_id).count() == 1


@pytest.mark.rule("H5")
def test_a_lead_who_owns_the_case_gets_no_step_about_themselves(unfiled, child, lena):
    step = further(unfiled).step
    child.owner = child.team.lead
    child.save()
    filed(unfiled, child, lena)
    assert clock_of(step).owner.full_name == "Sol Grant"


def test_the_lead_whose_silence_it_is_about_does_not_get_it(unfiled, cora, lena, maya, north):
    step = further(unfiled).step
    filed(unfiled, case_of(cora), lena)
    assert clock_of(step).owner == maya


def test_what_was_answered_stays_as_it_is(unfiled, child, lena, maya):
    step = further(unfiled).step
    answer_step(step=step, text="It starts on Monday.", by=maya, now=AFTER)
    filed(unfiled, child, lena)
    assert clock_of(step).owner == maya


def test_what_is_on_the_desk_stays_with_its_officer_among_the_teams_promises(
    unfiled, child, lena, rosa
):
    entry = on_desk(unfiled, lena, now=AFTER)
    due_at = entry.clock.due_at
    assert filed(unfiled, child, lena) == 1
    clock = clock_of(entry)
    assert (clock.owner, clock.team, clock.due_at) == (rosa, child.team, due_at)


@pytest.mark.django_db(transaction=True)
def test_what_is_struck_meanwhile_does_not_keep_the_others_back(policy, maya, rosa, cora, oscar):
    struck, other = (
        matter(None, clock__owner=cora, clock__team=cora.team, logged_by=cora, sender_email=address)
        for address in ("ngozi@example.org", "tom@example.org")
    )
    for asked in (struck, other):
        on_desk(asked, maya)
        Contact.objects.filter(pk=asked.pk).update(case=case_of(oscar))
    began = threading.Event()

    def strike() -> None:
        try:
            with transaction.atomic():
                strike_through(contact=struck, reason="Wrong.", by=cora, now=AFTER)
                began.set()
                time.sleep(1.5)
        finally:
            connection.close()

    thread = threading.Thread(target=strike)
    thread.start()
    began.wait()
    went = follow_filing(now=AFTER)
    thread.join()

    struck.refresh_from_db()
    assert struck.struck_at
    assert went == 1
    teams = DeskEntry.objects.values_list("contact", "clock__team")
    assert dict(teams) == {struck.pk: cora.team_id, other.pk: oscar.team_id}


def test_with_nobody_to_take_it_the_concern_follows_all_the_same(unfiled, child, lena, maya, rosa):
    step = further(unfiled).step
    team = TeamFactory()
    child.team = team
    child.save()
    for person in (maya, rosa, *child.team.members.all()):
        person.is_active = False
        person.save()
    User.objects.filter(role=Role.SENIOR_MANAGER).update(is_active=False)
    filed(unfiled, child, lena)
    step.escalation.refresh_from_db()
    assert (step.escalation.case, clock_of(step).team) == (child, team)


def test_reading_a_settled_concern_that_was_filed_later_is_on_its_childs_log(
    unfiled, child, lena, maya, as_person
):
    step = further(unfiled).step
    close(escalation=step.escalation, outcome="Done.", by=maya, now=AFTER)
    filed(unfiled, child, lena)

    address = reverse("escalations:escalation", args=[step.escalation.reference])
    page = as_person(maya).get(address)

    assert page.status_code == 200
    assert page.context["identity"]["reference"] == child.reference
    assert AccessEntry.objects.filter(records=[child.reference], kind="read").exists()
