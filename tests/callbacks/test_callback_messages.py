"""What callers and staff read about a call, to the word where it matters."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import Message as Mail
from typing import Any
from uuid import uuid4

import pytest
from icalendar import Calendar

from accounts.errors import RuleBroken
from callbacks import booking_actions
from callbacks.booking_actions import Caller
from callbacks.caller_messages import writes_to_caller
from callbacks.links import address_of
from callbacks.models import Booking, DeskCall
from callbacks.outcome_actions import mark_missed, not_reached
from cases.undelivered_actions import tell_of_undelivered
from notices.actions import deliver_due
from notices.models import Notice
from tests.callbacks.cast import NGOZI, NOW, booked, hours, rang, slots
from tests.factories import CaseFactory, ContactFactory, RelatedPersonFactory, UserFactory
from tests.notices.test_actions import AnyPortController, Inbox

pytestmark = pytest.mark.django_db

Whose = Booking.Whose
# Tuesday 3 November 2026, 2pm to 2:30pm: Cora's first slot.
BEGINS = datetime(2026, 11, 3, 14, tzinfo=UTC)
MISSED = datetime(2026, 11, 3, 14, 46, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
BY_MONDAY = "You will still hear from us by Monday 9 November 2026."
NO_MAIL = Caller(name="Ngozi Okafor", phone="07700 900123")


@pytest.fixture
def case(policy, cora):
    hours(cora)
    return CaseFactory(owner=cora, team=cora.team, reference="EHC-000123")


@pytest.fixture
def sam(cora):
    """A colleague of Cora's who rings on Wednesdays."""
    person = UserFactory(full_name="Sam Reed", email="sam@wexmoor.example.org", team=cora.team)
    hours(person, weekday=2)
    return person


def move(booking: Booking, slot, how: Whose = Whose.CALLER, **more: Any) -> Booking:
    given: dict[str, Any] = {"by": None, "now": LATER, "submission": uuid4()}
    return booking_actions.move(booking=booking, slot=slot, how=how, **given | more)


def cancel(booking: Booking, how: Whose = Whose.CALLER, **more: Any) -> Booking:
    given: dict[str, Any] = {"by": None, "now": LATER, "reason": ""}
    return booking_actions.cancel(booking=booking, how=how, **given | more)


def to_caller() -> list[Notice]:
    return list(Notice.objects.filter(kind="callback", recipient=None).order_by("pk"))


def to_staff(person) -> list[Notice]:
    return list(Notice.objects.filter(kind="callback", recipient=person).order_by("pk"))


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

    assert "\n\nYou will still hear from us. Cora Hill is looking at it.\n\n" in to_caller()[1].body


@pytest.mark.rule("H36")
def test_each_try_is_told_and_the_last_says_that_we_write(case, cora):
    booking = booked(case)
    for number in range(3):
        at = BEGINS + timedelta(minutes=30 * number)
        not_reached(booking=booking, note="", submission=uuid4(), by=cora, now=at)

    bodies = [mail.body for mail in to_caller()[1:]]

    assert len(bodies) == 3
    for body in bodies[:2]:
        assert "We will try again. You do not need to do anything." in body
    assert "We have rung 3 times now. So we will write to you." in bodies[2]
    assert "We will try again" not in bodies[2]


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


# --- To staff -------------------------------------------------------------------------------


@pytest.mark.rule("H28")
def test_whoever_rings_is_invited_and_taken_off_in_the_same_breath(case, cora, sam, lena):
    first = booked(case)

    second = move(first, slots(sam)[0], Whose.OURS, by=lena, reason="Illness")

    invited, off, summary = to_staff(cora)
    [now_sams] = to_staff(sam)
    assert [_method(one) for one in (invited, off, now_sams)] == ["REQUEST", "CANCEL", "REQUEST"]
    assert off.body == "Lena Marsh moved the call of Tuesday 3 November 2026 at 2pm."
    assert now_sams.body == (
        "Lena Marsh moved a call to Wednesday 4 November 2026 at 2pm. It was Cora Hill’s on "
        "Tuesday 3 November 2026 at 2pm, and you ring."
    )
    # Cora answers for the case: she learns in her summary who rings.
    assert (summary.mail, summary.subject) == ("digest", "A colleague rings: A. O., EHC-000123")
    assert summary.body.startswith("Sam Reed rings on Wednesday 4 November 2026 at 2pm.")
    assert second.owner == sam


