"""A caller tells an adviser that a child may be at risk: never a chaser, never asked to wait."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from accounts.errors import RuleBroken
from callbacks.booking_actions import Caller
from callbacks.desk_actions import Ending, Said, finish_call
from callbacks.models import DeskCall
from callbacks.signpost_actions import load_signposts
from cases.models import Contact, FormalMatter
from notices.models import Link, Notice
from tests.callbacks.cast import NGOZI, NOW, hours, slots
from tests.callbacks.test_desk_actions import try_both
from tests.callbacks.test_desk_pages import Desk, errors, text
from tests.cases.contacts import email, log
from tests.factories import CaseFactory, RelatedPersonFactory

pytestmark = pytest.mark.django_db
Outcome = DeskCall.Outcome
SAFE_WORDS = "We look at this first. If somebody is in danger now, ring 999. Do not wait for us."
SUNDAY = datetime(2026, 11, 1, 10, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)


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
def desk(case, mother, as_person, asif):
    return Desk(as_person(asif), mother)


def end(case, by, outcome=Outcome.MESSAGE, *, phone=NGOZI.phone, submission=None, **more):
    said = Said(
        sender=Contact.Sender.PARENT,
        caller=Caller(name=NGOZI.name, phone=phone, email=NGOZI.email),
        asked="He says he is hit at home.",
        at_risk=True,
        told=more.pop("told", ""),
    )
    ending = Ending(outcome=outcome, **more)
    return finish_call(
        case=case, said=said, ending=ending, submission=submission or uuid4(), by=by, now=NOW
    )


@pytest.mark.rule("H68")
def test_the_desk_says_what_to_do_and_whom_to_ring(desk, case):
    Link.objects.create(code="children_services", label="Safe line", url="https://safe.example.org")
    page = desk.page()

    assert "If you hear that a child may be at risk: say “If somebody is in danger now" in page
    assert f"ring the duty line, {case.team.duty_line}" in page
    assert "In danger now: 999." in page
    assert "For the caller, Safe line: https://safe.example.org" in page
    assert f"“{SAFE_WORDS}”" in page


@pytest.mark.rule("H68")
def test_nobody_is_sent_to_a_duty_line_that_is_closed(desk, case, moment):
    assert f"Our duty line: {case.team.duty_line}. Open until 5:30pm." in desk.page()
    moment.move_to(SUNDAY)
    page = desk.page()

    assert "tick “A child may be at risk” at the end of the call." in page
    assert (
        f"Our duty line: {case.team.duty_line}. Closed. Opens Monday 2 November 2026 at 9am."
        in page
    )


def test_nobody_found_says_it_too_with_the_line_of_the_team_that_sorts(desk, lena):
    lena.team.takes_unfiled, lena.team.duty_line = True, "01632 960177"
    lena.team.save()
    page = text(desk.client.get("/desk/unknown/"))

    assert "If you hear that a child may be at risk" in page
    assert "ring the duty line, 01632 960177" in page


@pytest.mark.rule("H68")
def test_it_is_a_formal_matter_of_its_own_whatever_is_owed(desk, case, cora):
    owed = log(case, email(received_at=YESTERDAY))
    response = desk.end(
        Outcome.MESSAGE, at_risk="on", matter=owed.reference, reminded=None, caller_phone=""
    )

    contact = Contact.objects.latest("pk")
    matter = FormalMatter.objects.get()
    call = DeskCall.objects.get()
    assert (contact.category, contact.original, contact.clock.owner) == ("safeguarding", None, cora)
    assert (matter.contact, matter.clock.standard.code) == (contact, "formal.safeguarding")
    assert (call.matter, call.gate) == (None, "open")
    assert call.told == f"Thank you for telling us. {SAFE_WORDS}"
    assert SAFE_WORDS in text(response)
    assert "You do not need to ring before then" not in text(response)
    owed.refresh_from_db()
    assert owed.is_open


@pytest.mark.rule("H68")
def test_the_next_caller_hears_nothing_of_it(desk, case, cora):
    words = "Do not speak of it: it may be about the caller."
    assert words not in desk.page()
    desk.end(Outcome.MESSAGE, at_risk="on")

    assert f"({cora}). {words}" in desk.page()


@pytest.mark.rule("H68")
def test_nobody_has_to_say_first_what_else_they_wait_for(desk, case):
    log(case, email(received_at=YESTERDAY))

    assert "Message taken" in text(desk.end(Outcome.MESSAGE, at_risk="on"))


@pytest.mark.rule("H68")
def test_who_answers_is_told_although_the_adviser_has_answered(desk, case, cora):
    desk.end(Outcome.ANSWERED, at_risk="on", told="Ring 999 now.")

    contact = Contact.objects.get()
    assert not contact.is_open
    assert FormalMatter.objects.owed().get().contact == contact
    assert Notice.objects.filter(recipient=cora, path=f"/contacts/{contact.reference}/").exists()


@pytest.mark.rule("H68")
def test_they_are_put_through_although_they_wait_in_time_for_something_else(case, asif):
    log(case, email(received_at=YESTERDAY))
    try_both(case, asif)
    call = end(case, asif, Outcome.MESSAGE, phone="")

    assert call.gate == "open"
    assert not call.reminded


@pytest.mark.rule("H68")
def test_nobody_is_told_to_wait(desk, case):
    owed = log(case, email(received_at=YESTERDAY))
    response = desk.end(Outcome.WAITING, at_risk="on", matter=owed.reference)

    assert errors(response) == (
        "A child may be at risk: that cannot wait. Put them through, or take a message."
    )
    assert "When does the taxi start?" in text(response)
    assert not DeskCall.objects.exclude(ended_at=None).exists()


@pytest.mark.rule("H68")
def test_a_booked_call_still_needs_a_number_and_ends_without_asking_to_wait(desk, cora):
    desk.try_both()
    slot = slots(cora)[0]
    given = {"at_risk": "on", "reminded": None, "slot": slot.pk}
    desk.mother.phone = ""
    desk.mother.save()
    assert errors(desk.end(Outcome.BOOKED, **given)) == "Enter the number to ring"

    response = desk.end(Outcome.BOOKED, caller_phone="07700 900123", **given)
    assert (
        "Cora Hill will ring you on Tuesday 3 November 2026 at 2pm, on the number that ends in "
        f"123. {SAFE_WORDS}"
    ) in text(response)


def test_a_second_press_is_one_call_and_one_with_the_tick_is_not_lost(desk):
    submission = uuid4()
    desk.end(Outcome.MESSAGE, submission=submission, at_risk="on")
    desk.end(Outcome.MESSAGE, submission=submission, at_risk="on")
    assert Contact.objects.count() == 1

    other = uuid4()
    desk.end(Outcome.MESSAGE, submission=other, asked="Another question")
    response = desk.end(Outcome.MESSAGE, submission=other, asked="Another question", at_risk="on")
    assert "This form has ended a call already" in errors(response)


@pytest.mark.rule("H68")
def test_about_an_unknown_child_it_is_always_kept(desk, lena):
    lena.team.takes_unfiled = True
    lena.team.save()
    posted = {
        "caller_name": "A neighbour",
        "relation": "other",
        "asked": "The boy next door screams at night.",
        "told_child": "A boy of about 7, Mill Lane 4",
        "at_risk": "on",
        "told": "Ring 999.",
        "submission": uuid4(),
    }
    refused = desk.client.post("/desk/unknown/", posted | {"outcome": "answered"})
    assert errors(refused) == (
        "A child may be at risk: take a message, so that somebody here looks at it."
    )
    desk.client.post("/desk/unknown/", posted | {"outcome": "message", "told": ""})

    contact = Contact.objects.unfiled().get()
    assert (contact.category, contact.case) == ("safeguarding", None)
    assert FormalMatter.objects.owed().get().contact == contact


def test_a_call_that_is_no_report_still_needs_its_number_and_the_reminder(case, asif):
    said = Said(sender=Contact.Sender.PARENT, caller=Caller(name="N", phone=""), asked="Taxi?")
    with pytest.raises(RuleBroken) as broken:
        finish_call(
            case=case,
            said=said,
            ending=Ending(outcome=Outcome.MESSAGE),
            submission=uuid4(),
            by=asif,
            now=NOW,
        )
    assert broken.value.code == "number_missing"
