"""Who looks after which area and school, for the public directory (H96)."""

from collections.abc import Iterator

from accounts.models import User
from cases.models import Area, Establishment
from escalations.models import Remit
from send_portal.demo.places import Places
from send_portal.demo.staff import Office, Staff

# One special school in so many has two coordinators, who share it by surname.
ONE_SHARED_IN = 2
SURNAMES = ("Surnames A to K", "Surnames L to Z")
YOUNGER = (Remit.Phase.EARLY_YEARS, Remit.Phase.PRIMARY)
OLDER = (Remit.Phase.SECONDARY, Remit.Phase.LATER)


def remits(staff: Staff, places: Places, *, first_id: int) -> list[Remit]:
    """Each area is one office's; younger and older children there are different people's."""
    at_home = {office.team.name.removesuffix(" area team"): office for office in staff.offices}
    office_of = {
        area.pk: at_home.get(
            area.name.removesuffix(" and around"), staff.offices[number % len(staff.offices)]
        )
        for number, area in enumerate(places.areas)
    }
    rows = [row for area in places.areas for row in _of_area(area, office_of[area.pk])]
    special = [one for one in places.establishments if one.kind == Establishment.Kind.SPECIAL]
    for school in special[::ONE_SHARED_IN]:
        if school.area_id in office_of:
            rows += _shared(school, office_of[school.area_id])
    for number, row in enumerate(rows, start=first_id):
        row.pk = number
    return rows


def _of_area(area: Area, office: Office) -> Iterator[Remit]:
    for turn, phases in enumerate((YOUNGER, OLDER)):
        holder = _holder(office, 2 * area.pk + turn)
        for phase in phases:
            yield Remit(person=holder, area=area, phase=phase)


def _shared(school: Establishment, office: Office) -> Iterator[Remit]:
    for turn, part in enumerate(SURNAMES):
        yield Remit(person=_holder(office, school.pk + turn), establishment=school, part=part)


def _holder(office: Office, number: int) -> User:
    people = office.coordinators or [office.lead]
    return people[number % len(people)]
