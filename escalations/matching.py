"""Which child and which matter a form is about, as far as that is certain. Reading only.

What is found here decides who gets the form and what its sender is told by e-mail; nothing of it
is shown on the page. A child is matched by name and date of birth together; with two who fit,
none is chosen: people decide at the tray (H67). A matter is taken further only by whoever it is
from, and an address proves that, never a name alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.contact_models import ContactQuerySet
from cases.folding import folded
from cases.models import Case, Contact, Establishment, Person, RelatedPerson
from clocks.calendars import LONDON
from escalations.answers import Answers
from escalations.handlers import case_of
from escalations.models import Submission

# An answer that did not help is taken further within this time; later it is something new.
LATELY = timedelta(days=180)
MOST_CONTACTS = 50
# "On the third, I think": so near to what we have written down it is meant.
ABOUT_THEN = timedelta(days=3)
# Parts of many family names, which prove nothing by themselves.
PARTICLE = re.compile("al|bin|d[aeiu]|das|del|den|der|dos|el|ibn|la|les?|van|von")
QUOTED = re.compile(r"\b(CON|ESC|ASK)[ -]?0*([0-9]{1,12})\b", re.IGNORECASE)
# Fewer digits than these are no telephone number.
SHORTEST_NUMBER = 7


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is known: the child's case, the sender, and the matter they take further.

    ``lost``: they say that they asked us before, and there is no trace of it.
    """

    case: Case | None = None
    person: RelatedPerson | None = None
    establishment: Establishment | None = None
    matter: Contact | None = None
    lost: bool = False


def find(answers: Answers, now: datetime) -> Found:
    """What ``answers``, sent about ``now`` (aware), are about."""
    case = _case(answers)
    quoted = _quoted(answers, case, now)
    if quoted and case is None:
        case = case_of(quoted)
    sender = _sender(answers, case, now)
    matter = quoted or _chosen(answers, _candidates(answers, case, sender, now))
    asked_before = answers.answered == "no" or (answers.answered == "yes" and not answers.helped)
    return Found(
        case=case,
        person=sender.person,
        establishment=sender.school,
        matter=matter,
        lost=asked_before and matter is None,
    )


# --- The child ------------------------------------------------------------------------------


def _case(answers: Answers) -> Case | None:
    if answers.child_born is None:
        return None
    typed = _spellings(answers.child_name)
    born = Person.objects.filter(date_of_birth=answers.child_born).select_related(
        "case__merged_into"
    )
    fits = {_kept(one.case) for one in born if hasattr(one, "case") and _is_called(one, typed)}
    return fits.pop() if len(fits) == 1 else None


def _kept(case: Case) -> Case:
    return case.merged_into or case


def _is_called(person: Person, typed: set[str]) -> bool:
    """True when a given name and a family name are among the words typed, and are two of them."""
    given = typed & (_spellings(person.given_name) | _spellings(person.known_as))
    family = {one for one in typed if not PARTICLE.fullmatch(one)} & _spellings(person.family_name)
    return any(one != other for one in given for other in family)


def _spellings(name: str) -> set[str]:
    """Its words, and neighbours written as one: "O Brien" is "obrien" too."""
    words = folded(name).split()
    joined = {
        "".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 2, min(start + 3, len(words)) + 1)
    }
    return joined | set(words)


# --- The sender -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Sender:
    """Who sent it, as far as their address shows: ``person`` and ``school`` are known ones.

    ``number`` is empty when an e-mail address was given: else anybody who knows a number could
    have what is about its owner sent to an address of their own.
    """

    name: str
    email: str
    number: str
    person: RelatedPerson | None = None
    same_person: frozenset[int] = frozenset()
    school: Establishment | None = None

    def sent(self, matter: Contact) -> bool:
        """Whether ``matter`` is theirs: the same known person, address or number."""
        if matter.sender_person_id and self.person:
            return matter.sender_person_id in self.same_person
        if matter.sender_email and self.email:
            return matter.sender_email.casefold() == self.email
        if self.school and matter.sender == Contact.Sender.ESTABLISHMENT:
            return matter.establishment_id == self.school.pk
        # What somebody has written down of a call. A family may share its telephone.
        number = self.number or (_digits(self.person.phone) if self.person else "")
        if not one_holds_the_other(matter.sender_name, self.name):
            return False
        if matter.sender_phone and number:
            return _digits(matter.sender_phone) == number
        return self.person is not None and not (matter.sender_email or matter.sender_phone)


