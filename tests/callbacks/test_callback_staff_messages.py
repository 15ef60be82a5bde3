"""What staff read about a call, what each cause sends, and the mails as a server gets them."""

from collections.abc import Iterator
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import Message as Mail
from typing import Any
from uuid import uuid4

import pytest
from icalendar import Calendar

from accounts.errors import RuleBroken
from callbacks.booking_actions import Caller
from callbacks.models import Booking
from callbacks.outcome_actions import mark_missed, not_reached
from cases.undelivered_actions import tell_of_undelivered
from notices.actions import deliver_due
from notices.models import Notice
from tests.callbacks.cast import NGOZI, NOW, booked, rang, slots
from tests.callbacks.told import LATER, MISSED, Whose, cancel, move, to_caller, to_staff
from tests.notices.mail_server import AnyPortController, Inbox

pytestmark = pytest.mark.django_db


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
