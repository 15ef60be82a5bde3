"""What is recorded of the people around a child: rights, letters, addresses, ways to be reached."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from cases.ages import rights_begin
from cases.models import Person, RelatedPerson
from send_portal.demo.family import Family, Member, Relation, around
from send_portal.demo.people import postcode
from send_portal.demo.rows import PersonRow, RelatedRow
from send_portal.demo.shares import Draw

ActsBecause = RelatedPerson.ActsBecause
Flag = Person.Flag

CHANNELS = Draw({"": 70, "email": 18, "telephone": 9, "letter": 3})
FORMATS = Draw({"": 960, "large_print": 15, "easy_read": 15, "audio": 5, "bsl": 5})
# Why a parent still acts when the young person's rights have begun.
ACTS = Draw({ActsBecause.AGREED: 45, ActsBecause.CAPACITY: 35, ActsBecause.NOTHING: 20})
PARENT_HAS_RESPONSIBILITY = {Relation.MOTHER: 0.99, Relation.FATHER: 0.9}
LETTERS_TO_PARENT_APART = 0.75
KNOWS_ADDRESS_APART = 0.5
COURT_ORDER_APART = 0.05
SAFEGUARDING = 0.012


def street(rng: Random, town: str) -> str:
    """ "12 Meadow Lane" and the town: no such street is meant."""
    words = around()
    name = f"{rng.choice(words['streets'].split())} {rng.choice(words['endings'])}"
    return f"{rng.randint(1, 140)} {name}\n{town}"


def flags_of(rng: Random, family: Family, *, out_of_education: bool) -> str:
    """What stands on the identity bar, as PostgreSQL writes an array."""
    found = {
        Flag.SAFEGUARDING: rng.random() < SAFEGUARDING,
        Flag.SEPARATED_PARENTS: family.apart,
        Flag.NO_CONTACT: any(member.no_contact for member in family.members),
        Flag.INTERPRETER: family.interpreter,
        Flag.OUT_OF_EDUCATION: out_of_education,
    }
    return "{" + ",".join(flag.value for flag, is_set in found.items() if is_set) + "}"


def rows_of(
    rng: Random, family: Family, person: PersonRow, town: str, *, since: date, today: date
) -> Iterator[RelatedRow]:
    """A row for each member without its id; ``since`` is when the service came to know them."""
    begins = rights_begin(person.date_of_birth)
    has_rights = begins <= today
    acts = ACTS.one(rng) if has_rights else ActsBecause.NOTHING
    for member in family.members:
        row = _row(rng, family, member, person, town, since)
        if member.relation == Relation.SELF:
            yield row._replace(started_on=begins)
        elif has_rights and acts and row.receives_letters:
            yield row._replace(acts_because=acts.value, acts_since=max(begins, since))
        else:
            yield row


def _row(
    rng: Random, family: Family, member: Member, person: PersonRow, town: str, since: date
) -> RelatedRow:
    own_address = not member.at_home
    apart = own_address and member.relation in PARENT_HAS_RESPONSIBILITY
    ordered = apart and (member.no_contact or rng.random() < COURT_ORDER_APART)
    speaks = member.relation not in (Relation.SOCIAL_WORKER, Relation.ADVOCATE)
    return RelatedRow(
        id=0,
        person_id=person.id,
        name=member.name,
        relation=member.relation.value,
        phone=member.phone,
        email=member.email,
        address=street(rng, town) if own_address else person.address,
        postcode=postcode(rng) if own_address else person.postcode,
        parental_responsibility=_responsible(rng, member),
        receives_letters=_receives_letters(rng, member, apart),
        sees_address=member.at_home or (not ordered and rng.random() < KNOWS_ADDRESS_APART),
        no_contact=member.no_contact,
        court_order=rng.choice(around()["court_orders"]) if ordered else "",
        court_order_ends=since + timedelta(days=365 * 12) if ordered else None,
        preferred_channel=CHANNELS.one(rng),
        preferred_format=FORMATS.one(rng),
        language=family.language if speaks else "",
        needs_interpreter=family.interpreter and speaks,
        acts_because="",
        acts_since=None,
        started_on=since,
        ended_on=None,
    )


def _responsible(rng: Random, member: Member) -> bool:
    if member.relation == Relation.SOCIAL_WORKER:
        return True
    return rng.random() < PARENT_HAS_RESPONSIBILITY.get(member.relation, 0.0)


def _receives_letters(rng: Random, member: Member, apart: bool) -> bool:
    if member.no_contact or member.relation in (Relation.STEP_PARENT, Relation.ADVOCATE):
        return False
    return not apart or rng.random() < LETTERS_TO_PARENT_APART
