"""Invented people: names, dates of birth, pupil numbers, telephone numbers, addresses."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random

from cases.caseload_columns import upn_check_letter
from send_portal.demo.shares import PLANS, Draw, published

WORDS = Path(__file__).parent / "words"

KNOWN_AS_USED = 0.45
DOUBLE_BARRELLED = 0.035
# A mother answers for most children; a caller's surname differs from the child's for some.
CALLER_IS_A_WOMAN = 0.78
OTHER_SURNAME = 0.2


@dataclass(frozen=True)
class Name:
    given: str
    family: str
    known_as: str = ""

    @property
    def called(self) -> str:
        return self.known_as or self.given


@dataclass(frozen=True)
class Pool:
    """The names of one heritage: given names by sex and generation, and surnames."""

    given: Mapping[tuple[str, int], list[str]]
    surnames: list[str]


ADULT = 0
# Children born from these years on are named from the list of the decade.
DECADES = {2000: 2008, 2010: 2018, 2020: 9999}


def decade_of(birth: date) -> int:
    return next(decade for decade, until in DECADES.items() if birth.year < until)


class Names:
    """Draws names in the proportions of the published ethnic groups."""

    def __init__(self, words: Mapping[str, dict[str, str]]) -> None:
        heritage: Mapping[str, list[str]] = words["heritage"]  # type: ignore[assignment]
        self.known_as = words["known_as"]
        self.heritages = dict(heritage)
        self.groups = Draw(published(PLANS, "Ethnicity"))
        self.pools = {
            name: _pool(words[name]) for names in heritage.values() for name in sorted(names)
        }
        self.heritage_of = {
            surname: name for name, pool in self.pools.items() for surname in pool.surnames
        }

    def child(self, rng: Random, sex: str, birth: date) -> Name:
        """A name for somebody of ``sex`` ("F", "M" or "") born on ``birth``."""
        heritage = self._heritage(rng)
        given = rng.choice(self._given(rng.choice(heritage), sex or rng.choice("FM"), birth))
        known_as = self.known_as.get(given, "")
        if known_as and rng.random() > KNOWN_AS_USED:
            known_as = ""
        return Name(given, self._family(rng, heritage), known_as)

    def adult(self, rng: Random) -> Name:
        """A name for a member of staff, of a school or of another service."""
        heritage = self._heritage(rng)
        sex = "F" if rng.random() < CALLER_IS_A_WOMAN else "M"
        given = self.pools[rng.choice(heritage)].given[sex, ADULT]
        return Name(rng.choice(given), rng.choice(self.pools[rng.choice(heritage)].surnames))

    def relative(self, rng: Random, sex: str, family: str) -> Name:
        """A name for a parent or carer ("F" or "M") of somebody whose surname is ``family``."""
        heritage = self.heritage_of_surname(family)
        if rng.random() < OTHER_SURNAME:
            family = rng.choice(self.pools[heritage].surnames)
        return Name(rng.choice(self.pools[heritage].given[sex, ADULT]), family)

    def heritage_of_surname(self, family: str) -> str:
        """The list that a surname, or its first half, is from."""
        return self.heritage_of.get(re.split(r"-(?=[A-Z])", family)[0], "english")

    def _heritage(self, rng: Random) -> list[str]:
        return self.heritages[self.groups.one(rng)]

    def _given(self, heritage: str, sex: str, birth: date) -> list[str]:
        return self.pools[heritage].given[sex, decade_of(birth)]

    def _family(self, rng: Random, heritage: list[str]) -> str:
        surname = rng.choice(self.pools[rng.choice(heritage)].surnames)
        if rng.random() < DOUBLE_BARRELLED and "-" not in surname:
            other = rng.choice(self.pools["english"].surnames)
            return f"{surname}-{other}" if other != surname else surname
        return surname


def _pool(words: Mapping[str, str]) -> Pool:
    lists = {
        key: [name.replace("_", " ") for name in value.split()] for key, value in words.items()
    }
    given: dict[tuple[str, int], list[str]] = {}
    for sex, children, adults in (("F", "girls", "women"), ("M", "boys", "men")):
        # Only the English lists tell the decades and the generations apart.
        given[sex, ADULT] = lists[adults if adults in lists else children]
        for decade in DECADES:
            by_decade = f"{children}_{decade}"
            given[sex, decade] = lists[by_decade if by_decade in lists else children]
    return Pool(given, lists["surnames"])


@cache
def names() -> Names:
    return Names(tomllib.loads((WORDS / "names.toml").read_text(encoding="utf-8")))


# --- Numbers and addresses ------------------------------------------------------------------


def birth_date(rng: Random, today: date, age: int) -> date:
    """A day of birth that makes somebody ``age`` years old on ``today``."""
    youngest = _years_before(today, age)
    oldest = _years_before(today, age + 1) + timedelta(days=1)
    return oldest + timedelta(days=rng.randrange((youngest - oldest).days + 1))


def _years_before(day: date, years: int) -> date:
    """The birthday that makes somebody ``years`` old on ``day``; 29 February counts as 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


SCHOOL_AGE = 4


def upn(number: int, birth: date) -> str:
    """A pupil number with the right check letter, of an authority (999) that issues none."""
    school, serial = divmod(number, 1000)
    rest = f"999{school % 10_000:04d}{(birth.year + SCHOOL_AGE) % 100:02d}{serial:03d}"
    return upn_check_letter(rest) + rest


# The letters that the second half of a postcode uses.
INWARD = "ABDEFGHJLNPQRSTUWXYZ"


def postcode(rng: Random) -> str:
    """A postcode in WX, which is not a postcode area."""
    return f"WX{rng.randint(1, 40)} {rng.randint(1, 9)}{rng.choice(INWARD)}{rng.choice(INWARD)}"


# Ofcom keeps these thousand numbers each free for drama: they reach nobody.
def landline(rng: Random) -> str:
    return f"01632 960{rng.randrange(1000):03d}"


def mobile(rng: Random) -> str:
    return f"07700 900{rng.randrange(1000):03d}"


# Letters that decomposing does not turn into plain ones.
PLAIN = str.maketrans("łŁđĐıøØ", "lLdDioO")


def mailbox(*words: str) -> str:
    """``words`` as the part of an address before the @: "zoe.oneill"."""
    plain = unicodedata.normalize("NFKD", ".".join(words).translate(PLAIN)).lower()
    return re.sub(r"[^a-z0-9.-]", "", plain.replace(" ", "-"))
