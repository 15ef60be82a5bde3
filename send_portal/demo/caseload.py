"""The children and young people of an authority, and their cases."""

from collections.abc import Iterator
from datetime import date
from random import Random

from accounts.models import User
from cases.models import Case, Person
from send_portal.demo.copying import Table
from send_portal.demo.next_steps import issued_on, next_step
from send_portal.demo.people import SCHOOL_AGE, birth_date, names, postcode, upn
from send_portal.demo.places import County, Places, kind_for
from send_portal.demo.register import STATUSES, Register, dealt
from send_portal.demo.rows import CaseRow, PersonRow
from send_portal.demo.shares import (
    PLANS,
    REQUESTS,
    Draw,
    Placement,
    Size,
    age_shares,
    need_shares,
    placements_by_age,
    sex_shares,
    years_in_place_shares,
)
from send_portal.demo.staff import Authority, Office

Status = Case.Status
# Not yet given to a coordinator: the team's lead answers for them.
UNALLOCATED_REQUESTS = 0.4
# Plans in special schools that a specialist placement officer looks after (independent ones).
WITH_PLACEMENT_OFFICER = 0.16
OVER_SCHOOL_AGE = 16


class Caseload:
    """Makes people and cases, one authority after another."""

    def __init__(self, rng: Random, today: date, places: Places) -> None:
        self.rng = rng
        self.today = today
        self.places = places
        self.people = Table(Person, PersonRow)
        self.cases = Table(Case, CaseRow)
        self.register = Register(first_id=0)
        self._offices = 0
        self._ages = {PLANS: Draw(age_shares(PLANS)), REQUESTS: Draw(age_shares(REQUESTS))}
        self._leaving_ages = Draw(
            {age: n for age, n in age_shares(PLANS).items() if age >= OVER_SCHOOL_AGE}
        )
        self._sexes = {PLANS: Draw(sex_shares(PLANS)), REQUESTS: Draw(sex_shares(REQUESTS))}
        self._needs = Draw(need_shares())
        self._years = Draw(years_in_place_shares())
        self._placements = {age: Draw(row) for age, row in placements_by_age().items()}
        # Special schools are for those who have a plan.
        self._placements_before_plan = {
            age: Draw({p: n for p, n in row.items() if p is not Placement.SPECIAL})
            for age, row in placements_by_age().items()
        }

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

    def flush(self) -> None:
        self.people.flush()
        self.cases.flush()

    def _add(
        self,
        status: Status,
        office: Office,
        office_number: int,
        coordinator: User | None,
        county: County,
    ) -> None:
        dataset = PLANS if status in (Status.PLAN, Status.CEASED) else REQUESTS
        age = self._age(status, dataset)
        birth = birth_date(self.rng, self.today, age)
        person = self._person(birth, age, self._sexes[dataset].one(self.rng))
        placement = self._placement(status, age)
        kind = kind_for(placement, age)
        place = county.place(self.rng, kind) if kind else None
        owner = self._owner(status, placement, office, coordinator)
        issued = (
            issued_on(self.rng, self.today, birth, self._years.one(self.rng))
            if dataset == PLANS
            else None
        )
        step = next_step(self.rng, self.today, status, birth, issued)
        case_id = next(self.cases.ids)
        self.people.add(person)
        self.cases.add(
            CaseRow(
                id=case_id,
                reference=f"EHC-{case_id:06d}",
                person_id=person.id,
                status=status.value,
                owner_id=owner.pk if owner else None,
                team_id=office.team.pk,
                establishment_id=None if place is None else self.places.first_id + place,
                primary_need="" if status == Status.REQUEST else self._needs.one(self.rng),
                plan_issued_on=issued,
                next_step=step.what,
                next_step_on=step.on,
            )
        )
        self._remember(
            case_id, person, age, status, (owner or office.lead).pk, office_number, place
        )

    def _remember(
        self,
        case_id: int,
        person: PersonRow,
        age: int,
        status: Status,
        responsible_id: int,
        office_number: int,
        place: int | None,
    ) -> None:
        register = self.register
        register.first_id = register.first_id or case_id
        register.called.append(person.known_as or person.given_name)
        register.family_names.append(person.family_name)
        register.sexes.append(person.sex)
        register.ages.append(age)
        register.statuses.append(STATUSES.index(status))
        register.responsible.append(responsible_id)
        register.offices.append(office_number)
        register.establishments.append(-1 if place is None else place)

    def _age(self, status: Status, dataset: str) -> int:
        if status == Status.CEASED and self.rng.random() < 0.8:
            return self._leaving_ages.one(self.rng)
        return self._ages[dataset].one(self.rng)

    def _person(self, birth: date, age: int, sex: str) -> PersonRow:
        name = names().child(self.rng, sex, birth)
        person_id = next(self.people.ids)
        return PersonRow(
            id=person_id,
            local_id=f"L{person_id:07d}",
            given_name=name.given,
            family_name=name.family,
            known_as=name.known_as,
            date_of_birth=birth,
            sex=sex,
            upn=upn(person_id, birth) if age > SCHOOL_AGE else "",
            postcode=postcode(self.rng),
        )

    def _placement(self, status: Status, age: int) -> Placement:
        has_plan = status in (Status.PLAN, Status.CEASED)
        table = self._placements if has_plan else self._placements_before_plan
        return table[age].one(self.rng)

    def _owner(
        self, status: Status, placement: Placement, office: Office, coordinator: User | None
    ) -> User | None:
        if status == Status.REQUEST and self.rng.random() < UNALLOCATED_REQUESTS:
            return None
        if placement is Placement.SPECIAL and coordinator:
            special = self.rng.random() < WITH_PLACEMENT_OFFICER
            return office.placement_officer if special else coordinator
        return coordinator
