"""Children and young people in the published proportions, before anything is written down."""

from dataclasses import dataclass
from datetime import date
from random import Random

from cases.ages import rights_begin
from cases.models import Case
from send_portal.demo.people import Name, birth_date, names
from send_portal.demo.shares import (
    PLANS,
    REQUESTS,
    Draw,
    Placement,
    age_shares,
    need_shares,
    placements_by_age,
    sex_shares,
    years_in_place_shares,
)

Status = Case.Status
OVER_SCHOOL_AGE = 16
CEASED_WHILE_YOUNGER = 0.2


@dataclass(frozen=True)
class Child:
    name: Name
    sex: str
    birth: date
    age: int
    placement: Placement
    # True once they decide for themselves.
    has_rights: bool


def has_plan(status: Case.Status) -> bool:
    return status in (Status.PLAN, Status.CEASED)


class Children:
    """Draws children, and what their plans say."""

    def __init__(self, rng: Random, today: date) -> None:
        self.rng = rng
        self.today = today
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

    def one(self, status: Case.Status) -> Child:
        dataset = PLANS if has_plan(status) else REQUESTS
        age = self._age(status, dataset)
        birth = birth_date(self.rng, self.today, age)
        sex = self._sexes[dataset].one(self.rng)
        return Child(
            name=names().child(self.rng, sex, birth),
            sex=sex,
            birth=birth,
            age=age,
            placement=self._placement(status, age),
            has_rights=rights_begin(birth) <= self.today,
        )

    def primary_need(self) -> str:
        return self._needs.one(self.rng)

    def years_in_place(self) -> int:
        return self._years.one(self.rng)

    def _age(self, status: Case.Status, dataset: str) -> int:
        if status == Status.CEASED and self.rng.random() > CEASED_WHILE_YOUNGER:
            return self._leaving_ages.one(self.rng)
        return self._ages[dataset].one(self.rng)

    def _placement(self, status: Case.Status, age: int) -> Placement:
        table = self._placements if has_plan(status) else self._placements_before_plan
        return table[age].one(self.rng)
