"""The people around a child.

Drawn from a stream of their own for each place in the register, so that nothing about them has
to be remembered: asked for again, they are the same people with the same numbers.
"""

import tomllib
from functools import cache
from random import Random
from typing import Any, NamedTuple

from cases.models import Person, RelatedPerson
from send_portal.demo.people import WORDS, mailbox, mobile, names
from send_portal.demo.shares import Draw

Relation = RelatedPerson.Relation
Care = Person.Care

# Assumed, in the manner of published figures about looked-after children with plans.
IN_CARE = Draw({Care.NONE: 95.0, Care.OURS: 3.5, Care.ELSEWHERE: 0.5, Care.PREVIOUSLY: 1.0})
PARENTS_LIVE_APART = 0.2
TWO_AT_HOME = 0.65
STEP_PARENT = 0.12
GRANDPARENT_CARES = 0.03
MOTHER_FIRST = 0.78
OTHER_SURNAME = 0.2
NO_CONTACT_WHEN_APART = 0.05
HAS_ADVOCATE = 0.015
OTHER_LANGUAGE = 0.3
USES_INTERPRETER = 0.4
FIRST_GETS_IN_TOUCH = 0.8

# They get in touch as professionals, not as a parent or carer.
PROFESSIONALS = {Relation.SOCIAL_WORKER, Relation.ADVOCATE}


class Member(NamedTuple):
    """Somebody around a child, with what a contact has to know of them."""

    relation: RelatedPerson.Relation
    name: str
    phone: str
    email: str
    at_home: bool = True
    no_contact: bool = False


class Family(NamedTuple):
    care: str
    apart: bool
    language: str
    interpreter: bool
    members: list[Member]

    def caller(self, rng: Random) -> int:
        """The position of the parent or carer who gets in touch: mostly the first."""
        able = [
            place
            for place, member in enumerate(self.members)
            if member.relation not in PROFESSIONALS
            and member.relation != Relation.SELF
            and not member.no_contact
        ]
        if len(able) == 1 or rng.random() < FIRST_GETS_IN_TOUCH:
            return able[0]
        return able[1]

    def young_person(self) -> int | None:
        """The position of the young person, once their rights have begun."""
        last = len(self.members) - 1
        return last if self.members[last].relation == Relation.SELF else None


@cache
def around() -> dict[str, Any]:
    return tomllib.loads((WORDS / "around.toml").read_text(encoding="utf-8"))


class Families:
    """Draws families; ``rng`` is left where the drawing of the last one ended."""

    def __init__(self, seed: int) -> None:
        self.rng = Random()  # noqa: S311 (invented data, nothing secret)
        self._base = seed << 40

    def of(self, place: int, called: str, family_name: str, *, has_rights: bool) -> Family:
        """The family of the case at ``place``, always the same."""
        rng = self.rng
        rng.seed(self._base + place)
        care = IN_CARE.one(rng)
        apart = care in (Care.NONE, Care.PREVIOUSLY) and rng.random() < PARENTS_LIVE_APART
        in_care = care in (Care.OURS, Care.ELSEWHERE)
        members = self._in_care(place) if in_care else self._parents(place, family_name, apart)
        if rng.random() < HAS_ADVOCATE:
            members.append(self._grown_up(place, Relation.ADVOCATE, at_home=False))
        if has_rights:
            address = f"{mailbox(called)}.{place}@example.org"
            name = f"{called} {family_name}"
            members.append(Member(Relation.SELF, name, mobile(rng), address))
        language = self._language(family_name)
        interpreter = bool(language) and rng.random() < USES_INTERPRETER
        return Family(care, apart, language, interpreter, members)

    def _parents(self, place: int, family_name: str, apart: bool) -> list[Member]:
        rng = self.rng
        if rng.random() < GRANDPARENT_CARES:
            return [self._relative(place, Relation.GRANDPARENT, family_name)]
        first, second = Relation.MOTHER, Relation.FATHER
        if rng.random() > MOTHER_FIRST:
            first, second = second, first
        parents = [self._relative(place, first, family_name)]
        if apart:
            barred = rng.random() < NO_CONTACT_WHEN_APART
            other = self._relative(place, second, family_name)
            return [*parents, other._replace(at_home=False, no_contact=barred)]
        if rng.random() < TWO_AT_HOME:
            relation = Relation.STEP_PARENT if rng.random() < STEP_PARENT else second
            parents.append(self._relative(place, relation, family_name))
        return parents

    def _in_care(self, place: int) -> list[Member]:
        return [
            self._grown_up(place, Relation.FOSTER_CARER),
            self._grown_up(place, Relation.SOCIAL_WORKER, at_home=False),
        ]

    def _relative(self, place: int, relation: RelatedPerson.Relation, family_name: str) -> Member:
        sex = {Relation.MOTHER: "F", Relation.FATHER: "M"}.get(relation, "")
        name = names().relative(self.rng, sex or self.rng.choice("FM"), family_name)
        address = f"{mailbox(name.given, name.family)}{place}@example.org"
        return Member(relation, f"{name.given} {name.family}", mobile(self.rng), address)

    def _grown_up(
        self, place: int, relation: RelatedPerson.Relation, *, at_home: bool = True
    ) -> Member:
        name = names().adult(self.rng)
        address = f"{mailbox(name.given, name.family)}{place}@example.org"
        return Member(
            relation, f"{name.given} {name.family}", mobile(self.rng), address, at_home=at_home
        )

    def _language(self, family_name: str) -> str:
        spoken = around()["languages"].get(names().heritage_of_surname(family_name))
        if spoken is None or self.rng.random() > OTHER_LANGUAGE:
            return ""
        return str(self.rng.choice(spoken))