def test_a_move_that_fails_tells_nobody(case, cora):
    first = booked(case)
    other = booked(case, contact=rang(case, sender_name="Somebody else"))
    before = Notice.objects.count()

    with pytest.raises(RuleBroken):
        move(first, other.slot)

    assert Notice.objects.count() == before
    first.refresh_from_db()
    assert first.state == "booked"


@pytest.mark.rule("H53")
def test_staff_messages_carry_initials_and_reference_only(case, cora, sam, lena):
    booking = booked(case, caller=Caller(name="Ngozi Okafor", phone="07700 900123", email="n@x.uk"))
    second = move(booking, slots(cora)[1])
    third = move(second, slots(sam)[0], Whose.OURS, by=lena, reason="Illness")
    not_reached(booking=third, note="Amara", submission=uuid4(), by=sam, now=third.starts_at)
    cancel(third, reason="Amara is well again")

    found = Notice.objects.filter(kind="callback", recipient__isnull=False)

    assert found.count() == 6
    for notice in found:
        said = f"{notice.subject} {notice.body} {notice.calendar}"
        hidden = ["Amara", "Okafor", "Ngozi", "900123", "n@x.uk", "other"]
        assert [word for word in hidden if word in said] == []


@pytest.mark.rule("H29")
def test_a_colleague_in_time_is_told_to_the_owner_in_their_summary(case, cora, sam, lena):
    booking = booked(case, slots(sam)[0])

    assert booking.breach == "colleague"
    [notice] = to_staff(cora)
    assert (notice.mail, notice.subject) == ("digest", "A colleague rings: A. O., EHC-000123")
    assert to_staff(lena) == []


@pytest.mark.rule("H29")
def test_the_lead_is_told_once_that_there_was_no_slot_in_time(case, cora, lena):
    outside = slots(cora)[4]

    booking = booked(case, outside, reason="The week is full")
    move(booking, slots(cora)[5])

    [notice] = to_staff(lena)
    assert notice.subject == "No slot in time: A. O., EHC-000123"
    assert "promised by Monday 9 November 2026 at 5:30pm" in notice.body
    assert "with Cora Hill on Tuesday 10 November 2026 at 2pm" in notice.body
    # The first was ours, so the caller's second choice does not clear us.
    assert Booking.objects.get(follows=booking).breach == "outside"


@pytest.mark.rule("H29")
def test_the_lead_is_told_once_that_we_moved_a_call_past_the_date(case, cora, lena):
    first = booked(case)
    second = move(first, slots(cora)[4], Whose.OURS, by=cora, reason="A hearing")
    move(second, slots(cora)[5], Whose.OURS, by=cora, reason="Another hearing")

    [notice] = to_staff(lena)
    assert notice.subject == "Moved past the date: A. O., EHC-000123"
    assert notice.body == (
        "The call was promised by Monday 9 November 2026 at 5:30pm. It was moved to Tuesday "
        "10 November 2026 at 2:30pm, with Cora Hill, after the date promised.\n"
        "Reason given: A hearing"
    )


def test_missed_tells_whoever_the_matter_was_passed_on_to(case, cora, oscar, lena):
    booking = booked(case)
    clock = booking.contact.promise
    clock.owner = oscar
    clock.save()

    mark_missed(now=MISSED)

    for person in (cora, oscar, lena):
        assert to_staff(person)[-1].subject == "Missed: A. O., EHC-000123"


