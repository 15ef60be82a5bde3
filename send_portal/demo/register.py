"""What is remembered of every case while contacts about them are made."""

from array import array
from collections.abc import Iterator, Mapping
from datetime import date
from random import Random
from typing import NamedTuple, TypeVar

from cases.models import Case

STATUSES = list(Case.Status)
CEASED = STATUSES.index(Case.Status.CEASED)


class Known(NamedTuple):
    """What a contact has to know of a case; ``place`` is its position in the register."""

    place: int
    case_id: int
    called: str
    family_name: str
    sex: str
    age: int
    status: str
    responsible_id: int
    office: int
    establishment: int | None
    has_rights: bool
    first_related_id: int


class Register:
    """Every case in a few bytes, so that all of England's fit in memory.

    Names point at the shared lists they were drawn from; the rest are numbers.
    """

    def __init__(self, first_id: int) -> None:
        self.first_id = first_id
        self.called: list[str] = []
        self.family_names: list[str] = []
        self.sexes: list[str] = []
        self.ages = array("B")
        self.statuses = array("B")
        self.responsible = array("L")
        self.offices = array("L")
        self.establishments = array("l")
        self.rights = array("B")
        # The ids of a family's members follow each other.
        self.first_related_ids = array("L")
        # The days on which the assessments not yet decided on were asked for.
        self.asked_on: dict[int, date] = {}

    def __len__(self) -> int:
        return len(self.ages)

    def is_open(self, place: int) -> bool:
        return self.statuses[place] != CEASED

    def __getitem__(self, place: int) -> Known:
        establishment = self.establishments[place]
        return Known(
            place,
            self.first_id + place,
            self.called[place],
            self.family_names[place],
            self.sexes[place],
            self.ages[place],
            STATUSES[self.statuses[place]],
            self.responsible[place],
            self.offices[place],
            establishment if establishment >= 0 else None,
            bool(self.rights[place]),
            self.first_related_ids[place],
        )


Value = TypeVar("Value")


def dealt(quotas: Mapping[Value, int], rng: Random) -> Iterator[Value]:
    """Each value exactly as often as its quota says, in random order, without a pack of cards."""
    left = dict(quotas)
    for total in range(sum(left.values()), 0, -1):
        value = _at(left, rng.randrange(total))
        left[value] -= 1
        yield value


def _at(left: Mapping[Value, int], place: int) -> Value:
    for value, number in left.items():
        if place < number:
            return value
        place -= number
    raise IndexError(place)
