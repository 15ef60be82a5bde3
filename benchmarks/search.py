"""How fast a child is found among all of England's: ``python -m benchmarks.search [PEOPLE]``.

Works in a database of its own on a throw-away PostgreSQL, or beside the one that DATABASE_URL
names, and drops it at the end. Names are drawn as for the demonstration, with half of the
surnames put together from syllables, so that there are as many different ones as in a country;
the seed is fixed. Each search is a whole look-up, Python included: for several children the best
of a few times, and of these the median. Once for somebody who sees every case, once for a member
of one team in 153. Exit status 1 when a limit is passed.
"""

import io
import random
import sys
from collections.abc import Iterator
from datetime import date
from time import perf_counter
from typing import Any

from benchmarks.database import database_of_its_own, servers
from benchmarks.enforcement import OWNERS, make_staff

PEOPLE = 720_000
ESTABLISHMENTS = 24_000
SEED = 20261122
TODAY = date(2026, 11, 17)
CHILDREN = 7
TIMES = 3
LIMIT = 21

ONSETS = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "w", "th", "br", "ch"]
SYLLABLES = [onset + vowel for onset in ONSETS for vowel in "aeiou"]
ENDINGS = ["n", "son", "ton", "ley", "ski", "wood", "er", "ell", "ov", "ham"]
SCHOOLS = ["Primary School", "Academy", "High School", "Church of England School"]

# For what is right or wrong; for what many fit, or names like it have to be looked for too.
EXACT_MS = 20.0
NAMES_MS = 100.0
# What is typed, with what is known of one child.
SEARCHES = [
    ("whole name", "{given} {family}", NAMES_MS),
    ("swapped, beginnings", "{fam} {giv}", NAMES_MS),
    ("name and date of birth", "{family} {born}", NAMES_MS),
    ("name and school", "{family} {school}", NAMES_MS),
    ("date of birth", "{born}", EXACT_MS),
    ("reference", "{reference}", EXACT_MS),
    ("UPN", "{upn}", EXACT_MS),
    ("postcode", "{postcode}", EXACT_MS),
    ("half a postcode", "{district}", NAMES_MS),
    ("misspelt name", "{given_typo} {family_typo}", NAMES_MS),
    ("misspelt family name", "{family_typo}", NAMES_MS),
    ("sounds alike", "muhamed", NAMES_MS),
    ("common given name", "muhammad", NAMES_MS),
    ("three letters", "{fam3}", NAMES_MS),
    ("nobody", "zzyzx qwghlm", NAMES_MS),
]


def main(people: int) -> int:
    with servers(), database_of_its_own("benchmark_search"):
        begun = perf_counter()
        fill(people)
        print(f"{people:,} people in {perf_counter() - begun:.0f} seconds")
        passed = [measure(search) for search in SEARCHES]
    return 0 if all(passed) else 1


# --- Everybody ------------------------------------------------------------------------------


def fill(people: int) -> None:
    from django.db import connection

    from cases.models import Establishment, NameWord

    rng = random.Random(SEED)
    first_owner = make_staff()
    Establishment.objects.bulk_create(
        Establishment(urn=number, name=f"{_place(rng)} {rng.choice(SCHOOLS)}", kind="primary")
        for number in range(1, ESTABLISHMENTS + 1)
    )
    copy(
        "cases_person (id, local_id, given_name, family_name, known_as, date_of_birth, upn, "
        "postcode, sex)",
        (person(number, rng) for number in range(1, people + 1)),
    )
    with connection.cursor() as cursor:
        figures = {"first_owner": first_owner, "owners": OWNERS, "schools": ESTABLISHMENTS}
        cursor.execute(CASES, figures)
        cursor.execute("VACUUM ANALYZE")
    print(f"{NameWord.objects.count():,} different words in their names")


