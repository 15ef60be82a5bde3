"""The words people are sent: the shipped text, or the newest version that the council wrote.

Texts are written inside the transaction of their cause, so a fault in one must never stop what
it tells about: a version that cannot be filled in gives way to the shipped one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from django.conf import settings

from notices.placeholders import MEANINGS, PLACEHOLDER, SHIPPED_LINKS, placeholders_in
from notices.shipped_texts import SHIPPED
from notices.text_models import Link, Text

__all__ = ["SHIPPED", "SHIPPED_LINKS", "Texts", "Written", "current", "fill"]

log = structlog.get_logger(__name__)

PARAGRAPH_END = re.compile(r"\n\s*\n")
SENTENCE_END = re.compile(r"(?<=[.!?])[ ]+")


class ValueMissing(Exception):
    """A sender left out a value that its text needs; raised in tests only."""


@dataclass(frozen=True)
class Written:
    """A text ready to be sent; ``version`` is written down beside what it was sent for."""

    subject: str
    body: str
    version: int


@dataclass(frozen=True)
class Texts:
    """Every text in its newest version, and every link, read once."""

    edited: dict[str, Text]
    links: dict[str, str]

    def write(self, code: str, **values: object) -> Written:
        """The text ``code`` with ``values`` filled in; links and the council's name are known.

        A value is put in as it is: braces in it mean nothing. An empty one leaves out its line
        when nothing else is on it, and a link that the council has removed always does.
        """
        shipped = SHIPPED[code]
        given = self._given(values)
        edited = self.edited.get(code)
        if edited and placeholders_in(edited.subject, edited.body) <= given.keys():
            return _written(edited.subject, edited.body, edited.version, given)
        if edited:
            log.error("text_not_filled", code=code, version=edited.version)
        if missing := placeholders_in(shipped.subject, shipped.body) - given.keys():
            _report(code, missing)
        return _written(shipped.subject, shipped.body, 1, given)

    def example(self, code: str, subject: str, body: str) -> Written:
        """How these words would read as the text ``code``, with an example of each value."""
        values = {name: MEANINGS[name].example for name in SHIPPED[code].placeholders}
        return _written(subject, body, 0, self._given(values))

    def _given(self, values: Mapping[str, object]) -> dict[str, str]:
        general = {"council": settings.COUNCIL_NAME, "service": settings.SERVICE_NAME}
        return {**self.links, **general, **{name: str(value) for name, value in values.items()}}


def current() -> Texts:
    """The texts and links in use now, in two queries whatever was edited."""
    links = {code: f"{link.label}: {link.url}" for code, link in SHIPPED_LINKS.items()}
    for row in Link.objects.all():
        links[row.code] = f"{row.label}: {row.url}" if row.url else ""
    return Texts(edited={row.code: row for row in Text.objects.newest()}, links=links)


def _report(code: str, missing: set[str]) -> None:
    """A sender's slip: loud in tests; a family still gets the rest of the text."""
    if settings.MODE == "test":
        raise ValueMissing(f"{code} needs {', '.join(sorted(missing))}.")
    log.error("text_value_missing", code=code, missing=sorted(missing))


def _written(subject: str, body: str, version: int, given: dict[str, str]) -> Written:
    # A subject is one line of a mail's header.
    return Written(" ".join(fill(subject, given).split()), _filled_body(body, given), version)


def fill(text: str, given: dict[str, str]) -> str:
    """``text`` with every {name} replaced once: what a value holds is never filled in again."""
    return PLACEHOLDER.sub(lambda found: given.get(found[1], ""), text)


def _filled_body(body: str, given: dict[str, str]) -> str:
    paragraphs = [_paragraph(paragraph, given) for paragraph in PARAGRAPH_END.split(body)]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _paragraph(text: str, given: dict[str, str]) -> str:
    lines = [_line(line, given) for line in text.split("\n")]
    kept = [line for line in lines if line]
    # "Help is here:" says nothing once what it announces is left out.
    if len(kept) < len(lines) and kept and kept[-1].endswith(":"):
        kept.pop()
    return "\n".join(kept)


def _line(line: str, given: dict[str, str]) -> str:
    """One line filled in; empty when it has nothing to say."""
    names = set(PLACEHOLDER.findall(line))
    if any(name in SHIPPED_LINKS and not given.get(name) for name in names):
        return ""
    if names - given.keys():
        line = " ".join(part for part in SENTENCE_END.split(line) if _complete(part, given))
    return fill(line, given).rstrip()


def _complete(sentence: str, given: dict[str, str]) -> bool:
    return set(PLACEHOLDER.findall(sentence)) <= given.keys()
