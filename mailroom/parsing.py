"""Reading an e-mail: from the bytes as they came to what the portal keeps of them.

Pure Python: no Django, no database, no "now". ``parse`` never raises, whatever the bytes are.
Plain text is preferred; of HTML only the words are kept (mailroom/plain_text.py). Everything
else, a forwarded message, a picture inside the text or winmail.dat, is an attachment.
"""

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import Message
from email.parser import BytesParser

from mailroom import headers
from mailroom.headers import UNREADABLE, Address
from mailroom.plain_text import decoded, html_as_text, html_charset, one_line, storable

MOST_FILENAME = 150
MOST_NAMED = 2_000
FORMATTED_VERSION = "the formatted version.txt"
MOST_PARAMETERS = 10_000  # characters
# Letters that turn the reading direction, so that "gpj.exe" is read as "exe.jpg".
TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
NOT_IN_FILENAMES = re.compile(r'[\\/:*?"<>|]')
# The same for every message without a name of its own, on every machine.
EXTENSIONS = {
    "application/ms-tnef": "winmail.dat",
    "message/rfc822": "forwarded message.eml",
    "message/delivery-status": "delivery status.txt",
    "text/calendar": "invitation.ics",
}
ENCLOSED = {"message/rfc822", "text/rfc822-headers"}
ACTION_FAILED = re.compile(r"^action:[ \t]*failed", re.IGNORECASE | re.MULTILINE)
FINAL_RECIPIENT = re.compile(
    r"^(?:final|original)-recipient:[ \t]*[^;\s]*;[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE
)
SILENT_PRECEDENCE = {"bulk", "list", "junk"}
ROBOTS = re.compile(r"(mailer-daemon|postmaster)@", re.IGNORECASE)


