"""Finding cases by whatever a caller can tell: pure reading (H22, H23).

Two rounds. First what was typed, as it stands: words that are, begin or are part of a name. Then,
if there is room, names that are written or sound alike. Why, see docs/decisions/0011.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import and_, or_
from typing import Any

from django.contrib.postgres.search import TrigramStrictWordSimilarity
from django.db import connection, transaction
from django.db.models import Case as Choose
from django.db.models import FloatField, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Length

from accounts.models import Role, User
from cases.folding import sound
from cases.models import Case, Establishment, LocalId, Person, RelatedPerson
from cases.quoted import contacts_quoted
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
MOST_ALIKE = 30
# People looked at: more than a page needs; when most of them are hidden, as many as this.
FEW, MANY = 100, 20_000
# Ways to read some of the words as a school's.
MOST_RUNS = 6
# What pays only when much of a table is wanted, and the settings that leave it out.
FROM_INDEX_TO_INDEX = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}
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
    found: dict[int, None] = {}
    with few_among_many():
        certain = _certain(typed, on)
        for words in _rounds(typed):
            found |= dict.fromkeys(_best(words, certain, user, limit, exact=typed.exact))
            if len(found) >= limit or (found and typed.exact):
                break
    cases = Case.objects.visible_to(user).with_people().in_bulk(list(found))
    return [cases[pk] for pk in found if pk in cases][:limit]


@contextmanager
def few_among_many() -> Iterator[None]:
    """Let PostgreSQL go from index to index.

    It cannot know how few children are like a word, or may be seen by somebody, and then reads
    all of England's cases to be on the safe side.
    """
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        for_now = FROM_INDEX_TO_INDEX.items()
        cursor.execute("; ".join(f"SET LOCAL {name} TO {value}" for name, value in for_now))
        yield
        cursor.execute("; ".join(f"SET LOCAL {name} TO DEFAULT" for name, _ in for_now))


# --- Words --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Word:
    """A word that was typed and may be of a child's name or of a school's."""

    text: str
    # Words of names that are written or sound like it, when it may be misspelt.
    alike: tuple[str, ...] = ()
    of_a_school: bool = False

    def fits_name(self) -> Q:
        """For people with ``name_words``."""
        part = self.text if len(self.text) >= PART_OF_A_WORD else f" {self.text}"
        fits = Q(folded_names__contains=part)
        return fits | Q(name_words__overlap=list(self.alike)) if self.alike else fits

    def fits_school(self) -> Q:
        """For establishments with ``name_words``."""
        begins = Q(folded_name__contains=f" {self.text}")
        return begins | Q(name_words__overlap=list(self.alike)) if self.alike else begins

    def rank(self) -> Combinable:
        """3 for a whole word of the name, 2 for its beginning, 1 for a part, less for likeness."""
        return Choose(
            When(folded_names__contains=f" {self.text} ", then=Value(3.0)),
            When(folded_names__contains=f" {self.text}", then=Value(2.0)),
            When(folded_names__contains=self.text, then=Value(1.0)),
            default=TrigramStrictWordSimilarity(self.text, "folded_names") if self.alike else 0.0,
            output_field=FloatField(),
        )


def _rounds(typed: Typed) -> Iterator[list[Word]]:
    """The words as they were typed; then, only if asked for, with those that are like them."""
    yield _words(typed.names, {})
    if any(len(name) >= MAY_BE_MISSPELT for name in typed.names):
        yield _words(typed.names, _alike(typed.names))


def _words(names: list[str], alike: dict[str, list[str]]) -> list[Word]:
    words = [Word(name, tuple(alike.get(name, ()))) for name in names]
    known = _known_to_schools(words)
    return [replace(word, of_a_school=number in known) for number, word in enumerate(words)]


def _known_to_schools(words: list[Word]) -> set[int]:
    """The places of those words that some school's name has."""
    each = [
        _schools([word]).values_list(Value(number, IntegerField()))[:1]
        for number, word in enumerate(words)
    ]
    return {number for (number,) in each[0].union(*each[1:])} if each else set()


def _schools(words: list[Word]) -> QuerySet[Any, Any]:
    """Schools whose names have all of the words."""
    named = Establishment.objects.order_by().alias(name_words=words_of("folded_name"))
    return named.filter(_all(word.fits_school() for word in words))


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


def _best(words: list[Word], certain: Q, user: User, limit: int, *, exact: bool) -> list[int]:
    """The ids of the best ``limit`` cases, best first, each once."""
    ids = dict.fromkeys(_named(words, certain, user, limit))
    for of_school in _neighbours(words):
        if len(ids) >= limit:
            break
        names = [word for word in words if word not in of_school]
        # Advisers may narrow by a school, as the caller has named it, not list its children (H22).
        whole_name = any(len(word.text) > 1 for word in names)
        if exact or whole_name or user.role != Role.CSC_ADVISER:
            ids |= dict.fromkeys(_at_school(of_school, names, certain, user, limit))
    return list(ids)[:limit]


