"""What somebody answered in the public form, as it is stored and read again: pure Python."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

# What the form asks, in the sender's own words where it is text. Lengths are what a database
# column or a reader can take; a form says so before they are reached.
LONGEST_WORDS = 10_000
LONGEST_NAME = 120


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Every answer of the form. Empty means not asked or not answered.

    ``about`` "school", "placement", "support" or "statutory"; ``who`` a cases Sender;
    ``answered`` "yes", "no" or "never" (nobody was contacted before); ``helped`` whether that
    answer settled it; ``asked_for`` an escalations.ladder.Addressee; ``urgent`` the code of an
    urgent reason; ``reach`` "email", "phone" or "letter".
    """

    about: str
    who: str
    name: str
    relation: str = ""
    organisation: str = ""
    child_name: str
    child_born: date | None = None
    child_school: str = ""
    last_how: str = ""
    last_on: date | None = None
    quoted: str = ""
    answered: str = "never"
    helped: bool = True
    asked_for: str = ""
    words: str
    wanted: str = ""
    urgent: str = ""
    formal: str = ""
    reach: str = "email"
    email: str = ""
    phone: str = ""
    format_wanted: str = ""
    language: str = ""

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it: dates as "2026-11-02"."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def read(cls, stored: dict[str, Any]) -> "Answers":
        """What :meth:`stored` wrote, also by an older version of the form."""
        known = {name: stored[name] for name in cls.__dataclass_fields__ if name in stored}
        for name in ("child_born", "last_on"):
            if known.get(name):
                known[name] = date.fromisoformat(known[name])
        return cls(**known)

    @property
    def message(self) -> str:
        """What the person responsible reads."""
        parts = [self.words]
        if self.wanted:
            parts.append(f"What they would like to happen:\n{self.wanted}")
        if self.format_wanted:
            parts.append(f"How they would like to hear: {self.format_wanted}")
        if self.language:
            parts.append(f"Language: {self.language}")
        return "\n\n".join(parts)

    @property
    def told_child(self) -> str:
        """ "Amara Okafor, born 3 February 2014, Thornley School"."""
        born = f"born {self.child_born.day} {self.child_born:%B %Y}" if self.child_born else ""
        return ", ".join(part for part in (self.child_name, born, self.child_school) if part)[:200]