def _sender(answers: Answers, case: Case | None, now: datetime) -> Sender:
    email = answers.email.strip().casefold()
    number = "" if email else _digits(answers.phone)
    if case is None:
        return Sender(answers.name, email, number)
    around = list(RelatedPerson.objects.known_senders(case, now.astimezone(LONDON).date()))
    theirs = [one for one in around if _has(one, email, number)]
    # Two people may share an address: then the name says which of them it is.
    called = [one for one in theirs if folded(one.name) == folded(answers.name)]
    person = next(iter(called or theirs), None)
    same = {one.pk for one in theirs if person and folded(one.name) == folded(person.name)}
    name, school = str(person or answers.name), _school(answers, case, email)
    return Sender(name, email, number, person, frozenset(same), school)


def _has(person: RelatedPerson, email: str, number: str) -> bool:
    if email:
        return person.email.casefold() == email
    return bool(number) and _digits(person.phone) == number


def _school(answers: Answers, case: Case, email: str) -> Establishment | None:
    """The child's school, when it writes from its own address."""
    school = case.establishment
    if school is None or answers.who != Contact.Sender.ESTABLISHMENT:
        return None
    return school if email and school.email.casefold() == email else None


def one_holds_the_other(first: str, second: str) -> bool:
    """ "Ngozi Okafor" is "Ngozi Ada Okafor"; "Mrs Okafor" could be anybody of the family."""
    one, other = set(folded(first).split()), set(folded(second).split())
    return min(len(one), len(other)) > 1 and (one <= other or other <= one)


def _digits(phone: str) -> str:
    """The last ten; empty when there are too few to tell people apart."""
    digits = "".join(letter for letter in phone if letter in "0123456789")
    return digits[-10:] if len(digits) >= SHORTEST_NUMBER else ""


def unknown_number(answers: Answers, found: Found) -> str:
    """A warning about a telephone number that a known person is not known to have; or nothing.

    Their address is enough to write in their name: what we send goes to them. A call would not.
    """
    person, number = found.person, _digits(answers.phone)
    if person is None or not number or number == _digits(person.phone):
        return ""
    return (
        f"They gave a telephone number that is not on the record: {answers.phone}\n"
        "Make sure who answers there before you talk about the child."
    )


# --- The matter -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """A matter of the sender's: whether an answer is owed, and when the last one was given."""

    matter: Contact
    answered_at: datetime | None

    @property
    def waits(self) -> bool:
        return self.answered_at is None


def _quoted(answers: Answers, case: Case | None, now: datetime) -> Contact | None:
    """The matter whose reference they give, if it is theirs and about this child."""
    named = {(kind.upper(), int(number)) for kind, number in QUOTED.findall(answers.quoted)}
    matters = {matter.pk: matter for kind, number in named if (matter := _named(kind, number))}
    if len(matters) != 1:
        return None
    [matter] = matters.values()
    its_case = case_of(matter)
    fits = its_case == case if case else _is_born_like(its_case, answers)
    theirs = _sender(answers, its_case, now).sent(matter)
    return matter if fits and theirs and is_on_ladder(matter) else None


def _named(kind: str, number: int) -> Contact | None:
    reference = f"{kind}-{number:06d}"
    if kind == "CON":
        found = _contacts().filter(reference=reference).first()
    elif kind == "ESC":
        found = _contacts().filter(escalations__reference=reference).first()
    else:
        of_form = Submission.objects.filter(reference=reference).values("contact")
        found = _contacts().filter(pk__in=of_form).first()
    if found and found.original_id:
        return _contacts().get(pk=found.original_id)
    return found


