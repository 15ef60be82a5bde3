"""Which child a message in the tray may be about: suggested to whoever files it. Reading only."""

from datetime import date

from accounts.models import User
from cases.models import Case, Contact
from cases.search import find_cases

MOST_SUGGESTED = 5


def suggested_cases(contact: Contact, user: User, on: date) -> list[Case]:
    """Cases that ``user`` may see, likeliest first: of the sender's children, then by what was
    told of the child. ``on`` is the local date whose year groups count.
    """
    found = {case.pk: case for case in _of_sender(contact, user)}
    if contact.told_child:
        for case in find_cases(contact.told_child, user=user, on=on, limit=MOST_SUGGESTED):
            found.setdefault(case.pk, case)
    return list(found.values())[:MOST_SUGGESTED]


def _of_sender(contact: Contact, user: User) -> list[Case]:
    if not contact.sender_email:
        return []
    theirs = (
        Case.objects.visible_to(user)
        .with_people()
        .filter(person__related_people__email__iexact=contact.sender_email, merged_into=None)
    )
    return list(theirs.distinct().order_by("pk")[:MOST_SUGGESTED])
