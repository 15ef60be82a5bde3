"""The columns of a caseload file, and what one cell may hold. No database is asked.

``COLUMNS`` is the only definition: reading, ``import_cases --columns`` and the table in
``docs/import.md`` all come from it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from django.db import models

from accounts.models import Team
from cases.models import Case, Establishment, Person

Reader = Callable[[str], Any]


class Wrong(Exception):
    """What one cell holds cannot be used; the message is the reason, in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Column:
    """One column: its name, how a cell is read and what an empty cell means."""

    name: str
    read: Reader
    holds: str
    example: str
    needed: str = ""
    empty: Any = ""

    @property
    def required(self) -> bool:
        return self.needed == "yes"


def shown(text: str, limit: int = 40) -> str:
    """``text`` in quotation marks, safe for a terminal and never long."""
    printable = "".join(character if character.isprintable() else "\ufffd" for character in text)
    return f'"{printable[:limit]}…"' if len(printable) > limit else f'"{printable}"'


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion to put behind a reason, or nothing when no known word is near."""
    by_folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold()[:200], by_folded, n=1)
    return f" Did you mean {shown(by_folded[near[0]])}?" if near else ""


def read_cell(column: Column, cell: str) -> Any:
    """The value of ``cell``; raises Wrong.

    Accents are composed, and runs of spaces and line breaks become one space, so that two
    exports of one record compare as equal.
    """
    tidy = " ".join(unicodedata.normalize("NFC", cell).split())
    if not tidy:
        if column.required:
            raise Wrong("this cannot be empty.")
        return column.empty
    if not tidy.isprintable():
        code = ord(next(character for character in tidy if not character.isprintable()))
        raise Wrong(f"holds a character that cannot be printed (U+{code:04X}).")
    return column.read(tidy)


# --- Readers: each takes a tidy, printable, non-empty text ------------------------------------


def up_to(limit: int) -> Reader:
    """A reader of text of at most ``limit`` characters."""

    def read(text: str) -> str:
        if len(text) > limit:
            raise Wrong(f"has {len(text):,} characters; at most {limit} fit.")
        return text

    return read


def room(model: type[models.Model], field: str) -> int:
    """How many characters the database keeps of this field."""
    return int(getattr(model._meta.get_field(field), "max_length", 0) or 0)


def text_of(model: type[models.Model], field: str) -> Reader:
    return up_to(room(model, field))


def read_local_id(text: str) -> str:
    # Nobody's identifier looks like 1.2E+05, but that is what a spreadsheet makes of 120000.
    if re.fullmatch(r"[0-9](\.[0-9]+)?E\+[0-9]+", text):
        raise Wrong(
            f"{shown(text)} is a number that a spreadsheet has shortened: "
            "export the column as text."
        )
    return str(text_of(Person, "local_id")(text))


EARLIEST, LATEST = 1900, 2100
# Plans end at 25 at the latest, and began in 2014: an older person is a mistyped year.
OLDEST_YEARS = 50
DATE_FORMS = (
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"),
    re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})"),
)


def read_date(text: str) -> date:
    """A date written 2014-02-28 or 28/02/2014, with or without leading noughts."""
    found = next((match for form in DATE_FORMS if (match := form.fullmatch(text))), None)
    if found is None:
        raise Wrong(f"{shown(text)} is not a date: write it as 2014-02-28 or 28/02/2014.")
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        raise Wrong(f"{shown(text)} is not a real date.") from None
    if not EARLIEST <= day.year <= LATEST:
        raise Wrong(f"{shown(text)} is not between {EARLIEST} and {LATEST}.")
    return day


def one_of(choices: type[models.TextChoices]) -> Reader:
    """A reader that takes the code or the label of a choice, in capitals or not."""
    by_word = {choice.value.casefold(): choice for choice in choices}
    by_word |= {choice.label.casefold(): choice for choice in choices}

    def read(text: str) -> models.TextChoices:
        if choice := by_word.get(text.casefold()):
            return choice
        raise Wrong(f"{shown(text)} is not one of {options(choices)}.")

    return read


def options(choices: type[models.TextChoices]) -> str:
    """ "F (Female), M (Male)"."""
    return ", ".join(f"{choice.value} ({choice.label})" for choice in choices)


# I, O and S are left out, because they are misread as figures.
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
UPN_FORM = re.compile(rf"[{UPN_LETTERS}][0-9]{{11}}[0-9{UPN_LETTERS}]")


def upn_check_letter(rest: str) -> str:
    """The first letter that belongs to the other 12 characters of a UPN.

    Each character times its place (2 to 13), summed, modulo 23. A temporary UPN ends in a
    letter, which counts as its place in the alphabet of the 23 letters.
    """
    values = [
        int(character) if character.isdigit() else UPN_LETTERS.index(character)
        for character in rest
    ]
    return UPN_LETTERS[sum(value * place for place, value in enumerate(values, start=2)) % 23]


def read_upn(text: str) -> str:
    upn = text.replace(" ", "").upper()
    if not UPN_FORM.fullmatch(upn):
        raise Wrong(
            f"{shown(text)} is not a UPN: a letter, 11 figures, then a figure or a letter "
            "(I, O and S are never used)."
        )
    if upn[0] != upn_check_letter(upn[1:]):
        raise Wrong(
            f"{shown(text)} is not a valid UPN: its first letter does not fit the rest, "
            "so a character is mistyped."
        )
    return upn


POSTCODE_FORM = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")


def read_postcode(text: str) -> str:
    """A postcode in capitals with one space, however it was typed."""
    found = POSTCODE_FORM.fullmatch(text.replace(" ", "").upper())
    if found is None:
        raise Wrong(f"{shown(text)} is not a UK postcode.")
    return f"{found[1]} {found[2]}"


def read_email(text: str) -> str:
    return text.lower()


def read_urn(text: str) -> int:
    if not re.fullmatch(r"[0-9]{5,8}", text) or int(text) == 0:
        raise Wrong(f"{shown(text)} is not a URN: 5 to 8 figures.")
    return int(text)


# --- The columns ------------------------------------------------------------------------------


def _text_column(model: type[models.Model], name: str, holds: str, example: str) -> Column:
    """An optional column of plain text that is kept in the field of the same name."""
    limit = room(model, name)
    return Column(name, up_to(limit), f"{holds}; up to {limit} characters", example)


DATE_WORDS = "2014-02-28 or 28/02/2014"

COLUMNS = [
    Column(
        "local_id",
        read_local_id,
        "The council's own number for the child or young person, by which a row finds its "
        f"case; up to {room(Person, 'local_id')} characters",
        "S-100001",
        needed="yes",
    ),
    Column(
        "given_name",
        text_of(Person, "given_name"),
        f"First name; up to {room(Person, 'given_name')} characters",
        "Rowan",
        needed="yes",
    ),
    Column(
        "family_name",
        text_of(Person, "family_name"),
        f"Surname; up to {room(Person, 'family_name')} characters",
        "Ashdown",
        needed="yes",
    ),
    _text_column(Person, "known_as", "The first name they go by, when it is another", "Ro"),
    Column(
        "date_of_birth",
        read_date,
        f"{DATE_WORDS}; not in the future, nor more than {OLDEST_YEARS} years ago",
        "2014-02-28",
        needed="yes",
        empty=None,
    ),
    Column("sex", one_of(Person.Sex), options(Person.Sex), "F"),
    Column(
        "upn",
        read_upn,
        "Unique pupil number, 13 characters with the right check letter; no two people share one",
        "T999901222001",
    ),
    Column("postcode", read_postcode, "UK postcode of the home address", "ZZ99 3WZ"),
    Column("status", one_of(Case.Status), options(Case.Status), "plan", needed="yes"),
    Column(
        "owner_email",
        read_email,
        "Sign-in address of the case owner: an active member of staff whose role holds cases",
        "coordinator@example.org",
    ),
    Column(
        "team",
        text_of(Team, "name"),
        "Name of the team, as in the portal",
        "North team",
        needed="unless the owner has a team",
    ),
    Column(
        "establishment_urn",
        read_urn,
        "URN of the school, college or setting, 5 to 8 figures",
        "990001",
        empty=None,
    ),
    Column(
        "establishment_name",
        text_of(Establishment, "name"),
        "Its name, used only to create an establishment whose URN is not in the portal yet; up to "
        f"{room(Establishment, 'name')} characters",
        "Larkmead School",
        needed="for a new URN",
    ),
    Column(
        "establishment_kind",
        one_of(Establishment.Kind),
        f"Its kind, used likewise: {options(Establishment.Kind)}",
        "primary",
        needed="for a new URN",
    ),
    _text_column(Case, "primary_need", "Primary need, in the council's words", "Autism"),
    Column(
        "plan_issued_on",
        read_date,
        f"Date of the first final plan, {DATE_WORDS}; not in the future, not before birth",
        "2019-06-14",
        empty=None,
    ),
    _text_column(Case, "next_step", "What happens next with the case", "Annual review"),
    Column(
        "next_step_on",
        read_date,
        f"When, {DATE_WORDS}; needs a next step",
        "2027-03-01",
        empty=None,
    ),
]
BY_NAME = {column.name: column for column in COLUMNS}

PERSON_FIELDS = [
    "local_id",
    "given_name",
    "family_name",
    "known_as",
    "date_of_birth",
    "sex",
    "upn",
    "postcode",
]
# The fields of a case that a cell gives as it is; owner, team and establishment are looked up.
CASE_FIELDS = ["status", "primary_need", "plan_issued_on", "next_step", "next_step_on"]


def columns_as_markdown() -> str:
    """The table of docs/import.md, which ``import_cases --columns`` prints."""
    lines = ["| Column | Needed | What it holds | Example |", "|---|---|---|---|"]
    lines += [
        f"| `{column.name}` | {column.needed or 'no'} | {column.holds} | {column.example} |"
        for column in COLUMNS
    ]
    return "\n".join(lines)
