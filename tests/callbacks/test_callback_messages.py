"""What callers read about a call, to the word where it matters, and to whom nothing goes."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from accounts.errors import RuleBroken
from callbacks.booking_actions import Caller
from callbacks.caller_messages import writes_to_caller
from callbacks.links import address_of
from callbacks.models import Booking, DeskCall
from callbacks.outcome_actions import mark_missed, not_reached
from cases.answer_actions import answer_contact
from cases.models import Contact
from tests.callbacks.cast import NOW, booked, hours, rang, slots
from tests.callbacks.told import MISSED, Whose, cancel, move, to_caller, to_staff
from tests.factories import CaseFactory, ContactFactory, RelatedPersonFactory

pytestmark = pytest.mark.django_db
# Tuesday 3 November 2026, 2pm to 2:30pm: Cora's first slot.
BEGINS = datetime(2026, 11, 3, 14, tzinfo=UTC)
BY_MONDAY = "You will still hear from us by Monday 9 November 2026."
LATE = (
    "You should have heard from us by Tuesday 3 November 2026. We are sorry that you have not. "
    "Cora Hill is looking at it."
)
NO_MAIL = Caller(name="Ngozi Okafor", phone="07700 900123")


# --- To the caller --------------------------------------------------------------------------


@pytest.mark.rule("H28")
@pytest.mark.rule("H53")
def test_the_confirmation_says_who_when_which_number_and_how_to_change_it(case):
    booking = booked(case)

    [mail] = to_caller()
    reference = booking.contact.reference
    assert mail.subject == f"We will ring you on Tuesday 3 November 2026 at 2pm: {reference}"
    assert mail.body == (
        "Cora Hill will ring you on Tuesday 3 November 2026 at 2pm.\n\n"
        "We will ring this number: the one that ends in 123.\n\n"
        "You do not need to ring us before then. The call is in the file with this e-mail. "
        "You can open it to put it in your calendar.\n\n"
        f"To choose another time, or to call it off: {address_of(booking)}\n\n"
        "Is the number wrong? Or is something not clear? Please tell us. "
        "You can ring our team on 01632 960100 when our office is open.\n\n"
        "If a child is in danger, ring 999 now.\n\n"
        "Wexmoor County Council"
    )


@pytest.mark.rule("H18")
def test_moved_by_us_says_why_and_instead_of_what(case, lena, sam):
    first = booked(case)

    move(first, slots(sam)[0], Whose.OURS, by=lena, reason="Cora Hill is ill today.")

    [_, mail] = to_caller()
    when, reference = "Wednesday 4 November 2026 at 2pm", first.contact.reference
    assert mail.subject == f"A new time for your call, {when}: {reference}"
    assert mail.body.startswith(
        f"Your call has a new time. Sam Reed will ring you on {when}.\n\n"
        "It is instead of Cora Hill’s call on Tuesday 3 November 2026 at 2pm.\n"
        "We are sorry. This is why: Cora Hill is ill today.\n\n"
    )


@pytest.mark.rule("H18")
def test_somebody_else_at_the_same_time_is_no_new_time(case, cora, sam, lena):
    first = booked(case)
    hours(sam, weekday=1)

    move(first, slots(sam)[0], Whose.OURS, by=lena, reason="Cora Hill is ill today.")

    [_, mail] = to_caller()
    when = "Tuesday 3 November 2026 at 2pm"
    assert mail.subject == f"Sam Reed will ring you on {when}: {first.contact.reference}"
    assert mail.body.startswith(
        f"Somebody else will ring you. Sam Reed will ring you on {when}.\n\n"
        "Cora Hill was going to ring you. The time stays the same.\n"
        "We are sorry. This is why: Cora Hill is ill today.\n\n"
    )
    assert "new time" not in mail.body
    [sams] = to_staff(sam)
    assert sams.body == f"Lena Marsh asks you to ring on {when}, instead of Cora Hill."


def test_moved_by_the_caller_gives_no_reason(case, cora):
    first = booked(case)

    move(first, slots(cora)[1])

    [_, mail] = to_caller()
    assert "It is instead of the call on Tuesday 3 November 2026 at 2pm.\n\n" in mail.body
    assert "why" not in mail.body
    assert "sorry" not in mail.body


def test_called_off_by_the_caller_keeps_the_date(case):
    booking = booked(case)

    cancel(booking, reason="We have sorted it out with the school")

    [_, mail] = to_caller()
    assert mail.body == (
        "The call on Tuesday 3 November 2026 at 2pm is called off. You do not need to do "
        f"anything.\n\n{BY_MONDAY}\n\nWould you like a call after all? Please tell us. "
        "You can ring our team on 01632 960100 when our office is open.\n\n"
        "Wexmoor County Council"
    )


@pytest.mark.rule("H18")
def test_called_off_by_us_says_why(case, lena):
    booking = booked(case)

    cancel(booking, Whose.OURS, by=lena, reason="The school is closed.")

    assert "\n\nWe are sorry. This is why: The school is closed.\n\n" in to_caller()[1].body


@pytest.mark.rule("H36")
def test_missed_is_an_apology_with_the_next_step(case):
    booking = booked(case)

    mark_missed(now=MISSED)

    [_, mail] = to_caller()
    assert mail.body.startswith(
        "Cora Hill was going to ring you on Tuesday 3 November 2026 at 2pm. It looks as if that "
        "did not happen. We are sorry. You did nothing wrong.\n\n"
        f"{BY_MONDAY}\n\nYou can choose another time here: {address_of(booking)}\n\n"
    )


def test_missed_after_the_date_promises_no_day_that_is_over(case):
    booking = booked(case)
    clock = booking.contact.promise
    clock.due_at = BEGINS
    clock.save()

    mark_missed(now=MISSED)

    assert f"\n\n{LATE}\n\n" in to_caller()[1].body


@pytest.mark.rule("H36")
def test_each_try_is_told_and_the_last_says_that_we_write(case, cora):
    booking = booked(case)
    for number in range(3):
        at = BEGINS + timedelta(minutes=30 * number)
        not_reached(booking=booking, note="", submission=uuid4(), by=cora, now=at)

    bodies = [mail.body for mail in to_caller()[1:]]

    assert len(bodies) == 3
    for body in bodies[:2]:
        assert f"We will try again. {BY_MONDAY} You do not need to do anything." in body
    assert f"We have rung 3 times now. So we will write to you. {BY_MONDAY}" in bodies[2]
    assert "We will try again" not in bodies[2]


@pytest.mark.rule("H36")
def test_a_try_after_the_date_promised_says_that_we_are_late_and_sorry(case, cora):
    booking = booked(case)
    clock = booking.contact.promise
    clock.due_at = BEGINS
    clock.save()

    not_reached(booking=booking, note="", submission=uuid4(), by=cora, now=MISSED)

    mail = to_caller()[1]
    assert f"We will try again. {LATE} You do not need to do anything." in mail.body


def test_a_try_about_what_is_answered_meanwhile_promises_no_other(case, cora):
    booking = booked(case)
    letter = Contact.Answer.LETTER
    answer_contact(contact=booking.contact, answer=letter, note="Sent.", by=cora, now=NOW)

    not_reached(booking=booking, note="", submission=uuid4(), by=cora, now=BEGINS)

    body = to_caller()[-1].body
    assert "\n\nYou do not need to do anything.\n\n" in body
    assert "try again" not in body


def test_without_a_duty_line_no_number_is_given(case, north):
    north.duty_line = ""
    north.save()

    booked(case)

    assert "Please tell us.\n\nIf a child" in to_caller()[0].body


def test_nothing_that_a_caller_reads_names_the_child(case, cora, sam, lena):
    booking = booked(case)
    second = move(booking, slots(cora)[1])
    third = move(second, slots(sam)[0], Whose.OURS, by=lena, reason="Illness")
    not_reached(booking=third, note="Taxi", submission=uuid4(), by=sam, now=third.starts_at)
    cancel(third, reason="Amara is well", by=None)

    found = to_caller()

    assert len(found) == 5
    for mail in found:
        said = f"{mail.subject} {mail.body} {mail.calendar}"
        hidden = ["Amara", "Okafor", "A. O.", "EHC-", "axi"]
        assert [word for word in hidden if word in said] == []


# --- To whom nothing goes -------------------------------------------------------------------


def test_without_an_address_staff_learn_that_nothing_was_sent(case, cora):
    booking = booked(case, caller=NO_MAIL)
    mark_missed(now=MISSED)

    assert to_caller() == []
    invitation, missed = to_staff(cora)
    assert "Nothing in writing went to the caller: we have no e-mail address" in invitation.body
    assert "please ring them" in missed.body
    with pytest.raises(RuleBroken) as broken:
        cancel(booking, Whose.OURS, by=cora, reason="Illness", now=MISSED)
    assert broken.value.code == "tell_caller"


@pytest.mark.parametrize("known_by", ["address", "address of the other record", "name"])
def test_nothing_goes_to_somebody_who_must_not_be_contacted(case, cora, asif, known_by):
    person, call = case.person, None
    if known_by == "address of the other record":
        person = CaseFactory(merged_into=case).person
    email = "else@example.org" if known_by == "name" else "NGOZI@example.org"
    barred = RelatedPersonFactory(
        person=person, email=email, no_contact=True, receives_letters=False
    )
    if known_by == "name":
        told = ContactFactory(case=case, sender_person=barred)
        call = DeskCall.objects.create(case=case, adviser=asif, started_at=NOW, contact=told)

    booking = booked(case, call=call)
    mark_missed(now=MISSED)
    booking.refresh_from_db()
    not_reached(booking=booking, note="", submission=uuid4(), by=cora, now=MISSED)
    cancel(booking, Whose.OURS, by=cora, reason="Illness", now=MISSED)

    assert to_caller() == []
    invitation, missed, _ = to_staff(cora)
    for notice in (invitation, missed):
        assert "the child’s record says that they must not be contacted" in notice.body
        assert "Read the record before you ring." in notice.body


def test_somebody_else_around_the_child_is_written_to(case):
    RelatedPersonFactory(
        person=case.person,
        name="Dan Okafor",
        email="dan@example.org",
        no_contact=True,
        receives_letters=False,
    )

    assert writes_to_caller(booked(case))


def test_a_matter_of_somebody_barred_does_not_bar_another_caller(case):
    father = RelatedPersonFactory(
        person=case.person,
        name="Dan Okafor",
        email="dan@example.org",
        no_contact=True,
        receives_letters=False,
    )
    matter = rang(case, sender_email="dan@example.org", sender_person=father)

    assert writes_to_caller(booked(case, contact=matter))
    assert not writes_to_caller(
        Booking(contact=matter, caller_email="dan@example.org", caller_phone="01632 960555")
    )
