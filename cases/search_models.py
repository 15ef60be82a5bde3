"""What the search keeps beside the names themselves: how they are compared, and their words."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Replace, Trim, Upper

# A postcode without its space, as the search compares it (cases.search).
CLOSED_POSTCODE = Upper(Replace("postcode", Value(" ")))


def folded_names(*fields: str) -> models.GeneratedField:
    """The words of these fields as the search compares them, a space before and after each."""
    return models.GeneratedField(
        expression=Func(*(F(field) for field in fields), function="portal_folded_names"),
        output_field=models.TextField(),
        db_persist=True,
    )


def words_of(names: str) -> Func:
    """The words of a column of folded names, as the index on them has it."""
    return Func(
        Trim(names),
        Value(" "),
        function="string_to_array",
        output_field=ArrayField(models.TextField()),
    )


def learns_words(column: str) -> list[pgtrigger.Trigger]:
    """Triggers that learn the words of a column of folded names.

    In the database, because people also come by COPY; in order, so that two do not deadlock.
    """
    return [
        pgtrigger.Trigger(
            name=name,
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            referencing=pgtrigger.Referencing(new="written"),
            func=f"""
INSERT INTO cases_nameword (word)
SELECT DISTINCT unnest(string_to_array(btrim({column}), ' ')) AS word FROM written
ORDER BY word
ON CONFLICT DO NOTHING;
RETURN NULL;
""",  # noqa: S608 (a column of ours)
        )
        for name, operation in (
            ("learn_new_names", pgtrigger.Insert),
            ("learn_changed_names", pgtrigger.Update),
        )
    ]


class NameWord(models.Model):
    """A word of a child's or a school's name, folded, once for however many have it.

    A misspelt word is looked up here, among thousands of words instead of a name for every
    child, and children and schools are then found by the words that are like it. Triggers on
    both add words (cases.people_models); none is ever taken away, and none points at a child.
    """

    word = models.TextField(primary_key=True)
    sound = models.GeneratedField(
        expression=Func(F("word"), function="portal_sound"),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta:
        indexes = [
            GinIndex(OpClass("word", name="gin_trgm_ops"), name="name_word_trigram"),
            models.Index(fields=["sound"], name="name_word_sound"),
        ]

    def __str__(self) -> str:
        return self.word
