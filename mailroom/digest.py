"""What makes two copies of one message the same, whatever route each of them took."""

import hashlib
import re

# Written by the servers on the way, so two copies of one message differ in them.
ON_THE_WAY = re.compile(
    rb"(received|return-path|delivered-to|envelope-to|authentication-results|arc-[\w-]+"
    rb"|dkim-signature|received-spf|x-[\w-]+)[ \t]*:",
    re.IGNORECASE,
)


def digest(raw: bytes) -> str:
    """The SHA-256 of a message in hexadecimal, without its traces and with plain line ends."""
    head, separator, body = raw.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")
    kept = hashlib.sha256()
    on_the_way = False
    for line in head.split(b"\n"):
        if not line.startswith((b" ", b"\t")):
            on_the_way = ON_THE_WAY.match(line) is not None or line.startswith(b"From ")
        if not on_the_way:
            kept.update(line + b"\n")
    kept.update(separator + body.rstrip(b"\n"))
    return kept.hexdigest()
