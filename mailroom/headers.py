"""What the headers of an e-mail say, however badly they are written.

Every function takes the header as it came (bytes that are not ASCII as surrogates), and none
raises: a header that cannot be read says nothing.
"""

import re
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime

from mailroom.plain_text import decoded, one_line

MOST_HEADER = 1_000_000  # characters that are looked at
MOST_DECODED = 10_000
MOST_SUBJECT = 500
MOST_NAME = 120
MOST_ADDRESS = 254  # RFC 5321
MOST_MESSAGE_ID = 250
MOST_REFERENCES = 100
MESSAGE_ID = re.compile(r"<[^<>\s]+>")
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,200}@[^\s<>()\[\],;:\"@]{1,250}")
# What stands between commas, unless they are in quotes.
PIECE = re.compile(r'(?:"(?:[^"\\]|\\.){0,300}"|[^,;])+')
MOST_PIECE = 1_000  # characters
MOST_ADDRESSES = 10_000
UNREADABLE = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)

Address = tuple[str, str]


def header_text(raw: str) -> str:
    """A header in words, on one line."""
    # Reading encoded words takes time by the square of their number.
    raw = raw[:MOST_DECODED]
    try:
        parts = decode_header(_unfolded(raw))
    except UNREADABLE:
        return eight_bit(raw)
    return one_line("".join(_part(content, charset) for content, charset in parts))


def _unfolded(raw: str) -> str:
    return re.sub(r"\r?\n(?=[ \t])", "", raw)


def _part(content: bytes | str, charset: str | None) -> str:
    if isinstance(content, str):
        return eight_bit(content)
    # Between encoded words the library hands out the rest as bytes of this codec.
    if charset is None:
        return decoded(_unescaped(content), "")
    return decoded(content, charset)


def _unescaped(content: bytes) -> bytes:
    return content.decode("raw_unicode_escape", errors="replace").encode(
        "utf-8", errors="surrogateescape"
    )


def eight_bit(raw: str) -> str:
    """A header of bytes that should not be there, in words, on one line."""
    return one_line(decoded(raw.encode("utf-8", errors="surrogateescape"), ""))


def subject(raw: str) -> str:
    return header_text(raw)[:MOST_SUBJECT]


def addresses(raw: str) -> tuple[Address, ...]:
    """The (name, address) pairs of a From, To or Cc; every address once."""
    by_address: dict[str, Address] = {}
    # The library takes minutes over some long headers, so it gets them in short pieces.
    for piece in PIECE.finditer(_unfolded(raw[:MOST_HEADER])):
        for name, address in _pairs(piece[0][:MOST_PIECE]):
            plain = _plain_address(address)
            if ADDRESS.fullmatch(plain):
                by_address.setdefault(plain.lower(), (header_text(name)[:MOST_NAME], plain))
        if len(by_address) >= MOST_ADDRESSES:
            break
    return tuple(by_address.values())


def _pairs(piece: str) -> list[Address]:
    if "@" not in piece:
        return []
    try:
        pairs = [(name, address) for name, address in getaddresses([piece]) if "@" in address]
    except UNREADABLE:
        pairs = []
    return pairs or [("", address) for address in ADDRESS.findall(piece)]


def _plain_address(address: str) -> str:
    """As written, but for what cannot be stored; an impossible length is no address."""
    text = eight_bit(address).replace(" ", "")
    return text if len(text) <= MOST_ADDRESS else ""


def message_ids(raw: str) -> tuple[str, ...]:
    """The message ids of a header, each in its brackets; of very many, the last ones."""
    found = MESSAGE_ID.findall(raw[-MOST_HEADER:])
    return tuple(_bracketed(each) for each in found[-MOST_REFERENCES:])


def message_id(raw: str) -> str:
    """The id of one message in its brackets, also where somebody has left them out."""
    found = message_ids(raw[:MOST_HEADER])
    if found:
        return found[0]
    return _bracketed(raw[:MOST_HEADER]) if raw.strip("<> \t\r\n") else ""


def _bracketed(raw: str) -> str:
    inner = "".join(eight_bit(raw).split()).strip("<>")
    return f"<{inner[:MOST_MESSAGE_ID]}>"


def moment(raw: str) -> datetime | None:
    """The moment of a Date header, in UTC; one without a zone, or nonsense, is none."""
    try:
        at = parsedate_to_datetime(raw[:200])
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (*UNREADABLE, OverflowError):
        return None