def test_a_leaver_gets_no_mail_and_the_call_still_names_them(case, cora):
    booking = booked(case)
    cora.is_active = False
    cora.save()

    mark_missed(now=MISSED)

    assert to_staff(cora)[-1].mail == "none"
    assert to_caller()[-1].body.startswith(f"{booking.owner.full_name} was going to ring")


# --- Keys -----------------------------------------------------------------------------------


def test_every_cause_has_a_message_of_its_own(case, cora):
    booking = booked(case)
    mark_missed(now=MISSED)
    booking.refresh_from_db()
    for number in range(2):
        at = MISSED + timedelta(minutes=30 * number)
        not_reached(booking=booking, note="", submission=uuid4(), by=cora, now=at)
    tuesday = MISSED + timedelta(hours=2)
    second = move(booking, slots(cora, now=tuesday)[0], now=tuesday)
    mark_missed(now=second.ends_at + timedelta(minutes=16))
    not_reached(booking=second, note="", submission=uuid4(), by=cora, now=second.ends_at)

    subjects = [mail.subject.partition(":")[0] for mail in to_caller()]

    assert subjects == [
        "We will ring you on Tuesday 3 November 2026 at 2pm",
        "We are sorry that we did not ring",
        "We tried to ring you",
        "We tried to ring you",
        "A new time for your call, Tuesday 10 November 2026 at 2pm",
        "We are sorry that we did not ring",
        "We tried to ring you",
    ]


def test_a_confirmation_that_does_not_arrive_is_a_task_of_whoever_answers(case, cora):
    booking = booked(case)
    Notice.objects.filter(address=NGOZI.email, kind="callback").update(
        mail=Notice.Mail.FAILED, next_try_at=None
    )

    tell_of_undelivered(now=NOW)

    told = Notice.objects.get(key__endswith=":undelivered")
    assert told.recipient == cora
    assert told.path == f"/contacts/{booking.contact.reference}/"


# --- As a mail server gets it ----------------------------------------------------------------


@pytest.fixture
def inbox(settings: Any) -> Iterator[Inbox]:
    inbox = Inbox()
    controller = AnyPortController(inbox, hostname="127.0.0.1", port=0)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    yield inbox
    controller.stop()


def test_the_mails_of_a_call_that_is_moved_and_called_off(case, cora, inbox):
    booking = booked(case)
    second = move(booking, slots(cora)[1])
    cancel(second, now=LATER + timedelta(minutes=1))

    for staff in (False, True):
        deliver_due(staff=staff, clock=lambda: LATER + timedelta(hours=1))

    with_entry = [mail for mail in inbox.mails if "text/calendar" in mail.as_string()]
    callers = [mail for mail in with_entry if mail["To"] == NGOZI.email]
    entries = [_entry(mail) for mail in callers]
    assert [(str(found["METHOD"]), event["SEQUENCE"]) for found, event in entries] == [
        ("PUBLISH", 0),
        ("PUBLISH", 1),
        ("CANCEL", 2),
    ]
    assert len({str(event["UID"]) for _, event in entries}) == 1
    assert str(entries[2][1]["STATUS"]) == "CANCELLED"
    for mail in callers:
        text = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
        content = text.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert booking.contact.reference in str(make_header(decode_header(mail["Subject"])))
        assert "Wexmoor County Council" in content.decode()
    owners = [mail for mail in with_entry if mail["To"] == cora.email]
    methods = [str(_entry(mail)[0]["METHOD"]) for mail in owners]
    assert methods == ["REQUEST", "REQUEST", "CANCEL"]


def _entry(mail: Mail) -> tuple[Calendar, Any]:
    """The calendar that is in the mail, and its one event."""
    assert mail.is_multipart()
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    calendar = Calendar.from_ical(content)
    assert isinstance(calendar, Calendar)
    assert part.get_param("method") == str(calendar["METHOD"])
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def _method(notice: Notice) -> str:
    return str(Calendar.from_ical(notice.calendar)["METHOD"])
