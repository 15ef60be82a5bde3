"""The people around a child as pages show them: warnings first, then each with their own rights.

Advisers see names, relations, the preferred channel and whether not to contact somebody: no
addresses, no numbers and no words of a court order (H22).
"""

from dataclasses import dataclass, field
from datetime import date

from accounts.models import Role, User
from cases.actions import MAY_ANSWER
from cases.models import Case, RelatedPerson
from cases.rights import acting_in_words, letters_in_words, rights_in_words
from clocks.wording import day_in_words

Fact = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Around:
    """One person of the list. ``facts`` are the rows of a summary list."""

    related: RelatedPerson
    reach: str
    letters: str
    facts: list[Fact]
    # The record they come from, when it was merged into this one.
    from_record: str = ""


@dataclass(frozen=True, kw_only=True)
class Caution:
    """What somebody must know before they write or call: plain words, the heaviest first."""

    text: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class PeopleAround:
    """What templates/cases/_people.html and people.html show."""

    case: Case
    rights: str
    warnings: list[Caution]
    people: list[Around]
    ended: list[RelatedPerson] = field(default_factory=list)
    nobody_to_write_to: bool
    sees_addresses: bool
    may_change: bool


def people_around(case: Case, user: User, today: date) -> PeopleAround:
    """Everybody around the child of ``case`` on local date ``today``, as ``user`` may see them.

    ``case`` comes with its person. One query, however many people.
    """
    everybody = list(RelatedPerson.objects.around(case))
    for related in everybody:
        related.person.date_of_birth = case.person.date_of_birth
    sees = user.role != Role.CSC_ADVISER
    current = [one for one in everybody if one.ended_on is None or one.ended_on > today]
    return PeopleAround(
        case=case,
        rights=rights_in_words(case.person, today),
        warnings=[said for one in current for said in _warnings(one, today, sees)],
        people=[_around(one, case, today, sees) for one in current],
        ended=[one for one in everybody if one not in current] if sees else [],
        nobody_to_write_to=not any(one.may_be_written_to(today) for one in current),
        sees_addresses=sees,
        may_change=user.role in MAY_ANSWER,
    )


def court_order_holds(related: RelatedPerson, today: date) -> bool:
    """A court order holds up to and with its last day."""
    ends = related.court_order_ends
    return bool(related.court_order) and (ends is None or ends >= today)


def _warnings(related: RelatedPerson, today: date, sees: bool) -> list[Caution]:
    who = f"{related.name} ({related.get_relation_display().lower()})"
    found = []
    if related.no_contact:
        found.append(Caution(text=f"Do not contact {who}."))
    if sees and court_order_holds(related, today):
        ends = related.court_order_ends
        until = f", until {day_in_words(ends)}" if ends else ""
        found.append(
            Caution(text=f"A court order concerns {who}{until}.", detail=related.court_order)
        )
    return found


def _around(related: RelatedPerson, case: Case, today: date, sees: bool) -> Around:
    theirs = related.person.case.reference
    return Around(
        related=related,
        reach=_reach(related, sees),
        letters=letters_in_words(related, today),
        facts=_facts(related, today) if sees else _facts_for_advisers(related),
        from_record=theirs if theirs != case.reference else "",
    )


def _reach(related: RelatedPerson, sees: bool) -> str:
    """How to reach them, in one line."""
    if related.no_contact:
        return "Do not contact"
    preferred = related.get_preferred_channel_display()
    said = f"Prefers {preferred.lower()}" if related.preferred_channel else preferred
    known = [related.phone, related.email] if sees else []
    return ", ".join([said, *filter(None, known)])


def _facts_for_advisers(related: RelatedPerson) -> list[Fact]:
    return [_fact("How to reach them", _reach(related, sees=False))]


def _facts(related: RelatedPerson, today: date) -> list[Fact]:
    facts = [
        _fact("Letters and messages", letters_in_words(related, today)),
        _fact("Parental responsibility", _yes(related.parental_responsibility)),
        _fact("May see the child’s address", _yes(related.sees_address)),
        _fact("Telephone number", related.phone),
        _fact("E-mail address", related.email),
        _fact("Address", _address(related)),
        _fact("How to reach them", _reach(related, sees=False)),
        _fact("Format", related.get_preferred_format_display()),
        _fact("Language", _language(related)),
        _fact("Court order", _court_order(related, today)),
        _fact("Acts for the young person", acting_in_words(related)),
        _fact("Around the child since", day_in_words(related.started_on)),
        _fact("Until", day_in_words(related.ended_on) if related.ended_on else ""),
    ]
    return [fact for fact in facts if fact["value"]]


def _fact(key: str, value: str) -> Fact:
    return {"key": key, "value": value}


def _yes(value: bool) -> str:
    return "Yes" if value else "No"


def _address(related: RelatedPerson) -> str:
    lines = [line.strip() for line in related.address.splitlines()]
    return ", ".join(filter(None, [*lines, related.postcode]))


def _language(related: RelatedPerson) -> str:
    if not related.needs_interpreter:
        return related.language
    return f"{related.language or 'Not recorded'}, needs an interpreter"


def _court_order(related: RelatedPerson, today: date) -> str:
    ends = related.court_order_ends
    if not ends:
        return related.court_order
    word = "until" if court_order_holds(related, today) else "ended on"
    return f"{related.court_order} ({word} {day_in_words(ends)})"
