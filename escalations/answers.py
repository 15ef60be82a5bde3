"""What somebody answered in the public form, as it is stored and read again: pure Python."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

# What the form asks, in the sender's own words where it is text. Lengths are what a database
# column or a reader can take; a form says so before they are reached.
LONGEST_WORDS = 10_000
LONGEST_NAME = 120
HOW_BEFORE = {
    "email": "E-mail",
    "telephone": "Telephone call",
    "voicemail": "Voicemail",
    "letter": "Letter",
    "face_to_face": "Conversation face to face",
    "portal_message": "This form",
}


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Every answer of the form. Empty means not asked or not answered.

    ``about`` a topic of escalations.form_choices; ``who`` a cases Sender; ``last_how`` the
    cases Channel of what they last sent; ``answered`` "yes", "no" or "never" (nobody was
    contacted before); ``helped`` whether that answer settled it; ``asked_for`` an
    escalations.ladder.Addressee; ``urgent`` the code of an urgent reason; ``formal`` a cases
    Category; ``reach`` "email", "phone" or "letter", the last with ``address``.
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
    address: str = ""
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
        told = [
            ("What they would like to happen", self.wanted),
            ("Who they are", self._who),
            ("What they did before", self._before),
            ("How they would like to be answered", self._reach),
            ("What makes it easier for them", self.format_wanted),
            ("Their language", self.language),
        ]
        return "\n\n".join([self.words, *(f"{key}:\n{words}" for key, words in told if words)])

    @property
    def _who(self) -> str:
        return ", ".join(part for part in (self.relation, self.organisation) if part)

    @property
    def _before(self) -> str:
        """ "E-mail on 3 November 2026, CON-000120. They have had no answer." """
        if self.answered == "never":
            return ""
        how = HOW_BEFORE.get(self.last_how, "They told us")
        on = f" on {_day(self.last_on)}" if self.last_on else ""
        quoted = f", {self.quoted}" if self.quoted else ""
        return f"{how}{on}{quoted}. {self._answer}"

    @property
    def _answer(self) -> str:
        if self.answered == "no":
            return "They have had no answer."
        return "The answer helped." if self.helped else "The answer did not help."

    @property
    def _reach(self) -> str:
        if self.reach == "phone":
            return f"By telephone: {self.phone}"
        return f"By letter:\n{self.address}" if self.reach == "letter" else ""

    @property
    def told_child(self) -> str:
        """ "Amara Okafor, born 3 February 2014, Thornley School"."""
        born = f"born {_day(self.child_born)}" if self.child_born else ""
        return ", ".join(part for part in (self.child_name, born, self.child_school) if part)[:200]


def _day(day: date) -> str:
    """Without the name of the day, which nobody has asked for."""
    return f"{day.day} {day:%B %Y}"
