"""Reading the folder that mail is written to in the demonstration, instead of being sent."""

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

# Django's file backend ends every message with a line of dashes.
SEPARATOR = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True)
class WrittenMail:
    """One message of the folder; ``at`` is aware."""

    at: datetime
    to: str
    subject: str
    body: str


def newest(folder: Path, *, to: str | None = None, most: int = 100) -> list[WrittenMail]:
    """The newest messages in ``folder``, only those to one address when ``to`` is given."""
    found: list[WrittenMail] = []
    for file in sorted(folder.glob("*.log"), reverse=True):
        found += [mail for mail in reversed(_messages(file)) if to is None or mail.to == to]
        if len(found) >= most:
            break
    return sorted(found, key=lambda mail: mail.at, reverse=True)[:most]


def _messages(file: Path) -> list[WrittenMail]:
    chunks = file.read_bytes().split(SEPARATOR)
    return [_parse(chunk) for chunk in chunks if chunk.strip()]


def _parse(chunk: bytes) -> WrittenMail:
    message = email.message_from_bytes(chunk.lstrip(), policy=email.policy.default)
    body = message.get_body(("plain",))
    return WrittenMail(
        at=parsedate_to_datetime(str(message["Date"])),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        body=body.get_content() if body else "",
    )
