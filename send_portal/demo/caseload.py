"""The cases of an authority, with the people around each child and those who work on it."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from accounts.models import User
from cases.models import Case, Person, RelatedPerson
from send_portal.demo.children import Child, Children, has_plan
from send_portal.demo.copying import Table
from send_portal.demo.family import Families, Family
from send_portal.demo.involvements import Involvements
from send_portal.demo.next_steps import ISSUE_FINAL_PLAN, Step, issued_on, next_step
from send_portal.demo.people import SCHOOL_AGE, postcode, upn
from send_portal.demo.places import County, Places, kind_for
from send_portal.demo.register import STATUSES, Register, dealt
from send_portal.demo.relations import flags_of, rows_of, street
from send_portal.demo.rows import CaseRow, PersonRow, RelatedRow
from send_portal.demo.shares import Placement, Size
from send_portal.demo.staff import Authority, Office

Status = Case.Status
# Not yet given to a coordinator: the team's lead answers for them.
UNALLOCATED_REQUESTS = 0.4
# Plans in special schools that a specialist placement officer looks after (independent ones).
WITH_PLACEMENT_OFFICER = 0.16
# Taught out of their cohort, mostly a year below.
OUT_OF_COHORT = 0.02
A_YEAR_BELOW = 0.85
LAST_SCHOOL_AGE = 18


class Caseload:
    """Makes people and cases, one authority after another."""

    def __init__(
        self,
        rng: Random,
        today: date,
        places: Places,
        families: Families,
        involvements: Involvements,
    ) -> None:
        self.rng = rng
        self.today = today
        self.places = places
        self.families = families
        self.involvements = involvements
        self.children = Children(rng, today)
        self.people = Table(Person, PersonRow)
        self.related = Table(RelatedPerson, RelatedRow)
        self.cases = Table(Case, CaseRow)
        self.register = Register(first_id=0)
        self._offices = 0

    def tables(self) -> list[Table]:
        """In the order in which they refer to each other."""
        return [self.people, self.related, self.cases, self.involvements.table]

    def add_authority(self, size: Size, authority: Authority, county: County) -> Iterator[int]:
        """Make the cases of one authority; yields after each how many wait to be written."""
        desks = authority.desks()
        quotas = {
            Status.PLAN: size.plans,
            Status.REQUEST: size.requests,
            Status.ASSESSMENT: size.assessments,
            Status.CEASED: size.ceased,
        }
        office_numbers = {
            id(office): self._offices + n for n, office in enumerate(authority.offices)
        }
        self._offices += len(authority.offices)
        for status in dealt(quotas, self.rng):
            if status == Status.CEASED:
                office, coordinator = self.rng.choice(authority.offices), None
            else:
                office, coordinator = next(desks)
            self._add(status, office, office_numbers[id(office)], coordinator, county)
            yield self.cases.waiting

    def _add(
        self,
        status: Status,
        office: Office,
        office_number: int,
        coordinator: User | None,
        county: County,
    ) -> None:
        child = self.children.one(status)
        kind = kind_for(child.placement, child.age)
        place = county.place(self.rng, kind) if kind else None
        town = self.rng.choice(county.towns)
        owner = self._owner(status, child.placement, office, coordinator)
        issued = self._issued_on(child) if has_plan(status) else None
        step = next_step(self.rng, self.today, status, child.birth, issued)
        since = max(child.birth, _began(issued, step, self.today))
        family = self.families.of(
            len(self.register), child.name.called, child.name.family, has_rights=child.has_rights
        )
        person = self._person(child, family, town)
        related = self._related(family, person, town, since)
        case = self._case(status, person, owner, office, place, issued, step)
        self._remember(child, case, (owner or office.lead).pk, office_number, place, related, step)
        self.people.add(person)
        self.cases.add(case)
        self.involvements.add(case.id, status, owner, office, since)

    def _case(
        self,
        status: Status,
        person: PersonRow,
        owner: User | None,
        office: Office,
        place: int | None,
        issued: date | None,
        step: Step,
    ) -> CaseRow:
        case_id = next(self.cases.ids)
        return CaseRow(
            id=case_id,
            reference=f"EHC-{case_id:06d}",
            person_id=person.id,
            status=status.value,
            owner_id=owner.pk if owner else None,
            team_id=office.team.pk,
            establishment_id=None if place is None else self.places.first_id + place,
            primary_need="" if status == Status.REQUEST else self.children.primary_need(),
            plan_issued_on=issued,
            next_step=step.what,
            next_step_on=step.on,
        )

    def _remember(
        self,
        child: Child,
        case: CaseRow,
        responsible_id: int,
        office_number: int,
        place: int | None,
        first_related_id: int,
        step: Step,
    ) -> None:
        register = self.register
        register.first_id = register.first_id or case.id
        if case.status == Status.REQUEST and step.asked_on:
            register.asked_on[len(register)] = step.asked_on
        register.called.append(child.name.called)
        register.family_names.append(child.name.family)
        register.sexes.append(child.sex)
        register.statuses.append(STATUSES.index(Status(case.status)))
        register.responsible.append(responsible_id)
        register.offices.append(office_number)
        register.establishments.append(-1 if place is None else place)
        register.rights.append(child.has_rights)
        register.first_related_ids.append(first_related_id)
        register.ages.append(child.age)

    def _issued_on(self, child: Child) -> date:
        return issued_on(self.rng, self.today, child.birth, self.children.years_in_place())

    def _person(self, child: Child, family: Family, town: str) -> PersonRow:
        person_id = next(self.people.ids)
        return PersonRow(
            id=person_id,
            local_id=f"L{person_id:07d}",
            given_name=child.name.given,
            family_name=child.name.family,
            known_as=child.name.known_as,
            date_of_birth=child.birth,
            sex=child.sex,
            upn=upn(person_id, child.birth) if child.age > SCHOOL_AGE else "",
            address=street(self.rng, town),
            postcode=postcode(self.rng),
            year_offset=self._year_offset(child.age),
            care=family.care,
            area_id=self.places.area_of(town).pk,
            flags=flags_of(
                self.rng,
                family,
                out_of_education=child.placement is Placement.NOT_IN_EDUCATION,
            ),
        )

    def _year_offset(self, age: int) -> int:
        if not SCHOOL_AGE < age <= LAST_SCHOOL_AGE or self.rng.random() > OUT_OF_COHORT:
            return 0
        return -1 if self.rng.random() < A_YEAR_BELOW else 1

    def _related(self, family: Family, person: PersonRow, town: str, since: date) -> int:
        """Write the people around the child; returns the id of the first."""
        first = 0
        for row in rows_of(self.families.rng, family, person, town, since=since, today=self.today):
            numbered = row._replace(id=next(self.related.ids))
            self.related.add(numbered)
            first = first or numbered.id
        return first

    def _owner(
        self, status: Status, placement: Placement, office: Office, coordinator: User | None
    ) -> User | None:
        if status == Status.REQUEST and self.rng.random() < UNALLOCATED_REQUESTS:
            return None
        if placement is Placement.SPECIAL and coordinator:
            special = self.rng.random() < WITH_PLACEMENT_OFFICER
            return office.placement_officer if special else coordinator
        return coordinator


def _began(issued: date | None, step: Step, today: date) -> date:
    """The day on which the service came to know the child."""
    if issued:
        return issued - ISSUE_FINAL_PLAN
    return step.asked_on or today - timedelta(days=1)
