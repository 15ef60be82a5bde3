"""Who must not be contacted and gives another name is recognised by their number (H18)."""

from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from callbacks.barred import Telling, how_told, is_barred
from callbacks.booking_actions import Caller
from callbacks.models import Booking, DeskCall
from callbacks.signpost_actions import load_signposts
from cases.models import Contact
from notices.models import Notice
from tests.callbacks.cast import NOW, booked, hours, rang, slots
from tests.callbacks.test_desk_pages import Desk, errors, text
from tests.factories import CaseFactory, RelatedPersonFactory

pytestmark = pytest.mark.django_db
Outcome = DeskCall.Outcome
DANS = "07700 900555"
SAME = "+44 (0)7700 900 555"
SOMEBODY = {"caller": "other", "caller_name": "Sam Field", "relation": "parent"}
CAUTION = "Dan Okafor has this number too, and must not be contacted."


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def case(policy, cora):
    hours(cora)
    load_signposts()
    return CaseFactory.create(reference="EHC-000042", owner=cora, team=cora.team)


@pytest.fixture
def mother(case):
    return RelatedPersonFactory.create(
        person=case.person, phone="07700 900123", email="ngozi@example.org"
    )


@pytest.fixture
def dan(case):
    return RelatedPersonFactory.create(
        person=case.person,
        name="Dan Okafor",
        relation="father",
        phone=DANS,
        email="dan@example.org",
        no_contact=True,
        receives_letters=False,
    )


@pytest.fixture
def desk(case, mother, as_person, asif):
    return Desk(as_person(asif), mother)


def booking_for(desk, cora, **more):
    desk.try_both()
    given = {"caller_phone": SAME, "slot": slots(cora)[0].pk}
    return desk.end(Outcome.BOOKED, **SOMEBODY | given | more)


@pytest.mark.rule("H18")
@pytest.mark.parametrize("name", ["Sam Field", "dan  okafor"])
def test_no_call_is_booked_with_them_under_any_name(desk, dan, cora, name):
    number = SAME if name == "Sam Field" else "07700 900777"
    response = booking_for(desk, cora, caller_name=name, caller_phone=number)

    assert errors(response) == (
        "This may be Dan Okafor, who must not be contacted. Take a message: the team decides."
    )
    assert "When does the taxi start?" in text(response)
    assert not Booking.objects.exists()


@pytest.mark.rule("H18")
def test_nothing_is_sent_to_them_and_whoever_answers_reads_who_it_is(desk, dan, as_person, cora):
    given = {**SOMEBODY, "caller_phone": SAME, "caller_email": "sam@example.org"}
    response = desk.end(Outcome.MESSAGE, **given)
    assert errors(response) == "Dan Okafor must not be contacted: nothing is sent to them"

    desk.end(Outcome.MESSAGE, **given | {"caller_email": ""})
    contact = Contact.objects.get()
    assert not Notice.objects.filter(recipient=None).exists()
    page = text(as_person(cora).get(f"/contacts/{contact.reference}/"))
    assert "must not be contacted" in page


@pytest.mark.rule("H18")
def test_a_number_of_one_household_is_a_caution_and_no_bar(desk, dan, mother, cora):
    mother.phone = DANS
    mother.save()
    assert "Dan Okafor, who must not be contacted, has it too" in desk.page()
    response = booking_for(desk, cora)

    assert CAUTION in text(response)
    booking = Booking.objects.get()
    assert (is_barred(booking), how_told(booking)) == (False, Telling.BY_PHONE)


@pytest.mark.rule("H18")
def test_who_rings_back_reads_the_caution_before_they_dial(desk, dan, mother, cora, as_person):
    mother.phone = DANS
    mother.save()
    booking_for(desk, cora)
    client = as_person(cora)
    call = reverse("callbacks:call", args=[Booking.objects.get().pk])
    for page in (call, f"{reverse('callbacks:day')}?day=2026-11-03"):
        response = client.get(page)
        assert CAUTION in text(response)
        assert "tel:" in response.content.decode()


@pytest.mark.rule("H18")
def test_the_person_whom_the_adviser_chose_is_who_they_are(desk, dan, cora):
    desk.try_both()
    response = desk.end(Outcome.BOOKED, caller_phone=DANS, slot=slots(cora)[0].pk)

    assert "Callback booked" in text(response)
    assert CAUTION in text(response)
    assert not is_barred(Booking.objects.get())


@pytest.mark.rule("H18")
def test_a_call_that_is_booked_already_is_marked_by_the_number(case, dan):
    caller = Caller(name="Sam Field", phone=SAME)
    Booking.objects.all().delete()
    dan.no_contact = False
    dan.save()
    call = booked(case, caller=caller, contact=rang(case, sender_name="Sam Field"))
    assert not is_barred(call)

    dan.no_contact = True
    dan.save()
    assert how_told(call) == Telling.NOT


def test_others_are_booked_as_ever(desk, dan, cora):
    response = booking_for(desk, cora, caller_phone="07700 900777", submission=uuid4())

    assert "Callback booked" in text(response)
    assert "Make sure who it is" not in text(response)
