"""References that other apps give to people, found when somebody quotes them (H22, H23).

An app that stands on this one (concerns taken further, forms of the public) cannot be asked from
here: it says when it is loaded how its references begin and which contacts they are about, as it
adds its panels (docs/decisions/0017).
"""

import re
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from cases.contact_models import ContactQuerySet
from cases.models import Contact

# "EHC-000123" names a case and "CON-000123" a contact; other apps add theirs.
OWN = ("EHC", "CON")
WRITTEN = re.compile(r"([A-Z]{3})-[0-9]{6,12}")
MOST_UNFILED = 8

# One column of ids of contacts, for a reference as it is written; not evaluated here.
ContactIds = Callable[[str], QuerySet[Any, Any]]
_kinds: dict[str, ContactIds] = {}


def add_references(kind: str, contact_ids: ContactIds) -> None:
    """Called by an app when it is loaded; a second call for the same ``kind`` changes nothing."""
    _kinds.setdefault(kind, contact_ids)


def kinds() -> list[str]:
    """How references begin: "CON", "EHC" and those of apps above."""
    return [*OWN, *_kinds]


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
