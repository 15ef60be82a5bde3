"""Tries, the gate and the end of a call, as the desk writes them down."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from accounts.errors import RuleBroken
from accounts.models import Absence, AccessEntry, Role
from callbacks import desk_actions
from callbacks.booking_actions import Caller
from callbacks.call_actions import note_attempt, rang_off
from callbacks.desk import desk_for, duty_words
from callbacks.desk_actions import Ending, Said
from callbacks.desk_words import closing_words
from callbacks.models import Attempt, Booking, DeskCall, Signpost, Slot
from callbacks.order import Step
from callbacks.signpost_actions import load_signposts
from cases.answer_actions import answer_contact
from cases.merge_actions import merge
from cases.models import Contact, UrgentReason
from cases.sent_actions import log_sent
from clocks.calendars import council_calendar
from notices.models import Notice
from tests.callbacks.cast import NOW, booked, hours, slots
from tests.cases.contacts import email, log
from tests.factories import CaseFactory, RelatedPersonFactory, UserFactory

pytestmark = pytest.mark.django_db
Outcome, Party, Result = DeskCall.Outcome, Attempt.Party, Attempt.Result
MOTHER = Caller(name="Ngozi Okafor", phone="07700 900123")
# A minute after a try, so that nothing is taken for a second click.
SOON = timedelta(minutes=1)
SUNDAY = datetime(2026, 11, 1, 10, tzinfo=UTC)
WEEKS_LATER = NOW + timedelta(days=28)


@pytest.fixture
def case(policy, cora):
    hours(cora)
    load_signposts()
    return CaseFactory(owner=cora, team=cora.team)


def said(**changes: Any) -> Said:
    given: dict[str, Any] = {
        "sender": Contact.Sender.PARENT,
        "caller": MOTHER,
        "asked": "When does the taxi start?",
        "reminded": True,
    }
    return Said(**given | changes)


def end(case, outcome, by, *, now=NOW, submission: UUID | None = None, words=None, **more):
    return desk_actions.finish_call(
        case=case,
        said=words or said(),
        ending=Ending(outcome=outcome, **more),
        submission=submission or uuid4(),
        by=by,
        now=now,
    )


def try_(case, by, party=Party.COORDINATOR, result=Result.NO_ANSWER, *, now=NOW, **more):
    return note_attempt(case=case, party=party, result=result, by=by, now=now, **more)


def try_both(case, by, now=NOW):
    try_(case, by, now=now)
    try_(case, by, Party.DUTY_LINE, now=now)


def refused(code, do, *args, **more):
    with pytest.raises(RuleBroken) as broken:
        do(*args, **more)
    assert broken.value.code == code
    return broken.value


# --- The order --------------------------------------------------------------------------------


@pytest.mark.rule("H26")
@pytest.mark.rule("H27")
def test_each_try_is_kept_with_its_time_its_number_and_its_result(case, cora, asif):
    try_(case, asif, result=Result.ENGAGED)
    try_(case, asif, Party.DUTY_LINE, now=NOW + SOON)

    [first, second] = Attempt.objects.all()
    assert (first.person, first.number, first.result, first.at) == (
        cora,
        cora.phone,
        "engaged",
        NOW,
    )
    assert (second.person, second.number) == (None, case.team.duty_line)
    assert first.call == second.call


@pytest.mark.rule("H26")
def test_the_duty_line_comes_after_the_coordinator(case, asif):
    refused("too_early", try_, case, asif, Party.DUTY_LINE)


@pytest.mark.rule("H26")
def test_two_clicks_and_the_same_page_sent_again_are_one_try(case, asif):
    try_(case, asif, after=0)
    try_(case, asif, after=0, now=NOW + timedelta(seconds=1))
    try_(case, asif, after=0, now=NOW + SOON)

    assert Attempt.objects.count() == 1


@pytest.mark.rule("H26")
def test_a_party_is_not_tried_only_for_a_reason(case, asif):
    broken = refused("reason_missing", try_, case, asif, result=Result.SKIPPED)
    assert broken.field == "skip_reason"

    kept = try_(case, asif, result=Result.SKIPPED, reason="The caller complains about them")
    assert (kept.reason, kept.reason_words) == ("other", "The caller complains about them")


@pytest.mark.rule("H40")
@pytest.mark.rule("H26")
def test_a_reason_that_the_system_knows_stands_in_the_log_without_a_click(case, cora, asif):
    day = NOW.date()
    Absence.objects.create(person=cora, first_day=day, last_day=day)
    try_(case, asif, Party.DUTY_LINE)
    end(case, Outcome.BOOKED, asif, slot=slots(cora)[0])

    known = Attempt.objects.get(party=Party.COORDINATOR)
    assert (known.result, known.reason) == ("skipped", "known")
    assert known.reason_words == "On leave until Monday 2 November 2026"


@pytest.mark.rule("H26")
def test_yesterdays_tries_say_nothing_about_today(case, cora, asif):
    try_both(case, asif, now=NOW - timedelta(days=3))

    refused("try_first", end, case, Outcome.BOOKED, asif, slot=slots(cora)[0])


@pytest.mark.rule("H28")
def test_no_slot_is_booked_before_both_were_tried(case, cora, asif):
    slot = slots(cora)[0]
    refused("try_first", end, case, Outcome.BOOKED, asif, slot=slot)
    try_(case, asif)
    refused("try_first", end, case, Outcome.BOOKED, asif, slot=slot)
    try_(case, asif, Party.DUTY_LINE)

    call = end(case, Outcome.BOOKED, asif, slot=slot)

    booking = Booking.objects.get()
    assert (booking.call, booking.contact, booking.slot) == (call, call.contact, slot)
    assert (call.outcome, call.gate) == ("booked", "open")
    assert call.told == (
        "Cora Hill will ring you on Tuesday 3 November 2026 at 2pm, on the number that ends in "
        "123. You do not need to ring before then."
    )


@pytest.mark.rule("H28")
@pytest.mark.rule("H21")
def test_out_of_hours_nobody_needs_to_be_tried(case, cora, asif):
    call = end(case, Outcome.BOOKED, asif, slot=slots(cora)[0], now=SUNDAY)

    assert [one.result for one in call.attempts.all()] == ["skipped", "skipped"]
    assert duty_words(SUNDAY, council_calendar()) == "Closed. Opens Monday 2 November 2026 at 9am"
    assert duty_words(NOW, council_calendar()) == "Open until 5:30pm"


# --- The gate ---------------------------------------------------------------------------------


@pytest.mark.rule("H32")
def test_who_waits_in_time_is_not_put_through_but_told_the_date(case, asif):
    matter = log(case, email(received_at=NOW - timedelta(days=1)))
    try_(case, asif, result=Result.ANSWERED)
    refused("gate_closed", end, case, Outcome.TRANSFERRED, asif, matter=matter)

    call = end(case, Outcome.WAITING, asif, matter=matter)

    assert (call.gate, call.contact.original, call.contact.link) == ("wait", matter, "chaser")
    assert "Cora Hill will answer you by Monday 16 November 2026" in call.told


@pytest.mark.rule("H31")
def test_an_email_is_owed_with_its_date_and_without_its_words(case, asif):
    log(case, email(received_at=NOW - timedelta(days=1)))
    [matter] = desk_for(case, asif, NOW, council_calendar()).matters

    assert matter.sentence == (
        "We have your e-mail of Sunday 1 November 2026. Cora Hill will answer you by "
        "Monday 16 November 2026. Please wait until then: ringing again does not make it "
        "quicker. If it becomes more urgent, tell us."
    )


@pytest.mark.rule("H32")
def test_overdue_and_nobody_rang_opens_the_gate_and_a_call_closes_it(case, cora, asif):
    matter = log(case)
    [found] = desk_for(case, asif, WEEKS_LATER, council_calendar()).matters
    assert found.gate == "overdue"

    log_sent(
        case=case,
        channel=Contact.Channel.TELEPHONE,
        with_whom="Ngozi Okafor",
        note="Left a message.",
        at=WEEKS_LATER - timedelta(hours=2),
        submission=uuid4(),
        by=cora,
        now=WEEKS_LATER,
    )
    [found] = desk_for(case, asif, WEEKS_LATER, council_calendar()).matters
    assert (found.gate, found.contact) == ("called", matter)
    assert "We rang you on Monday 30 November 2026 at 8am." in found.sentence


@pytest.mark.rule("H32")
def test_a_call_on_a_merged_record_counts_as_a_call(case, cora, asif):
    log(case)
    merged = CaseFactory(owner=cora, merged_into=case)
    log_sent(
        case=case,
        channel=Contact.Channel.TELEPHONE,
        with_whom="Ngozi Okafor",
        note="Left a message.",
        at=WEEKS_LATER,
        submission=uuid4(),
        by=cora,
        now=WEEKS_LATER,
    )
    Contact.objects.filter(direction="out").update(case=merged)

    [found] = desk_for(case, asif, WEEKS_LATER, council_calendar()).matters
    assert found.gate == "called"


@pytest.mark.rule("H33")
def test_more_urgent_now_lets_them_through_with_its_reason(case, asif):
    matter = log(case, email(received_at=NOW - timedelta(days=1)))
    reason = UrgentReason.objects.get(code="exclusion")
    try_(case, asif, result=Result.ANSWERED)
    call = end(case, Outcome.TRANSFERRED, asif, matter=matter, urgent=reason)

    assert (call.gate, call.urgent_reason) == ("urgent", reason)
    assert call.contact.urgent_reason == reason
    assert call.told == "I am putting you through to Cora Hill now."


@pytest.mark.rule("H32")
@pytest.mark.parametrize(
    ("sender", "phone", "due_at", "gate"),
    [
        ("Ngozi Okafor", "07700 900123", NOW + timedelta(days=3), "new"),
        # Somebody else waits, or nobody in time.
        ("Emeka Okafor", "07700 900999", NOW + timedelta(days=3), "open"),
        ("Ngozi Okafor", "07700 900123", NOW - timedelta(days=3), "open"),
    ],
)
def test_something_new_is_counted_by_whether_the_caller_waits_in_time(
    case, asif, sender, phone, due_at, gate
):
    matter = log(case, email(sender_name=sender, sender_phone=phone, sender_email=""))
    type(matter.promise).objects.filter(pk=matter.promise.pk).update(due_at=due_at)
    try_(case, asif, result=Result.ANSWERED)

    assert end(case, Outcome.TRANSFERRED, asif).gate == gate


@pytest.mark.rule("H26")
def test_nobody_is_put_through_to_nobody(case, asif):
    refused("nobody_took_it", end, case, Outcome.TRANSFERRED, asif)


@pytest.mark.rule("H32")
def test_a_matter_answered_meanwhile_is_said_to_be(case, cora, asif):
    matter = log(case)
    answer_contact(
        contact=matter, answer=Contact.Answer.EMAIL, note="On Monday.", by=cora, now=WEEKS_LATER
    )

    broken = refused(
        "matter_missing", end, case, Outcome.WAITING, asif, matter=matter, now=WEEKS_LATER
    )
    assert matter.reference in broken.message
    assert DeskCall.objects.count() == 0


def test_a_missed_call_is_named_so_that_the_adviser_can_say_sorry(case, asif):
    booking = booked(case)
    Booking.objects.update(state=Booking.State.MISSED, missed_at=booking.ends_at)

    [found] = desk_for(case, asif, booking.ends_at, council_calendar()).matters
    assert (found.missed, found.gate) == (booking, "wait")


# --- The end ----------------------------------------------------------------------------------


@pytest.mark.rule("H24")
def test_answered_at_the_desk_is_answered_for_good(case, asif, cora):
    words = said(told="The review is on 3 June.")
    call = end(case, Outcome.ANSWERED, asif, words=words)

    assert call.contact.answered_by == asif
    assert call.contact.answer_note == "The review is on 3 June."
    assert not Contact.objects.get().is_open
    assert Notice.objects.filter(recipient=cora).count() == 0


@pytest.mark.rule("H25")
def test_sent_to_another_service_is_counted_with_the_service(case, asif):
    transport = Signpost.objects.get(name="School transport")
    refused("signpost_missing", end, case, Outcome.SIGNPOSTED, asif)
    call = end(case, Outcome.SIGNPOSTED, asif, signpost=transport)

    assert call.signpost == transport
    assert call.contact.answer_note == "Sent to School transport."
    assert "01632 960403" in call.told


@pytest.mark.rule("H38")
@pytest.mark.rule("H29")
def test_a_message_is_the_responsible_persons_within_the_standard(case, cora, asif):
    caller = Caller(name="Ngozi Okafor", phone="07700 900123", best_time="after 3pm")
    call = end(case, Outcome.MESSAGE, asif, words=said(caller=caller))

    assert call.contact.promise.owner == cora
    assert call.contact.message == "When does the taxi start?\n\nBest time to ring: after 3pm"
    assert call.told == (
        "Cora Hill will answer you by Monday 9 November 2026. You do not need to ring before then."
    )
    assert call.no_slot is False


@pytest.mark.rule("H76")
def test_who_rings_from_a_school_is_counted_with_the_childs_school(case, asif):
    school, parent = Contact.Sender.ESTABLISHMENT, Contact.Sender.PARENT
    from_school = end(case, Outcome.MESSAGE, asif, words=said(sender=school)).contact
    assert case.establishment
    assert from_school.establishment == case.establishment

    other = said(sender=parent, asked="Something else", caller=Caller(name="Emeka", phone="07700"))
    assert (
        end(case, Outcome.MESSAGE, asif, words=other, now=NOW + SOON).contact.establishment is None
    )


@pytest.mark.rule("H38")
@pytest.mark.parametrize("outcome", [Outcome.BOOKED, Outcome.MESSAGE])
def test_whoever_is_rung_back_leaves_a_number(case, asif, outcome):
    nobody = said(caller=Caller(name="Ngozi Okafor", phone=" "))
    refused("number_missing", end, case, outcome, asif, words=nobody)


@pytest.mark.rule("H30")
@pytest.mark.parametrize("outcome", [Outcome.BOOKED, Outcome.MESSAGE, Outcome.WAITING])
def test_who_was_given_a_date_was_asked_not_to_ring_before_it(case, asif, outcome):
    matter = log(case, email(received_at=NOW))
    refused(
        "not_reminded",
        end,
        case,
        outcome,
        asif,
        words=said(reminded=False),
        matter=matter,
    )
    assert end(case, Outcome.WAITING, asif, matter=matter).reminded is True


@pytest.mark.rule("H29")
def test_no_slot_at_all_is_a_breach_that_the_lead_hears_of(policy, cora, lena, asif):
    without = CaseFactory(owner=cora, team=cora.team)
    try_both(without, asif)
    call = end(without, Outcome.MESSAGE, asif)

    assert call.no_slot is True
    notice = Notice.objects.get(recipient=lena, kind="callback")
    assert notice.subject == f"No slot to offer: A. O., {without.reference}"
    assert "Okafor" not in notice.subject + notice.body


# --- A later time at the caller's wish --------------------------------------------------------


def later_than_promised(person):
    return next(slot for slot in slots(person) if slot.starts_at > NOW + timedelta(days=8))


@pytest.mark.rule("H29")
def test_a_later_time_that_the_caller_asks_for_is_no_breach_of_capacity(case, cora, lena, asif):
    try_both(case, asif)
    slot = later_than_promised(cora)
    call = end(case, Outcome.BOOKED, asif, slot=slot, wish=True)

    booking = call.bookings.get()
    assert (booking.slot, booking.breach) == (slot, Booking.Breach.WISH)
    assert booking.breach_reason == "The caller asked for a later time."
    assert Notice.objects.filter(recipient=lena).count() == 0
    assert call.told == (
        "Cora Hill will ring you on Tuesday 10 November 2026 at 2pm, on the number that ends in "
        "123. You do not need to ring before then."
    )


@pytest.mark.rule("H29")
def test_who_chose_a_time_after_the_date_of_their_matter_hears_why_it_is_late(case, cora, asif):
    matter = log(case, email(sender_phone=MOTHER.phone, sender_email="", received_at=NOW))
    try_both(case, asif)
    late = next(slot for slot in slots(cora) if slot.starts_at > NOW + timedelta(days=15))
    urgent = UrgentReason.objects.get(code="exclusion")
    given = {"matter": matter, "urgent": urgent, "slot": late, "wish": True}
    call = end(case, Outcome.BOOKED, asif, **given)

    assert call.told.endswith(
        "That is after Monday 16 November 2026, because you asked for a later time."
    )


@pytest.mark.rule("H29")
def test_who_had_no_earlier_time_to_choose_did_not_ask_for_a_later_one(case, cora, lena, asif):
    Slot.objects.filter(period__startswith__lt=NOW + timedelta(days=8)).update(withdrawn_at=NOW)
    try_both(case, asif)
    given = {"slot": slots(cora)[0], "wish": True}
    refused("reason_missing", end, case, Outcome.BOOKED, asif, **given)
    call = end(case, Outcome.BOOKED, asif, reason="Everybody is at a tribunal", **given)

    assert call.bookings.get().breach == Booking.Breach.OUTSIDE
    assert Notice.objects.filter(recipient=lena, kind="callback").count() == 1


# --- Merged while the caller is on the line ---------------------------------------------------


@pytest.fixture
def second(case, cora):
    """Another record of the same child."""
    return CaseFactory(owner=cora, team=cora.team, person__date_of_birth=case.person.date_of_birth)


def merge_into(case, second, by):
    merge(keep=case, other=second, reason="One child", by=by, now=NOW + SOON)
    second.refresh_from_db()


def test_a_call_begun_on_a_record_that_was_merged_ends_on_the_one_that_is_kept(
    case, second, cora, asif
):
    try_(second, asif)
    merge_into(case, second, cora)
    later, submission = NOW + 2 * SOON, uuid4()
    assert desk_for(case, asif, later, council_calendar()).step == Step.DUTY_LINE
    try_(second, asif, Party.DUTY_LINE, now=later)
    slot = slots(cora)[0]
    call = end(second, Outcome.BOOKED, asif, slot=slot, now=later, submission=submission)

    assert (call.case, call.contact.case, call.attempts.count()) == (case, case, 2)
    assert DeskCall.objects.get() == call
    # The second click comes after it as well.
    again = end(second, Outcome.BOOKED, asif, slot=slot, now=later, submission=submission)
    assert again == call


def test_the_caller_of_a_merged_record_can_ring_off(case, second, cora, asif):
    try_(second, asif)
    merge_into(case, second, cora)

    assert rang_off(case=second, by=asif, now=NOW + SOON).case == case
    assert DeskCall.objects.going_on(asif).count() == 0


def test_calls_begun_on_both_records_are_ended_one_after_the_other(case, second, cora, asif):
    try_(second, asif)
    try_(case, asif, now=NOW + SOON)
    merge_into(case, second, cora)
    first = end(case, Outcome.MESSAGE, asif, now=NOW + 2 * SOON)
    assert DeskCall.objects.going_on(asif).count() == 1
    rest = rang_off(case=case, by=asif, now=NOW + 2 * SOON)

    assert (first.outcome, rest.outcome) == ("message", "rang_off")
    assert {first.case, rest.case} == {case}
    assert DeskCall.objects.going_on(asif).count() == 0


@pytest.mark.rule("H29")
def test_who_only_wants_to_leave_a_message_is_no_breach(policy, cora, asif):
    without = CaseFactory(owner=cora, team=cora.team)

    assert end(without, Outcome.MESSAGE, asif).no_slot is False


def test_who_must_not_be_contacted_gets_no_call(case, cora, asif):
    father = RelatedPersonFactory(
        person=case.person, name="Emeka Okafor", no_contact=True, receives_letters=False
    )
    try_both(case, asif)
    slot = slots(cora)[0]
    words = said(person=father)
    refused("no_contact", end, case, Outcome.BOOKED, asif, slot=slot, words=words)

    assert end(case, Outcome.MESSAGE, asif, words=words).outcome == "message"


def test_another_callers_question_is_not_joined(case, asif):
    matter = log(case)
    other = said(
        caller=Caller(name="Emeka Okafor", phone="07700 900999"), sender=Contact.Sender.OTHER
    )
    broken = refused("other_sender", end, case, Outcome.WAITING, asif, matter=matter, words=other)

    assert "is from Ngozi Okafor" in broken.message


@pytest.mark.rule("H23")
def test_a_child_whom_nobody_finds_leaves_a_message_in_the_tray(policy, lena, asif):
    lena.team.takes_unfiled = True
    lena.team.save()
    load_signposts()
    given: dict[str, Any] = {"told_child": "Zoe, about 7", "by": asif, "now": NOW}
    call = desk_actions.finish_unknown(
        said=said(), ending=Ending(outcome=Outcome.MESSAGE), submission=uuid4(), **given
    )

    assert (call.case, call.contact.case, call.contact.told_child) == (None, None, "Zoe, about 7")
    assert list(Contact.objects.unfiled()) == [call.contact]
    assert call.told.startswith("Our team will answer you by Monday 9 November 2026.")


@pytest.mark.rule("H23")
@pytest.mark.rule("H25")
def test_an_unknown_child_sent_on_is_counted_once_and_nothing_else_is_kept(policy, asif):
    load_signposts()
    send = Signpost.objects.get(name="SENDIASS")
    submission = uuid4()
    for _ in range(2):
        desk_actions.finish_unknown(
            said=said(),
            told_child="",
            ending=Ending(outcome=Outcome.SIGNPOSTED, signpost=send),
            submission=submission,
            by=asif,
            now=NOW,
        )

    call = DeskCall.objects.get()
    assert (call.signpost, call.contact) == (send, None)
    assert Contact.objects.count() == 0


def test_a_booking_about_no_known_child_is_refused(policy, asif):
    refused(
        "unknown_child",
        desk_actions.finish_unknown,
        said=said(),
        told_child="",
        ending=Ending(outcome=Outcome.BOOKED),
        submission=uuid4(),
        by=asif,
        now=NOW,
    )


def test_who_rang_off_is_written_down_once(case, asif):
    assert rang_off(case=case, by=asif, now=NOW) is None
    try_(case, asif)
    call = rang_off(case=case, by=asif, now=NOW)

    assert (call.outcome, call.contact) == ("rang_off", None)
    assert rang_off(case=case, by=asif, now=NOW) is None
    assert call.attempts.count() == 1


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_these_roles_take_no_calls(case, role):
    refused("may_not_take_calls", end, case, Outcome.MESSAGE, UserFactory(role=role))


# --- Twice, and at once -----------------------------------------------------------------------


def test_the_same_form_twice_is_one_call_and_other_words_are_another(case, asif):
    submission = uuid4()
    first = end(case, Outcome.MESSAGE, asif, submission=submission)
    again = end(case, Outcome.MESSAGE, asif, submission=submission, now=NOW + SOON)
    assert again == first

    refused(
        "submission_used",
        end,
        case,
        Outcome.MESSAGE,
        asif,
        submission=submission,
        words=said(asked="Something else"),
    )
    assert Contact.objects.count() == 1


def at_once(number, press):
    """What each of ``number`` people got who pressed at the same moment."""
    barrier = Barrier(number)

    def one(index):
        barrier.wait()
        try:
            return press(index)
        except RuleBroken as broken:
            return broken.code
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(one, range(number)))


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_end_one_call(case, asif):
    submission = uuid4()
    results = at_once(4, lambda _: end(case, Outcome.MESSAGE, asif, submission=submission).pk)

    assert len(set(results)) == 1
    assert (DeskCall.objects.count(), Contact.objects.count()) == (1, 1)


@pytest.mark.rule("H26")
@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_try(case, asif):
    results = at_once(4, lambda _: try_(case, asif, after=0).pk)

    assert len(set(results)) == 1
    assert (DeskCall.objects.count(), Attempt.objects.count()) == (1, 1)


@pytest.mark.rule("H28")
@pytest.mark.django_db(transaction=True)
def test_two_advisers_about_one_child_at_once_get_one_slot(case, cora):
    advisers = [UserFactory(role=Role.CSC_ADVISER, team=None) for _ in range(4)]
    for adviser in advisers:
        try_both(case, adviser)
    slot = slots(cora)[0]

    def press(index):
        words = said(caller=Caller(name=f"Caller {index}", phone=f"07700 90010{index}"))
        return end(case, Outcome.BOOKED, advisers[index], slot=slot, words=words).outcome

    results = at_once(4, press)
    assert sorted(results) == ["booked", "just_taken", "just_taken", "just_taken"]
    # Who came too late has lost nothing: their call is still going on, with its tries.
    assert DeskCall.objects.filter(ended_at=None).count() == 3
    assert Contact.objects.count() == 1


def test_closing_words_never_name_the_child(case, asif):
    call = end(case, Outcome.MESSAGE, asif)

    assert "Amara" not in closing_words(call)
    assert AccessEntry.objects.count() == 0
