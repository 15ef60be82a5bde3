"""Who may support the resolution team: those who answer for the case (H110). Reading only."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Absence, User
from cases.models import Contact
from cases.routing import lead_professional_of
from clocks.calendars import LONDON
from escalations.handlers import case_of
from escalations.models import DeskEntry


@dataclass(frozen=True)
class Partner:
    """Somebody who answers for the case, and as what, within a sentence."""

    person: User
    what: str


def partners_of(entry: DeskEntry, now: datetime) -> list[Partner]:
    """The case owner first, then who covers for them on the day of ``now`` (aware), and the named
    lead professional; never whoever is accountable. Of no case yet: whoever was to answer."""
    matter = entry.contact
    found = _of_case(matter, now) or [
        Partner(person, "who was to answer")
        for person in (entry.kept_with, matter.promise.owner)
        if person and person.can_own
    ]
    once = {one.person.pk: one for one in reversed(found)}
    once.pop(entry.clock.owner_id, None)
    return [one for one in found if once.get(one.person.pk) == one]


def _of_case(matter: Contact, now: datetime) -> list[Partner]:
    case = case_of(matter)
    owner = case.responsible if case else None
    if case is None or owner is None:
        return []
    leads = owner != case.owner
    found = [Partner(owner, "who stands in for the case owner" if leads else "the case owner")]
    today = now.astimezone(LONDON).date()
    away = Absence.objects.on(today).filter(person=owner).select_related("cover__team").first()
    if away and away.cover and away.cover.can_own:
        found.append(Partner(away.cover, f"who covers for {owner}"))
    if lead := lead_professional_of(case):
        found.append(Partner(lead, "the lead professional"))
    return found
