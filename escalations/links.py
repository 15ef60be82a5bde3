"""The signed address with which a sender follows their concern; it expires (H102).

It is for a contact, so that it leads to the concern at every step, the first too. The address
alone opens nothing: the page asks for the child's date of birth as well.
"""

from datetime import date, timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from cases.contact_messages import matter_of
from cases.models import Contact
from cases.proven import is_stranger, is_unproven
from escalations.answers import Answers
from escalations.handlers import case_of
from escalations.models import Submission

SALT = "escalations.links"
# Each e-mail about the concern carries a fresh one.
LASTS = timedelta(days=90)
NO_LINK = (
    "You did not give us the date of birth, so there is no link to follow this. Ring us, or send "
    "the form again with it."
)


def token_of(contact: Contact) -> str:
    return signing.dumps(contact.pk, salt=SALT)


def address_of(contact: Contact) -> str:
    """The whole address, for an e-mail."""
    return f"{settings.PORTAL_URL}{reverse('escalations:follow', args=[token_of(contact)])}"


def link_line(contact: Contact, born: date | None = None) -> str:
    """Empty when there is no date of birth to ask for: then the link would open to nobody.

    ``born`` is what the sender has typed in the form that is being worked through.
    """
    if born is None and not birthdays(contact):
        return ""
    return f"See where it is, add something, or tell us if it helped: {address_of(contact)}"


def link_or_why_not(contact: Contact, born: date | None = None) -> str:
    """The same, and in place of nothing why there is none: whoever leaves out the date of birth
    could not know what it is for."""
    return link_line(contact, born) or NO_LINK


def contact_of(token: str, *, also_expired: bool = False) -> Contact | None:
    """The contact an address is for; None for one that has expired or that we did not make.

    What was struck through as a mistake has no page any more.
    """
    try:
        pk = signing.loads(token, salt=SALT, max_age=None if also_expired else LASTS)
    except signing.BadSignature:
        return None
    joined = ("case__person", "case__merged_into", "sender_person")
    matter = ("original__case__person", "original__case__merged_into", "original__clock__owner")
    found = Contact.objects.select_related(*joined, *matter, "clock__owner").filter(pk=pk).first()
    if found is None or found.struck_at or matter_of(found).struck_at:
        return None
    return found if matter_of(found).clock_id else None


def _is_from_elsewhere(contact: Contact) -> bool:
    """Staff have put it with a matter of somebody whose address was another: that page is theirs,
    and nothing shows yet that the new address is."""
    matter = contact.original
    if matter is None or not is_stranger(contact):
        return False
    return contact.sender_email.strip().casefold() != matter.sender_email.strip().casefold()


def birthdays(contact: Contact) -> set[date]:
    """What answers the question for the child's date of birth: the record's, and the form's.

    Of somebody who is not known around the child only what they typed themselves counts, so that
    the page tells nobody what the record says.
    """
    matter = matter_of(contact)
    if _is_from_elsewhere(contact):
        return set()
    known = set()
    case = case_of(matter)
    typed = Submission.objects.filter(contact__in={contact.pk, matter.pk})
    if is_unproven(contact):
        typed = typed.filter(contact__sender_email__iexact=contact.sender_email)
    elif case:
        known.add(case.person.date_of_birth)
    for answers in typed.values_list("answers", flat=True):
        if born := Answers.read(answers).child_born:
            known.add(born)
    return known
