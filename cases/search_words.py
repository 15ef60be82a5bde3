"""What somebody typed into the search, read word by word. No database, no "now"."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

from cases.ages import school_year
from cases.folding import folded
from cases.quoted import kinds

# More words than a call taker types; each costs the database a little.
MOST_WORDS = 8

IN_FIGURES = re.compile(r"(?<![\w/.-])(\d{1,4})([ /.-])(\d{1,2})\2(\d{4}|\d{2})(?![\w/-])")
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
IN_WORDS = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th)?[ -]+(?:of )?"
    rf"({'|'.join(MONTHS)})[a-z]*[ .,-]+(\d{{4}}|\d{{2}})\b",
    re.IGNORECASE,
)
YEAR_GROUP = re.compile(r"\b(?:year|yr|y) ?(1[0-3]|[1-9])\b", re.IGNORECASE)
YEAR_OF_BIRTH = re.compile(r"\b(?:19|20)\d{2}\b")
OUTWARD = r"[A-Z]{1,2}[0-9][A-Z0-9]?"
POSTCODE = re.compile(rf"\b({OUTWARD}) ?([0-9][A-Z]{{2}})\b|\b({OUTWARD}) ([0-9][A-Z]?)\b", re.I)
DISTRICT = re.compile(OUTWARD)
# Figures and letters of a postcode's second half.
INWARD = 3
PUNCTUATION = ".;:()[]\"'"


@dataclass
class Typed:
    """A search. A case fits when it fits every part; an empty search fits nothing."""

    births: list[date] = field(default_factory=list)
    # A reference, UPN, id of some system, postcode, or date without dots: whatever has digits.
    codes: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    year_groups: list[int] = field(default_factory=list)
    birth_years: list[int] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """True when something is asked for that is right or wrong, but never similar."""
        return bool(self.births or self.codes)

    @property
    def too_vague(self) -> bool:
        """True when only single letters and years are left: half the service would fit."""
        return not self.exact and all(len(name) < 2 for name in self.names)


def read(text: str, *, typing: bool = False) -> Typed:
    """What ``text`` asks for.

    While somebody is still ``typing``, "EHC-0001" and "3/2/20" are beginnings of something
    else: only what can be whole counts, so that no stranger's record flashes up in between.
    """
    return _Reader(typing).read(text)


def born_in_year_group(year: int, on: date, offset: int) -> tuple[date, date]:
    """First and last birthday of those in curriculum year ``year`` on local date ``on``.

    ``offset`` is by how many years they are taught out of their cohort.
    """
    began = school_year(on) - 5 - year + offset
    return date(began, 9, 1), date(began + 1, 8, 31)


def born_on(code: str) -> date | None:
    """The day that eight figures such as "03022014" mean, if they mean one."""
    if len(code) == 8 and code.isdecimal():
        return _day(code[4:], int(code[2:4]), code[:2])
    return None


def postcode_pattern(code: str) -> tuple[str, int] | None:
    """How a postcode without its space begins, and how long it is, from all or a part of one.

    "AL13XY", "AL1 3" and "AL1" are read; anything else is none.
    """
    whole = POSTCODE.fullmatch(code)
    if whole and whole[1]:
        return (whole[1] + whole[2]).upper(), len(whole[1]) + INWARD
    outward, _, inward = code.upper().partition(" ")
    if DISTRICT.fullmatch(outward):
        return outward + inward, len(outward) + INWARD
    return None


class _Reader:
    """Takes out of a text, kind by kind, what it can recognise; what is left are names."""

    def __init__(self, typing: bool) -> None:
        self.typing = typing
        self.typed = Typed()

    def read(self, text: str) -> Typed:
        text = IN_WORDS.sub(self._day_in_words, text.replace("\0", " "))
        text = IN_FIGURES.sub(self._day_in_figures, text)
        text = self._references().sub(self._reference, text)
        text = YEAR_GROUP.sub(self._year_group, text)
        text = POSTCODE.sub(self._postcode, text)
        for word in text.replace(",", " ").split():
            self._word(word)
        typed = self.typed
        typed.names = typed.names[:MOST_WORDS]
        if not (typed.names or typed.exact):
            # Nothing to narrow: a year alone may be an id.
            typed.codes = [str(year) for year in typed.birth_years]
        return typed

    def _day_in_words(self, found: re.Match[str]) -> str:
        month = MONTHS.index(found[2].lower()) + 1
        return self._born(found[0], _day(found[3], month, found[1]), found[3])

    def _day_in_figures(self, found: re.Match[str]) -> str:
        first, month, last = found[1], int(found[3]), found[4]
        year, day = (first, last) if len(first) == 4 else (last, first)
        return self._born(found[0], _day(year, month, day), year)

    def _born(self, written: str, born: date | None, year: str) -> str:
        if born and not (self.typing and len(year) == 2):
            self.typed.births.append(born)
        else:
            # No day, so nobody was born on it: as a code it fits nothing.
            self.typed.codes.append(written)
        return " "

    def _references(self) -> re.Pattern[str]:
        """ "EHC 123" as well: the dash and the noughts are easily left out, once all is typed."""
        digits = "([0-9]{6,12})" if self.typing else "0*([0-9]{1,12})"
        return re.compile(rf"\b({'|'.join(kinds())})[ -]?{digits}\b", re.IGNORECASE)

    def _reference(self, found: re.Match[str]) -> str:
        self.typed.codes.append(f"{found[1].upper()}-{int(found[2]):06d}")
        return " "

    def _year_group(self, found: re.Match[str]) -> str:
        self.typed.year_groups.append(int(found[1]))
        return " "

    def _postcode(self, found: re.Match[str]) -> str:
        self.typed.codes.append(found[0].replace(" ", "") if found[1] else found[0])
        return " "

    def _word(self, word: str) -> None:
        if not any(character.isdigit() for character in word):
            self.typed.names += folded(word).split()
        elif YEAR_OF_BIRTH.fullmatch(word):
            self.typed.birth_years.append(int(word))
        else:
            self.typed.codes.append(word.strip(PUNCTUATION))


def _day(year: str, month: int, day: str) -> date | None:
    century = 2000 if len(year) == 2 else 0
    with suppress(ValueError):
        return date(century + int(year), month, int(day))
    return None
