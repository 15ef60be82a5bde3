"""The published figures: how many, and in what proportions (see data/README.md)."""

import csv
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Generic, TypeVar

DATA = Path(__file__).parent / "data"
VOLUMES = DATA / "dfe_ehc_volumes_by_authority_2025.csv"
DISTRIBUTIONS = DATA / "dfe_ehc_national_distributions_2025.csv"

PLANS = "active_plans_jan2025"
REQUESTS = "requests_2024"
MODEL_AUTHORITY = "Hertfordshire"

Value = TypeVar("Value")


class Draw(Generic[Value]):
    """Draws values at random in given proportions."""

    def __init__(self, weights: Mapping[Value, float]) -> None:
        self.values = list(weights)
        self.steps = list(accumulate(weights.values()))

    def one(self, rng: Random) -> Value:
        place = bisect(self.steps, rng.random() * self.steps[-1])
        return self.values[min(place, len(self.values) - 1)]


# --- How many -------------------------------------------------------------------------------

# How long a request waits for its decision, and an assessment for its plan. The decision must
# come within 6 weeks; barely half of all plans come within the 20 weeks, hence 24 after it.
REQUEST_WEEKS = 6
ASSESSMENT_WEEKS = 24
# Plans that ceased within this time are still in the register.
CEASED_WEEKS = 26


@dataclass(frozen=True)
class Size:
    """Cases of one authority, by where they stand."""

    plans: int
    requests: int
    assessments: int
    ceased: int

    @property
    def cases(self) -> int:
        return self.plans + self.requests + self.assessments + self.ceased


def one_council(scale: float) -> list[Size]:
    """A council ``scale`` times the size of Hertfordshire, the fifth largest of England."""
    row = next(row for row in _authorities() if row["la_name"] == MODEL_AUTHORITY)
    return [_size(row, scale)]


def all_england() -> list[Size]:
    """The sizes of all 153 authorities, largest first."""
    return [_size(row, 1) for row in _authorities()]


@cache
def _authorities() -> list[dict[str, str]]:
    with VOLUMES.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _size(row: dict[str, str], scale: float) -> Size:
    def open_at_once(column: str, weeks: int) -> int:
        return round(int(row[column]) * weeks / 52 * scale)

    return Size(
        plans=round(int(row[PLANS]) * scale),
        requests=open_at_once(REQUESTS, REQUEST_WEEKS),
        assessments=open_at_once("assessments_2024", ASSESSMENT_WEEKS),
        ceased=open_at_once("ceased_2024", CEASED_WEEKS),
    )


# --- In what proportions --------------------------------------------------------------------


@cache
def published(dataset: str, dimension: str) -> dict[str, float]:
    """The counts or percentages of one dimension as published."""
    with DISTRIBUTIONS.open(newline="", encoding="utf-8") as file:
        return {
            row["value"]: float(row["count_or_pct"])
            for row in csv.DictReader(file)
            if row["dataset"] == dataset and row["dimension"] == dimension
        }


def age_shares(dataset: str) -> dict[int, float]:
    """Children and young people by whole years of age ("under 3" counts as 2)."""
    edges = {"under 3": 2, "Aged 2 and under": 2, "Aged 20 and over": 20}
    counts = published(dataset, "Child or young persons age")
    return {
        edges[value] if value in edges else int(value.rsplit(" ", 1)[1]): count
        for value, count in counts.items()
        if value != "Age unknown"
    }


def sex_shares(dataset: str) -> dict[str, float]:
    letters = {"Female": "F", "Male": "M", "Unknown": ""}
    return {letters[value]: count for value, count in published(dataset, "Sex").items()}


NEEDS = {
    "asd_pc": "Autistic spectrum disorder",
    "hi_pc": "Hearing impairment",
    "mld_pc": "Moderate learning difficulty",
    "msi_pc": "Multi-sensory impairment",
    "oth_pc": "Other difficulty or disability",
    "pd_pc": "Physical disability",
    "pmld_pc": "Profound and multiple learning difficulty",
    "semh_pc": "Social, emotional and mental health",
    "slcn_pc": "Speech, language and communication needs",
    "sld_pc": "Severe learning difficulty",
    "spld_pc": "Specific learning difficulty",
    "vi_pc": "Vision impairment",
    "unknown_pc": "",
}


def need_shares() -> dict[str, float]:
    return {NEEDS[value]: share for value, share in published(PLANS, "primary_need_pct").items()}


def years_in_place_shares() -> dict[int, float]:
    """Plans by the year of their life they are in: 1 is the first.

    "Less than a year" is counted into year 1: new plans of one year number about as many as
    those "in place 1 year", so that line holds the plans issued within the last twelve months.
    """
    edges = {"Less than a year": 1, "12 or more": 12}
    shares: dict[int, float] = {}
    for value, count in published(PLANS, "Years EHC plan in place").items():
        year = edges[value] if value in edges else int(value)
        shares[year] = shares.get(year, 0) + count
    return shares


# --- Where they learn -----------------------------------------------------------------------


class Placement(Enum):
    """Groups of published placements."""

    EARLY_YEARS = auto()
    MAINSTREAM = auto()
    INDEPENDENT = auto()
    SPECIAL = auto()
    ALTERNATIVE = auto()
    COLLEGE = auto()
    NOT_IN_EDUCATION = auto()
    ELSEWHERE = auto()
    UNKNOWN = auto()


# The youngest and the oldest age at which each occurs.
AGES = {
    Placement.EARLY_YEARS: (2, 4),
    Placement.MAINSTREAM: (3, 18),
    Placement.INDEPENDENT: (3, 18),
    Placement.SPECIAL: (3, 19),
    Placement.ALTERNATIVE: (5, 15),
    Placement.COLLEGE: (16, 25),
    Placement.NOT_IN_EDUCATION: (16, 25),
    Placement.ELSEWHERE: (2, 25),
    Placement.UNKNOWN: (2, 25),
}


def fits(placement: Placement, age: int) -> bool:
    youngest, oldest = AGES[placement]
    return youngest <= age <= oldest


def placement_shares() -> dict[Placement, float]:
    """Plans by group of placements, from the published totals of each group."""
    counts = published(PLANS, "placement")
    neet = counts["neet"] + sum(n for value, n in counts.items() if value.startswith("neet_"))
    independent = counts["mainstream_independent"]
    return {
        Placement.EARLY_YEARS: counts["nm_early_years"],
        Placement.MAINSTREAM: counts["mainstream_total"] - independent,
        Placement.INDEPENDENT: independent,
        Placement.SPECIAL: counts["special_total"],
        Placement.ALTERNATIVE: counts["ap_pru_total"],
        Placement.COLLEGE: counts["fe_total"],
        Placement.NOT_IN_EDUCATION: neet,
        Placement.ELSEWHERE: counts["ed_elsewhere"] - neet,
        Placement.UNKNOWN: counts["placement_unknown"],
    }


ROUNDS = 200


@cache
def placements_by_age() -> dict[int, dict[Placement, float]]:
    """Weights of each placement at each age that keep both published totals.

    Placement by age is not published. Iterative proportional fitting fills the table: rows and
    columns are scaled in turn to their published totals, while impossible pairs stay nought.
    """
    ages, placements = age_shares(PLANS), placement_shares()
    table = {age: {p: float(fits(p, age)) for p in placements} for age in ages}
    for _ in range(ROUNDS):
        for age, total in ages.items():
            factor = total / sum(table[age].values())
            table[age] = {p: weight * factor for p, weight in table[age].items()}
        for placement, total in placements.items():
            factor = total / sum(row[placement] for row in table.values())
            for row in table.values():
                row[placement] *= factor
    return table
