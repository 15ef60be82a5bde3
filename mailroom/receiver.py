"""The mail room's door: an SMTP or LMTP server that stores what the council's mail system brings.

A message is answered 250 when it is committed, and 451 when it could not be stored: then the
sending server keeps it and tries again, so nothing is lost while the database is away.
"""

import asyncio
import signal
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.utils import timezone

from mailroom.actions import store_mail

log = structlog.get_logger(__name__)

Network = IPv4Network | IPv6Network

# How long messages that are just being stored may take when the server is told to stop.
GRACE = 20  # seconds
STORED = "250 2.0.0 Stored"
TRY_AGAIN = "451 4.3.0 Not stored. Please try again later"
NOT_FROM_HERE = "550 5.7.1 Mail is taken from the council's own mail system only"
NOT_FOR_US = "550 5.1.1 No such mailbox here"


def networks() -> list[Network]:
    """Whence mail is taken (MAIL_IN_FROM)."""
    try:
        return [ip_network(text.strip(), strict=False) for text in settings.MAIL_IN_FROM]
    except ValueError as error:
        raise ImproperlyConfigured(f"MAIL_IN_FROM: {error}.") from error


def store(raw: bytes, envelope_from: str, envelope_to: Iterable[str]) -> None:
    """Store one message and commit, in a thread that keeps no connection."""
    try:
        store_mail(
            raw=raw, envelope_from=envelope_from, envelope_to=envelope_to, now=timezone.now()
        )
    finally:
        connections.close_all()


@dataclass
class MailRoom:
    """What the server does with senders, recipients and messages."""

    taken_from: list[Network]
    taken_for: frozenset[str]
    storing: set["asyncio.Future[None]"] = field(default_factory=set)

    async def handle_MAIL(  # noqa: N802 (the library's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self._is_ours(session.peer):
            return NOT_FROM_HERE
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 (the library's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        domain = address.rpartition("@")[2].lower()
        if self.taken_for and not self.taken_for & {address.lower(), domain}:
            return NOT_FOR_US
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 (the library's name)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content, sender = envelope.original_content or b"", envelope.mail_from or ""
        storing = asyncio.ensure_future(
            asyncio.to_thread(store, content, sender, list(envelope.rcpt_tos))
        )
        self.storing.add(storing)
        storing.add_done_callback(self.storing.discard)
        try:
            # A sender that hangs up now does not stop what is already being written.
            await asyncio.shield(storing)
        except Exception as error:
            # The error's own words may hold a part of the message: they go into no log.
            log.warning("mail_not_stored", error=type(error).__name__)
            return TRY_AGAIN
        return STORED

    async def handle_exception(self, error: Exception) -> str:
        log.warning("mail_session_failed", error=type(error).__name__)
        return TRY_AGAIN

    def _is_ours(self, peer: Any) -> bool:
        address = ip_address(peer[0].partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self.taken_from)


class LongLines:
    """A line may be as long as a message: what breaks that rule of SMTP is stored all the same."""

    line_length_limit: int = settings.MAIL_IN_MAX_BYTES

    async def push(self, status: Any) -> None:
        # So long a line is a message that is too long, and there is a word for that.
        if str(status).startswith("500 Line too long"):
            status = "552 5.3.4 Error: Too much mail data"
        await super().push(status)  # type: ignore[misc]


class ByMail(LongLines, SMTP):
    """A session of SMTP."""


class EachRecipientAnswered(LongLines, LMTP):
    """LMTP wants the outcome of a message once for each recipient (RFC 2033, 4.2)."""

    _answers = 1

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 (the library's name)
        try:
            await super().smtp_DATA(arg)
        finally:
            self._answers = 1

    async def push(self, status: Any) -> None:
        for _ in range(self._answers):
            await super().push(status)
        if str(status).startswith("354") and self.envelope:
            self._answers = len(self.envelope.rcpt_tos)


async def serve(host: str, port: int, *, lmtp: bool, ready: Any = None) -> None:
    """Take in mail until SIGTERM or Ctrl-C, then finish what is being stored.

    ``ready`` is called with the port when the server listens. Raises ImproperlyConfigured for
    networks that are none, OSError when the address cannot be had.
    """
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    room = MailRoom(networks(), frozenset(each.lower() for each in settings.MAIL_IN_ADDRESSES))
    server = await loop.create_server(lambda: _session(room, loop, lmtp), host, port)
    if ready:
        ready(_port(server.sockets[0]))
    await ended.wait()
    server.close()
    if room.storing:
        await asyncio.wait(room.storing, timeout=GRACE)
        await asyncio.sleep(0.1)  # the senders still have to be told


def _port(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def _session(room: MailRoom, loop: asyncio.AbstractEventLoop, lmtp: bool) -> SMTP:
    kind = EachRecipientAnswered if lmtp else ByMail
    return kind(
        room,
        data_size_limit=settings.MAIL_IN_MAX_BYTES,
        enable_SMTPUTF8=True,
        hostname=urlsplit(settings.PORTAL_URL).hostname,
        ident=settings.SERVICE_NAME,
        loop=loop,
    )
