"""Names as they are compared: without case, accents, apostrophes and hyphens.

The database folds what is stored (functions of migration 0005), this module what is typed. Both
must agree letter by letter; tests/cases/test_folding.py holds them to it.
"""

import re
import unicodedata

# Letters that have no accent to take off, and are typed as another.
PLAIN = str.maketrans(
    {
        **dict(zip("łøđðħıŧŋə\u03c2", "loddhitne\u03c3", strict=True)),
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)
ACCENTS = re.compile("[\u0300-\u036f]")
APOSTROPHES = re.compile("['`\u00b4\u02bb\u02bc\u2018\u2019\u2032]")
NOT_LETTERS = re.compile(r"[\W_]+")

# What sounds alike, in the order in which it is made alike; each a regular expression that
# Python and PostgreSQL read in the same way.
SOUNDS = [
    ("ph", "f"),
    ("^gh", "g"),
    ("gh", ""),
    ("c([eiy])", r"s\1"),
    ("ck|ch|c|q", "k"),
    ("x", "ks"),
    ("z", "s"),
    ("v", "f"),
    ("sh", "s"),
    ("th", "t"),
    ("g([eiy])", r"j\1"),
    ("^[aeiou]+", "a"),
    # An h between vowels is heard ("Mohammed"), as is the first letter; others are not.
    ("([aeiou])h([aeiou])", r"\1H\2"),
    ("^h", "H"),
    ("h", ""),
    (r"(.)\1+", r"\1"),
]
VOWELS = re.compile("[aeiouwy]")


def folded(text: str) -> str:
    """The words of ``text``, one space between them: "O’Brien-Łukasz" is "obrien lukasz"."""
    bare = ACCENTS.sub("", unicodedata.normalize("NFKD", APOSTROPHES.sub("", text)))
    return NOT_LETTERS.sub(" ", bare.lower().translate(PLAIN)).strip()


def sound(word: str) -> str:
    """What is heard of a folded word: "mohammed" and "muhammad" are both "mHmd"."""
    for heard, written in SOUNDS:
        word = re.sub(heard, written, word)
    return word[:1] + VOWELS.sub("", word[1:])
