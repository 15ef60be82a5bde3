"""A real mail server to deliver to, and messages for it."""

import asyncio
import email
from datetime import UTC, datetime
from email.message import Message as Mail
from typing import Any

from aiosmtpd.controller import Controller

from notices.actions import Message, deliver_due
from notices.models import Notice

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
