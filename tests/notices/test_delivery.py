"""The outbox is delivered to a real SMTP server that refuses, hangs up or is away."""

import itertools
import threading
from datetime import timedelta

import pytest
from django.db import connections

from accounts.models import Role
from notices import actions
from notices.actions import deliver_due, tell
from notices.models import CLAIM_LASTS, RETRY_WAITS, Notice
from tests.factories import UserFactory
from tests.notices.mail_server import NOW, deliver, message


@pytest.mark.rule("H60")
def test_staff_mail_is_delivered_apart_from_everybody_elses(db, inbox):
    cora = UserFactory.create()
    tell([message(), message(key="k2", recipient=cora, address=cora.email)], now=NOW)

    assert deliver(NOW) == 1
    assert [mail["To"] for mail in inbox.mails] == ["ngozi@example.org"]
    assert deliver(NOW, staff=True) == 1


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
