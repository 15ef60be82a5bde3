"""The outbox, delivered to a real SMTP server."""

import asyncio
import email
import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import Message as Mail
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import IntegrityError, connection, connections, transaction

from accounts.models import Role
from notices import actions
from notices.actions import Message, deliver_due, tell
from notices.models import CLAIM_LASTS, RETRY_WAITS, Notice
from tests.factories import UserFactory

NOW = datetime(2026, 11, 16, 10, tzinfo=UTC)


class Inbox:
    """A mail server's handler: keeps what it accepts, refuses while ``refusing`` is set."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.refusing = ""
        self.mails_a_connection = 1000

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        session.taken = getattr(session, "taken", 0) + 1
        if session.taken > self.mails_a_connection:
            server.transport.close()
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refusing:
            return self.refusing
        self.mails.append(email.message_from_bytes(envelope.content))
        return "250 OK"


class AnyPortController(Controller):
    """A controller on a port the system picks: the port is known once the server is bound."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


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


def deliver(now: datetime, *, staff: bool = False) -> int:
    return deliver_due(staff=staff, clock=lambda: now)


def message(key: str = "contact:1:acknowledgement", **changes: Any) -> Message:
    given = {
        "key": key,
        "kind": Notice.Kind.ACKNOWLEDGEMENT,
        "subject": "We have your message: CON-000001",
        "body": "You will hear by Monday 23 November 2026.",
        "address": "ngozi@example.org",
    }
    return Message(**given | changes)


def test_telling_twice_for_one_cause_writes_one_row(db):
    tell([message()], now=NOW)
    tell([message(body="Something else.")], now=NOW)

    assert list(Notice.objects.values_list("body", flat=True)) == [
        "You will hear by Monday 23 November 2026."
    ]


def test_what_is_told_is_written_down_to_the_last_character(db, cora):
    words = "It’s “50%” \\ {a: [1]} %s\t'x'; 日本 🙂\nSecond line"
    threaded = {"path": "/?a=1&b='2'", "in_reply_to": "<1@school.example.org>"}
    threaded["calendar"] = "BEGIN:VCALENDAR\r\nX-NAME:“50%” 日本 🙂\r\nEND:VCALENDAR\r\n"
    tell([message(subject=words, body=words, recipient=cora, **threaded)], now=NOW)

    (notice,) = Notice.objects.values(*(field.attname for field in Notice._meta.fields))
    del notice["id"]
    assert notice == {
        "key": "contact:1:acknowledgement",
        "kind": "acknowledgement",
        "recipient_id": cora.pk,
        "address": "ngozi@example.org",
        "subject": words,
        "body": words,
        "path": "/?a=1&b='2'",
        "in_reply_to": "<1@school.example.org>",
        "calendar": "BEGIN:VCALENDAR\r\nX-NAME:“50%” 日本 🙂\r\nEND:VCALENDAR\r\n",
        "created_at": NOW,
        "read_at": None,
        "mail": "waiting",
        "next_try_at": NOW,
        "tries": 0,
        "sent_at": None,
        "last_error": "",
    }


@pytest.mark.parametrize(
    ("changes", "mail", "next_try_at"),
    [
        ({}, "waiting", NOW),
        ({"in_summary": True}, "digest", None),
        ({"not_before": NOW + timedelta(hours=9)}, "waiting", NOW + timedelta(hours=9)),
        ({"not_before": NOW - timedelta(hours=9)}, "waiting", NOW),
        ({"not_before": NOW + timedelta(hours=9), "in_summary": True}, "digest", None),
        ({"address": ""}, "none", None),
        ({"address": "", "in_summary": True}, "none", None),
    ],
)
def test_how_a_notice_leaves_follows_from_what_was_asked(db, cora, changes, mail, next_try_at):
    tell([message(recipient=cora, **changes)], now=NOW)

    assert Notice.objects.values_list("mail", "next_try_at").get() == (mail, next_try_at)


