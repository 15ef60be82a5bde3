"""Where families can turn at any time: on every page of the form, never behind a step (H103)."""

from dataclasses import dataclass

from django.conf import settings

from notices.models import Link
from notices.placeholders import SHIPPED_LINKS


@dataclass(frozen=True)
class Place:
    """A link, with what they do there in plain words."""

    label: str
    url: str
    what: str


RIGHTS = {
    "complaints": "Tell the council that you are not happy.",
    "sendiass": "Free advice for families. They do not work for us.",
    "mediation": "Somebody who takes no side helps us to agree.",
    "tribunal": "Judges look at what we decided.",
    "ombudsman": "They look at complaints that we did not put right.",
}
# Who may help sooner with what happens in schools, besides the school itself (H92).
FIRST = {
    "local_offer": "It lists the help that there is near you.",
    "sendiass": RIGHTS["sendiass"],
}
# For whoever thinks that a child may not be safe.
SAFETY = {"children_services": "They help when a child may not be safe."}


@dataclass(frozen=True)
class Number:
    """A number to ring, and when, as a sentence goes on."""

    words: str
    number: str


def safety_numbers() -> list[Number]:
    """Children's services, by day and when they are closed; nothing where none is set."""
    by_day, closed = (
        settings.CHILDREN_SERVICES_PHONE.strip(),
        settings.CHILDREN_SERVICES_PHONE_CLOSED.strip(),
    )
    if not by_day or not closed or by_day == closed:
        only = by_day or closed
        return [Number("Ring children’s services on", only)] if only else []
    return [
        Number("In the day, ring children’s services on", by_day),
        Number("In the evening, at night and at the weekend, ring", closed),
    ]


def places() -> dict[str, Place]:
    """Every link as the council has set it, by its code; one that was removed is left out."""
    words = FIRST | RIGHTS | SAFETY
    rows = {row.code: row for row in Link.objects.filter(code__in=words)}
    found = {code: rows.get(code) or SHIPPED_LINKS[code] for code in words}
    return {
        code: Place(link.label, link.url, words[code]) for code, link in found.items() if link.url
    }
