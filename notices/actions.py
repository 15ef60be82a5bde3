"""Writing, reading and delivering notices."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from smtplib import SMTPServerDisconnected
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from notices.models import BATCH, CLAIM_LASTS, RETRY_WAITS, Notice, NoticeQuerySet

log = structlog.get_logger(__name__)

# The beat wakes a delivery every minute, so a waking that waits longer is of no use.
WAKING_EXPIRES = 55  # seconds
DELIVERY_MAY_TAKE = timedelta(seconds=60)

# Printable ASCII in angle brackets: anything else would not come through a mail's header.
MESSAGE_ID = re.compile(r"<(?P<key>[!-;=?-~]{1,900})@(?P<host>[!-;=?A-~]{1,90})>")

# RFC 6047: the part's type names the method that the object has.
METHOD = re.compile(r"^METHOD:(?P<name>[A-Z]+)\r?$", re.MULTILINE)
# Outlook makes a meeting with buttons of an alternative. It would make one of an appointment that
# invites nobody too, with buttons that do nothing: that one is only a file to open.
INVITES = re.compile(r"^ATTENDEE[;:]", re.MULTILINE)

# All notices of a cause in one statement and one parameter: making 20,000 model instances and
# 200,000 parameters of them took longer than writing the rows (benchmarks/enforcement.py).
# Only a key that is there already is passed over; any other conflict is an error.
INSERT = """
INSERT INTO notices_notice (key, kind, recipient_id, address, subject, body, path, in_reply_to,
                            calendar, mail, created_at, next_try_at, tries, last_error)
SELECT key, kind, recipient, address, subject, body, path, in_reply_to, calendar, mail,
       %(now)s,
       CASE mail WHEN 'waiting' THEN GREATEST(not_before, %(now)s) END, 0, ''
FROM json_to_recordset(%(rows)s) AS message(
    key text, kind text, recipient bigint, address text, subject text, body text, path text,
    in_reply_to text, calendar text, not_before timestamptz, mail text)
