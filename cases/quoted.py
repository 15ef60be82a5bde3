"""References that other apps give to people, found when somebody quotes them (H22, H23).

An app that stands on this one (concerns taken further, forms of the public) cannot be asked from
here: it says when it is loaded how its references begin and which contacts they are about, as it
adds its panels (docs/decisions/0017).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from cases.contact_models import ContactQuerySet
from cases.models import Contact

# "EHC-000123" names a case and "CON-000123" a contact; other apps add theirs.
OWN = ("EHC", "CON")
WRITTEN = re.compile(r"([A-Z]{3})-[0-9]{6,12}")
# "EHC 123", "con000007": the dash and the noughts are easily left out.
LOOSELY = "0*([0-9]{1,12})"
# "Can I ask 3 things" quotes nothing: what apps above give begins with words of the language.
IN_FULL = "([0-9]{6,12})"
MOST_UNFILED = 8


@dataclass(frozen=True)
class Waiting:
    """What came in under ``reference`` and is with nobody yet; no more of it than that."""

    reference: str
    received_at: datetime
    # True once it could not be put with anybody by itself, and administrators were told.
    needs_people: bool


# One column of ids of contacts, for a reference as it is written; not evaluated here.
ContactIds = Callable[[str], QuerySet[Any, Any]]
# What waits under a reference; None when nothing does. One query.
WaitingFor = Callable[[str], Waiting | None]
_kinds: dict[str, ContactIds] = {}
_waiting: dict[str, WaitingFor] = {}


def add_references(
    kind: str, contact_ids: ContactIds, *, waiting_for: WaitingFor | None = None
) -> None:
    """Called by an app when it is loaded; a second call for the same ``kind`` changes nothing.

    ``waiting_for`` tells of what was received and is not worked through, where there can be such.
    """
    _kinds.setdefault(kind, contact_ids)
    if waiting_for is not None:
        _waiting.setdefault(kind, waiting_for)


def kinds() -> list[str]:
    """How references begin: "CON", "EHC" and those of apps above."""
    return [*OWN, *_kinds]


def quoted_in(words: str) -> list[str]:
    """The references that ``words`` of a sender name, as we write them, each once.

    Those of cases and contacts also where noughts or the dash are left out, others as given out.
    """
    loose = [*_written(OWN, LOOSELY, words), *_written(_kinds, IN_FULL, words)]
    return list(dict.fromkeys(loose))


def _written(begin: Iterable[str], digits: str, words: str) -> list[str]:
    kinds = "|".join(begin)
    if not kinds:
        return []
    found = re.findall(rf"\b({kinds})[ -]?{digits}\b", words, re.IGNORECASE)
    return [f"{kind.upper()}-{int(number):06d}" for kind, number in found]


def contacts_quoted(code: str) -> ContactQuerySet | None:
    """The contacts that ``code`` names by a reference of its own; None when it is no reference.

    Not narrowed to what somebody may see, and not evaluated.
    """
    written = WRITTEN.fullmatch(code.upper())
    if written is None:
        return None
    contacts = Contact.objects.all()
    if contact_ids := _kinds.get(written[1]):
        return contacts.filter(pk__in=contact_ids(code.upper()))
    return contacts.filter(reference=code.upper()) if written[1] == "CON" else None


def unfiled_quoted(codes: list[str], user: User) -> list[Contact]:
    """What ``codes`` name that belongs to no case yet, as far as ``user`` may see it (H67).

    One query for each code that is such a reference, none for others.
    """
    found: dict[int, Contact] = {}
    for code in codes[:MOST_UNFILED]:
        quoted = contacts_quoted(code)
        if quoted is not None:
            seen = quoted.visible_to(user).filter(case=None).select_related("clock__owner")
            found |= {contact.pk: contact for contact in seen[:1]}
    return list(found.values())


def waiting_quoted(codes: list[str]) -> list[Waiting]:
    """What ``codes`` name that came in and is with nobody yet (H22).

    Everybody who may search reads it: that it is here, and since when, is all that it tells.
    One query for each code of such a kind, none for others.
    """
    found = {code: one for code in codes[:MOST_UNFILED] if (one := _waiting_for(code.upper()))}
    return list(found.values())


def _waiting_for(code: str) -> Waiting | None:
    written = WRITTEN.fullmatch(code)
    waiting_for = _waiting.get(written[1]) if written else None
    return waiting_for(code) if waiting_for else None
