"""Finding cases by whatever a caller can tell: pure reading (H22, H23).

Two rounds. First what was typed, as it stands: words that are, begin or are part of a name. Then,
if there is room, names that are written or sound alike. Why, see docs/decisions/0011.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_, or_
from typing import Any

from django.contrib.postgres.search import TrigramStrictWordSimilarity
from django.db import connection
from django.db.models import Case as Choose
from django.db.models import F, FloatField, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Length

from accounts.models import Role, User
from cases.folding import sound
from cases.models import Case, CaseQuerySet, Contact, Establishment, LocalId, Person, RelatedPerson
from cases.search_models import CLOSED_POSTCODE, words_of
from cases.search_words import Typed, born_in_year_group, born_on, postcode_pattern, read

# Years out of the cohort that somebody may be taught in (Person.year_offset).
OFFSETS = range(-3, 4)
# The index answers for parts of words from three letters; shorter ones only begin a word.
PART_OF_A_WORD = 3
# Shorter words are like too many others.
MAY_BE_MISSPELT = 4
SHORTEST_SOUND = 2
NEAR = 0.4
MOST_ALIKE = 60
ALIKE = """
SELECT typed.word, near.word
FROM unnest(%(words)s, %(sounds)s) AS typed (word, sound)
CROSS JOIN LATERAL (
    SELECT known.word, known.sound, similarity(known.word, typed.word) AS nearness
    FROM cases_nameword AS known
    WHERE known.word %% typed.word OR known.sound = typed.sound
    ORDER BY nearness DESC, known.word
    LIMIT %(most)s
) AS near
WHERE near.nearness >= %(near)s OR near.sound = typed.sound
"""


def find_cases(text: str, *, user: User, on: date, limit: int, typing: bool = False) -> list[Case]:
    """The first ``limit`` cases that fit ``text``, best first, among those ``user`` may see.

    ``on`` is the local date for which year groups and the people around a child are taken. While
    somebody is ``typing``, what cannot be whole yet finds nothing. A record that was merged is
    found by all that it holds, and shown as the case it was merged into.
    """
    typed = read(text, typing=typing)
    if typed.too_vague:
        return []
    certain = _certain(typed, on)
    found: dict[int, None] = {}
    for words in _rounds(typed):
        found |= dict.fromkeys(_best(words, certain, typed.exact, user, limit))
        if len(found) >= limit or (found and typed.exact):
            break
    cases = Case.objects.visible_to(user).with_people().in_bulk(list(found))
    return [cases[pk] for pk in found if pk in cases][:limit]


# --- Words --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Word:
    """A word that was typed and may be of a name or of a school's name."""

    text: str
    # Words of names that are written or sound like it, when it may be misspelt.
    alike: tuple[str, ...] = ()
    of_a_school: bool = False

    def fits_name(self) -> Q:
        part = self.text if len(self.text) >= PART_OF_A_WORD else f" {self.text}"
        fits = Q(person__folded_names__contains=part)
        return fits | Q(name_words__overlap=list(self.alike)) if self.alike else fits

    def fits_school(self) -> Q:
        return Q(establishment__in=_schools(self.text, self.alike))

    def fits(self) -> Q:
        return self.fits_name() | self.fits_school() if self.of_a_school else self.fits_name()

    def rank(self) -> Combinable:
        """3 for a whole word of the name, 2 for its beginning, 1 for a part, less for likeness."""
        names = "person__folded_names"
        return Choose(
            When(**{f"{names}__contains": f" {self.text} "}, then=Value(3.0)),
            When(**{f"{names}__contains": f" {self.text}"}, then=Value(2.0)),
            When(**{f"{names}__contains": self.text}, then=Value(1.0)),
            default=TrigramStrictWordSimilarity(self.text, names),
            output_field=FloatField(),
        )


def _rounds(typed: Typed) -> Iterator[list[Word]]:
    """The words as they were typed; then, only if asked for, with those that are like them."""
    yield _words(typed.names, {})
    if any(len(name) >= MAY_BE_MISSPELT for name in typed.names):
        yield _words(typed.names, _alike(typed.names))


def _words(names: list[str], alike: dict[str, list[str]]) -> list[Word]:
    words = [(name, tuple(alike.get(name, ()))) for name in names]
    of_schools = _of_schools(words)
    return [Word(name, like, of_a_school=name in of_schools) for name, like in words]


def _schools(word: str, alike: tuple[str, ...]) -> QuerySet[Establishment]:
    """Schools with a word that begins with ``word``, or is one of those like it."""
    named = Establishment.objects.order_by().alias(words=words_of("folded_name"))
    begins = Q(folded_name__contains=f" {word}")
    return named.filter(begins | Q(words__overlap=list(alike)) if alike else begins)


def _of_schools(words: list[tuple[str, tuple[str, ...]]]) -> set[str]:
    """Those of the words that some school's name has."""
    if not words:
        return set()
    each = [
        _schools(*word).values_list(Value(number, IntegerField()))[:1]
        for number, word in enumerate(words)
    ]
    return {words[number][0] for (number,) in each[0].union(*each[1:])}


