"""The ladder never ends in a wall: a "no" is always kept, and somebody always has it (0026)."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Absence, Role, User
from cases.models import Contact
from escalations.ladder import Kind
from escalations.links import token_of
from escalations.models import EscalationStep
from escalations.passing_actions import pass_to_desk
from escalations.step_actions import answer_step
from notices.models import Notice
from tests.escalations.senders import LATE, NOW, family, mails, seen, sent, service, told
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H97")]

DAY = timedelta(days=1)
BIRTHDAY = {"born_day": "3", "born_month": "2", "born_year": "2014"}


@pytest.fixture
def maya(policy, north) -> User:
    cache.clear()
    service(north)
    UserFactory.create(role=Role.ADMINISTRATOR, full_name="Ada Bell", team=None)
    return User.objects.get(full_name="Maya Stone")


@pytest.fixture
def rosa(maya) -> User:
    return User.objects.get(full_name="Rosa Quill")


@pytest.fixture
def first(maya, cora, lena, north) -> Contact:
    """The lead is on leave, and the case owner covers: step 2 goes past both."""
    family(cora, north)
    day = NOW.date()
    Absence.objects.create(person=lena, cover=cora, first_day=day, last_day=day + 90 * DAY)
    contact = sent().contact
    assert contact
    return contact


def answered(number: int, now) -> EscalationStep:
    step = EscalationStep.objects.get(number=number)
    return answer_step(step=step, text="We cannot.", by=step.handler, now=now)


def press(contact: Contact, now, **typed):
    client = Client()
    with time_machine.travel(now, tick=False):
        client.post(reverse("escalations:follow", args=[token_of(contact)]), BIRTHDAY)
        address = reverse("escalations:follow_say", args=[token_of(contact)])
        given = {"do": "not_helped", "words": "", "submission": uuid4()}
        given |= {"seen": seen(client, contact)} | typed
        return client.post(address, given, follow=True).content.decode()


@pytest.fixture
def at_the_end(first, maya, rosa):
    """Step 2 was the manager's, step 3 the only officer's, and both have answered."""
    sent(LATE, answered="no")
    answered(2, LATE)
    sent(LATE + DAY, answered="yes", helped=False)
    return answered(3, LATE + DAY)


def test_after_the_only_officer_has_answered_a_no_ends_the_ladder(at_the_end, first, rosa):
    page = press(first, LATE + 2 * DAY, words="No, it did not.")

    assert "could not do this" not in page
    said = Contact.objects.get(message="No, it did not.")
    assert (said.original, said.link) == (first, "further")
    assert EscalationStep.objects.count() == 2
    assert "There is nobody further whom you could ask here." in told(said, "end").body
    assert "Thank you for telling us</h1>" in page
    assert "Rosa Quill has what you wrote, and reads it." in page
    assert Notice.objects.filter(recipient=rosa, subject__startswith="More from").exists()


def test_the_same_with_the_form_does_not_wait(at_the_end):
    form = sent(LATE + 2 * DAY, answered="yes", helped=False, words="No again.")

    assert (form.state, form.kind) == ("done", "end")
    assert mails("ngozi@example.org")[-1].startswith("What you can do now")


def test_a_second_click_says_the_same(at_the_end, first):
    twice = uuid4()
    pages = [press(first, LATE + 2 * DAY, words="No.", submission=twice) for _ in range(2)]
    assert all("Thank you. We have added what you wrote" in page for page in pages)
    assert Contact.objects.filter(message="No.").count() == 1


def test_an_officer_who_joins_meanwhile_has_step_four(at_the_end, first):
    press(first, LATE + 2 * DAY)
    joined = UserFactory.create(role=Role.RESOLUTION_OFFICER, full_name="Omar West", team=None)
    press(first, LATE + 3 * DAY)
    assert EscalationStep.objects.get(number=4).handler == joined


def test_whoever_has_not_answered_yet_has_it_when_nobody_else_is_left(first, maya, rosa):
    """Nobody answered on any step: the officer's silence goes on, but it has a date again."""
    sent(LATE, answered="no")
    sent(LATE + 20 * DAY, answered="no")
    late = LATE + 40 * DAY
    sent(late, answered="no")

    step = EscalationStep.objects.get(number=4)
    assert step.handler == rosa
    assert step.clock.is_open
    [notice] = Notice.objects.filter(subject__startswith="Nobody else to ask")
    assert notice.recipient
    assert notice.recipient.full_name == "Ada Bell"
    assert "Rosa Quill" in notice.body
    assert answer_step(step=step, text="Here it is.", by=rosa, now=late).answered_by == rosa


def test_with_nobody_at_all_a_no_is_kept_and_the_complaint_is_named(first):
    User.objects.exclude(full_name="Ada Bell").update(is_active=False)
    form = sent(LATE, answered="no", words="Still nothing.")

    assert form.kind == Kind.END
    assert "You should have had our answer" in told(form.contact, "end").body
    assert not EscalationStep.objects.exists()


def test_what_is_passed_to_the_desk_always_has_an_officer(at_the_end, first, rosa, maya):
    entry = pass_to_desk(contact=first, in_name_of="Dana Price", by=maya, now=LATE + 2 * DAY)
    assert entry.clock.owner == rosa
