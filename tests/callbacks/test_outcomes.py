"""What becomes of a booked call: reached, not reached, written instead, missed (H36, H44)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction

from accounts.errors import RuleBroken
from callbacks import booking_actions
from callbacks.models import Booking, Ring, SlotPolicy
from callbacks.outcome_actions import mark_missed, not_reached, reached, written_instead
from cases.answer_actions import answer_contact
from cases.models import Contact
from notices.models import Notice
from tests.callbacks.cast import NGOZI, NOW, booked, hours, slots
from tests.factories import CaseFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H36")]

# The call is booked for Tuesday 3 November 2026 from 2pm to 2:30pm.
AT = datetime(2026, 11, 3, 14, tzinfo=UTC)
END = datetime(2026, 11, 3, 14, 30, tzinfo=UTC)
# A quarter of an hour after its end it counts as missed.
MISSED = datetime(2026, 11, 3, 14, 45, 1, tzinfo=UTC)
LETTER = Contact.Answer.LETTER


@pytest.fixture
def case(policy, cora):
    hours(cora)
    return CaseFactory(owner=cora, team=cora.team)


@pytest.fixture
def call(case):
    return booked(case)


def clock_of(call: Booking):
    return Contact.objects.select_related("clock").get(pk=call.contact_id).promise


def tried(call: Booking, by, *, now=AT, submission=None) -> Booking:
    return not_reached(booking=call, note="", submission=submission or uuid4(), by=by, now=now)


def told(part: str) -> list[str]:
    """Whom notices about booked calls went to, whose key has ``part`` in it."""
    found = Notice.objects.filter(kind="callback", key__contains=part)
    return sorted(found.values_list("address", flat=True))


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


# --- Missed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "missed"),
    [
        (END, 0),
        (datetime(2026, 11, 3, 14, 45, tzinfo=UTC), 0),
        (MISSED, 1),
    ],
)
def test_a_call_without_an_outcome_is_missed_after_its_grace(call, now, missed):
    assert mark_missed(now=now) == missed

    call.refresh_from_db()
    assert (call.state == "missed", call.missed_at) == (bool(missed), now if missed else None)


def test_the_grace_is_that_of_the_settings(call):
    SlotPolicy(grace_minutes=60).save()

    assert mark_missed(now=MISSED) == 0
    assert mark_missed(now=END + timedelta(minutes=61)) == 1


def test_owner_lead_and_caller_are_told_once_that_a_call_was_missed(call, cora, lena):
    mark_missed(now=MISSED)
    mark_missed(now=MISSED + timedelta(hours=1))

    assert told(":missed") == sorted([cora.email, lena.email, "ngozi@example.org"])
    to_caller = Notice.objects.get(address="ngozi@example.org", key__contains=":missed")
    assert "You will still hear from us by Monday 9 November 2026" in to_caller.body
    assert clock_of(call).is_open


def test_staff_are_told_to_ring_whom_we_cannot_write_to(case, cora):
    caller = booking_actions.Caller(name="Ngozi Okafor", phone=NGOZI.phone)
    booked(case, caller=caller)

    mark_missed(now=MISSED)
    words = Notice.objects.get(recipient=cora, key__contains=":missed").body
    assert "please ring them" in words


def test_what_has_an_outcome_is_not_missed(case, cora):
    reached_one, tried_one, called_off = (booked(case, slot) for slot in slots(cora)[:3])
    reached(booking=reached_one, note="Settled.", submission=uuid4(), by=cora, now=AT)
    tried(tried_one, cora, now=END)
    booking_actions.cancel(
        booking=called_off, how=Booking.Whose.OURS, reason="Settled.", by=cora, now=AT
    )

    assert mark_missed(now=MISSED + timedelta(days=1)) == 0


def test_who_is_reached_after_all_was_missed_all_the_same(call, cora):
    mark_missed(now=MISSED)
    assert list(Booking.objects.left_to_ring()) == [call]

    later = MISSED + timedelta(hours=1)
    reached(booking=call, note="Sorry.", submission=uuid4(), by=cora, now=later)

    call.refresh_from_db()
    assert (call.state, call.missed_at, call.ended_at) == ("reached", MISSED, later)
    assert clock_of(call).state == "met"
    assert list(Booking.objects.left_to_ring()) == []


def test_a_new_call_about_the_same_makes_good_for_a_missed_one(call, case, cora):
    mark_missed(now=MISSED)
    again = booked(case, slots(cora, now=MISSED)[0], now=MISSED, contact=call.contact)

    assert list(Booking.objects.left_to_ring()) == []
    mark_missed(now=again.ends_at + timedelta(hours=1))
    assert list(Booking.objects.left_to_ring()) == [again]


@pytest.mark.parametrize("calls", [1, 4])
def test_a_batch_of_missed_calls_costs_the_same_however_many(
    case, cora, calls, django_assert_num_queries
):
    for slot in slots(cora)[:calls]:
        booked(case, slot)

    # The figures, the batch (with its savepoint), and that nothing is left.
    with django_assert_num_queries(15):
        assert mark_missed(now=END + timedelta(hours=4)) == calls


def test_one_call_that_cannot_be_told_of_stops_no_other(case, cora, caplog):
    first, second, third = [booked(case, slot) for slot in slots(cora)[:3]]
    late = third.ends_at + timedelta(hours=1)
    # A fault in the words of one of them, wherever it comes from.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE notices_notice ADD CONSTRAINT broken CHECK (key NOT LIKE %s) NOT VALID",
            [f"%booking:{second.pk}:missed%"],
        )

    assert mark_missed(now=late) == 2
    states = [Booking.objects.get(pk=one.pk).state for one in (first, second, third)]
    assert states == ["missed", "booked", "missed"]
    assert len(told(":missed")) == 2 * 3
    assert f"[{second.pk}]" in caplog.text

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notices_notice DROP CONSTRAINT broken")
    assert mark_missed(now=late) == 1
    second.refresh_from_db()
    assert second.state == "missed"


@pytest.mark.django_db(transaction=True)
def test_a_call_missed_by_two_workers_at_once_is_told_of_once(case, cora):
    calls = [booked(case, slot) for slot in slots(cora)[:4]]
    late = calls[-1].ends_at + timedelta(hours=1)
    at_once = Barrier(4)

    def work(_):
        at_once.wait()
        try:
            return mark_missed(now=late)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        marked = list(threads.map(work, range(4)))

    assert sum(marked) == 4
    assert Booking.objects.filter(state="missed", missed_at=late).count() == 4
    assert len(told(":missed")) == 4 * 3


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_half_way_loses_nothing(call):
    class Killed(Exception):
        pass

    def die():
        with transaction.atomic():
            assert mark_missed(now=MISSED) == 1
            raise Killed

    with pytest.raises(Killed):
        die()
    call.refresh_from_db()
    assert (call.state, told(":missed")) == ("booked", [])

    assert mark_missed(now=MISSED) == 1
    assert len(told(":missed")) == 3


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_down_the_call_at_that_moment_is_not_overtaken(call, cora):
    """The worker passes over a row that somebody holds, and finds it over afterwards."""
    with transaction.atomic():
        reached(booking=call, note="Just in time.", submission=uuid4(), by=cora, now=MISSED)

        def work():
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = '5s'")
                return mark_missed(now=MISSED)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(work).result() == 0
    assert mark_missed(now=MISSED) == 0
    call.refresh_from_db()
    assert (call.state, call.missed_at) == ("reached", None)


def test_the_command_does_what_the_task_does(call, capsys):
    with time_machine.travel(MISSED, tick=False):
        call_command("mark_missed")

    assert capsys.readouterr().out == "Calls missed: 1.\n"
    call.refresh_from_db()
    assert call.state == "missed"
