"""Which child and which matter a form is about, as far as that is certain. Reading only.

What is found here decides who gets the form and what its sender is told by e-mail; nothing of it
is shown on the page. A child is matched by name and date of birth together; with two who fit,
none is chosen: people decide at the tray (H67).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.folding import folded
from cases.matters import open_matters_from, same_sender
from cases.models import Case, Contact, Establishment, Person, RelatedPerson
from cases.received import Received
from clocks.calendars import LONDON
from escalations.answers import Answers

# An answer that did not help is taken further within this time; later it is something new.
LATELY = timedelta(days=180)
MOST_CONTACTS = 50


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is known: the child's case, the sender, and the matter they take further."""

    case: Case | None = None
    person: RelatedPerson | None = None
    establishment: Establishment | None = None
    matter: Contact | None = None


def find(answers: Answers, now: datetime) -> Found:
    """What ``answers``, sent about ``now`` (aware), are about."""
    case = _case(answers)
    if case is None:
        return Found()
    person, school = _person(answers, case, now), _school(answers, case)
    sender = _sender(answers, person, now)
    matter = _matter(case, sender, now, answered=answers.answered == "yes")
    return Found(case=case, person=person, establishment=school, matter=matter)


def _case(answers: Answers) -> Case | None:
    if answers.child_born is None:
        return None
    typed = set(_words(answers.child_name))
    born = Person.objects.filter(date_of_birth=answers.child_born).select_related(
        "case__merged_into"
    )
    fits = {_kept(one.case) for one in born if _is_called(one, typed) and hasattr(one, "case")}
    return fits.pop() if len(fits) == 1 else None


def _kept(case: Case) -> Case:
    return case.merged_into or case


def _is_called(person: Person, typed: set[str]) -> bool:
    """True when a given name and a family name are among the words typed."""
    given = {*_words(person.given_name), *_words(person.known_as)}
    return bool(typed & given) and bool(typed & set(_words(person.family_name)))


def _person(answers: Answers, case: Case, now: datetime) -> RelatedPerson | None:
    """The person around the child with this address or number; a name alone proves nothing."""
    today = now.astimezone(LONDON).date()
    for one in RelatedPerson.objects.known_senders(case, today):
        same_address = answers.email and one.email.casefold() == answers.email.casefold()
        if same_address or (answers.phone and _digits(one.phone) == _digits(answers.phone)):
            return one
    return None


def _school(answers: Answers, case: Case) -> Establishment | None:
    """The child's school, when it writes from its own address."""
    school = case.establishment
    if school is None or answers.who != Contact.Sender.ESTABLISHMENT:
        return None
    known = school.email.casefold()
    return school if known and known == answers.email.casefold() else None


def _sender(answers: Answers, person: RelatedPerson | None, now: datetime) -> Received:
    return Received(
        channel=Contact.Channel.PORTAL_MESSAGE,
        sender=Contact.Sender(answers.who),
        sender_name=answers.name,
        sender_email=answers.email,
        sender_phone=answers.phone,
        sender_person=person,
        message="",
        received_at=now,
    )


def _matter(case: Case, sender: Received, now: datetime, *, answered: bool) -> Contact | None:
    """What they take further: open from the same sender, else what was answered lately."""
    if still_open := open_matters_from(case, sender):
        return still_open[0]
    if not answered:
        return None
    settled = Contact.objects.filter(
        case=case,
        link=Contact.Link.NONE,
        direction=Contact.Direction.IN,
        struck_at=None,
        answered_at__gte=now - LATELY,
    ).select_related("clock__owner")
    lately = settled.order_by("-answered_at")[:MOST_CONTACTS]
    return next((one for one in lately if not one.is_formal and same_sender(one, sender)), None)


def _digits(phone: str) -> str:
    return "".join(letter for letter in phone if letter.isdigit())[-10:]


def _words(name: str) -> list[str]:
    return folded(name).split()
