"""Whether a telephone number is that of somebody around the child who must not be contacted (H18).

Whoever rings may give any name; the number is their own more often. Reading only.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cases.matters import plain_name
from cases.models import RelatedPerson

# Several may be written in one field, and "ext 12" behind one.
WRITTEN = re.compile(r"\+?\d[\d\s().-]*")
SHORTEST = 6
# Without the nought or the country's code in front: "+44 7700 900123" is "07700 900123".
COMPARED = 10


@dataclass(frozen=True)
class Match:
    """Somebody who must not be contacted, by their number.

    ``shared`` is true when somebody else around the child has the same one, such as in one
    household: it says nothing then about who rings.
    """

    person: RelatedPerson
    shared: bool


def barred_with(people: Iterable[RelatedPerson], phone: str) -> Match | None:
    """Whom of ``people``, everybody around one child, a number as it is typed leads to."""
    wanted = numbers_in(phone)
    have_it = [one for one in people if wanted & numbers_in(one.phone)] if wanted else []
    barred = [one for one in have_it if one.no_contact]
    if not barred:
        return None
    # In two records of one child a person may stand twice, barred in one of them.
    names = {plain_name(one.name) for one in barred}
    others = (one for one in have_it if one.ended_on is None and not one.no_contact)
    return Match(barred[0], any(plain_name(one.name) not in names for one in others))


def numbers_in(phone: str) -> set[str]:
    """The numbers written in ``phone``, each as it is compared."""
    found = (re.sub(r"\D", "", one) for one in WRITTEN.findall(phone))
    return {digits[-COMPARED:] for digits in found if len(digits) >= SHORTEST}
