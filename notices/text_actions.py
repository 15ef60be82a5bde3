"""What administrators change about the words that people are sent, and where links lead.

A text is never edited: a change is a new version, and what was sent keeps the number of its own.
"""

import re
from datetime import datetime

import structlog
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import connection, transaction

from accounts.access import only_administrators
from accounts.errors import RuleBroken
from accounts.models import User
from notices.models import Link, Text
from notices.placeholders import PLACEHOLDER, SHIPPED_LINKS, ShippedText, placeholders_in
from notices.texts import SHIPPED

log = structlog.get_logger(__name__)

LONGEST_SUBJECT = 200
LONGEST_BODY = 10_000
LONGEST_LABEL = 120
LONGEST_URL = 500

# Anything in braces, and a brace that nothing closes or opens.
BRACES = re.compile(r"\{[^{}\n]*\}|[{}]")
web_address = URLValidator(schemes=["http", "https"])


def refuse_bad_text(*, code: str, subject: str, body: str) -> None:
    """Every reason why these words may not be sent as ``code``.

    Raises RuleBroken, whose ``field`` is ``subject`` or ``body`` (``no_text``, ``missing``,
    ``too_long``, ``unknown_placeholder``, ``placeholder_missing``).
    """
    shipped = _shipped(code)
    _refuse_length("subject", subject, "Enter the subject", LONGEST_SUBJECT)
    _refuse_length("body", body, "Enter the words of the message", LONGEST_BODY)
    for field, words in (("subject", subject), ("body", body)):
        _refuse_unknown(field, words, shipped)
    missing = shipped.mandatory - placeholders_in(subject, body)
    if missing:
        raise RuleBroken(
            f"Keep {_listed(missing)} in the message: people need to be told",
            "placeholder_missing",
            field="body",
        )


@transaction.atomic
def change_text(
    *, code: str, subject: str, body: str, instead_of: int, by: User, now: datetime
) -> Text:
    """Send these words as ``code`` from ``now`` (aware) on: its next version.

    ``instead_of`` is the version that the person was shown. When somebody else has written
    another meanwhile, nothing is written; the same words sent twice are one version. Raises
    RuleBroken (``may_not_change``, ``unchanged``, ``changed_meanwhile`` and those of
    refuse_bad_text).
    """
    only_administrators(by)
    subject, body = tidied_subject(subject), tidied_body(body)
    refuse_bad_text(code=code, subject=subject, body=body)
    # Two administrators at once: there may be no row to lock, so they queue for the code.
    _hold(f"text:{code}")
    newest = Text.objects.filter(code=code).order_by("-version").first()
    if newest and newest.version != instead_of and (newest.subject, newest.body) == (subject, body):
        return newest
    _refuse_meanwhile(newest, instead_of)
    if words_of(code, newest) == (subject, body):
        raise RuleBroken("This is what the text says already: change something", "unchanged")
    made = Text.objects.create(
        code=code,
        version=instead_of + 1,
        subject=subject,
        body=body,
        written_at=now,
        written_by=by,
    )
    log.info("text_changed", code=code, version=made.version, by=by.pk)
    return made


def words_of(code: str, version: Text | None) -> tuple[str, str]:
    """Subject and body of a version; of the shipped one when there is none."""
    words = version or _shipped(code)
    return words.subject, words.body


def tidied_subject(typed: str) -> str:
    """One line, as a mail's header is."""
    return " ".join(typed.split())


def tidied_body(typed: str) -> str:
    """Line ends as everywhere else, and none left over."""
    lines = typed.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


@transaction.atomic
def set_link(
    *, code: str, label: str, url: str, instead_of: tuple[str, str], by: User, now: datetime
) -> Link:
    """Send people to ``url`` under the words ``label``; an empty ``url`` leaves the link out.

    ``instead_of`` is the label and address that the person was shown: when somebody else has
    set others meanwhile, nothing is written. Raises RuleBroken (``may_not_change``,
    ``no_link``, ``missing``, ``too_long``, ``not_an_address``, ``changed_meanwhile``).
    """
    only_administrators(by)
    if code not in SHIPPED_LINKS:
        raise RuleBroken(f"There is no link called {code}.", "no_link")
    label, url = " ".join(label.split()), url.strip()
    _refuse_length("label", label, "Enter the words of the link", LONGEST_LABEL)
    _refuse_bad_address(url)
    _hold(f"link:{code}")
    if link_now(code) == (label, url):
        return _kept(code, label, url)
    if link_now(code) != instead_of:
        raise RuleBroken(
            "Somebody else has changed this link meanwhile. It is shown as it is now. What you "
            "typed is still below: nothing has been lost.",
            "changed_meanwhile",
        )
    link = _kept(code, label, url)
    log.info("link_changed", code=code, by=by.pk, at=now.isoformat())
    return link


def link_now(code: str) -> tuple[str, str]:
    """Label and address of a link: the council's own, or the shipped ones."""
    words = Link.objects.filter(code=code).first() or SHIPPED_LINKS[code]
    return words.label, words.url


def _kept(code: str, label: str, url: str) -> Link:
    link, _ = Link.objects.update_or_create(code=code, defaults={"label": label, "url": url})
    return link


def _shipped(code: str) -> ShippedText:
    if code not in SHIPPED:
        raise RuleBroken(f"There is no text called {code}.", "no_text")
    return SHIPPED[code]


def _refuse_length(field: str, words: str, empty: str, longest: int) -> None:
    if not words.strip():
        raise RuleBroken(empty, "missing", field=field)
    if len(words) > longest:
        raise RuleBroken(f"Use {longest:,} characters or less", "too_long", field=field)


def _refuse_unknown(field: str, words: str, shipped: ShippedText) -> None:
    for found in BRACES.findall(words):
        name = PLACEHOLDER.fullmatch(found)
        if name is None or name[1] not in shipped.allowed:
            raise RuleBroken(
                f"“{found}” cannot be filled in. In braces, write only "
                f"{_listed(shipped.allowed, 'or')}",
                "unknown_placeholder",
                field=field,
            )


def _listed(names: frozenset[str], joint: str = "and") -> str:
    *others, last = (f"{{{name}}}" for name in sorted(names))
    return f"{', '.join(others)} {joint} {last}" if others else last


def _refuse_meanwhile(newest: Text | None, instead_of: int) -> None:
    if newest is None and instead_of == 1:
        return
    if newest is None or newest.version != instead_of:
        who = newest.written_by if newest else "Somebody else"
        raise RuleBroken(
            f"{who} has changed this text meanwhile. What you typed is still below: nothing has "
            "been lost. Compare it with what the text says now.",
            "changed_meanwhile",
        )


def _refuse_bad_address(url: str) -> None:
    if not url:
        return
    if len(url) > LONGEST_URL:
        raise RuleBroken(
            f"The address must be {LONGEST_URL} characters or less", "too_long", field="url"
        )
    try:
        web_address(url)
    except ValidationError as error:
        raise RuleBroken(
            "Enter a web address that begins with https:// or http://",
            "not_an_address",
            field="url",
        ) from error


def _hold(name: str) -> None:
    """Queue behind whoever changes the same thing, until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
