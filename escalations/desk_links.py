"""What a sender has on the desk already: the same again is linked, not doubled (H107). Reading."""

from django.db.models import Q

from cases.folding import folded
from cases.matters import same_sender
from cases.models import Contact
from escalations.handlers import case_of
from escalations.models import DeskEntry

MOST_COMPARED = 20


def same_on_desk(matter: Contact) -> list[DeskEntry]:
    """What the same sender has on the desk about the same case, the newest first (H107)."""
    case = case_of(matter)
    if case is None and not matter.sender_email:
        return []
    there = DeskEntry.objects.open().exclude(contact=matter)
    if case:
        # Of the kept record and of those merged into it.
        there = there.filter(Q(contact__case=case) | Q(contact__case__merged_into=case))
        there = there.select_related("contact__case__merged_into")
    else:
        address = matter.sender_email
        there = there.filter(contact__case=None, contact__sender_email__iexact=address)
    newest = there.order_by("-passed_at")[:MOST_COMPARED]
    return [entry for entry in newest if may_be_linked(entry, matter)]


def may_be_linked(entry: DeskEntry, matter: Contact) -> bool:
    """The same sender about the same case, and still on the desk."""
    about_one = case_of(entry.contact) == case_of(matter)
    return about_one and entry.resolved_at is None and same_sender(entry.contact, matter)


def linked_by_itself(matter: Contact) -> DeskEntry | None:
    """The newest of them, when it is certain that it is the same person about the same child.

    Two people may share an address: then their names tell them apart. While no child is known,
    the words that told us of it have to be the same.
    """
    sure = (entry for entry in same_on_desk(matter) if _is_certain(entry.contact, matter))
    return next(sure, None)


def _is_certain(first: Contact, second: Contact) -> bool:
    if second.case_id is None:
        told = folded(second.told_child)
        if not told or folded(first.told_child) != told:
            return False
    known = first.sender_person_id is not None and second.sender_person_id is not None
    return known or _is_one_name(first.sender_name, second.sender_name)


def _is_one_name(first: str, second: str) -> bool:
    """ "Ngozi Okafor" is "Ngozi Ada Okafor"; "Mrs Okafor" could be anybody of the family."""
    one, other = set(folded(first).split()), set(folded(second).split())
    return one == other or (min(len(one), len(other)) > 1 and (one <= other or other <= one))
