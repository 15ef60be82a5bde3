"""Telling: what is written into the outbox, once for each cause, and read by whom it is for."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from notices import actions
from notices.actions import tell
from notices.models import Notice
from tests.factories import UserFactory
from tests.notices.mail_server import NOW, message


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
