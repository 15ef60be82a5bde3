"""Which child an e-mail is about and who wrote it, as far as that is certain. Reading only.

In this order: a reference in the subject (of a known sender also in the first lines), the thread
it belongs to, the sender's known address.
Where two children are possible none is chosen: people decide at the tray (H67).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from accounts.models import User
from cases.case_models import CaseQuerySet
from cases.contact_models import ContactQuerySet
from cases.models import Case, Contact, Establishment, RelatedPerson
from cases.quoted import contacts_quoted, quoted_in
from mailroom.parsing import ParsedMail
from notices.actions import key_of

Relation = RelatedPerson.Relation
PROFESSIONALS = {Relation.SOCIAL_WORKER, Relation.ADVOCATE}
OF_A_CONTACT = re.compile(r"contact:(\d{1,18}):")
# Above a quoted message: "On Monday Cora Hill wrote:" (often over two lines), "-----Original
# Message-----", a line of underscores or "From: …" as Outlook has them.
BEGINS_HISTORY = re.compile(
    r"\s*(on\b.{0,200}\bwrote\s*:?\s*$|on\b.{0,200}[<@]|-{2,}\s*(original|forwarded)\b|_{5,}\s*$"
    r"|from:\s|sent:\s|-- ?$)",
    re.IGNORECASE,
)
FIRST_LINES = 20
# Enough of a text to find a name in.
MOST_SEARCHED = 100_000  # characters


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is known of a message: the child's case, the contact it continues, its sender."""

    case: Case | None
    thread: Contact | None
    sender: Contact.Sender
    person: RelatedPerson | None
    establishment: Establishment | None
    # One of the people whose address it is must not be contacted, about whichever child.
    must_not_be_contacted: bool = False


def find(mail: ParsedMail, on: date) -> Found:
    """What ``mail``, received on local date ``on``, is about."""
    known = _known(mail.from_address, on)
    quoted = _quoted(mail.subject)
    if not quoted:
        quoted = _quoted_in_text(mail, known)
    continued = _continued(mail)
    contacts = [*quoted.contacts, *continued]
    cases = _kept([*quoted.cases, *(contact.case for contact in contacts if contact.case)])
    if not cases and not quoted.ambiguous:
        cases = known.cases_named_in(f"{mail.subject}\n{mail.text[:MOST_SEARCHED]}")
    case = cases[0] if len(cases) == 1 else None
    if case and quoted.cases and known.is_family and known.person_around(case) is None:
        # A parent known for another child: perhaps a slip of the pen. People decide (H67).
        case = None
    certain = case is not None or not cases
    person = known.person_around(case)
    return Found(
        case=case,
        thread=_newest(contacts, case) if certain else None,
        sender=known.kind(person),
        person=person,
        establishment=known.establishment,
        must_not_be_contacted=any(one.no_contact for one in known.people),
    )


# --- References and threads -----------------------------------------------------------------------


@dataclass(frozen=True)
class Quoted:
    """What the references in a subject name."""

    cases: list[Case]
    contacts: list[Contact]

    def __bool__(self) -> bool:
        return bool(self.cases or self.contacts)

    @property
    def ambiguous(self) -> bool:
        return len(self.contacts) > 1


NOTHING = Quoted([], [])


def _quoted(subject: str) -> Quoted:
    names = quoted_in(subject)
    if not names:
        return NOTHING
    contacts = [one for name in names for one in _contacts_named(name)]
    # A form, a concern and a message are often one matter: it is named once.
    return Quoted(
        list(Case.objects.filter(reference__in=names)),
        list({contact.pk: contact for contact in contacts}.values()),
    )


def _quoted_in_text(mail: ParsedMail, known: "Known") -> Quoted:
    """What somebody around the child names in their first lines and not in the subject.

    Of anybody else words in the text prove nothing, not even to be read as a slip of the pen.
    """
    quoted = _quoted(new_words(mail.text)) if known.people or known.establishments else NOTHING
    cases = _kept([*quoted.cases, *(one.case for one in quoted.contacts if one.case)])
    address = mail.from_address.casefold()
    unfiled = [one for one in quoted.contacts if one.case is None]
    theirs = all(known.is_around(case) for case in cases) and all(
        one.sender_email.casefold() == address for one in unfiled
    )
    return quoted if theirs else NOTHING


def new_words(text: str) -> str:
    """The first lines of what the sender wrote now: nothing of a message quoted below it."""
    lines: list[str] = []
    for line in text[:MOST_SEARCHED].splitlines():
        if BEGINS_HISTORY.match(line):
            break
        if line.strip() and not line.lstrip().startswith(">"):
            lines.append(line)
        if len(lines) == FIRST_LINES:
            break
    return "\n".join(lines)


def _contacts_named(reference: str) -> Iterable[Contact]:
    found = contacts_quoted(reference)
    return [] if found is None else found.select_related(*_WITH_IT)


def _continued(mail: ParsedMail) -> list[Contact]:
    """The contact whose e-mail, or whose answer from us, this one replies to or reports on.

    The one replied to decides. Without it, the thread's others do.
    """
    for ids in ([mail.in_reply_to], mail.reported, mail.references):
        if found := _by_message_id([one for one in ids if one]):
            return found
    return []


