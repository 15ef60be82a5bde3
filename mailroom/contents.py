"""From what a message says to what is written down of it."""

from collections.abc import Iterable, Iterator

from django.conf import settings

from accounts.models import User
from cases.models import Contact
from cases.received import File, Received
from mailroom.manners import is_address
from mailroom.matching import Found
from mailroom.models import IncomingMail
from mailroom.parsing import Attached, ParsedMail

NO_TEXT = "(This e-mail has no text.)"
# More than anybody writes; the rest is in a file of its own.
MOST_TEXT = 100_000  # characters
WHOLE_TEXT = "the whole text.txt"
MOST_SUBJECT = 300
MOST_NAME = 120
# Where the name does not say what a file is, its content type does.
REFUSED_TYPES = {
    "application/javascript": "js",
    "application/x-msdownload": "exe",
    "application/x-sh": "sh",
    "application/xhtml+xml": "xhtml",
    "image/svg+xml": "svg",
    "text/html": "html",
    "text/javascript": "js",
}


def received(mail: IncomingMail, said: ParsedMail, found: Found) -> Received:
    """What ``said`` is, as a person who logs it would write it down."""
    to, copied = _named(mail, said)
    return Received(
        channel=Contact.Channel.EMAIL,
        sender=found.sender,
        sender_name=_sender_name(said, found),
        sender_email=said.from_address if is_address(said.from_address) else "",
        sender_person=found.person,
        establishment=found.establishment,
        subject=said.subject[:MOST_SUBJECT],
        message=_text(said.text),
        received_at=mail.received_at,
        message_id=said.message_id,
        in_reply_to=said.in_reply_to,
        to=to,
        copied=copied,
        files=tuple(_files(said)),
    )


def _sender_name(said: ParsedMail, found: Found) -> str:
    known = found.person.name if found.person else ""
    return (said.from_name or known or said.from_address or "Unknown sender")[:MOST_NAME]


def _text(text: str) -> str:
    if len(text) <= MOST_TEXT:
        return text.strip() or NO_TEXT
    return f"{text[:MOST_TEXT]}\n\n(The rest is in the file “{WHOLE_TEXT}”.)"


# --- Whom it names --------------------------------------------------------------------------------


def _named(mail: IncomingMail, said: ParsedMail) -> tuple[tuple[User, ...], tuple[User, ...]]:
    """The staff in To and in Cc, in the message's order (H55).

    When it names none of them, those to whose mailbox it was brought.
    """
    to = [address.lower() for _, address in said.to]
    copied = [address.lower() for _, address in said.cc]
    brought_to = [address.lower() for address in mail.envelope_to]
    staff = _staff({*to, *copied, *brought_to})
    if not any(address in staff for address in (*to, *copied)):
        to = brought_to
    named = _in_order(to, staff)
    return named, tuple(user for user in _in_order(copied, staff) if user not in named)


def _staff(addresses: Iterable[str]) -> dict[str, User]:
    users = User.objects.filter(email__in=list(addresses), is_active=True)
    return {user.email: user for user in users.select_related("team")}


def _in_order(addresses: Iterable[str], staff: dict[str, User]) -> tuple[User, ...]:
    return tuple(dict.fromkeys(staff[address] for address in addresses if address in staff))


# --- Files ----------------------------------------------------------------------------------------


def _files(said: ParsedMail) -> Iterator[File]:
    if len(said.text) > MOST_TEXT:
        yield File(filename=WHOLE_TEXT, content_type="text/plain", content=said.text.encode())
    for one in said.attachments:
        yield File(
            filename=one.filename,
            content_type=one.content_type,
            content=one.content,
            refused=why_refused(one),
        )


def why_refused(file: Attached) -> str:
    """Why a file is kept but not offered to staff; empty when it is offered."""
    if len(file.content) > settings.MAIL_ATTACHMENT_MAX_BYTES:
        return f"It is larger than {settings.MAIL_ATTACHMENT_MAX_BYTES // 1_000_000} MB."
    extension = file.filename.rpartition(".")[2].strip().lower()
    refused = {one.strip(" .").lower() for one in settings.MAIL_ATTACHMENT_REFUSED}
    for kind in (extension, REFUSED_TYPES.get(file.content_type, "")):
        if kind in refused:
            return f"Files of the kind “{kind}” can run programs."
    return ""
