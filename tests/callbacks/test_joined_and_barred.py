"""A call about what was joined, merged, restricted or barred since it was booked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Event
from time import sleep
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from accounts.errors import RuleBroken
from callbacks import outcome_actions
from callbacks.absence_actions import enter_absence
from callbacks.barred import Telling, how_told, is_barred
from callbacks.booking_actions import Caller, move
from callbacks.call_actions import note_attempt
from callbacks.calls import calls_of, next_call, whole
from callbacks.desk import desk_for
from callbacks.desk_actions import Ending, Said, finish_call
from callbacks.diary import left_to_ring
from callbacks.links import token_of
from callbacks.models import Attempt, Booking, DeskCall, Ring
from callbacks.offers import offer
from callbacks.outcome_actions import mark_missed, not_reached, reached, tries, written_instead
from callbacks.panels import calls_of_contact
from callbacks.stranded import stranded
from cases import decision_actions, matter_actions
from cases.decision_actions import close_without_answer, decide_urgency
from cases.matter_actions import file_contact, join_to, pass_on
from cases.merge_actions import merge
from cases.models import Contact, NamedStaff
from cases.restriction_actions import restrict
from cases.sent_actions import log_sent
from clocks.calendars import council_calendar
from diaries.duty_actions import put_on_duty
from notices.models import Notice
from tests.callbacks.cast import NGOZI, NOW, booked, hours, rang, slots
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


# --- Tries about what was put with another matter since ----------------------------------------

LATER = NOW + timedelta(days=2)


def try_in_vain(booking, by, now):
    fresh = Booking.objects.get(pk=booking.pk)
    return not_reached(booking=fresh, note="", submission=uuid4(), by=by, now=now)


@pytest.fixture
def rung_before(case, cora):
    """Two matters, each rung once in vain; then the second was put with the first."""
    first = booked(case)
    second = booked(case, slots(cora)[0], contact=log(case, email(received_at=NOW)))
    try_in_vain(first, cora, AT)
    try_in_vain(second, cora, AT + timedelta(minutes=31))
    join_to(
        contact=Contact.objects.get(pk=second.contact_id),
        matter=Contact.objects.get(pk=first.contact_id),
        by=cora,
        now=AT + timedelta(hours=1),
    )
    return first, second


def test_tries_are_numbered_and_listed_over_all_that_was_joined(rung_before, cora):
    first, second = rung_before
    assert [one.number for one in Ring.objects.about(first.contact)] == [1, 1]

    try_in_vain(second, cora, LATER)

    for pk in (first.contact_id, second.contact_id):
        listed = Ring.objects.about(Contact.objects.get(pk=pk))
        assert [one.number for one in listed] == [1, 1, 3]
        assert tries(Contact.objects.get(pk=pk)) == 3


def test_another_try_about_what_was_joined_comes_too_soon_as_well(rung_before, cora, lena):
    first, second = rung_before
    try_in_vain(first, cora, LATER)

    with pytest.raises(RuleBroken) as broken:
        try_in_vain(second, lena, LATER + timedelta(minutes=29))
    assert broken.value.code == "too_soon"


def test_one_call_about_a_matter_is_left_to_ring(rung_before, cora):
    _first, second = rung_before
    assert [one.booking for one in left_to_ring(cora, cora, LATER)] == [second]


def test_a_missed_call_about_what_was_joined_comes_next(joined, cora):
    _matter, call = joined
    mark_missed(now=MISSED)
    assert next_call(cora, MISSED) == call


def test_the_page_counts_tries_of_the_matter_a_call_was_joined_to(rung_before, cora, as_person):
    _first, second = rung_before
    with time_machine.travel(LATER, tick=False):
        page = as_person(cora).post(
            reverse("callbacks:call_no_answer", args=[second.pk]),
            {"submission": str(uuid4())},
            follow=True,
        )
    assert "Nobody answered 3 times: please write to Ngozi Okafor now." in page.content.decode()


# --- Callers who must not be contacted, and those to whom we do not write -----------------------


def bar(case, **changes):
    given = {"person": case.person, "no_contact": True, "receives_letters": False}
    return RelatedPersonFactory(**given | changes)


@pytest.mark.parametrize("page", ["call", "day", "week"])
def test_whoever_rings_is_warned_when_the_caller_may_no_longer_be_contacted(
    case, cora, as_person, page
):
    person = RelatedPersonFactory(person=case.person, email="ngozi@example.org")
    call = booked(case, contact=rang(case, sender_person=person))
    address = reverse(f"callbacks:{page}", args=[call.pk] if page == "call" else [])
    client = as_person(cora)
    with time_machine.travel(NOW, tick=False):
        before = client.get(address, {"day": "2026-11-03"}).content.decode()
        type(person).objects.filter(pk=person.pk).update(no_contact=True, receives_letters=False)
        after = client.get(address, {"day": "2026-11-03"}).content.decode()

    assert "ust not be contacted" not in before
    assert "Must not be contacted" in after
    assert "tel:" not in after
    if page != "week":
        assert "tel:" in before
        assert "Read the record before you ring." in after


NO_ADDRESS = Caller(name="Ngozi  okafor", phone="07700 900123")


def test_a_caller_without_an_address_is_known_by_name(case):
    call = booked(case, caller=NO_ADDRESS)
    assert not is_barred(call)

    bar(case, name="Dan Okafor", email="dan@example.org")
    assert how_told(call) == Telling.BY_PHONE
    bar(case, name="Ngozi Okafor", email="old@example.org")
    assert how_told(call) == Telling.NOT


def test_a_name_is_known_on_whichever_record_of_the_child(case):
    call = booked(case, caller=NO_ADDRESS)
    bar(CaseFactory(merged_into=case), name="Ngozi Okafor")
    assert is_barred(call)


def test_who_was_chosen_from_the_record_is_not_taken_for_somebody_of_the_same_name(case):
    known = RelatedPersonFactory(person=case.person)
    bar(case)
    contact = rang(case, sender_name="Ngozi Okafor", sender_person=known, sender_email="")
    assert not is_barred(booked(case, contact=contact, caller=NO_ADDRESS))


def test_a_call_booked_about_what_a_barred_person_asked_is_not_theirs(case):
    father = bar(case, name="Dan Okafor")
    contact = rang(case, sender_name="Dan Okafor", sender_person=father, sender_email="")
    call = booked(case, contact=contact, caller=NO_ADDRESS)
    assert not is_barred(call)


@pytest.fixture
def unwritten(case):
    """A call with the sender of an automatic message, to whom nothing is sent."""
    contact = rang(case, sender_email="ngozi@example.org")
    type(contact).objects.filter(pk=contact.pk).update(no_mail=True)
    return booked(case, contact=Contact.objects.get(pk=contact.pk))


@pytest.mark.rule("H18")
def test_where_nothing_is_written_somebody_has_to_ring(unwritten, cora, as_person):
    client = as_person(cora)
    with time_machine.travel(NOW, tick=False):
        for page in ("call_move", "call_off"):
            said = client.get(reverse(f"callbacks:{page}", args=[unwritten.pk])).content.decode()
            assert "We cannot write to the caller: somebody has to ring them." in said
            assert "told by e-mail" not in said
            assert "How have you told the caller?" in said
    with pytest.raises(RuleBroken) as broken:
        move(
            booking=unwritten,
            slot=slots(cora)[0],
            how=Booking.Whose.OURS,
            submission=uuid4(),
            by=cora,
            now=NOW,
            reason="Ill",
        )
    assert broken.value.code == "tell_caller"


@pytest.mark.rule("H18")
def test_who_moves_calls_is_asked_who_rings_where_nothing_is_written(unwritten, cora, as_person):
    absence = enter_absence(
        person=cora,
        first_day=date(2026, 11, 3),
        last_day=date(2026, 11, 3),
        cover=None,
        by=cora,
        now=NOW,
    )
    with time_machine.travel(NOW, tick=False):
        page = as_person(cora).get(reverse("absence_calls", args=[absence.pk])).content.decode()
    assert "Who rings the callers whom we cannot write to, to tell them?" in page
    assert "somebody has to ring them" in page


def test_nobody_is_asked_to_tell_who_must_not_be_contacted(case, cora, as_person):
    call = booked(case, caller=NO_ADDRESS)
    bar(case)
    with time_machine.travel(NOW, tick=False):
        page = as_person(cora).get(reverse("callbacks:call_off", args=[call.pk])).content.decode()
    assert "The caller is not told: they must not be contacted." in page
    assert "How have you told the caller?" not in page


def test_a_call_that_a_restriction_hides_from_its_owner_is_stranded(case, cora, sam, lena):
    hours(sam, weekday=2)
    call = booked(case, slots(sam)[0])
    restrict(
        case=case, shown={"reason": "", "staff": []}, reason="Safety", staff=[], by=lena, now=NOW
    )
    may_see = NamedStaff.objects.filter(case=case, user=sam).exists()
    assert may_see or [one.booking.pk for one in stranded(lena, NOW)] == [call.pk]


def test_a_call_filed_with_a_restricted_child_is_stranded(case, cora, oscar, lena):
    other = CaseFactory(
        owner=oscar, team=oscar.team, restricted=True, restricted_reason="A relative works here"
    )
    call = booked(case)
    file_contact(contact=call.contact, case=other, reason="Other child", by=oscar, now=NOW)
    may_see = NamedStaff.objects.filter(case=other, user=cora).exists()
    assert may_see or [one.booking.pk for one in stranded(lena, NOW)] == [call.pk]


def test_a_joined_call_that_nobody_answered_is_still_to_ring(joined, cora):
    from callbacks.diary import left_to_ring

    matter, call = joined
    not_reached(
        booking=Booking.objects.get(pk=call.pk), note="", submission=uuid4(), by=cora, now=AT
    )
    assert Contact.objects.get(pk=matter.pk).is_open
    assert [one.booking.pk for one in left_to_ring(cora, cora, AT + timedelta(hours=1))] == [
        call.pk
    ]
    [shown] = calls_of(
        list(whole(Booking.objects.filter(pk=call.pk))), cora, AT + timedelta(hours=1)
    )
    assert shown.may_act
    assert not shown.is_settled


def test_tries_of_a_joined_call_are_counted(joined, cora):
    matter, call = joined
    for hour in range(3):
        not_reached(
            booking=Booking.objects.get(pk=call.pk),
            note="",
            submission=uuid4(),
            by=cora,
            now=AT + timedelta(hours=hour),
        )
    written_instead(
        booking=Booking.objects.get(pk=call.pk),
        answer=Contact.Answer.LETTER,
        note="Monday.",
        by=cora,
        now=AT + timedelta(hours=4),
    )
    assert not Contact.objects.get(pk=matter.pk).is_open


def test_the_lead_who_is_not_named_reads_no_initials_when_there_was_no_slot(
    policy, cora, lena, asif
):
    case = CaseFactory(
        owner=cora,
        team=cora.team,
        reference="EHC-000123",
        restricted=True,
        restricted_reason="A relative works here",
    )
    NamedStaff.objects.create(case=case, user=asif)
    try_both(case, asif, NOW)
    finish_call(
        case=case,
        said=said(),
        ending=Ending(outcome=Outcome.MESSAGE),
        submission=uuid4(),
        by=asif,
        now=NOW,
    )
    told = Notice.objects.get(recipient=lena, key__startswith="desk:")
    assert "EHC-000123" not in told.subject
    assert "A. O." not in told.subject


def test_the_script_of_a_message_gives_the_date_that_is_kept(case, cora, asif, as_person):
    matter = log(case, email(received_at=NOW))  # an e-mail: 10 working days
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        page = as_person(asif).get(reverse("callbacks:desk", args=[case.reference])).context
        says = [row["words"] for row in page["says"] if row["about"] == matter.reference]
        call = finish_call(
            case=case,
            said=said(caller=NGOZI),
            ending=Ending(outcome=Outcome.MESSAGE, matter=matter),
            submission=uuid4(),
            by=asif,
            now=NOW + timedelta(hours=2),
        )
    assert says == [call.told]


def test_something_new_from_who_waits_in_time_is_not_counted_as_nothing_owed(case, asif):
    log(case, email(sender_phone="07700 900123", sender_email="", received_at=NOW))
    note_attempt(
        case=case,
        party=Attempt.Party.COORDINATOR,
        result=Attempt.Result.ANSWERED,
        by=asif,
        now=NOW + timedelta(hours=1),
    )
    call = finish_call(
        case=case,
        said=said(),
        ending=Ending(outcome=Outcome.TRANSFERRED),
        submission=uuid4(),
        by=asif,
        now=NOW + timedelta(hours=1),
    )
    assert call.gate != "open"


def test_the_desk_reads_out_no_whole_number(case, cora, asif):
    booked(case)
    [found] = desk_for(case, asif, NOW, council_calendar()).matters
    assert NGOZI.phone not in found.sentence


def test_the_number_on_record_is_not_read_out_to_who_says_they_are_the_mother(
    case, cora, asif, as_person
):
    mother = RelatedPersonFactory(person=case.person, name="Ngozi Okafor", phone="01632 960999")
    try_both(case, asif, NOW)
    client = as_person(asif)
    with time_machine.travel(NOW, tick=False):
        page = client.post(
            reverse("callbacks:desk", args=[case.reference]),
            {
                "caller": mother.pk,
                "asked": "Taxi",
                "outcome": "booked",
                "slot": slots(cora)[0].pk,
                "reminded": "on",
                "submission": str(uuid4()),
                "end": "yes",
            },
            follow=True,
        ).content.decode()
    assert Booking.objects.get().caller_phone == "01632 960999"
    assert "01632 960999" not in page


@pytest.mark.django_db(transaction=True)
def test_a_try_and_deciding_urgency_of_what_was_joined_do_not_lock_each_other_up(
    joined, cora, monkeypatch
):

    _, call = joined
    original_is_held, hold = Event(), decision_actions.held

    def held(contact):
        row = hold(contact)
        original_is_held.set()
        sleep(1)  # the try takes the row of what was joined meanwhile
        return row

    monkeypatch.setattr(decision_actions, "held", held)

    def run(do):
        try:
            do()
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()
        return "done"

    def try_it():
        original_is_held.wait(5)
        not_reached(
            booking=Booking.objects.get(pk=call.pk), note="", submission=uuid4(), by=cora, now=AT
        )

    def decide():
        chaser = Contact.objects.get(pk=call.contact_id)
        decide_urgency(contact=chaser, accepted=False, reason=None, note="No.", by=cora, now=AT)

    with ThreadPoolExecutor(2) as threads:
        jobs = [threads.submit(run, try_it), threads.submit(run, decide)]
        assert [job.result(30) for job in jobs] == ["done", "done"]