def _alike(names: list[str]) -> dict[str, list[str]]:
    """For each word those of people's names that are written or sound like it, nearest first."""
    long = [name for name in names if len(name) >= MAY_BE_MISSPELT]
    sounds = [sound(name) for name in long]
    heard = [heard if len(heard) >= SHORTEST_SOUND else None for heard in sounds]
    alike: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, {"words": long, "sounds": heard, "near": NEAR, "most": MOST_ALIKE})
        for typed, word in cursor.fetchall():
            alike.setdefault(typed, []).append(word)
    return alike


# --- Cases --------------------------------------------------------------------------------------

Row = tuple[int, float, str, str]


def _best(words: list[Word], certain: Q, exact: bool, user: User, limit: int) -> list[int]:
    """The ids of the best ``limit`` cases, best first, each once."""
    visible = Case.objects.visible_to(user).filter(merged_into=None).annotate(shown=F("pk"))
    found: list[Row] = []
    for condition in _drivers(words, exact, lists_schools=user.role != Role.CSC_ADVISER):
        found += _ranked(visible, condition & certain, words, limit)
    found += _ranked(_merged(user), _all(word.fits() for word in words) & certain, words, limit)
    found.sort(key=lambda row: (-row[1], *row[2:], row[0]))
    return list(dict.fromkeys(row[0] for row in found))[:limit]


def _drivers(words: list[Word], exact: bool, *, lists_schools: bool) -> list[Q]:
    """Conditions that together say "every word fits", each with a part that an index answers.

    A word that may be a child's or a school's is answered by two tables, which no index does. So
    unless something else leads to the children, each word in turn has to be of a name, or all of
    a school. Advisers may narrow by a school, because the caller has named it, but not list whom
    it teaches (H22).
    """
    if exact or not all(word.of_a_school for word in words):
        return [_all(word.fits() for word in words)]
    drivers = [
        word.fits_name() & _all(other.fits() for other in words if other is not word)
        for word in words
    ]
    if lists_schools:
        drivers.append(_all(word.fits_school() for word in words))
    return drivers


def _all(conditions: Iterator[Q]) -> Q:
    return reduce(and_, conditions, Q())


def _ranked(cases: QuerySet[Case], condition: Q, words: list[Word], limit: int) -> list[Row]:
    names = ("person__family_name", "person__given_name")
    ranks = [word.rank() for word in words]
    ranked = (
        cases.alias(name_words=words_of("person__folded_names"))
        .filter(condition)
        .annotate(rank=sum(ranks, Value(0.0, FloatField())))
        .order_by("-rank", *names, "pk")
    )
    return list(ranked.values_list("shown", "rank", *names)[:limit])


def _merged(user: User) -> CaseQuerySet:
    """Records merged into a case that ``user`` may see.

    A restricted one tells those who may not see it nothing, not even which case it became.
    """
    kept = Coalesce("merged_into__merged_into", "merged_into")
    merged = Case.objects.unrestricted_for(user).exclude(merged_into=None).annotate(shown=kept)
    return merged.filter(shown__in=Case.objects.visible_to(user).values("pk"))


# --- What is right or wrong ---------------------------------------------------------------------


def _certain(typed: Typed, on: date) -> Q:
    parts = [Q(person__date_of_birth=born) for born in typed.births]
    parts += [Q(person__in=_people_with(code, on)) for code in typed.codes]
    parts += [Q(person__date_of_birth__year=year) for year in typed.birth_years]
    parts += [_in_year_group(year, on) for year in typed.year_groups]
    return _all(iter(parts))


def _in_year_group(year: int, on: date) -> Q:
    return reduce(
        or_,
        (
            Q(
                person__year_offset=offset,
                person__date_of_birth__range=born_in_year_group(year, on, offset),
            )
            for offset in OFFSETS
        ),
    )


def _people_with(code: str, on: date) -> QuerySet[Any, Any]:
    """The ids of people whom ``code`` may mean, whatever it is.

    A union, because one condition over several tables could use no index.
    """
    written = {code, code.upper(), code.lower()}
    people = Person.objects.order_by()
    contacts = Contact.objects.order_by().exclude(case=None)
    found: list[QuerySet[Any, Any]] = [
        Case.objects.order_by().filter(reference=code.upper()).values("person"),
        contacts.filter(reference=code.upper()).values("case__person"),
        people.filter(upn=code.upper()).values("pk"),
        people.filter(local_id__in=written).values("pk"),
        LocalId.objects.order_by().filter(value__in=written).values("person"),
    ]
    if born := born_on(code):
        found.append(people.filter(date_of_birth=born).values("pk"))
    if pattern := postcode_pattern(code):
        around = RelatedPerson.objects.order_by().current(on)
        found.append(_at_postcode(people, *pattern).values("pk"))
        found.append(_at_postcode(around, *pattern).values("person"))
    return found[0].union(*found[1:])


def _at_postcode(people: QuerySet[Any], beginning: str, length: int) -> QuerySet[Any]:
    closed = people.alias(closed=CLOSED_POSTCODE, length=Length(CLOSED_POSTCODE))
    return closed.filter(closed__startswith=beginning, length=length)
