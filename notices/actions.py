"""Writing, reading and delivering notices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F

from accounts.models import User
from notices.models import CLAIM_LASTS, RETRY_WAITS, Notice

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Message:
    """What to tell one person.

    ``key`` names the cause and the person and is never used twice. ``recipient`` is a member
    of staff, who sees it in the portal; ``address`` is where an e-mail goes, not before
    ``mail_from`` (aware; H60). Leave ``address`` empty to send no e-mail.
    """

    key: str
    kind: Notice.Kind
    subject: str
    body: str
    path: str = ""
    recipient: User | None = None
    address: str = ""
    mail_from: datetime | None = None


def tell(messages: Iterable[Message], *, now: datetime) -> int:
    """Write notices in the caller's transaction; one already written for its key is left alone.

    Returns how many were handed to the database. E-mails leave after commit, by a task.
    """
    rows = [_row(message, now) for message in messages]
    Notice.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    if any(row.mail == Notice.Mail.WAITING for row in rows):
        transaction.on_commit(_ask_for_delivery, robust=True)
    return len(rows)


def _row(message: Message, now: datetime) -> Notice:
    by_mail = bool(message.address)
    return Notice(
        key=message.key,
        kind=message.kind,
        recipient=message.recipient,
        address=message.address,
        subject=message.subject[:200],
        body=message.body,
        path=message.path,
        created_at=now,
        mail=Notice.Mail.WAITING if by_mail else Notice.Mail.NONE,
        next_try_at=(message.mail_from or now) if by_mail else None,
    )


def _ask_for_delivery() -> None:
    """Wake a worker. A broker that is away costs only the wait until the next beat."""
    from notices.tasks import deliver

    try:
        deliver.delay()
    except Exception as error:
        log.warning("broker_away", error=repr(error))


def mark_read(*, notice: Notice, by: User, now: datetime) -> None:
    """Note that ``by`` has seen their own notice at ``now`` (aware); a second time is harmless."""
    Notice.objects.filter(pk=notice.pk, recipient=by, read_at__isnull=True).update(read_at=now)


def mark_all_read(*, by: User, now: datetime) -> int:
    """Note that ``by`` has seen everything told to them so far; returns how many were new."""
    return Notice.objects.for_person(by).unread().filter(created_at__lte=now).update(read_at=now)


def deliver_due(*, now: datetime, batch: int = 50) -> int:
    """Send e-mails that are due at ``now`` (aware); returns how many were sent.

    1. Claim a batch: rows nobody else has locked get their next try put off by CLAIM_LASTS,
       committed before anything is sent, so that two workers never send the same row and a
       worker that dies while sending only delays it.
    2. Send each with a Message-ID made from its key: a repeat is recognisable as one.
    3. Mark it sent, or write down the error and when it is tried next.
    """
    sent = 0
    while claimed := _claim(now, batch):
        connection = get_connection()
        try:
            connection.open()
        except Exception as error:
            # The mail server is away: trying each message would wait once for each.
            for notice in claimed:
                _put_off(notice, error, now)
            return sent
        sent += sum(_send(notice, connection, now) for notice in claimed)
        connection.close()
    return sent


def _claim(now: datetime, batch: int) -> list[Notice]:
    with transaction.atomic():
        rows = list(
            Notice.objects.to_deliver(now).select_for_update(skip_locked=True, of=("self",))[:batch]
        )
        Notice.objects.filter(pk__in=[row.pk for row in rows]).update(
            next_try_at=now + CLAIM_LASTS, tries=F("tries") + 1
        )
    for row in rows:
        row.tries += 1
    return rows


def _send(notice: Notice, connection: BaseEmailBackend, now: datetime) -> bool:
    try:
        _mail(notice, connection).send()
    except Exception as error:
        _put_off(notice, error, now)
        return False
    Notice.objects.filter(pk=notice.pk).update(
        mail=Notice.Mail.SENT, sent_at=now, next_try_at=None, last_error=""
    )
    return True


def _put_off(notice: Notice, error: Exception, now: datetime) -> None:
    log.warning("mail_not_sent", notice=notice.pk, tries=notice.tries, error=repr(error))
    reason = repr(error)[:300]
    if notice.tries > len(RETRY_WAITS):
        Notice.objects.filter(pk=notice.pk).update(
            mail=Notice.Mail.FAILED, next_try_at=None, last_error=reason
        )
        return
    Notice.objects.filter(pk=notice.pk).update(
        next_try_at=now + RETRY_WAITS[notice.tries - 1], last_error=reason
    )


def retry(*, notice: Notice, by: User, now: datetime) -> bool:
    """Try a given-up e-mail again from ``now``; False when it was not given up after all."""
    changed = Notice.objects.filter(pk=notice.pk, mail=Notice.Mail.FAILED).update(
        mail=Notice.Mail.WAITING, next_try_at=now, tries=0
    )
    if changed:
        log.info("mail_retried", notice=notice.pk, by=by.pk)
        transaction.on_commit(_ask_for_delivery, robust=True)
    return bool(changed)


def _mail(notice: Notice, connection: BaseEmailBackend) -> EmailMessage:
    host = urlsplit(settings.PORTAL_URL).hostname
    body = notice.body
    if notice.path and notice.recipient_id:
        body = f"{body}\n\n{settings.PORTAL_URL}{notice.path}\n"
    return EmailMessage(
        subject=notice.subject,
        body=body,
        to=[notice.address],
        headers={
            "Message-ID": f"<{notice.key.replace(':', '.')}@{host}>",
            # RFC 3834: an automatic message, which no out-of-office reply should answer.
            "Auto-Submitted": "auto-generated",
        },
        connection=connection,
    )
