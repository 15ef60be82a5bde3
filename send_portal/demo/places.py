"""Invented towns, schools and colleges of an invented county."""

import tomllib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from cases.models import Area, Establishment
from send_portal.demo.people import WORDS, landline, mailbox
from send_portal.demo.shares import Placement, Size

Kind = Establishment.Kind

# Local areas of schools; towns are shared out among them in turn.
AREAS = 9
CHILDREN_PER_TOWN = 300
FEWEST_TOWNS = 6

# Establishments of each kind for the 12,920 plans of a council as large as Hertfordshire.
PLANS_OF_MODEL = 12_920
NUMBERS = {
    Kind.EARLY_YEARS: 70,
    Kind.PRIMARY: 400,
    Kind.SECONDARY: 84,
    Kind.SPECIAL: 48,
    Kind.INDEPENDENT: 30,
    Kind.ALTERNATIVE: 10,
    Kind.COLLEGE: 14,
}
# Registered URNs have six figures, so these can never be a real school's.
FIRST_URN = 9_000_001

KIND_OF_PLACEMENT = {
    Placement.EARLY_YEARS: Kind.EARLY_YEARS,
    Placement.SPECIAL: Kind.SPECIAL,
    Placement.INDEPENDENT: Kind.INDEPENDENT,
    Placement.ALTERNATIVE: Kind.ALTERNATIVE,
    Placement.COLLEGE: Kind.COLLEGE,
}
SECONDARY_AGE = 11


def kind_for(placement: Placement, age: int) -> Kind | None:
    """The kind of establishment behind a placement; None when there is none to name."""
    if placement is Placement.MAINSTREAM:
        return Kind.PRIMARY if age < SECONDARY_AGE else Kind.SECONDARY
    return KIND_OF_PLACEMENT.get(placement)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((WORDS / "places.toml").read_text(encoding="utf-8"))


def towns(rng: Random) -> list[str]:
    """Every town there can be, so ordered that neighbours do not sound alike."""
    parts = _words()["towns"]
    beginnings, endings = parts["beginnings"].split(), parts["endings"].split()
    rng.shuffle(beginnings)
    rng.shuffle(endings)
    return [
        f"{beginning}{endings[(place + lap) % len(endings)]}"
        for lap in range(len(endings))
        for place, beginning in enumerate(beginnings)
    ]


@dataclass
class County:
    """The towns of one authority, and its establishments by kind, as positions in a list."""

    towns: list[str]
    by_kind: dict[Kind, array]

    def place(self, rng: Random, kind: Kind) -> int:
        return int(rng.choice(self.by_kind[kind]))


class Places:
    """Invents counties; no two share a town, and no two establishments a URN or a mailbox."""

    def __init__(self, rng: Random, *, first_id: int, first_area: int) -> None:
        self.rng = rng
        self.first_id = first_id
        self.establishments: list[Establishment] = []
        self._towns = towns(rng)
        self._taken = 0
        self.areas = [
            Area(pk=first_area + number, code=f"WX{number + 1}", name=f"{town} and around")
            for number, town in enumerate(self._towns[:AREAS])
        ]
        self._area_of = {
            town: self.areas[number % AREAS] for number, town in enumerate(self._towns)
        }

    def area_of(self, town: str) -> Area:
        return self._area_of[town.replace("New ", "")]

    def county(self, size: Size) -> County:
        number = max(FEWEST_TOWNS, size.plans // CHILDREN_PER_TOWN)
        chosen = [self._town(self._taken + place) for place in range(number)]
        self._taken += number
        county = County(chosen, {kind: array("L") for kind in NUMBERS})
        for kind, wanted in NUMBERS.items():
            for name, town in _named(kind, chosen, max(1, wanted * size.plans // PLANS_OF_MODEL)):
                county.by_kind[kind].append(len(self.establishments))
                self.establishments.append(self._establishment(kind, name, town))
        return county

    def _town(self, place: int) -> str:
        lap, place = divmod(place, len(self._towns))
        # A country several times England would run out of towns; it gets new ones beside them.
        return ("New " * lap) + self._towns[place]

    def _establishment(self, kind: Kind, name: str, town: str) -> Establishment:
        place = len(self.establishments)
        return Establishment(
            pk=self.first_id + place,
            urn=FIRST_URN + place,
            name=name,
            kind=kind,
            town=town,
            area=self.area_of(town),
            phone=landline(self.rng),
            email=f"{mailbox(name.replace(',', ''))[:50]}.{FIRST_URN + place}@example.org",
        )


def _named(kind: Kind, towns: Sequence[str], wanted: int) -> Iterator[tuple[str, str]]:
    """``wanted`` names with their towns: each town once a round, with another form of name."""
    forms = _words()["forms"][kind.value]
    for number in range(wanted):
        lap, place = divmod(number, len(towns))
        lap, nth = divmod(lap, len(forms))
        name = forms[(place + nth) % len(forms)].format(towns[place])
        yield f"{name} {lap + 1}" if lap else name, towns[place]