def _named(words: list[Word], certain: Q, user: User, limit: int) -> list[int]:
    """Cases of people whose names have every word."""
    fits = certain & _all(word.fits_name() for word in words)
    people = _ranked(fits, words, FEW)
    shown = _shown(user, [row[0] for row in people])
    if len(people) == FEW and len(shown) < limit:
        # Most of the best are not for this person's eyes: look at all who are.
        shown = _shown(user, _people(fits)[:MANY])
        people = _ranked(Q(pk__in=list(shown)), words, MANY)
    return [shown[row[0]] for row in people if row[0] in shown]


def _neighbours(words: list[Word]) -> list[list[Word]]:
    """The words that may be a school's, in every run of neighbours, the longest first."""
    places = range(len(words))
    runs = [words[first : last + 1] for first in places for last in places if first <= last]
    of_schools = [run for run in runs if all(word.of_a_school for word in run)]
    return sorted(of_schools, key=len, reverse=True)[:MOST_RUNS]


def _at_school(
    of_school: list[Word], names: list[Word], certain: Q, user: User, limit: int
) -> list[int]:
    """Cases at a school with all these words, of people whose names have the others."""
    schools = _schools(of_school)
    few = list(schools.values_list("pk", flat=True)[:FEW])
    fits = certain & _all(word.fits_name() for word in names)
    there = Case.objects.visible_to(user).order_by().filter(merged_into=None)
    if len(few) < FEW:
        there = there.filter(establishment__in=few)
    elif fits:
        # "Primary": so many schools that the names lead to fewer children.
        there = there.filter(establishment__in=schools, person__in=_people(fits)[:MANY])
    else:
        return []
    children = Q(pk__in=there.values("person")[:MANY])
    people = [row[0] for row in _ranked(fits & children, names, limit)]
    shown = _shown(user, people)
    return [shown[person] for person in people if person in shown]


def _people(fits: Q) -> QuerySet[Any, Any]:
    """Cut off by its limit, it is planned by itself: from the index on names, not from cases."""
    names = Person.objects.order_by().alias(name_words=words_of("folded_names"))
    return names.filter(fits).values("pk")


def _ranked(fits: Q, words: list[Word], most: int) -> list[tuple[int, float, str, str]]:
    rank = sum((word.rank() for word in words), Value(0.0, FloatField()))
    ranked = _people(fits).annotate(rank=rank)
    ordered = ranked.order_by("-rank", "family_name", "given_name", "pk")
    return list(ordered.values_list("pk", "rank", "family_name", "given_name")[:most])


def _shown(user: User, people: list[int] | QuerySet[Any, Any]) -> dict[int, int]:
    """The case to show of each of ``people``, by the person's id.

    That of a merged record is the case it was merged into, if ``user`` may see that. A restricted
    one tells those who may not see it nothing, not even which case it became.
    """
    visible = Case.objects.visible_to(user).order_by()
    merged = Case.objects.unrestricted_for(user).order_by().exclude(merged_into=None)
    kept = merged.filter(merged_into__in=visible.values("pk"))
    shown: dict[int, int] = {}
    for cases in visible.filter(merged_into=None), kept:
        found = cases.filter(person__in=people)
        shown |= found.values_list("person", Coalesce("merged_into", "pk"))
    return shown


def _all(conditions: Iterable[Q]) -> Q:
    return reduce(and_, conditions, Q())


# --- What is right or wrong ---------------------------------------------------------------------


def _certain(typed: Typed, on: date) -> Q:
    """What a person must be, whatever the words; for people."""
    parts = [Q(date_of_birth=born) for born in typed.births]
    parts += [Q(pk__in=_people_with(code, on)) for code in typed.codes]
    parts += [Q(date_of_birth__year=year) for year in typed.birth_years]
    parts += [_in_year_group(year, on) for year in typed.year_groups]
    return _all(parts)


def _in_year_group(year: int, on: date) -> Q:
    return reduce(
        or_,
        (
            Q(
                year_offset=offset,
                date_of_birth__range=born_in_year_group(year, on, offset),
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
    found: list[QuerySet[Any, Any]] = [
        Case.objects.order_by().filter(reference=code.upper()).values("person"),
        people.filter(upn=code.upper()).values("pk"),
        people.filter(local_id__in=written).values("pk"),
        LocalId.objects.order_by().filter(value__in=written).values("person"),
    ]
    quoted = contacts_quoted(code)
    if quoted is not None:
        found.append(quoted.order_by().exclude(case=None).values("case__person"))
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