def _by_message_id(ids: Iterable[str]) -> list[Contact]:
    ids = list(ids)
    if not ids:
        return []
    theirs = list(_contacts().exclude(message_id="").filter(message_id__in=ids))
    keys = [key for one in ids if (key := key_of(one))]
    ours = [int(found[1]) for key in keys if (found := OF_A_CONTACT.match(key))]
    return theirs + (list(_contacts().filter(pk__in=ours)) if ours else [])


def _contacts() -> ContactQuerySet:
    return Contact.objects.select_related(*_WITH_IT)


_WITH_IT = ("case__merged_into", "clock", "original__clock")


def _newest(contacts: list[Contact], case: Case | None) -> Contact | None:
    about_it = [one for one in contacts if _kept_of(one.case) == case]
    return max(about_it, key=lambda one: one.pk, default=None)


def _kept(cases: Iterable[Case]) -> list[Case]:
    """Each case once; of merged ones the one that is kept."""
    return list({kept.pk: kept for case in cases if (kept := _kept_of(case))}.values())


def _kept_of(case: Case | None) -> Case | None:
    while case is not None and case.merged_into is not None:
        case = case.merged_into
    return case


# --- Known addresses ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """Whose an address is."""

    people: list[RelatedPerson]
    establishments: list[Establishment]
    is_staff: bool

    def is_around(self, case: Case) -> bool:
        """Whether the address is that of somebody around the child, or of their school."""
        at_school = any(one.pk == case.establishment_id for one in self.establishments)
        return at_school or self.person_around(case) is not None

    @property
    def is_family(self) -> bool:
        return any(Relation(one.relation) not in PROFESSIONALS for one in self.people)

    @property
    def establishment(self) -> Establishment | None:
        return self.establishments[0] if len(self.establishments) == 1 else None

    def cases_named_in(self, words: str) -> list[Case]:
        """The one child of a known person; else, of their or the school's, those named."""
        family = [one for one in self.people if Relation(one.relation) not in PROFESSIONALS]
        own = _kept(_cases().filter(person__in=[one.person_id for one in family]))
        if len(own) == 1:
            return own
        if own:
            return [case for case in own if _is_named(case, words, by_family=True)] or own
        # Who works with many children means one of them only by name.
        known = _kept(_cases().filter(person__in=[one.person_id for one in self.people]))
        if known:
            return [case for case in known if _is_named(case, words, by_family=False)]
        pupils = _cases().filter(establishment__in=self.establishments, merged_into=None)
        return [case for case in pupils if _is_named(case, words, by_family=False)]

    def person_around(self, case: Case | None) -> RelatedPerson | None:
        """The known person as they are to this child; without one, if there is only one."""
        if case is None:
            return self.people[0] if len(self.people) == 1 else None
        around = [one for one in self.people if _kept_of(_case_of(one)) == case]
        return around[0] if around else None

    def kind(self, person: RelatedPerson | None) -> Contact.Sender:
        one = person or (self.people[0] if self.people else None)
        if one is not None:
            return _kind_of(Relation(one.relation))
        if self.establishments:
            return Contact.Sender.ESTABLISHMENT
        return Contact.Sender.PROFESSIONAL if self.is_staff else Contact.Sender.OTHER


def _known(address: str, on: date) -> Known:
    if not address:
        return Known([], [], is_staff=False)
    # The indexes leave out those without an address, so the queries have to say so too.
    people = RelatedPerson.objects.current(on).exclude(email="").filter(email__iexact=address)
    schools = Establishment.objects.exclude(email="").filter(email__iexact=address)
    return Known(
        list(people.order_by("id")),
        list(schools.order_by("id")),
        User.objects.filter(email=address.lower()).exists(),
    )


def _kind_of(relation: Relation) -> Contact.Sender:
    if relation == Relation.SELF:
        return Contact.Sender.YOUNG_PERSON
    return Contact.Sender.PROFESSIONAL if relation in PROFESSIONALS else Contact.Sender.PARENT


def _cases() -> CaseQuerySet:
    return Case.objects.select_related("person", "merged_into")


def _case_of(related: RelatedPerson) -> Case | None:
    return _cases().filter(person=related.person_id).first()


def _is_named(case: Case, words: str, *, by_family: bool) -> bool:
    """Whether ``words`` name the child: by UPN or full name; to a family the first name does."""
    child = case.person
    first_names = {name for name in (child.given_name, child.known_as) if name}
    whole = {f"{name} {child.family_name}" for name in first_names}
    if any(_has(words, name) for name in {*whole, child.upn} if name):
        return True
    return by_family and any(_has_as_a_name(words, name) for name in first_names)


def _has(words: str, name: str) -> bool:
    pattern = r"\s+".join(re.escape(part) for part in name.replace("’", "'").split())
    return re.search(rf"(?<!\w){pattern}(?!\w)", words.replace("’", "'"), re.IGNORECASE) is not None


# First names that are words, or begin sentences: alone they mean nobody.
_WORDS_TOO = """
will may mark grace rose hope joy faith summer dean rob sue pat art bill jack daisy lily ivy autumn
april june august dawn eve star sky skye river robin max miles chase drew rich harry guy ray frank
earnest ernest reed clay cole page paige iris olive violet ruby amber pearl jade crystal scarlett
story
"""
WORDS_TOO = frozenset(_WORDS_TOO.split())


def _has_as_a_name(words: str, name: str) -> bool:
    """A first name alone that is no word of the language besides."""
    if name.casefold() in WORDS_TOO:
        return False
    pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
    return re.search(pattern, words, re.IGNORECASE) is not None
