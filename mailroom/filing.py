"""Filing what came in: each message becomes one contact, or is known as a copy of another.

1. Claim one row: its next try is put off by CLAIM_LASTS and counted, with a commit of its own,
   so that a message that kills its reader is tried a few times and then listed.
2. Read it, outside any transaction: that can take a while.
3. In one transaction: hold its digest and its sender, so that two copies, or two messages of
   one sender, are filed one after the other; decide; write the contact; mark the row.
4. Or write down the error and when it is tried next.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import structlog
from django.db import connection, transaction
from django.utils import timezone

from accounts.errors import RuleBroken
from cases.actions import log_contact
from cases.matters import chased_by_mail, same_sender
from cases.models import Case, Contact
from cases.received import Received
from cases.routing import answers_for
from cases.settled_above import kept_after_settling
from clocks.calendars import LONDON
from mailroom.contents import received
from mailroom.manners import came_back, why_no_mail, why_not_acknowledge
from mailroom.matching import Found, find
from mailroom.models import CLAIM_LASTS, RETRY_WAITS, IncomingMail
from mailroom.parsing import ParsedMail, parse
from notices.actions import give_back, key_of

log = structlog.get_logger(__name__)

# A contact's submission follows from its message, so filing twice makes one contact.
MAIL_ROOM = UUID("0f6ac1d4-6b0e-5c2c-9a3d-2f6a8f1f7b10")
# A run ends before the next beat; what is left is its work.
RUN_LASTS = timedelta(seconds=50)
MOST_ERROR = 300


def file_due(*, clock: Callable[[], datetime] = timezone.now) -> int:
    """File what is due, message by message; returns how many became a contact.

    ``clock`` gives the aware moment and is asked again for each message. Any number of workers
    may do this at once.
    """
    filed = 0
    begun = clock()
    while (now := clock()) - begun < RUN_LASTS and (mail := _claim(now)):
        filed += _file_or_put_off(mail, clock)
    return filed


@transaction.atomic
def _claim(now: datetime) -> IncomingMail | None:
    due = IncomingMail.objects.due(now).select_for_update(skip_locked=True)
    mail = due.first()
    while mail and mail.tries > len(RETRY_WAITS):
        # Its readers died, so that none of them could give it up.
        _give_up(mail, mail.last_error or "Reading it ended the worker.")
        mail = due.first()
    if mail is None:
        return None
    mail.tries += 1
    mail.next_try_at = now + CLAIM_LASTS
    mail.save(update_fields=["tries", "next_try_at"])
    return mail


def _give_up(mail: IncomingMail, reason: str) -> None:
    IncomingMail.objects.filter(pk=mail.pk).update(
        state=IncomingMail.State.FAILED, next_try_at=None, last_error=reason
    )


def _file_or_put_off(mail: IncomingMail, clock: Callable[[], datetime]) -> bool:
    try:
        return _file(mail, parse(bytes(mail.raw)), clock())
    except Exception as error:
        log.warning("mail_not_filed", mail=mail.pk, tries=mail.tries, error=type(error).__name__)
        _put_off(mail, error, clock())
        return False


@transaction.atomic
def _file(mail: IncomingMail, said: ParsedMail, now: datetime) -> bool:
    _hold(f"mail:{mail.digest}")
    if not _still_claimed(mail):
        return False
    mail.message_id = said.message_id[: IncomingMail.MOST_MESSAGE_ID]
    if same := IncomingMail.objects.filed_with(mail.digest).first():
        _end(mail, IncomingMail.State.DUPLICATE, same_as=same)
        return False
    _hold(f"mail-from:{said.from_address.lower()}")
    # The clock of the machine that took it in may be ahead of ours.
    now = max(now, mail.received_at)
    _give_back_undelivered(said, now)
    if why := came_back(said, now):
        _end(mail, IncomingMail.State.OURS, unacknowledged=why)
        return False
    found = find(said, timezone.localtime(mail.received_at, LONDON).date())
    why = why_not_acknowledge(mail, said, found)
    contact = _contact(mail, said, found, acknowledge=not why, now=now)
    _end(mail, IncomingMail.State.FILED, contact=contact, filed_at=now, unacknowledged=why)
    log.info("mail_filed", mail=mail.pk, contact=contact.reference, acknowledged=not why)
    return True


def _contact(
    mail: IncomingMail, said: ParsedMail, found: Found, *, acknowledge: bool, now: datetime
) -> Contact:
    what = replace(
        _to_the_right_one(received(mail, said, found), found),
        no_mail=bool(why_no_mail(mail, said)),
        automatic=said.is_bounce or said.is_auto_reply,
    )
    submission = uuid5(MAIL_ROOM, str(mail.pk))
    if found.thread and not what.automatic:
        after = kept_after_settling(
            matter=found.thread.original or found.thread,
            received=what,
            submission=submission,
            now=now,
            acknowledge=acknowledge,
        )
        if after:
            return after
    return log_contact(
        case=found.case,
        received=what,
        submission=submission,
        by=None,
        now=now,
        # What a machine writes in a thread stays beside it, open or not.
        chases=found.thread if what.automatic else _chased(found.case, what, found.thread),
        acknowledge=acknowledge,
    )


def _to_the_right_one(what: Received, found: Found) -> Received:
    """What answers a letter about a complaint is not read first by whom it may be about (H103)."""
    matter = found.thread and (found.thread.original or found.thread)
    if found.case is None or matter is None or matter.category != Contact.Category.COMPLAINT:
        return what
    reader = answers_for(found.case, Contact.Category.COMPLAINT, what.to)
    besides = tuple(user for user in (*what.to, *what.copied) if user != reader)
    return replace(what, to=(reader,), copied=besides)


def _chased(case: Case | None, what: Received, thread: Contact | None) -> Contact | None:
    """The open matter it is about: in the tray too, where only the thread can tell (H48)."""
    if case is not None:
        return chased_by_mail(case, what, thread)
    if thread is None:
        return None
    matter = thread.original or thread
    waits = matter.is_open and not matter.struck_at and matter.case_id is None
    # Nothing chases a formal matter (H68), and advice about no child stays apart (S3).
    may_be_chased = matter.category == Contact.Category.INFORMAL
    return matter if waits and may_be_chased and same_sender(matter, what) else None


def _give_back_undelivered(said: ParsedMail, now: datetime) -> None:
    """What we wrote did not arrive: the system page lists it."""
    if not said.undelivered_to:
        return
    for key in filter(None, map(key_of, said.reported)):
        give_back(
            key=key,
            addresses=said.undelivered_to,
            reason=f"Returned by the mail system of {said.from_address}.",
            now=now,
        )


def _hold(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _still_claimed(mail: IncomingMail) -> bool:
    """Held until the end of the transaction; False when another worker took it over meanwhile."""
    rows = IncomingMail.objects.select_for_update().defer("raw")
    waiting = rows.filter(pk=mail.pk, state=IncomingMail.State.WAITING, tries=mail.tries)
    return waiting.first() is not None


def _end(mail: IncomingMail, state: IncomingMail.State, **outcome: object) -> None:
    """Write down what became of the message."""
    changed = {"message_id": mail.message_id, "next_try_at": None, "last_error": ""}
    IncomingMail.objects.filter(pk=mail.pk).update(state=state, **changed, **outcome)


def _put_off(mail: IncomingMail, error: Exception, now: datetime) -> None:
    # Administrators see this, and a part of the message might be in the error's own words.
    reason = error.message[:MOST_ERROR] if isinstance(error, RuleBroken) else type(error).__name__
    ours = IncomingMail.objects.filter(
        pk=mail.pk, state=IncomingMail.State.WAITING, tries=mail.tries
    )
    if mail.tries > len(RETRY_WAITS):
        ours.update(state=IncomingMail.State.FAILED, next_try_at=None, last_error=reason)
        return
    ours.update(next_try_at=now + RETRY_WAITS[mail.tries - 1], last_error=reason)