CASES = """
INSERT INTO cases_case (reference, person_id, status, owner_id, team_id, establishment_id,
                        primary_need, next_step)
SELECT 'EHC-' || lpad(person.id::text, 6, '0'), person.id, 'plan', owner.id, owner.team_id,
       (SELECT min(id) FROM cases_establishment) + person.id %% %(schools)s, '', ''
FROM cases_person AS person
JOIN accounts_user AS owner ON owner.id = %(first_owner)s + person.id %% %(owners)s
"""


def copy(table: str, rows: Iterator[tuple[Any, ...]]) -> None:
    from django.db import connection

    text = io.StringIO()
    for row in rows:
        text.write("\t".join(map(str, row)) + "\n")
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} FROM STDIN", text)


def person(number: int, rng: random.Random) -> tuple[Any, ...]:
    from send_portal.demo.people import birth_date, names

    born = birth_date(rng, TODAY, rng.randint(2, 24))
    name = names().child(rng, "", born)
    family = name.family if rng.random() < 0.5 else _surname(rng)
    postcode = f"{_pick(rng)}{_pick(rng)}{rng.randint(1, 6)} {rng.randint(1, 9)}{_pick(rng)}A"
    upn = f"A{number:012d}"
    return (number, f"L{number}", name.given, family, name.known_as, born, upn, postcode, "")


def _surname(rng: random.Random) -> str:
    parts = "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(1, 2)))
    return (parts + rng.choice(ENDINGS)).capitalize()


def _place(rng: random.Random) -> str:
    return _surname(rng) + rng.choice(["", " Hill", " Green", " Park"])


def _pick(rng: random.Random) -> str:
    return rng.choice("ABDEFGHJLNPQRSTUWXYZ")


# --- Searching ------------------------------------------------------------------------------


def measure(search: tuple[str, str, float]) -> bool:
    """Print what one kind of search takes, for somebody who sees all and for a team's member."""
    from accounts.models import Role, User

    name, template, limit = search
    manager = User(role=Role.SENIOR_MANAGER, pk=0)
    member = User.objects.filter(role=Role.COORDINATOR).order_by("pk")[7]
    results = [timed(template, user) for user in (manager, member)]
    slowest = max(taken for taken, _ in results)
    found = " / ".join(str(count) for _, count in results)
    times = " / ".join(f"{taken:.1f}" for taken, _ in results)
    print(f"{name:24} {times:>14} ms, found {found:>9} (limit {limit:.0f} ms)")
    return slowest <= limit


def timed(template: str, user: Any) -> tuple[float, int]:
    """Milliseconds for the child in the middle, and how many cases the last one found."""
    from cases.search import find_cases

    taken = []
    for number in range(CHILDREN):
        text = template.format(**known(number))
        rounds = []
        for _ in range(TIMES):
            begun = perf_counter()
            found = find_cases(text, user=user, on=TODAY, limit=LIMIT)
            rounds.append(perf_counter() - begun)
        taken.append(min(rounds) * 1000)
    return sorted(taken)[CHILDREN // 2], len(found)


def known(number: int) -> dict[str, str]:
    """What a caller may know of one child, and how it may be misspelt."""
    from cases.models import Case

    case = Case.objects.select_related("person", "establishment").order_by("pk")[1000 + number]
    child = case.person
    assert case.establishment
    return {
        "given": child.given_name,
        "family": child.family_name,
        "giv": child.given_name[:4],
        "fam": child.family_name[:5],
        "fam3": child.family_name[:3],
        "given_typo": misspelt(child.given_name),
        "family_typo": misspelt(child.family_name),
        "born": f"{child.date_of_birth:%d/%m/%Y}",
        "school": case.establishment.name.split()[0],
        "reference": case.reference,
        "upn": child.upn,
        "postcode": child.postcode,
        "district": child.postcode.split()[0],
    }


def misspelt(name: str) -> str:
    """The third letter doubled, and the last vowel another."""
    vowel = max(name.rfind(letter) for letter in "aeiou")
    return name[:3] + name[2:vowel] + ("o" if name[vowel] != "o" else "u") + name[vowel + 1 :]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE))