def test_telling_nothing_asks_the_database_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert tell([], now=NOW) == 0


def test_telling_belongs_to_the_transaction_of_its_cause(db):
    def cause_that_fails() -> None:
        with transaction.atomic():
            tell([message()], now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        cause_that_fails()

    assert not Notice.objects.exists()


def test_a_notice_to_nobody_is_refused_by_the_database(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        tell([message(address="")], now=NOW)


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


@pytest.mark.parametrize(
    ("key", "message_id"),
    [
        ("contact:1:acknowledgement", "<contact.1.acknowledgement@send.example.org>"),
        (
            "contact:1:reply:ngozi.o@example.org",
            "<contact.1.reply.ngozi%2Eo%40example%2Eorg@send.example.org>",
        ),
        (
            "contact:1:moved:2026-11-16T10:00:00.5+00:00",
            "<contact.1.moved.2026-11-16T10.00.00%2E5+00.00@send.example.org>",
        ),
    ],
)
def test_a_notice_is_found_again_by_its_message_id(settings, key, message_id):
    settings.PORTAL_URL = "https://send.example.org"

    assert actions.message_id(key) == message_id
    assert actions.key_of(f" {message_id.replace('send.e', 'SEND.E')}\n") == key


@pytest.mark.parametrize(
    "foreign", ["", "<1@example.org>", "contact.1", "<contact.1@x@send.example.org", "<@>"]
)
def test_a_foreign_message_id_names_no_notice(settings, foreign):
    settings.PORTAL_URL = "https://send.example.org"

    assert actions.key_of(foreign) is None


@pytest.mark.rule("H60")
def test_staff_mail_is_delivered_apart_from_everybody_elses(db, inbox):
    cora = UserFactory.create()
    tell([message(), message(key="k2", recipient=cora, address=cora.email)], now=NOW)

    assert deliver(NOW) == 1
    assert [mail["To"] for mail in inbox.mails] == ["ngozi@example.org"]
    assert deliver(NOW, staff=True) == 1


def test_staff_mail_leads_into_the_portal(db, inbox, settings):
    settings.PORTAL_URL = "https://send.wexmoor.example.org"
    cora = UserFactory()
    tell([message(recipient=cora, address=cora.email, path="/contacts/CON-000001/")], now=NOW)

    deliver(NOW, staff=True)

    assert "https://send.wexmoor.example.org/contacts/CON-000001/" in inbox.mails[0].as_string()


def test_a_refused_mail_is_tried_again_later_with_the_same_message_id(db, inbox):
    tell([message()], now=NOW)
    inbox.refusing = "451 Try again later"

    assert deliver(NOW) == 0
    notice = Notice.objects.get()
    assert (notice.mail, notice.tries) == (Notice.Mail.WAITING, 1)
    assert notice.next_try_at == NOW + RETRY_WAITS[0]
    assert "451" in notice.last_error

    inbox.refusing = ""
    assert deliver(NOW + RETRY_WAITS[0]) == 1
    assert inbox.mails[0]["Message-ID"] == "<contact.1.acknowledgement@127.0.0.1>"


def test_a_server_that_is_away_puts_every_mail_off(db, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nothing listens there
    tell([message(), message(key="contact:2:acknowledgement")], now=NOW)

    assert deliver(NOW) == 0

    assert set(Notice.objects.values_list("mail", "tries", "next_try_at")) == {
        (Notice.Mail.WAITING, 1, NOW + RETRY_WAITS[0])
    }


def test_after_the_last_try_it_is_given_up_visibly_and_can_be_retried(db, inbox):
    tell([message()], now=NOW)
    inbox.refusing = "550 No such mailbox"
    at = NOW
    for wait in [*RETRY_WAITS, timedelta()]:
        deliver(at)
        at += wait

    notice = Notice.objects.get()
    assert (notice.mail, notice.tries) == (Notice.Mail.FAILED, len(RETRY_WAITS) + 1)
    assert deliver(at + timedelta(days=9)) == 0

    inbox.refusing = ""
    admin = UserFactory(role=Role.ADMINISTRATOR)
    assert actions.retry(notice=notice, by=admin, now=at)
    assert not actions.retry(notice=notice, by=admin, now=at)
    assert deliver(at) == 1


def test_a_row_claimed_by_a_worker_that_died_is_tried_again(db, inbox):
    tell([message()], now=NOW)
    assert len(actions._claim(False, NOW)) == 1  # and then the worker is killed

    assert deliver(NOW + CLAIM_LASTS - timedelta(seconds=1)) == 0
    assert deliver(NOW + CLAIM_LASTS) == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_send_each_mail_once(inbox):
    tell([message(key=f"contact:{number}:acknowledgement") for number in range(60)], now=NOW)
    together = threading.Barrier(4)

    def work() -> None:
        together.wait()
        deliver(NOW)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(inbox.mails) == 60
    assert len({mail["Message-ID"] for mail in inbox.mails}) == 60
    assert Notice.objects.filter(mail=Notice.Mail.SENT, tries=1).count() == 60


def test_a_delivery_that_outlives_its_claim_changes_nothing_it_has_lost(db, inbox):
    tell([message()], now=NOW)
    [mine] = actions._claim(False, NOW)
    later = NOW + CLAIM_LASTS
    assert deliver(later) == 1  # another worker took it over and sent it

    actions._put_off(mine, OSError("slow"), later)

    assert Notice.objects.get().mail == Notice.Mail.SENT


def test_a_server_that_hangs_up_after_a_few_mails_still_gets_all(db, inbox):
    inbox.mails_a_connection = 3
    tell([message(key=f"k{number}") for number in range(10)], now=NOW)

    assert deliver(NOW) == 10
    assert set(Notice.objects.values_list("mail", "tries")) == {(Notice.Mail.SENT, 1)}


def test_a_long_delivery_ends_so_that_its_worker_can_do_other_things(db, inbox):
    tell([message(key=f"k{number}") for number in range(45)], now=NOW)
    moments = (NOW + timedelta(seconds=second) for second in itertools.count(step=2))

    assert deliver_due(staff=False, clock=lambda: next(moments)) < 45
    assert deliver(NOW + timedelta(minutes=2)) > 0


def test_what_a_mail_server_says_of_an_address_stays_out_of_the_log(db, inbox, caplog):
    tell([message()], now=NOW)
    inbox.refusing = "550 No such mailbox ngozi@example.org"

    with caplog.at_level("WARNING"):
        deliver(NOW)

    assert "mail_not_sent" in caplog.text
    assert "ngozi" not in caplog.text


def test_a_conflict_that_is_not_the_keys_is_not_passed_over(db):
    tell([message()], now=NOW)
    taken = Notice.objects.get().pk
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('notices_notice', 'id'), %s, false)", [taken]
        )

    with pytest.raises(IntegrityError), transaction.atomic():
        tell([message(key="another")], now=NOW)


@pytest.mark.django_db(transaction=True)
def test_telling_survives_a_broker_that_is_away():
    from send_portal.celery import app

    address = app.conf.broker_url
    app.conf.broker_url = "redis://127.0.0.1:1/0"  # nothing listens there
    try:
        tell([message()], now=NOW)
    finally:
        app.conf.broker_url = address

    assert Notice.objects.filter(mail=Notice.Mail.WAITING).count() == 1


def test_marking_read_touches_only_ones_own(db):
    cora, oscar = UserFactory(), UserFactory()
    tell([message(key=f"k:{person.pk}", recipient=person) for person in (cora, oscar)], now=NOW)

    actions.mark_read(notice=Notice.objects.get(recipient=oscar), by=cora, now=NOW)
    assert Notice.objects.unread().count() == 2

    assert actions.mark_all_read(by=cora, now=NOW) == 1
    assert list(Notice.objects.unread().values_list("recipient", flat=True)) == [oscar.pk]


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
