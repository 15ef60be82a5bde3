import asyncio
import os
import sys
from argparse import ArgumentParser
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mailroom.actions import file_again, store_mail
from mailroom.parsing import envelope_sender
from mailroom.receiver import serve


class Command(BaseCommand):
    help = (
        "Take in e-mail: with --port as an SMTP or LMTP server, without it one message from "
        "standard input."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="the port to listen on; 0 takes a free one")
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
        parser.add_argument("--lmtp", action="store_true", help="speak LMTP instead of SMTP")
        parser.add_argument(
            "--again", action="store_true", help="try again to file what could not be filed"
        )
        parser.add_argument(
            "--sender", help="who sent the message on standard input; empty for the null sender"
        )
        parser.add_argument(
            "recipients", nargs="*", help="for whom the message on standard input is"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"]:
            self.stdout.write(f"{file_again(now=timezone.now())} will be tried again.")
        elif options["port"] is not None:
            self._serve(options["host"], options["port"], options["lmtp"])
        elif sys.stdin.isatty():
            raise CommandError("Give --port, or a message: receive_mail < message.eml")
        else:
            self._take_one(sys.stdin.buffer, options["sender"], options["recipients"])

    def _serve(self, host: str, port: int, lmtp: bool) -> None:
        def say(port: int) -> None:
            self.stdout.write(f"Taking in mail on {host}, port {port}.")
            self.stdout.flush()

        try:
            asyncio.run(serve(host, port, lmtp=lmtp, ready=say))
        except (OSError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error

    def _take_one(self, source: IO[bytes], sender: str | None, recipients: list[str]) -> None:
        """Store one message; the exit status says what the caller should do (sysexits.h)."""
        raw = source.read(settings.MAIL_IN_MAX_BYTES + 1)
        if len(raw) > settings.MAIL_IN_MAX_BYTES:
            raise CommandError(
                f"Refused: longer than {settings.MAIL_IN_MAX_BYTES:,} bytes.",
                returncode=os.EX_DATAERR,
            )
        if not raw.strip():
            raise CommandError("There is no message on standard input.", returncode=os.EX_DATAERR)
        try:
            mail = store_mail(
                raw=raw,
                envelope_from=envelope_sender(raw) if sender is None else sender,
                envelope_to=recipients,
                now=timezone.now(),
            )
        except Exception as error:
            raise CommandError(
                f"Not stored ({type(error).__name__}). Try again later.",
                returncode=os.EX_TEMPFAIL,
            ) from error
        self.stdout.write(f"Stored as number {mail.pk}.")
