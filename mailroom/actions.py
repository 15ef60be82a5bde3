"""Taking in an e-mail. What is done with it afterwards is in mailroom/filing.py."""

from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db import transaction

from mailroom.digest import digest
from mailroom.models import IncomingMail
from mailroom.plain_text import one_line

log = structlog.get_logger(__name__)

# The beat wakes filing every minute, so a waking that waits longer is of no use.
WAKING_EXPIRES = 55  # seconds
MOST_ADDRESS = 320


@transaction.atomic
def store_mail(
    *, raw: bytes, envelope_from: str, envelope_to: Iterable[str], now: datetime
) -> IncomingMail:
    """Keep a message as it came at ``now`` (aware), whatever it is (H67).

    Nothing looks inside yet, so nothing in it can stop it from being stored. Only when the
    caller's transaction has committed may the sender be told that the message has arrived; a
    worker is then asked to file it. ``envelope_from`` is empty for the null sender of bounces.
    """
    mail = IncomingMail.objects.create(
        received_at=now,
        envelope_from=_address(envelope_from),
        envelope_to=[_address(address) for address in envelope_to],
        raw=raw,
        size=len(raw),
        digest=digest(raw),
        next_try_at=now,
    )
    log.info("mail_stored", mail=mail.pk, size=mail.size)
    transaction.on_commit(_ask_for_filing, robust=True)
    return mail


def file_again(*, now: datetime) -> int:
    """Put messages that could not be filed back, to be tried from ``now`` (aware) on.

    Returns how many.
    """
    again = IncomingMail.objects.failed().update(
        state=IncomingMail.State.WAITING, tries=0, next_try_at=now
    )
    if again:
        log.info("mails_filed_again", count=again)
        transaction.on_commit(_ask_for_filing, robust=True)
    return again


def _address(address: str) -> str:
    return one_line(address).strip("<>")[:MOST_ADDRESS]


def _ask_for_filing() -> None:
    """Wake a worker. A broker that is away costs only the wait until the next beat."""
    from mailroom.tasks import file_mail

    try:
        file_mail.apply_async(expires=WAKING_EXPIRES)
    except Exception as error:
        log.warning("broker_away", error=type(error).__name__)
