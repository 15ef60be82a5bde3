"""The day from which a young person decides and is written to, in words (facts 1.3)."""

from datetime import date

from cases.people_models import Person, RelatedPerson
from clocks.wording import day_in_words

SOON_DAYS = 60


def rights_in_words(person: Person, today: date) -> str:
    """Who decides, since or from when; within 60 days also how soon."""
    first_name = person.known_as or person.given_name
    begin = person.rights_begin
    if person.has_rights(today):
        return f"{first_name} has made their own decisions since {day_in_words(begin)}."
    said = f"{first_name} makes their own decisions from {day_in_words(begin)}"
    left = (begin - today).days
    if left > SOON_DAYS:
        return f"{said}."
    return f"{said}: {'tomorrow' if left == 1 else f'in {left} days'}."


def letters_in_words(related: RelatedPerson, today: date) -> str:
    """Whether letters and messages about the child go to them on ``today``, and why not."""
    begin, self_ = related.person.rights_begin, RelatedPerson.Relation.SELF
    if related.no_contact:
        return "No: they must not be contacted"
    if related.may_be_written_to(today):
        return "Yes"
    if related.relation == self_:
        return f"From {day_in_words(begin)}"
    if related.receives_letters and related.person.has_rights(today):
        return f"No longer, since the young person’s rights began on {day_in_words(begin)}"
    return "No"


def acting_in_words(related: RelatedPerson) -> str:
    """Why they act for the young person, and since when; empty when they do not."""
    if not related.acts_because or related.acts_since is None:
        return ""
    return f"{related.get_acts_because_display()}, since {day_in_words(related.acts_since)}"
