"""Which open matter a new message may be about: a chaser is offered, never assumed to be harmless.

Reading only. Rules H8 and H48.
"""

import re

from cases.models import Case, Contact
from cases.received import Received

# "Re: AW: Fwd: [CON-000123] Taxi" is about "taxi".
MARKS = re.compile(r"^\s*((re|aw|fw|fwd|sv|antw)\s*(\[\d+\])?\s*:|\[[^\]]*\])\s*", re.IGNORECASE)
MOST_OFFERED = 5


def plain_subject(subject: str) -> str:
    """The subject without marks of replies and references, for comparing."""
    before = None
    while before != subject:
        before, subject = subject, MARKS.sub("", subject)
    return " ".join(subject.lower().split())


def open_matters_from(case: Case, received: Received) -> list[Contact]:
    """Open matters of ``case`` from the same sender, likeliest first: to be offered to staff."""
    candidates = Contact.objects.open_matters(case)[:50]
    alike = [contact for contact in candidates if same_sender(contact, received)]
    subject = plain_subject(received.subject)
    alike.sort(key=lambda contact: plain_subject(contact.subject) != subject)
    return alike[:MOST_OFFERED]


def chased_by_mail(case: Case, received: Received, thread: Contact | None) -> Contact | None:
    """The open matter that an e-mail chases without anybody having to decide.

    In the same thread, or from the same sender with the same subject. Everything else is a
    matter of its own; staff can join or split either way.
    """
    if thread is not None:
        matter = thread.original or thread
        open_here = matter.is_open and not matter.struck_at and not matter.is_formal
        if open_here and matter.case and matter.case.kept_id == case.kept_id:
            return matter if same_sender(matter, received) else None
    subject = plain_subject(received.subject)
    if not subject:
        return None
    for contact in open_matters_from(case, received):
        if plain_subject(contact.subject) == subject:
            return contact
    return None


def same_sender(contact: Contact, received: Received | Contact) -> bool:
    """The same known person, address, number or, when neither gave any, the same name."""
    if received.sender_person is not None and contact.sender_person is not None:
        return contact.sender_person == received.sender_person
    if received.sender_email and contact.sender_email:
        return contact.sender_email.casefold() == received.sender_email.casefold()
    if received.sender_phone and contact.sender_phone:
        return _digits(contact.sender_phone) == _digits(received.sender_phone)
    return plain_name(contact.sender_name) == plain_name(received.sender_name)


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)[-10:]


def plain_name(name: str) -> str:
    """A name as it is compared: whoever types it with two spaces means the same person."""
    return " ".join(name.casefold().split())
