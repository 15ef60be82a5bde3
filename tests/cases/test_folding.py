"""What is typed and what is stored are folded alike, here and in the database."""

import pytest
from django.db import connection

from cases.folding import folded, sound
from cases.models import NameWord
from tests.factories import EstablishmentFactory, PersonFactory

# Latin with its additions, Greek, Cyrillic, punctuation, letter-like symbols, ligatures, emoji.
RANGES = [(0x20, 0x250), (0x370, 0x530), (0x1E00, 0x2070), (0x2100, 0x2190), (0xFB00, 0xFB07)]
LETTERS = [chr(code) for first, last in RANGES for code in range(first, last)] + ["😀"]


def in_database(function: str, words: list[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(word) FROM unnest(%s) AS word", [words])  # noqa: S608
        return [word for (word,) in cursor.fetchall()]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Zoë", "zoe"),
        ("ŁUKASZ", "lukasz"),
        ("O’Brien", "obrien"),
        ("O'Neill-Øster", "oneill oster"),
        ("  Mary   Jane ", "mary jane"),
        ("Strauß", "strauss"),
        ("Æthelred Þór", "aethelred thor"),
        ("Nguyễn", "nguyen"),
        ("%_\\", ""),
        ("😀", ""),
    ],
)
def test_a_name_is_folded_to_plain_words(written, words):
    assert folded(written) == words


def test_python_and_the_database_fold_every_letter_alike(db):
    around = [f"a{letter}b" for letter in LETTERS]
    here = [folded(text) for text in around]

    there = in_database("portal_folded", around)
    assert [
        (letter, mine, its)
        for letter, mine, its in zip(LETTERS, here, there, strict=True)
        if mine != its
    ] == []


@pytest.mark.parametrize(
    ("word", "like"),
    [
        ("mohammed", "muhammad"),
        ("mohamed", "mohammad"),
        ("catherine", "kathryn"),
        ("steven", "stephen"),
        ("sean", "shaun"),
        ("aisha", "ayesha"),
        ("kayleigh", "kaylee"),
        ("aaliyah", "aliya"),
        ("yusuf", "yousef"),
        ("thomas", "tomas"),
        ("smith", "smyth"),
        ("hussain", "hussein"),
        ("geoffrey", "jeffrey"),
    ],
)
def test_spellings_that_sound_alike_have_one_sound(word, like):
    assert sound(word) == sound(like)


@pytest.mark.parametrize("pair", [("amara", "tamara"), ("hana", "ana"), ("mohammed", "maud")])
def test_names_that_sound_different_have_two(pair):
    assert len({sound(word) for word in pair}) == 2


def test_python_and_the_database_hear_alike(db):
    letters = "aegchkpqstvxyz"
    words = [a + b + c + d for a in letters for b in letters for c in letters for d in "aehs"]

    assert [sound(word) for word in words] == in_database("portal_sound", words)


def test_names_are_kept_folded_with_words_joined_too(db):
    person = PersonFactory(given_name="Mary-Jane", family_name="O’Brien", known_as="")
    school = EstablishmentFactory(name="St. Mary's")

    assert person.folded_names == " mary jane maryjane obrien "
    assert school.folded_name == " st marys stmarys "


def test_the_words_of_every_name_are_learned_however_it_is_written(db):
    person = PersonFactory(given_name="Zoë", family_name="Okafor")
    person.given_name = "Zuzanna"
    person.save()
    type(person).objects.bulk_create(
        [PersonFactory.build(given_name="Ben", family_name="Smith-Jones")]
    )

    EstablishmentFactory(name="Elm Park")

    learned = set(NameWord.objects.values_list("word", flat=True))
    names = {"zoe", "okafor", "zuzanna", "ben", "smith", "jones", "smithjones"}
    assert learned == names | {"elm", "park", "elmpark"}


def test_a_change_of_name_is_in_the_history_without_the_folded_names(db):
    person = PersonFactory()
    person.family_name = "Adeyemi"
    person.save()

    [event] = type(person).pgh_event_models["update"].objects.all()
    assert event.family_name == "Okafor"
    assert not hasattr(event, "folded_names")
