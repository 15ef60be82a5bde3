"""Calls at the desk of the demonstration authority, and the calls that were booked in them."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Count, F, Q, QuerySet

from accounts.models import Role
from callbacks.booking_actions import Caller, cancel, move
from callbacks.call_actions import note_attempt, start_call
from callbacks.desk_actions import Ending, Said, finish_call
from callbacks.models import Attempt, Booking, DeskCall, Ring
from callbacks.outcome_actions import mark_missed, not_reached, reached, written_instead
from cases.answer_actions import answer_contact
from cases.models import Contact
from notices.models import Notice
from send_portal.demo.staff import WELL_KNOWN
from tests.demo.test_demo_contacts import columns, notice_story, played

pytestmark = pytest.mark.usefixtures("in_council")

TODAY = date(2026, 12, 7)
ENDS = datetime(2026, 12, 7, 9, 30, tzinfo=UTC)
SINCE = ENDS - timedelta(days=7)


# --- What there is ----------------------------------------------------------------------------


@pytest.mark.rule("H38")
def test_every_call_that_an_adviser_wrote_down_was_a_call_at_the_desk() -> None:
    taken = Contact.objects.filter(channel="telephone", logged_by__role="csc_adviser")
    taken = taken.exclude(message__in=played())
    assert taken.count() > 1000
    assert not taken.annotate(calls=Count("desk_calls")).exclude(calls=1).exists()
    calls = DeskCall.objects.exclude(contact=None)
    assert not calls.exclude(case=F("contact__case"), ended_at=F("contact__logged_at")).exists()
    assert not calls.exclude(adviser=F("contact__logged_by")).exists()
    assert not DeskCall.objects.filter(Q(ended_at=None) | Q(started_at__gte=F("ended_at"))).exists()
    assert not Attempt.objects.filter(
        Q(at__lt=F("call__started_at")) | Q(at__gt=F("call__ended_at"))
    ).exists()


@pytest.mark.rule("H24")
def test_calls_end_in_every_way_and_a_quarter_at_the_desk() -> None:
    outcomes = Counter(DeskCall.objects.values_list("outcome", flat=True))
    assert set(outcomes) == set(DeskCall.Outcome.values) - {""}
    gates = set(DeskCall.objects.values_list("gate", flat=True))
    assert gates >= {"open", "new", "wait", "overdue", "urgent"}
    there = outcomes["answered"] + outcomes["signposted"]
    assert 0.2 < there / outcomes.total() < 0.35
    first = DeskCall.objects.filter(outcome__in=["answered", "signposted"]).exclude(contact=None)
    assert not first.exclude(contact__answered_at=F("ended_at")).exists()
    assert not DeskCall.objects.filter(outcome="signposted", signpost=None).exists()


@pytest.mark.rule("H32")
def test_whoever_asked_again_was_told_the_date_unless_it_was_over() -> None:
    again = DeskCall.objects.exclude(matter=None)
    assert again.count() >= 20
    assert not again.exclude(contact__original=F("matter")).exists()
    waits = again.filter(gate="wait")
    assert not waits.exclude(outcome="waiting", matter__clock__due_at__gte=F("ended_at")).exists()
    assert set(again.exclude(gate="wait").values_list("gate", "outcome")) <= {
        ("overdue", "transferred"),
        ("called", "message"),
        ("urgent", "transferred"),
    }
    urgent = again.get(gate="urgent")
    assert urgent.urgent_reason is not None
    assert urgent.matter is not None
    assert urgent.matter.promise.due_at > urgent.started_at


@pytest.mark.rule("H28")
def test_booked_calls_are_about_calls_of_the_case_in_a_slot_of_their_own() -> None:
    bookings = Booking.objects.select_related("slot", "contact", "call", "follows")
    assert bookings.count() > 100
    for one in bookings:
        assert one.contact.channel == "telephone"
        assert (one.slot.owner_id, one.starts_at, one.ends_at) == (
            one.owner_id,
            one.slot.starts_at,
            one.slot.ends_at,
        )
        assert one.contact.logged_at <= one.booked_at < one.starts_at
        assert one.call is None or one.call.contact == one.contact
        assert bool(one.follows) == (one.follows_id is not None)
    held = bookings.exclude(state__in=["moved", "cancelled"]).values("slot")
    assert held.annotate(n=Count("pk")).exclude(n=1).exists() is False


@pytest.mark.rule("H44")
def test_who_was_reached_was_answered_by_telephone_at_that_moment() -> None:
    done = Booking.objects.filter(state="reached").select_related("contact")
    assert done.count() > 50
    for one in done:
        ring = one.rings.get(result="reached")
        assert ring.at == one.ended_at == one.contact.answered_at
        assert (ring.by_id, one.contact.answer) == (one.contact.answered_by_id, "telephone")
        assert one.missed_at or one.starts_at < ring.at
        assert one.note == ring.note == one.contact.answer_note != ""


@pytest.mark.rule("H36")
def test_tries_in_vain_are_on_the_record_and_followed_by_a_letter() -> None:
    tries = Ring.objects.filter(result="no_answer").select_related("record", "booking")
    assert tries.count() >= 5
    for ring in tries:
        assert ring.record is not None
        assert (ring.record.received_at, ring.record.original_id) == (
            ring.at,
            ring.booking.contact_id,
        )
    thrice = tries.filter(number=3)
    assert thrice.exists()
    assert set(thrice.values_list("booking__contact__answer", "booking__state")) == {
        ("letter", "no_answer")
    }


def test_what_becomes_of_booked_calls_is_mixed() -> None:
    over = Booking.objects.filter(starts_at__lt=ENDS - timedelta(hours=1))
    states = Counter(over.values_list("state", flat=True))
    assert set(states) == {"reached", "no_answer", "missed", "moved", "cancelled"}
    assert states["reached"] / states.total() > 0.7
    breaches = Counter(Booking.objects.values_list("breach", flat=True))
    assert set(breaches) == set(Booking.Breach.values)
    assert breaches[""] > breaches.total() / 2
    assert breaches["outside"] < breaches.total() / 6
    assert not over.filter(state="booked").exists()


def test_nothing_of_it_happens_after_the_end_of_the_history() -> None:
    moments: dict[Any, list[str]] = {
        DeskCall: ["started_at", "ended_at"],
        Attempt: ["at"],
        Booking: ["booked_at", "missed_at", "ended_at"],
        Ring: ["at"],
    }
    for model, names in moments.items():
        for name in names:
            assert not model.objects.filter(**{f"{name}__gt": ENDS}).exists()


def test_callers_numbers_are_of_the_drama_range() -> None:
    numbers = set(Booking.objects.values_list("caller_phone", flat=True))
    assert [number for number in numbers if number[:9] not in ("01632 960", "07700 900")] == []


# --- Lived through again ----------------------------------------------------------------------


def made_calls(outcome: str, most: int) -> list[DeskCall]:
    found = DeskCall.objects.filter(outcome=outcome, matter=None).exclude(contact=None)
    related = ["contact__case__team", "contact__sender_person", "contact__clock", "signpost"]
    return list(found.select_related("adviser", "matter", *related).order_by("-ended_at")[:most])


def call_again(made: DeskCall) -> DeskCall:
    """What the actions leave when the same call happens."""
    contact = made.contact
    assert contact is not None
    assert contact.case is not None
    booking = made.bookings.filter(follows=None).select_related("slot").first()
    if booking:
        give_back(made.bookings.all())
    start_call(case=contact.case, by=made.adviser, now=made.started_at)
    for one in made.attempts.exclude(reason="known"):
        note_attempt(
            case=contact.case,
            party=Attempt.Party(one.party),
            result=Attempt.Result(one.result),
            by=made.adviser,
            now=one.at,
            reason=one.reason_words,
        )
    best_time = booking.best_time if booking else ""
    caller = Caller(name=contact.sender_name, phone=contact.sender_phone, best_time=best_time)
    answered_there = made.outcome == "answered"
    return finish_call(
        case=contact.case,
        said=Said(
            sender=Contact.Sender(contact.sender),
            caller=caller,
            asked=contact.message,
            told=made.told if answered_there else "",
            person=contact.sender_person,
            reminded=made.reminded,
        ),
        ending=Ending(
            outcome=DeskCall.Outcome(made.outcome),
            matter=made.matter,
            slot=booking.slot if booking else None,
            signpost=made.signpost,
            reason=booking.breach_reason if booking else "",
        ),
        submission=uuid4(),
        by=made.adviser,
        now=made.ended_at or ENDS,
    )


def give_back(bookings: QuerySet[Booking]) -> None:
    """Nobody has their slots any more."""
    over = {"ended_at": ENDS, "state": "cancelled"}
    bookings.exclude(state__in=["moved", "cancelled"]).update(**over)


def open_as_it_was(call: DeskCall) -> None:
    """What was owed about the child at the end of the call: the gate asks that."""
    assert call.ended_at is not None
    for contact in Contact.objects.filter(case=call.case).exclude(clock=None):
        clock = contact.promise
        before = contact.pk != call.contact_id and contact.logged_at < call.ended_at
        if before and (clock.stopped_at is None or clock.stopped_at > call.ended_at):
            clock.state, clock.stopped_at = "running", None
        else:
            clock.state, clock.stopped_at = "met", clock.stopped_at or ENDS
        clock.save()


def call_story(call: DeskCall, *, answered: bool = True) -> tuple:
    fields = "case_id adviser_id started_at ended_at outcome gate matter_id signpost_id told"
    later = {"seen_at"}
    if not answered:
        later |= {"answered_at", "answered_by_id", "answer", "answer_note"}
    contact = columns(call.contact) if call.contact else {}
    attempts = call.attempts.order_by("party", "at")
    return (
        [getattr(call, name) for name in [*fields.split(), "reminded", "no_slot"]],
        {name: value for name, value in contact.items() if name not in later},
        list(attempts.values_list("party", "result", "at", "person", "number", "reason_words")),
        told_of(call.contact, since=call.ended_at),
    )


def told_of(contact: Contact | None, since: datetime | None) -> list[tuple]:
    """What was told at one moment of the last week, without what names the rows."""
    if contact is None or since is None or since < SINCE:
        return []

    def plain(text: str) -> str:
        return text.replace(contact.reference, "REFERENCE")

    about = Q(key__startswith=f"contact:{contact.pk}:")
    for booking in contact.bookings.all():
        about |= Q(key__startswith=f"booking:{booking.pk}:")
    found = Notice.objects.filter(about, created_at=since)
    return notice_story(found, plain)


@pytest.mark.rule("H38")
@pytest.mark.parametrize("outcome", ["answered", "signposted", "transferred", "message", "booked"])
def test_calls_are_as_ending_them_at_the_desk_would_have_left_them(outcome: str) -> None:
    # Booked later on: when these calls were taken, nobody was on a booked call.
    give_back(Booking.objects.filter(call=None))
    made = made_calls(outcome, 15)
    assert len(made) == 15
    there = outcome in ("answered", "signposted")
    for call in made:
        before = call_story(call, answered=there)
        open_as_it_was(call)
        again = call_again(call)
        again.refresh_from_db()
        assert call_story(again, answered=there) == before


@pytest.mark.rule("H32")
@pytest.mark.parametrize("gate", ["wait", "overdue"])
def test_calls_that_ask_again_are_as_the_gate_would_have_left_them(gate: str) -> None:
    found = DeskCall.objects.filter(gate=gate).exclude(matter=None)
    made = list(found.select_related("contact__case__team", "matter__clock", "adviser"))
    made = [call for call in made if not was_rung_later(call)][:10]
    assert made
    for call in made:
        assert call.matter is not None
        clock = call.matter.promise
        clock.state, clock.stopped_at = "running", None
        clock.save()
        before = call_story(call)
        again = call_again(call)
        again.refresh_from_db()
        assert call_story(again) == before


def was_rung_later(call: DeskCall) -> bool:
    """The gate would take it for a call that came before."""
    out = Contact.objects.filter(case=call.case, direction="out", channel="telephone")
    return out.filter(logged_at__gt=call.ended_at).exists()


# --- What became of booked calls, again --------------------------------------------------------


def booking_story(booking: Booking) -> tuple:
    other = {"id", "contact_id", "call_id", "slot_id", "follows_id", "submission"}
    fields = [
        getattr(booking, field.attname)
        for field in Booking._meta.concrete_fields
        if field.attname not in other
    ]
    rings = booking.rings.select_related("record")
    return (
        fields,
        [(ring.number, ring.result, ring.note, ring.at, ring.by_id) for ring in rings],
        [columns(ring.record) for ring in rings if ring.record],
    )


def answer_of(contact: Contact) -> tuple:
    clock = contact.promise
    return (
        [contact.answered_at, contact.answered_by_id, contact.answer, contact.answer_note],
        [clock.state, clock.stopped_at],
    )


def line_of(booking: Booking) -> list[Booking]:
    """The booking with those that came instead of it."""
    following = Booking.objects.filter(follows=booking).first()
    return [booking, *(line_of(following) if following else [])]


def live_on(first: Booking, line: list[Booking]) -> list[Booking]:
    """Let happen to ``first`` what happened to ``line``."""
    made = line[0]
    mine = [first]
    if made.missed_at:
        Booking.objects.filter(state="booked", ends_at__lt=made.missed_at).exclude(
            pk=first.pk
        ).update(state="no_answer")
        mark_missed(now=made.missed_at)
    for ring in made.rings.all():
        act = reached if ring.result == "reached" else not_reached
        act(booking=mine[0], note=ring.note, submission=uuid4(), by=ring.by, now=ring.at)
    by, how, at = made.ended_by, Booking.Whose(made.ended_how), made.ended_at
    reason, _, told = made.note.removesuffix(")").partition(" (told ")
    if made.state == "moved" and at:
        second = move(
            booking=first,
            slot=line[1].slot,
            how=how,
            submission=uuid4(),
            by=by,
            now=at,
            reason=reason,
            told_how=told,
        )
        mine += live_on(second, line[1:])
    if made.state == "cancelled" and at:
        cancel(booking=first, how=how, reason=reason, by=by, now=at, told_how=told)
    return mine


@pytest.mark.rule("H36")
@pytest.mark.parametrize(
    "which",
    [
        pytest.param(Q(state="reached", missed_at=None), id="reached"),
        pytest.param(Q(state="no_answer", contact__answer=""), id="no answer yet"),
        pytest.param(Q(state="no_answer", contact__answer="letter"), id="written instead"),
        pytest.param(~Q(missed_at=None), id="missed"),
        pytest.param(Q(state="moved"), id="moved"),
        pytest.param(Q(state="cancelled"), id="cancelled"),
    ],
)
def test_booked_calls_are_as_the_actions_would_have_left_them(which: Q) -> None:
    found = Booking.objects.filter(which, follows=None).exclude(call=None)
    chosen = list(found.select_related("call__adviser", "contact").order_by("-booked_at")[:12])
    assert chosen
    for made in chosen:
        line = line_of(made)
        before = [booking_story(one) for one in line]
        answer = answer_of(made.contact)
        assert made.call is not None
        again = call_again(made.call)
        first = again.bookings.get()
        mine = live_on(first, line)
        settle(first.contact, made.contact, mine[-1])
        for one in mine:
            one.refresh_from_db()
        assert [booking_story(one) for one in mine] == before
        assert answer_of(Contact.objects.get(pk=first.contact_id)) == answer


def settle(contact: Contact, made: Contact, booking: Booking) -> None:
    """What was answered some other way than on the booked call."""
    contact.refresh_from_db()
    if not made.answered_at or contact.answered_at or not made.answered_by:
        return
    answer, note = Contact.Answer(made.answer), made.answer_note
    by, now = made.answered_by, made.answered_at
    if made.answer == "letter" and booking.rings.count() == 3:
        written_instead(booking=booking, answer=answer, note=note, by=by, now=now)
    else:
        answer_contact(contact=contact, answer=answer, note=note, by=by, now=now)


def test_enforcement_of_calls_finds_nothing_left_at_the_end() -> None:
    assert mark_missed(now=ENDS) == 0


def test_the_next_mark_finds_the_call_of_this_morning() -> None:
    assert mark_missed(now=ENDS + timedelta(minutes=45)) == 1
    missed = Booking.objects.get(missed_at__gt=ENDS)
    assert missed.owner.email == WELL_KNOWN[Role.COORDINATOR]