@dataclass(frozen=True)
class Attached:
    """One file of a message."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class ParsedMail:
    """What one message says. Message ids stand in their brackets; ``sent_at`` is in UTC."""

    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    subject: str
    from_name: str
    from_address: str
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    sent_at: datetime | None
    text: str
    attachments: tuple[Attached, ...]
    # A program wrote it, or asks for no automatic answer (RFC 3834).
    auto_submitted: bool
    is_auto_reply: bool
    # It reports on another message: not delivered, or read.
    is_bounce: bool
    # It came to many at once.
    is_list: bool
    # Of a report: the messages it is about, and the addresses they could not be delivered to.
    reported: tuple[str, ...] = ()
    undelivered_to: tuple[str, ...] = ()


def parse(raw: bytes) -> ParsedMail:
    """Read a message. Never raises: what cannot be read is empty, or an attachment."""
    message = _message(raw)
    found = _headers(message)
    senders = headers.addresses(found.get("from", "")) or headers.addresses(found.get("sender", ""))
    from_name, from_address = senders[0] if senders else ("", "")
    texts, attachments = _content(message, raw)
    is_bounce = _is_bounce(found, message, from_address)
    replied_to = headers.message_ids(found.get("in-reply-to", ""))
    return ParsedMail(
        message_id=headers.message_id(found.get("message-id", "")),
        in_reply_to=replied_to[0] if replied_to else "",
        references=headers.message_ids(found.get("references", "")),
        subject=headers.subject(found.get("subject", "")),
        from_name=from_name,
        from_address=from_address,
        to=headers.addresses(found.get("to", "")),
        cc=headers.addresses(found.get("cc", "")),
        sent_at=headers.moment(found.get("date", "")),
        text="\n\n".join(texts),
        attachments=attachments,
        auto_submitted=_is_automatic(found),
        is_auto_reply=_is_auto_reply(found) or _precedence(found) == "auto_reply",
        is_bounce=is_bounce,
        is_list=_is_list(found),
        reported=_reported(attachments) if is_bounce else (),
        undelivered_to=_undelivered_to(found, attachments),
    )


def envelope_sender(raw: bytes) -> str:
    """Who sent a message that came without an envelope; empty for the null sender."""
    found = _only_headers(raw)
    if "return-path" in found:
        return found["return-path"].strip().strip("<>")
    senders = headers.addresses(found.get("from", ""))
    return senders[0][1] if senders else ""


def _message(raw: bytes) -> Message:
    # The older policy hands out headers as they came; the newer one raises on some of them.
    parser = BytesParser(policy=policy.compat32)
    try:
        return parser.parsebytes(raw)
    except UNREADABLE:
        # Nested more deeply than can be followed: the whole is one text.
        return parser.parsebytes(raw, headersonly=True)


def _only_headers(raw: bytes) -> dict[str, str]:
    return _headers(BytesParser(policy=policy.compat32).parsebytes(raw, headersonly=True))


def _headers(message: Message) -> dict[str, str]:
    """Each header as it came, by its name in small letters; of several To or Cc, all."""
    found: dict[str, str] = {}
    for name, value in message.raw_items():
        key = name.lower()
        if key not in found:
            found[key] = value
        elif key in {"to", "cc"}:
            found[key] += f", {value}"
    return found


# --- RFC 3834: whom not to answer -------------------------------------------------------------


def _is_auto_reply(found: dict[str, str]) -> bool:
    """A machine answered by itself, such as an out-of-office reply: nobody wrote its words now."""
    submitted = found.get("auto-submitted", "").partition(";")[0].split("(")[0].strip().lower()
    answers = ("x-autoreply", "x-autorespond", "x-autoresponder")
    return submitted == "auto-replied" or any(name in found for name in answers)


def _is_automatic(found: dict[str, str]) -> bool:
    submitted = found.get("auto-submitted", "no").partition(";")[0].split("(")[0].strip().lower()
    suppressed = {
        word.strip().lower() for word in found.get("x-auto-response-suppress", "").split(",")
    }
    return (
        submitted not in {"", "no"}
        or bool(suppressed & {"all", "autoreply", "oof"})
        or any(name in found for name in ("x-autoreply", "x-autorespond", "x-autoresponder"))
        or _precedence(found) == "auto_reply"
    )


def _is_bounce(found: dict[str, str], message: Message, from_address: str) -> bool:
    return (
        found.get("return-path", "").strip() == "<>"
        or _content_type(message) == "multipart/report"
        or "x-failed-recipients" in found
        or ROBOTS.match(from_address) is not None
    )


def _is_list(found: dict[str, str]) -> bool:
    return _precedence(found) in SILENT_PRECEDENCE or any(
        name.startswith("list-") for name in found
    )


def _precedence(found: dict[str, str]) -> str:
    return found.get("precedence", "").strip().lower()


# --- Reports on other messages ------------------------------------------------------------------


def _reported(attachments: tuple[Attached, ...]) -> tuple[str, ...]:
    """The ids of the messages that are inside this one, whole or only their headers."""
    inside = (one for one in attachments if one.content_type in ENCLOSED)
    ids = (headers.message_id(_only_headers(one.content).get("message-id", "")) for one in inside)
    return tuple(one for one in ids if one)


def _undelivered_to(found: dict[str, str], attachments: tuple[Attached, ...]) -> tuple[str, ...]:
    failed = [address for _, address in headers.addresses(found.get("x-failed-recipients", ""))]
    for one in attachments:
        if one.content_type == "message/delivery-status":
            # Recipients are parted by empty lines; delayed and delivered ones are not failed.
            groups = re.split(r"\n\s*\n", storable(decoded(one.content, "")))
            for group in filter(ACTION_FAILED.search, groups):
                failed += FINAL_RECIPIENT.findall(group)
    return tuple(dict.fromkeys(address.lower() for address in failed))


# --- Text and attachments -----------------------------------------------------------------------


def _content(message: Message, raw: bytes) -> tuple[list[str], tuple[Attached, ...]]:
    try:
        texts: list[str] = []
        attachments: list[Attached] = []
        for part in _parts(message):
            if isinstance(part, str):
                texts.append(part)
            else:
                attachments.append(part)
        return texts, tuple(_named_apart(attachments))
    except UNREADABLE:
        return [storable(decoded(raw, "")).strip()], ()


def _parts(part: Message) -> Iterator[str | Attached]:
    """What a part is made of, in order: texts that are not blank, and attachments."""
    _make_readable(part)
    content_type = _content_type(part)
    # Asked for only where there are parts: of a text it would use the charset, whatever that is.
    children = _children(part) if part.is_multipart() else []
    if content_type.startswith("message/") and part.is_multipart():
        yield _forwarded(part, content_type)
    elif part.is_multipart():
        if content_type == "multipart/alternative":
            yield from _best([list(_parts(child)) for child in children], children)
        else:
            for child in children:
                yield from _parts(child)
    elif _is_text(part, content_type):
        text = _text(part, content_type)
        if text.strip():
            yield text
    else:
        yield _attached(part, content_type)


def _children(part: Message) -> list[Message]:
    return [one for one in part.get_payload() if isinstance(one, Message)]


def _best(found: list[list[str | Attached]], children: list[Message]) -> Iterator[str | Attached]:
    """Of several ways to say the same, the plain one; attachments of all of them."""
    with_text = [n for n, parts in enumerate(found) if any(isinstance(one, str) for one in parts)]
    plain = [n for n in with_text if _content_type(children[n]) == "text/plain"]
    chosen = (plain or with_text or [-1])[0]
    for number, parts in enumerate(found):
        yield from (one for one in parts if number == chosen or isinstance(one, Attached))
    fuller = max((_letters(found[number]) for number in with_text if number != chosen), default=0)
    if fuller > 2 * _letters(found[chosen]):
        # "Use another program to read this": the words are in the other part.
        words = next(found[n] for n in with_text if n != chosen and _letters(found[n]) == fuller)
        text = "\n\n".join(one for one in words if isinstance(one, str))
        yield Attached(FORMATTED_VERSION, "text/plain", text.encode())


def _letters(parts: list[str | Attached]) -> int:
    return sum(len(one) for one in parts if isinstance(one, str))


def _is_text(part: Message, content_type: str) -> bool:
    if part.get_content_maintype() == "multipart":
        return True  # it says so, but has no parts
    return content_type in {"text/plain", "text/html"} and not (
        _disposition(part) == "attachment" or _given_filename(part)
    )


def _text(part: Message, content_type: str) -> str:
    content = _bytes(part)
    charset = _charset(part)
    if content_type == "text/html":
        return html_as_text(decoded(content, charset or html_charset(content)))
    return storable(decoded(content, charset)).strip("\n")


def _attached(part: Message, content_type: str) -> Attached:
    return Attached(_filename(part, content_type), content_type, _bytes(part))


def _forwarded(part: Message, content_type: str) -> Attached:
    """A message inside this one, as a whole: it is not taken apart."""
    content = b"\n".join(_as_bytes(one) for one in _children(part))
    return Attached(_filename(part, content_type), content_type, content)


def _as_bytes(message: Message) -> bytes:
    for write in (message.as_bytes, lambda: message.as_string().encode("utf-8", "replace")):
        try:
            return write()
        except UNREADABLE:
            continue
    return _bytes(message)


def _named_apart(attachments: list[Attached]) -> Iterator[Attached]:
    """Several files of one name get a number each, so that none hides another."""
    seen: dict[str, int] = {}
    for one in attachments:
        seen[one.filename] = number = seen.get(one.filename, 0) + 1
        stem, dot, extension = one.filename.rpartition(".")
        name = f"{stem} ({number}){dot}{extension}" if stem else f"{extension} ({number})"
        yield one if number == 1 else Attached(name, one.content_type, one.content)


# --- One part -------------------------------------------------------------------------------------


def _make_readable(part: Message) -> None:
    """Put words for bytes that should not be in these headers, or their parameters are lost.

    A long one is cut: finding its parameters takes the square of its length.
    """
    for name, raw in list(part.raw_items()):
        if name.lower() in {"content-type", "content-disposition"}:
            part.replace_header(name, headers.eight_bit(raw[:MOST_PARAMETERS]))


def _content_type(part: Message) -> str:
    try:
        return one_line(part.get_content_type())[:100]
    except UNREADABLE:
        return "application/octet-stream"


def _disposition(part: Message) -> str:
    try:
        return part.get_content_disposition() or ""
    except UNREADABLE:
        return ""


def _charset(part: Message) -> str:
    try:
        given = part.get_param("charset", "")
        return str(given[2] if isinstance(given, tuple) else given)
    except UNREADABLE:
        return ""


def _bytes(part: Message) -> bytes:
    """The content, decoded as far as it can be."""
    try:
        payload = part.get_payload(decode=True)
    except UNREADABLE:
        return b""
    return payload if isinstance(payload, bytes) else b""


def _given_filename(part: Message) -> str:
    try:
        given = headers.header_text((part.get_filename() or "")[:MOST_NAMED])
    except UNREADABLE:
        return ""
    name = TURNING.sub("", NOT_IN_FILENAMES.sub("_", given)).strip(". ")
    stem, dot, extension = name.rpartition(".")
    if len(extension) > 20:
        return name[:MOST_FILENAME]
    return f"{stem[: MOST_FILENAME - len(extension) - 1]}{dot}{extension}"


def _filename(part: Message, content_type: str) -> str:
    if given := _given_filename(part):
        return given
    if content_type in EXTENSIONS:
        return EXTENSIONS[content_type]
    return f"attachment{mimetypes.guess_extension(content_type) or '.bin'}"