ON CONFLICT (key) DO NOTHING
"""


@dataclass(frozen=True, kw_only=True)
class Message:
    """What to tell one person.

    ``key`` names the cause and the person and is never used twice. ``recipient`` is a member
    of staff, who sees it in the portal; ``address`` is where an e-mail goes. Leave it empty to
    send none, or set ``in_summary`` to have it listed in the recipient's next summary instead.
    ``in_reply_to`` is the Message-ID of the e-mail that this one answers. ``not_before`` (aware)
    is the moment of the first try, when somebody chose to send later (H61, H114). ``calendar`` is
    an iCalendar object of ``notices.appointments`` that goes with the e-mail; a summary has none.
    """

    key: str
    kind: Notice.Kind
    subject: str
    body: str
    path: str = ""
    recipient: User | None = None
    address: str = ""
    in_summary: bool = False
    in_reply_to: str = ""
    calendar: str = ""
    not_before: datetime | None = None


def tell(messages: Iterable[Message], *, now: datetime) -> int:
    """Write notices in the caller's transaction; one already written for its key is left alone.

    Returns how many were handed to the database. E-mails leave after commit, by a task.
    """
    rows = [_row(message) for message in messages]
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"rows": json.dumps(rows), "now": now})
    if any(row["mail"] == Notice.Mail.WAITING for row in rows):
        transaction.on_commit(_ask_for_delivery, robust=True)
    return len(rows)


def _row(message: Message) -> dict[str, Any]:
    return {
        "key": message.key,
        "kind": message.kind,
        "recipient": message.recipient.pk if message.recipient else None,
        "address": message.address,
        "subject": message.subject[:200],
        "body": message.body,
        "path": message.path,
        "in_reply_to": message.in_reply_to,
        "calendar": message.calendar,
        "not_before": message.not_before.isoformat() if message.not_before else None,
        "mail": _mail_state(message),
    }


def _mail_state(message: Message) -> str:
    if not message.address:
        return Notice.Mail.NONE
    return Notice.Mail.DIGEST if message.in_summary else Notice.Mail.WAITING


def _ask_for_delivery() -> None:
    """Wake a worker. A broker that is away costs only the wait until the next beat."""
    from notices.tasks import deliver

    try:
        deliver.apply_async(expires=WAKING_EXPIRES)
    except Exception as error:
        log.warning("broker_away", error=type(error).__name__)


def summary_waits() -> bool:
    """True when anything waits for a summary: the cheap question before the others."""
    return Notice.objects.filter(mail=Notice.Mail.DIGEST).exists()


@transaction.atomic
def sum_up(*, day: str, now: datetime) -> int:
    """Turn what waits for a summary into one e-mail a person; returns how many people.

    ``day`` names the local day in the subject. Reminders fall due at opening time, so the
    summary of a working day leaves at its start.
    """
    waiting = Notice.objects.filter(mail=Notice.Mail.DIGEST).select_related("recipient")
    ordered = waiting.order_by("recipient_id", "created_at", "id")
    rows = list(ordered.select_for_update(skip_locked=True, of=("self",)))
    if not rows:
        return 0
    messages = [
        _summary(recipient, list(notices), day)
        for recipient, notices in groupby(rows, key=lambda row: row.recipient)
        if recipient
    ]
    tell(messages, now=now)
    Notice.objects.filter(pk__in=[row.pk for row in rows]).update(mail=Notice.Mail.NONE)
    return len(messages)


def _summary(recipient: User, notices: list[Notice], day: str) -> Message:
    lines = [f"- {notice.subject}\n  {notice.body}" for notice in notices]
    # The newest notice makes the key: a second summary of the day holds other notices.
    return Message(
        key=f"summary:{recipient.pk}:{notices[-1].pk}",
        kind=Notice.Kind.DIGEST,
        subject=f"{day}: {len(notices)} to look at",
        body="\n".join(lines),
        path="/",
        recipient=recipient,
        address=recipient.email if recipient.is_active else "",
    )


def mark_read(*, notice: Notice, by: User, now: datetime) -> None:
    """Note that ``by`` has seen their own notice at ``now`` (aware); a second time is harmless."""
    Notice.objects.filter(pk=notice.pk, recipient=by, read_at__isnull=True).update(read_at=now)


def mark_all_read(*, by: User, now: datetime) -> int:
    """Note that ``by`` has seen everything told to them so far; returns how many were new."""
    return Notice.objects.for_person(by).unread().filter(created_at__lte=now).update(read_at=now)


def deliver_due(*, staff: bool, clock: Callable[[], datetime] = timezone.now) -> int:
    """Send the e-mails that are due, to ``staff`` or to everybody else; returns how many.

    The caller decides when staff may be mailed (H60). ``clock`` gives the aware moment: it is
    asked again for each batch and each message, because sending takes time.

    1. One delivery of each kind at a time: a mail server that is slow to answer must not tie
       up every worker and hold up enforcement.
    2. Claim a batch: their next try is put off by CLAIM_LASTS, committed before anything is
       sent, so that a worker that dies while sending only delays them.
    3. Send each with a Message-ID made from its key: a repeat is recognisable as one.
    4. Mark it sent, or write down the error and when it is tried next; only while it is still
       ours (same number of tries).
    """
    with _one_delivery(staff) as alone:
        if not alone:
            return 0
        started, sent = clock(), 0
        while clock() - started < DELIVERY_MAY_TAKE and (batch := _claim(staff, clock())):
            sent += _send_batch(batch, clock)
        return sent


@contextmanager
def _one_delivery(staff: bool) -> Iterator[bool]:
    """Hold a lock of the session, which goes with its connection however the worker ends."""
    name = "deliver-staff" if staff else "deliver"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _claim(staff: bool, now: datetime) -> list[Notice]:
    with transaction.atomic():
        due = Notice.objects.to_deliver(now, staff=staff)
        rows = list(due.select_for_update(skip_locked=True, of=("self",))[:BATCH])
        Notice.objects.filter(pk__in=[row.pk for row in rows]).update(
            next_try_at=now + CLAIM_LASTS, tries=F("tries") + 1
        )
    for row in rows:
        row.tries += 1
    return rows


def _send_batch(batch: list[Notice], clock: Callable[[], datetime]) -> int:
    server = get_connection()
    try:
        server.open()
    except Exception as error:
        # The mail server is away: trying each message would wait once for each.
        for notice in batch:
            _put_off(notice, error, clock())
        return 0
    sent = sum(_send(notice, server, clock) for notice in batch)
    # A server that hung up has nothing left to close.
    with suppress(Exception):
        server.close()
    return sent


def _send(notice: Notice, server: BaseEmailBackend, clock: Callable[[], datetime]) -> bool:
    try:
        _send_or_reconnect(_mail(notice, server), server)
    except Exception as error:
        _put_off(notice, error, clock())
        return False
    _still_ours(notice).update(
        mail=Notice.Mail.SENT, sent_at=clock(), next_try_at=None, last_error=""
    )
    return True


def _send_or_reconnect(mail: EmailMessage, server: BaseEmailBackend) -> None:
    """Some servers hang up after so many messages: the next one gets a new connection."""
    try:
        mail.send()
    except SMTPServerDisconnected:
        with suppress(Exception):
            server.close()
        server.open()
        mail.send()


def _put_off(notice: Notice, error: Exception, now: datetime) -> None:
    # The error's own words may hold somebody's address: they go to the row, not to the log.
    log.warning("mail_not_sent", notice=notice.pk, tries=notice.tries, error=type(error).__name__)
    reason = repr(error)[:300]
    if notice.tries > len(RETRY_WAITS):
        _still_ours(notice).update(mail=Notice.Mail.FAILED, next_try_at=None, last_error=reason)
        return
    wait = RETRY_WAITS[notice.tries - 1]
    _still_ours(notice).update(next_try_at=now + wait, last_error=reason)


def _still_ours(notice: Notice) -> NoticeQuerySet:
    return Notice.objects.filter(pk=notice.pk, mail=Notice.Mail.WAITING, tries=notice.tries)


def retry(*, notice: Notice, by: User, now: datetime) -> bool:
    """Try a given-up e-mail again from ``now``; False when it was not given up after all."""
    changed = Notice.objects.filter(pk=notice.pk, mail=Notice.Mail.FAILED).update(
        mail=Notice.Mail.WAITING, next_try_at=now, tries=0
    )
    if changed:
        log.info("mail_retried", notice=notice.pk, by=by.pk)
        transaction.on_commit(_ask_for_delivery, robust=True)
    return bool(changed)


def give_back(*, key: str, addresses: Iterable[str], reason: str, now: datetime) -> bool:
    """Note that a sent e-mail came back undelivered: it is listed with those given up (H51).

    ``addresses`` are those the report names. False when the notice ``key`` was not sent to one
    of them, or has come back before: anybody can write a report.
    """
    sent = Notice.objects.filter(key=key, mail=Notice.Mail.SENT, sent_at__lte=now)
    sent = sent.annotate(sent_to=Lower("address")).filter(
        sent_to__in=[address.lower() for address in addresses]
    )
    returned = sent.update(mail=Notice.Mail.FAILED, last_error=reason[:300])
    if returned:
        log.warning("mail_returned")
    return bool(returned)


def message_id(key: str) -> str:
    """The Message-ID that the e-mail of the notice ``key`` has, always the same."""
    # Dots part the key as colons do, so a dot or an @ of the key's own is written as %2E or %40.
    return f"<{quote(key, safe=':+').replace('.', '%2E').replace(':', '.')}@{_host()}>"


def key_of(message_id: str) -> str | None:
    """The key of the notice that an e-mail with ``message_id`` was, when it is one of ours."""
    found = MESSAGE_ID.fullmatch(message_id.strip())
    if found is None or found["host"].casefold() != _host().casefold():
        return None
    return unquote(found["key"].replace(".", ":"))


def _host() -> str:
    return urlsplit(settings.PORTAL_URL).hostname or ""


def _mail(notice: Notice, server: BaseEmailBackend) -> EmailMessage:
    body = notice.body
    if notice.path and notice.recipient_id:
        body = f"{body}\n\n{settings.PORTAL_URL}{notice.path}\n"
    # Staff answer in the portal; what families write back goes where the mail room reads it.
    answers_to = [] if notice.recipient_id else settings.MAIL_REPLY_TO
    mail = EmailMultiAlternatives(
        subject=_one_line(notice.subject),
        body=body,
        to=[notice.address],
        reply_to=answers_to,
        headers=_headers(notice),
        connection=server,
    )
    if notice.calendar:
        _attach_calendar(mail, notice.calendar)
    return mail


def _attach_calendar(mail: EmailMultiAlternatives, calendar: str) -> None:
    """An invitation shows in the mail itself where it can; the file is there for every phone."""
    found = METHOD.search(calendar)
    method = found["name"] if found else "PUBLISH"
    mimetype = f"text/calendar; method={method}"
    if INVITES.search(calendar):
        mail.attach_alternative(calendar, mimetype)
    mail.attach("invitation.ics", calendar, mimetype)


def _one_line(subject: str) -> str:
    """A mail's header is one line, whatever was typed or came in with somebody's message."""
    printable = "".join(letter if letter.isprintable() else " " for letter in subject)
    return " ".join(printable.split())


def _headers(notice: Notice) -> dict[str, str]:
    headers = {"Message-ID": message_id(notice.key)}
    # RFC 3834: no out-of-office reply should answer an automatic message. A person's own words
    # are none.
    if notice.kind != Notice.Kind.REPLY:
        headers["Auto-Submitted"] = "auto-generated"
    # Somebody else's mail program wrote it: what could not stand in a header threads nothing.
    if MESSAGE_ID.fullmatch(notice.in_reply_to):
        headers |= {"In-Reply-To": notice.in_reply_to, "References": notice.in_reply_to}
    return headers