def _is_born_like(case: Case | None, answers: Answers) -> bool:
    """A name may be written in many ways; the day must be the same. Unfiled, nobody knows it."""
    return case is None or case.person.date_of_birth == answers.child_born


def _contacts() -> ContactQuerySet:
    people = ("case__person", "case__merged_into", "sender_person", "clock__owner")
    steps = ("escalations__steps__clock",)
    return Contact.objects.select_related(*people).prefetch_related(*steps)


def _candidates(
    answers: Answers, case: Case | None, sender: Sender, now: datetime
) -> list[Candidate]:
    """What of the sender's is open, or was answered lately, newest first."""
    matters = _contacts().filter(
        link=Contact.Link.NONE, direction=Contact.Direction.IN, struck_at=None, internal=False
    )
    if case:
        # By their keys: an "or" over the join would read every child's.
        records = [case.pk, *case.merged.values_list("pk", flat=True)]
        matters = matters.filter(case__in=records)
    else:
        # In the tray: what told us of the same child in the same words.
        matters = matters.filter(case=None, filing_clock__isnull=False)
        matters = matters.filter(told_child=answers.told_child)
    newest = matters.order_by("-received_at", "-id")[:MOST_CONTACTS]
    theirs = [one for one in newest if is_on_ladder(one) and sender.sent(one)]
    found = [Candidate(one, _answered_at(one)) for one in theirs]
    return [one for one in found if one.answered_at is None or one.answered_at >= now - LATELY]


def is_on_ladder(matter: Contact) -> bool:
    """Formal matters and advice about nobody are on none, unless they were before (H68)."""
    if matter.struck_at or matter.clock is None or matter.direction != Contact.Direction.IN:
        return False
    started = any(one.is_open for one in matter.escalations.all())
    return started or matter.category == Contact.Category.INFORMAL


def _answered_at(matter: Contact) -> datetime | None:
    """When the last step that was taken was answered; None while an answer is owed."""
    escalation = max(matter.escalations.all(), key=lambda one: one.pk, default=None)
    steps = sorted(escalation.steps.all(), key=lambda one: one.number) if escalation else []
    if escalation and steps:
        return escalation.closed_at or steps[-1].answered_at
    if matter.is_open:
        return None
    return matter.answered_at or matter.promise.stopped_at


def _chosen(answers: Answers, candidates: Iterable[Candidate]) -> Contact | None:
    """Which of them the sender means, by what they say about it."""
    waiting = [one for one in candidates if one.waits]
    answered = [one for one in candidates if not one.waits]
    if answers.answered == "no":
        return _likeliest(waiting, answers) or _of_that_day(answered, answers)
    if answers.answered == "yes" and not answers.helped:
        return _likeliest(answered, answers) or _likeliest(waiting, answers)
    # Something new, unless it is word for word what they have sent already.
    same = (one.matter for one in waiting if one.matter.message == answers.message)
    return next(same, None)


def _likeliest(candidates: list[Candidate], answers: Answers) -> Contact | None:
    """The one nearest to the day they give; without a day the newest."""
    if not candidates:
        return None
    return min(candidates, key=lambda one: _away(one.matter, answers)).matter


def _of_that_day(candidates: list[Candidate], answers: Answers) -> Contact | None:
    """One of about the day they give: an answer to it is on our record, and has not come."""
    if answers.last_on is None:
        return None
    near = [one for one in candidates if _away(one.matter, answers) <= ABOUT_THEN]
    return _likeliest(near, answers)


def _away(matter: Contact, answers: Answers) -> timedelta:
    if answers.last_on is None:
        return timedelta()
    return abs(matter.received_at.astimezone(LONDON).date() - answers.last_on)
