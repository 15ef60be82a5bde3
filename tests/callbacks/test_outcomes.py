"""What becomes of a booked call: reached, not reached, written instead (H36, H44)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from accounts.errors import RuleBroken
from callbacks import booking_actions
from callbacks.models import Booking, Ring, SlotPolicy
from callbacks.outcome_actions import reached, written_instead
from cases.answer_actions import answer_contact
from cases.models import Contact
from tests.callbacks.cast import NOW, slots
from tests.callbacks.tries import AT, END, clock_of, told, tried

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H36")]
LETTER = Contact.Answer.LETTER


# --- Reached ----------------------------------------------------------------------------------


def test_reaching_them_keeps_the_promise(call, cora):
    assert clock_of(call).is_open

    reached(booking=call, note="It starts on Monday.", submission=uuid4(), by=cora, now=AT)

    call.refresh_from_db()
    clock = clock_of(call)
    assert (call.state, call.note, call.ended_at, call.ended_by) == (
        "reached",
        "It starts on Monday.",
        AT,
        cora,
    )
    assert (clock.state, clock.stopped_at) == ("met", AT)
    contact = Contact.objects.get(pk=call.contact_id)
    assert (contact.answer, contact.answer_note) == ("telephone", "It starts on Monday.")


@pytest.mark.rule("H44")
def test_a_call_is_not_over_without_a_note(call, cora):
    with pytest.raises(RuleBroken) as refused:
        reached(booking=call, note="  ", submission=uuid4(), by=cora, now=AT)

    assert (refused.value.code, refused.value.field) == ("note_missing", "note")
    call.refresh_from_db()
    assert (call.state, clock_of(call).state) == ("booked", "running")


def test_a_double_click_is_one_call(call, cora):
    form = uuid4()
    for _ in range(2):
        reached(booking=call, note="Settled.", submission=form, by=cora, now=AT)

    assert Ring.objects.count() == 1


def test_the_second_of_two_people_is_told_that_it_is_over(call, cora, lena):
    reached(booking=call, note="Settled.", submission=uuid4(), by=cora, now=AT)

    for act in (
        lambda: reached(booking=call, note="Mine.", submission=uuid4(), by=lena, now=END),
        lambda: tried(call, lena, now=END),
        lambda: booking_actions.cancel(
            booking=call, how=Booking.Whose.OURS, reason="Settled.", by=lena, now=END
        ),
    ):
        with pytest.raises(RuleBroken) as refused:
            act()
        assert refused.value.code == "over"
    call.refresh_from_db()
    assert (call.note, call.ended_by) == ("Settled.", cora)


def test_a_call_about_what_was_answered_meanwhile_joins_its_record(call, cora, lena):
    contact = call.contact
    answer_contact(contact=contact, answer=Contact.Answer.EMAIL, note="Sent.", by=lena, now=NOW)

    reached(booking=call, note="Rang all the same.", submission=uuid4(), by=cora, now=AT)

    contact.refresh_from_db()
    assert (contact.answered_by, contact.answer_note) == (lena, "Sent.")
    [note] = contact.linked.all()
    assert (note.channel, note.message) == ("note", "Rang all the same.")


def test_advisers_ring_nobody_back(call, asif):
    with pytest.raises(RuleBroken) as refused:
        reached(booking=call, note="Rang.", submission=uuid4(), by=asif, now=AT)

    assert refused.value.code == "may_not_ring"


# --- Nobody answers ---------------------------------------------------------------------------


@pytest.mark.rule("H44")
def test_a_try_is_on_the_childs_record_and_keeps_no_promise(call, case, cora):
    tried(call, cora)

    call.refresh_from_db()
    assert (call.state, call.ended_at) == ("no_answer", None)
    assert clock_of(call).is_open
    record = Ring.objects.get().record
    assert (record.case, record.direction, record.channel) == (case, "out", "telephone")
    assert record.message == "Rang Ngozi Okafor and nobody answered (try 1)."
    assert told("not-reached:1") == ["ngozi@example.org"]


def test_a_double_click_is_one_try(call, cora):
    form = uuid4()
    for _ in range(2):
        tried(call, cora, submission=form)

    assert Ring.objects.count() == 1


def test_nobody_is_rung_in_vain_before_the_time_agreed(call, cora):
    with pytest.raises(RuleBroken) as refused:
        tried(call, cora, now=AT - timedelta(seconds=1))

    assert refused.value.code == "too_early"
    assert refused.value.message == (
        "This call is for Tuesday 3 November 2026 at 2pm. It can be written down from then on."
    )
    call.refresh_from_db()
    assert (call.state, Ring.objects.count(), told("not-reached")) == ("booked", 0, [])


def test_whoever_is_reached_before_the_time_agreed_is_reached(call, cora):
    reached(booking=call, note="They rang us.", submission=uuid4(), by=cora, now=NOW)

    call.refresh_from_db()
    assert call.state == "reached"


def test_another_try_within_half_an_hour_is_the_same_try(call, cora, lena):
    tried(call, cora)

    for by, who in ((cora, "You"), (lena, "Cora Hill")):
        with pytest.raises(RuleBroken) as refused:
            tried(call, by, now=AT + timedelta(minutes=29))
        assert refused.value.code == "too_soon"
        assert refused.value.message == f"{who} rang at 2pm. Try again from 2:30pm."
    assert Ring.objects.count() == 1
    tried(call, cora, now=END)
    assert Ring.objects.count() == 2


def test_nobody_is_rung_in_vain_about_what_a_letter_has_settled(call, cora):
    SlotPolicy(attempts_before_writing=1).save()
    tried(call, cora)
    written_instead(booking=call, answer=LETTER, note="Sent.", by=cora, now=END)

    with pytest.raises(RuleBroken) as refused:
        tried(call, cora, now=END)
    assert refused.value.code == "over"
    assert told("not-reached:2") == []


def test_only_after_the_tries_of_the_settings_a_letter_keeps_the_promise(call, cora):
    for number in (1, 2):
        tried(call, cora, now=AT + timedelta(hours=number))
        with pytest.raises(RuleBroken) as refused:
            written_instead(booking=call, answer=LETTER, note="Sent.", by=cora, now=END)
        assert refused.value.code == "too_few_tries"
        assert clock_of(call).is_open
    assert told(":write:") == []

    tried(call, cora, now=AT + timedelta(hours=3))
    assert told(":write:3") == [cora.email]
    written = AT + timedelta(hours=4)
    written_instead(booking=call, answer=LETTER, note="Sent.", by=cora, now=written)
    assert (clock_of(call).state, clock_of(call).stopped_at) == ("met", written)
    assert list(Booking.objects.left_to_ring()) == []


def test_a_telephone_call_is_nothing_in_writing(call, cora):
    with pytest.raises(RuleBroken) as refused:
        written_instead(booking=call, answer=Contact.Answer.TELEPHONE, note="x", by=cora, now=END)

    assert refused.value.code == "not_in_writing"


def test_tries_are_counted_over_every_call_about_the_matter(call, cora):
    SlotPolicy(attempts_before_writing=2).save()
    tried(call, cora)
    moved = booking_actions.move(
        booking=call,
        slot=slots(cora, now=END)[0],
        how=Booking.Whose.OURS,
        submission=uuid4(),
        reason="Try again.",
        by=cora,
        now=END,
    )
    tried(moved, cora, now=moved.starts_at)

    assert [ring.number for ring in Ring.objects.all()] == [1, 2]
    written_instead(booking=moved, answer=LETTER, note="Sent.", by=cora, now=moved.starts_at)
    assert clock_of(call).state == "met"


@pytest.mark.django_db(transaction=True)
def test_two_people_who_try_at_once_make_one_try(call, cora, lena):
    at_once = Barrier(2)

    def press(by):
        at_once.wait()
        try:
            tried(call, by)
        except RuleBroken as broken:
            return broken.code
        finally:
            connection.close()
        return "tried"

    with ThreadPoolExecutor(2) as threads:
        results = sorted(threads.map(press, [cora, lena]))

    assert results == ["too_soon", "tried"]
    ring = Ring.objects.select_related("record").get()
    assert (ring.number, ring.record.message[-8:]) == (1, "(try 1).")


@pytest.mark.django_db(transaction=True)
def test_two_people_who_reach_them_at_once_make_one_answer(call, cora, lena):
    at_once = Barrier(2)

    def press(by):
        at_once.wait()
        try:
            reached(booking=call, note=f"By {by}.", submission=uuid4(), by=by, now=AT)
        except RuleBroken as broken:
            return broken.code
        finally:
            connection.close()
        return "reached"

    with ThreadPoolExecutor(2) as threads:
        results = sorted(threads.map(press, [cora, lena]))

    assert results == ["over", "reached"]
    assert Ring.objects.count() == 1
