"""What a mail of the outbox carries when a real SMTP server, or a folder, gets it."""

from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import Message as Mail

import pytest

from notices import actions
from notices.actions import tell
from notices.models import Notice
from tests.factories import UserFactory
from tests.notices.mail_server import NOW, deliver, message


@pytest.mark.rule("H14")
def test_delivering_sends_the_mail_and_marks_the_row(db, inbox):
    tell([message()], now=NOW)

    assert deliver(NOW) == 1

    (mail,) = inbox.mails
    assert (mail["To"], mail["Subject"]) == (
        "ngozi@example.org",
        "We have your message: CON-000001",
    )
    assert mail["Message-ID"] == "<contact.1.acknowledgement@127.0.0.1>"
    assert mail["Auto-Submitted"] == "auto-generated"
    notice = Notice.objects.get()
    assert (notice.mail, notice.sent_at, notice.tries) == (Notice.Mail.SENT, NOW, 1)
    assert deliver(NOW + timedelta(days=1)) == 0


@pytest.mark.rule("H61")
@pytest.mark.rule("H114")
def test_mail_for_later_waits_for_its_moment(db, inbox):
    opening = datetime(2026, 11, 17, 9, tzinfo=UTC)
    tell([message(not_before=opening)], now=NOW)

    assert deliver(opening - timedelta(seconds=1)) == 0
    assert deliver(opening) == 1


def test_an_answer_joins_the_thread_of_the_mail_it_answers(db, inbox):
    answer = message(kind=Notice.Kind.REPLY, in_reply_to="<1.a+b@school.example.org>")
    tell([answer], now=NOW)

    deliver(NOW)

    (mail,) = inbox.mails
    assert mail["In-Reply-To"] == "<1.a+b@school.example.org>"
    assert mail["References"] == "<1.a+b@school.example.org>"
    # A person wrote it, so an out-of-office reply may answer it.
    assert mail["Auto-Submitted"] is None


def calendar(method: str, *more: str) -> str:
    lines = ["BEGIN:VCALENDAR", f"METHOD:{method}", "SUMMARY:Callback: Zoë", *more]
    return "".join(f"{line}\r\n" for line in [*lines, "END:VCALENDAR"])


def parts(mail: Mail) -> list[tuple[str, str | None, str | None]]:
    """Type, method and file name of every part, those that hold others first."""
    return [
        (part.get_content_type(), str(part.get_param("method", "")) or None, part.get_filename())
        for part in mail.walk()
    ]


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_an_invitation_is_part_of_the_mail_and_a_file_beside_it(db, inbox, method):
    invitation = calendar(method, "ATTENDEE;CN=Cora:mailto:cora@example.org")
    tell([message(calendar=invitation)], now=NOW)

    deliver(NOW)

    (mail,) = inbox.mails
    assert parts(mail) == [
        ("multipart/mixed", None, None),
        ("multipart/alternative", None, None),
        ("text/plain", None, None),
        ("text/calendar", method, None),
        ("text/calendar", method, "invitation.ics"),
    ]
    for part in list(mail.walk())[3:]:
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert content.decode(str(part.get_content_charset())) == invitation


@pytest.mark.parametrize("method", ["PUBLISH", "CANCEL"])
def test_an_appointment_that_invites_nobody_is_only_a_file_to_open(db, inbox, method):
    tell([message(calendar=calendar(method))], now=NOW)

    deliver(NOW)

    (mail,) = inbox.mails
    assert parts(mail) == [
        ("multipart/mixed", None, None),
        ("text/plain", None, None),
        ("text/calendar", method, "invitation.ics"),
    ]


def test_a_mail_without_an_appointment_is_plain(db, inbox):
    tell([message()], now=NOW)

    deliver(NOW)

    assert parts(inbox.mails[0]) == [("text/plain", None, None)]


def test_a_summary_carries_no_appointment(db, cora):
    invited = message(
        recipient=cora, address=cora.email, in_summary=True, calendar=calendar("REQUEST")
    )
    tell([invited], now=NOW)

    actions.sum_up(day="Monday 16 November 2026", now=NOW)

    assert Notice.objects.get(kind=Notice.Kind.DIGEST).calendar == ""


@pytest.mark.parametrize(
    "broken", ["no brackets", "<a@b>\r\nBcc: all@example.org", "<a b@c>", "<é@example.org>", "<>"]
)
def test_a_message_id_that_no_header_can_hold_threads_nothing(db, inbox, broken):
    tell([message(in_reply_to=broken)], now=NOW)

    assert deliver(NOW) == 1
    (mail,) = inbox.mails
    assert (mail["In-Reply-To"], mail["References"], mail["Bcc"]) == (None, None, None)
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_long_subject_with_line_ends_breaks_no_header(db, inbox):
    words = "Zoë’s taxi\r\nBcc: all@example.org\x07\u2028 " + "very long " * 30
    tell([message(subject=words)], now=NOW)

    assert deliver(NOW) == 1
    (mail,) = inbox.mails
    subject = str(make_header(decode_header(mail["Subject"])))
    assert subject.startswith("Zoë’s taxi Bcc: all@example.org very long very long")
    assert (len(subject) <= 200, mail["Bcc"]) == (True, None)


def test_families_write_back_to_the_mail_room_and_staff_do_not(db, inbox, settings):
    settings.MAIL_REPLY_TO = ["send@wexmoor.example.org"]
    cora = UserFactory.create()
    tell([message(), message(key="k2", recipient=cora, address=cora.email)], now=NOW)

    deliver(NOW)
    deliver(NOW, staff=True)

    assert [mail["Reply-To"] for mail in inbox.mails] == ["send@wexmoor.example.org", None]


def test_staff_mail_leads_into_the_portal(db, inbox, settings):
    settings.PORTAL_URL = "https://send.wexmoor.example.org"
    cora = UserFactory()
    tell([message(recipient=cora, address=cora.email, path="/contacts/CON-000001/")], now=NOW)

    deliver(NOW, staff=True)

    assert "https://send.wexmoor.example.org/contacts/CON-000001/" in inbox.mails[0].as_string()


def test_the_demonstration_folder_can_be_read_back(db, settings, tmp_path):
    from notices.demonstration_mail import newest

    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    tell(
        [
            message(),
            message(
                key="k2", subject="Zoë’s letter", body="Café\n---\nline", address="b@example.org"
            ),
        ],
        now=NOW,
    )
    deliver(NOW)

    assert {(mail.to, mail.subject) for mail in newest(tmp_path)} == {
        ("ngozi@example.org", "We have your message: CON-000001"),
        ("b@example.org", "Zoë’s letter"),
    }
    (only,) = newest(tmp_path, to="b@example.org")
    assert only.body.strip() == "Café\n---\nline"
    assert newest(tmp_path / "missing") == []


def test_the_demonstration_folder_shows_the_words_of_an_invitation(db, settings, tmp_path):
    from notices.demonstration_mail import newest

    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    tell([message(body="We call at 2pm. Café.", calendar=calendar("REQUEST"))], now=NOW)
    deliver(NOW)

    (only,) = newest(tmp_path)
    assert only.body.strip() == "We call at 2pm. Café."
