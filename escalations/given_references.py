"""The references that a sender has for one concern: each of them was given out in good faith."""

from cases.contact_messages import matter_of
from cases.models import Contact
from cases.references import same_as
from escalations.models import Submission


def also_line(contact: Contact, shown: str, *, given: str = "") -> str:
    """What else they may have written down, when they now read ``shown``; mostly nothing.

    ``given`` is what the form has shown that is being worked through. One query.
    """
    others = [one for one in _given(contact, given) if one and one != shown]
    return same_as(others, "it is the same concern")


def _given(contact: Contact, given: str) -> list[str]:
    """What they had first about the matter, then with this message."""
    matter = matter_of(contact)
    mine = {contact.pk} | ({matter.pk} if _by_the_same(matter, contact) else set())
    forms = Submission.objects.filter(contact__in=mine).order_by("pk")
    shown = dict(forms.values_list("contact", "reference"))
    if given:
        shown[contact.pk] = given
    first = shown.get(matter.pk) or matter.reference
    # A message of their own that came without the form was acknowledged under its own reference.
    return [first if matter.pk in mine else "", shown.get(contact.pk, "")]


def _by_the_same(matter: Contact, contact: Contact) -> bool:
    there, here = matter.sender_email.casefold(), contact.sender_email.casefold()
    return matter.pk == contact.pk or bool(here and there == here)
