"""While a contact plan holds nobody at the desk promises a call without the team (H66)."""

from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from callbacks.models import Booking
from callbacks.plans import Plans, plan_caution
from callbacks.signpost_actions import load_signposts
from cases.conduct import ShownPlan
from cases.models import Contact
from notices.models import Notice
from tests.callbacks.cast import NOW, booked, hours, slots
from tests.callbacks.test_desk_pages import YESTERDAY, Desk, errors, text
from tests.cases.conduct import TODAY, make_plan
from tests.cases.contacts import email, log
from tests.factories import CaseFactory, RelatedPersonFactory

pytestmark = pytest.mark.django_db
NO_CALL = "I cannot promise you a call. I can take a message, and the lead of our team decides"
NAMED = "A contact plan holds with Sam Okafor."


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def case(policy, cora):
    hours(cora)
    load_signposts()
    return CaseFactory(reference="EHC-000042", owner=cora, team=cora.team)


@pytest.fixture
def father(case):
    return RelatedPersonFactory(
        person=case.person, name="Sam Okafor", relation="father", phone="07700 900124"
    )


@pytest.fixture
def mother(case):
    return RelatedPersonFactory(person=case.person, phone="07700 900123", email="ngozi@example.org")


@pytest.fixture
def plan(case, asif, mira, moment):
    """Decided on 4 November; the desk is open on the morning of the 9th."""
    about = log(case, email(received_at=YESTERDAY, category=Contact.Category.COMPLAINT))
    made = make_plan(about, asif, mira, starts_on=TODAY)
    moment.move_to(NOW.replace(day=9))
    return made


@pytest.fixture
def desk(case, father, mother, plan, as_person, asif):
    return Desk(as_person(asif), father)


def test_the_desk_offers_no_time_and_says_what_to_say(desk):
    desk.try_both()
    page = desk.page()

    assert "Book a time" not in page
    assert "Take a message" in page
    assert NO_CALL in page
    assert "I can book a time" not in page
    shown = desk.client.get(desk.url).content.decode()
    assert 'value="message" checked' in shown
    assert 'data-portal-choose="outcome=message"' in shown


def test_nobody_is_promised_that_they_are_put_through(desk):
    page = desk.page()

    assert "Ask the team first: a contact plan holds" in page
    assert "A contact plan holds: ask whether the call may be put through." in page


def test_what_the_person_is_owed_is_not_booked_either(desk, case, father, moment):
    matter = log(case, email(received_at=NOW.replace(day=9), sender_name="Sam Okafor"))
    type(matter.promise).objects.filter(pk=matter.promise.pk).update(due_at=YESTERDAY)
    assert "I will ask our team whether somebody can talk to you now." in desk.page()
    desk.try_both()

    page = desk.page()
    assert f"I am sorry that you have not. {NO_CALL}" in page
    assert "A contact plan may hold: promise no call." in page


def test_a_callback_needs_the_team_and_that_is_written_down(desk, cora):
    desk.try_both()
    slot = slots(cora, now=NOW.replace(day=9))[0].pk
    refused = desk.end("booked", slot=slot)
    assert errors(refused).startswith(f"{NAMED} Select “Message taken”, or ask the team")
    assert "When does the taxi start?</textarea>" in refused.content.decode()
    assert Booking.objects.count() == 0

    desk.end("booked", slot=slot, agreed="on")
    booking = Booking.objects.get()
    assert "the adviser asked the team, who agreed to this call." in booking.contact.message


def test_a_message_is_told_to_the_lead_without_the_child(desk, lena):
    desk.end("message")

    notice = Notice.objects.get(key__endswith=":plan", recipient=lena)
    assert "No call was promised to them." in notice.body
    assert "Okafor" not in notice.subject + notice.body


def test_another_person_around_the_child_is_booked_as_always(desk, mother, cora, lena):
    desk.try_both()
    slot = slots(cora, now=NOW.replace(day=9))[0].pk
    desk.end("booked", slot=slot, caller=mother.pk)

    assert Booking.objects.get().caller_name == "Ngozi Okafor"
    desk.end("message", caller=mother.pk, submission=uuid4())
    assert not Notice.objects.filter(key__endswith=":plan").exists()


def test_without_a_plan_nothing_more_is_asked(case, mother, as_person, asif):
    desk = Desk(as_person(asif), mother)

    assert "The team has agreed" not in desk.page()


@pytest.mark.parametrize(
    ("who", "caller", "holds"),
    [
        ("Sam Okafor", "Sam Okafor", True),
        ("Sam Okafor", "sam  okafor", True),
        ("Sam Okafor", "Ngozi Okafor", False),
        # Nobody known by that name: it may be anybody.
        ("Mr Okafor, father", "Ngozi Okafor", True),
        ("Sam Okafor", "A friend", True),
    ],
)
def test_a_plan_holds_for_everybody_who_may_be_meant(who, caller, holds):
    plans = Plans([ShownPlan(who, "Letters only.", TODAY)], ["sam okafor", "ngozi okafor"])

    assert plans.for_caller(caller) == (who if holds else "")
    assert Plans().for_caller(caller) == ""


def test_moving_a_call_warns_too(case, father, mother, cora, asif, mira, as_person, moment):
    call = booked(case)
    assert plan_caution(call, NOW) == ""
    about = log(case, email(received_at=YESTERDAY, category=Contact.Category.COMPLAINT))
    make_plan(about, asif, mira, who="Mr Okafor", starts_on=TODAY)
    moment.move_to(NOW.replace(day=5))

    page = text(as_person(cora).get(reverse("callbacks:call_move", args=[call.pk])))
    assert "A contact plan holds with Mr Okafor. Ask your team lead first" in page
