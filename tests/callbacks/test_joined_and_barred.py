"""A call about what was joined, merged, restricted or barred since it was booked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Event
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from accounts.errors import RuleBroken
from callbacks import outcome_actions
from callbacks.booking_actions import Caller
from callbacks.call_actions import note_attempt
from callbacks.desk import desk_for
from callbacks.desk_actions import Ending, Said, finish_call
from callbacks.links import token_of
from callbacks.models import Attempt, Booking, DeskCall
from callbacks.outcome_actions import mark_missed, not_reached, reached
from callbacks.panels import calls_of_contact
from cases import matter_actions
from cases.decision_actions import close_without_answer
from cases.matter_actions import join_to, pass_on
from cases.merge_actions import merge
from cases.models import Contact
from cases.sent_actions import log_sent
from clocks.calendars import council_calendar
from diaries.duty_actions import put_on_duty
from notices.models import Notice
from tests.callbacks.cast import NOW, booked, hours, rang, slots
from tests.cases.contacts import email, log
from tests.factories import CaseFactory, RelatedPersonFactory, UserFactory

pytestmark = pytest.mark.django_db
Outcome = DeskCall.Outcome
AT = datetime(2026, 11, 3, 14, tzinfo=UTC)
MISSED = datetime(2026, 11, 3, 14, 45, 1, tzinfo=UTC)
WEEKS_LATER = NOW + timedelta(days=28)


@pytest.fixture
def case(policy, cora):
    hours(cora)
    return CaseFactory(owner=cora, team=cora.team, reference="EHC-000123")


@pytest.fixture
def sam(cora):
    return UserFactory(full_name="Sam Reed", team=cora.team)


def said(**more):
    given = {
        "sender": Contact.Sender.PARENT,
        "caller": Caller(name="Ngozi Okafor", phone="07700 900123"),
        "asked": "When does the taxi start?",
        "reminded": True,
    }
    return Said(**given | more)


def try_both(case, by, now):
    for party in (Attempt.Party.COORDINATOR, Attempt.Party.DUTY_LINE):
        note_attempt(case=case, party=party, result=Attempt.Result.NO_ANSWER, by=by, now=now)


@pytest.mark.django_db(transaction=True)
def test_a_try_and_passing_on_at_once_do_not_lock_each_other_up(case, cora, sam, monkeypatch):
    booking = booked(case)
    contact, sam_too = booking.contact, sam
    matter_is_held, case_is_held = Event(), Event()
    hold_booking, keep = outcome_actions.held_booking, matter_actions.kept

    def held_booking(one):
        matter_is_held.set()
        case_is_held.wait(5)
        return hold_booking(one)

    def kept(one):
        matter_is_held.wait(5)
        row = keep(one)
        case_is_held.set()
        return row

    monkeypatch.setattr(outcome_actions, "held_booking", held_booking)
    monkeypatch.setattr(matter_actions, "kept", kept)

    def run(do):
        try:
            do()
        except Exception as error:  # what the person sees as an error 500
            return type(error).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as threads:
        jobs = [
            threads.submit(
                run,
                lambda: not_reached(booking=booking, note="", submission=uuid4(), by=cora, now=AT),
            ),
            threads.submit(
                run, lambda: pass_on(contact=contact, to=sam_too, reason="Cover", by=cora, now=AT)
            ),
        ]
        assert [job.result(30) for job in jobs] == ["done", "done"]


@pytest.fixture
def joined(case, cora):
    matter = rang(case, sender_email="ngozi@example.org")
    call = booked(case, contact=log(case, email(received_at=NOW)))
    join_to(contact=call.contact, matter=matter, by=cora, now=NOW)
    return matter, call


def test_reaching_the_caller_answers_the_matter_it_was_joined_to(joined, cora):
    matter, call = joined
    reached(
        booking=Booking.objects.get(pk=call.pk), note="Monday.", submission=uuid4(), by=cora, now=AT
    )
    assert not Contact.objects.get(pk=matter.pk).is_open


def test_the_call_is_on_the_page_of_the_matter_or_of_what_was_joined(joined, cora):
    matter, call = joined
    pages = [
        calls_of_contact(Contact.objects.get(pk=pk), cora, NOW)
        for pk in (matter.pk, call.contact_id)
    ]
    assert any(pages)


def test_the_desk_knows_of_the_call_that_is_booked(joined, case, asif):
    [found] = desk_for(case, asif, NOW, council_calendar()).matters
    assert found.booking is not None


def test_one_call_to_come_a_matter_after_joining(joined, case, cora):
    matter, _ = joined
    with pytest.raises(RuleBroken):
        booked(case, slots(cora)[0], contact=matter)


def test_the_lead_who_is_not_named_reads_no_initials_of_a_restricted_child(case, cora, lena):
    call = booked(case)
    type(case).objects.filter(pk=case.pk).update(
        restricted=True, restricted_reason="A relative works here"
    )
    mark_missed(now=MISSED)
    told = Notice.objects.get(recipient=lena, key__startswith=f"booking:{call.pk}:missed")
    assert "EHC-000123" not in told.subject
    assert "A. O." not in told.subject


def test_a_call_to_the_school_is_no_call_to_the_mother(case, cora, asif):
    log(case)
    log_sent(
        case=case,
        channel=Contact.Channel.TELEPHONE,
        with_whom="Thornley School",
        note="Attendance.",
        at=WEEKS_LATER - timedelta(hours=2),
        submission=uuid4(),
        by=cora,
        now=WEEKS_LATER,
    )
    [found] = desk_for(case, asif, WEEKS_LATER, council_calendar()).matters
    assert "We rang you" not in found.sentence
    assert found.gate == "overdue"


def test_no_call_is_booked_with_somebody_who_must_not_be_contacted(case, cora, as_person):
    person = RelatedPersonFactory(
        person=case.person, name="Ngozi Okafor", email="ngozi@example.org"
    )
    contact = rang(case, sender_person=person)
    type(person).objects.filter(pk=person.pk).update(no_contact=True, receives_letters=False)
    url = reverse("callbacks:book", args=[contact.reference])
    with time_machine.travel(NOW, tick=False):
        as_person(cora).post(
            url,
            {
                "slot": slots(cora)[0].pk,
                "caller_name": "Ngozi Okafor",
                "caller_phone": "07700 900123",
                "submission": str(uuid4()),
            },
        )
    assert not Booking.objects.exists()


def test_the_names_of_days_keep_their_capital(cora, lena, policy):
    cora.working_days = [0]
    cora.save()
    with pytest.raises(RuleBroken) as broken:
        put_on_duty(team=cora.team, day=date(2026, 11, 3), person=cora, by=lena, now=NOW)
    assert "Tuesdays" in broken.value.message


def test_the_page_does_not_say_answered_when_nothing_was_answered(case, cora, client):
    call = booked(case)
    close_without_answer(contact=call.contact, reason="Nothing asked", by=cora, now=NOW)
    with time_machine.travel(NOW, tick=False):
        page = client.get(reverse("callbacks:mine", args=[token_of(call)])).content.decode()
    assert "We have answered your question" not in page


def test_tries_of_a_caller_hours_ago_do_not_count_for_the_next(case, asif):
    try_both(case, asif, NOW)  # the father rings at 10am; the adviser never ends the call
    with pytest.raises(RuleBroken) as broken:
        finish_call(
            case=case,
            said=said(),
            ending=Ending(outcome=Outcome.BOOKED, slot=slots(case.owner)[0]),
            submission=uuid4(),
            by=asif,
            now=NOW + timedelta(hours=5),
        )
    assert broken.value.code == "try_first"


def test_a_call_about_what_is_owed_on_a_merged_record_can_be_booked(case, cora, oscar, asif):
    other = CaseFactory(owner=oscar, team=oscar.team)
    matter = log(other, email(sender_phone="07700 900123"))
    merge(
        keep=case,
        other=other,
        reason="One child",
        by=cora,
        now=NOW + timedelta(days=1),
        same_child=True,
    )
    try_both(case, asif, WEEKS_LATER)
    hours(cora, weekday=2, now=WEEKS_LATER)
    from callbacks.offers import offer

    slot = offer(case, now=WEEKS_LATER).slots[0]
    call = finish_call(
        case=case,
        said=said(),
        ending=Ending(outcome=Outcome.BOOKED, matter=Contact.objects.get(pk=matter.pk), slot=slot),
        submission=uuid4(),
        by=asif,
        now=WEEKS_LATER,
    )
    assert call.bookings.get().breach == ""


def test_a_letter_instead_of_the_call_ends_the_call(case, cora):
    from callbacks.booking_actions import move
    from callbacks.outcome_actions import written_instead

    call = booked(case)
    for hour in range(3):
        not_reached(
            booking=call, note="", submission=uuid4(), by=cora, now=AT + timedelta(hours=hour)
        )
    again = move(
        booking=call,
        slot=slots(cora, now=AT + timedelta(hours=3))[0],
        how=Booking.Whose.CALLER,
        submission=uuid4(),
        by=None,
        now=AT + timedelta(hours=3),
    )
    written_instead(
        booking=again,
        answer=Contact.Answer.LETTER,
        note="Monday.",
        by=cora,
        now=AT + timedelta(hours=4),
    )
    assert mark_missed(now=again.ends_at + timedelta(hours=1)) == 0
