from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from mailroom.actions import store_mail
from mailroom.models import IncomingMail
from tests.mailroom.nasty import NASTY, PLAIN

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)


def stored(raw: bytes = PLAIN) -> IncomingMail:
    return store_mail(raw=raw, envelope_from="<a@example.org>", envelope_to=["b@c.d"], now=NOW)


@pytest.mark.rule("H67")
@pytest.mark.parametrize(
    "write",
    [
        "DELETE FROM mailroom_incomingmail",
        "TRUNCATE mailroom_incomingmail",
        "UPDATE mailroom_incomingmail SET raw = ''",
        "UPDATE mailroom_incomingmail SET received_at = now()",
    ],
)
def test_message_is_kept_by_the_database_itself(write):
    mail = stored()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at commit
        with pytest.raises(InternalError), transaction.atomic():
            cursor.execute(write)

    assert bytes(IncomingMail.objects.get(pk=mail.pk).raw) == PLAIN


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "filed"},
        {"state": "duplicate", "next_try_at": None},
        {"next_try_at": None},
        {"state": "failed"},
    ],
)
def test_half_a_state_is_refused(broken):
    mail = stored()

    with pytest.raises(IntegrityError), transaction.atomic():
        IncomingMail.objects.filter(pk=mail.pk).update(**broken)


@pytest.mark.parametrize("name", NASTY)
def test_nasty_message_is_stored_as_it_came(name):
    mail = stored(NASTY[name])

    mail.refresh_from_db()
    assert bytes(mail.raw) == NASTY[name]
    assert (mail.state, mail.size) == (IncomingMail.State.WAITING, len(NASTY[name]))


def test_nasty_envelope_is_stored():
    mail = store_mail(
        raw=b"",
        envelope_from="a\0\udcff@example.org",
        envelope_to=["x" * 1_000, ""],
        now=NOW,
    )

    mail.refresh_from_db()
    assert mail.envelope_from == "a\N{REPLACEMENT CHARACTER}@example.org"
    assert [len(address) for address in mail.envelope_to] == [320, 0]


def test_worker_is_asked_once_the_message_is_committed(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        stored()

    assert [callback.__name__ for callback in callbacks] == ["_ask_for_filing"]


def test_due_messages_are_those_whose_time_has_come():
    first, second = stored(), stored()
    IncomingMail.objects.filter(pk=second.pk).update(next_try_at=NOW.replace(hour=11))

    assert list(IncomingMail.objects.due(NOW)) == [first]
    assert list(IncomingMail.objects.due(NOW.replace(hour=12))) == [first, second]
