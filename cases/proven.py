"""Whether anything shows that a sender is somebody around the child (docs/decisions/0022).

An address proves it; a name, on the telephone or in an e-mail, proves nothing.
"""

from cases.models import Contact, RelatedPerson
from clocks.calendars import LONDON


def is_stranger(contact: Contact) -> bool:
    """It came in by e-mail from an address that is known for nobody around the child."""
    at = contact.case.establishment_id if contact.case else None
    its_school = at is not None and contact.establishment_id == at
    known = contact.sender_person is not None or its_school
    came_by_mail = contact.logged_by is None and contact.direction == Contact.Direction.IN
    return came_by_mail and not known


def is_from_unknown(contact: Contact) -> bool:
    """Whether staff have to make sure who wrote before they tell them anything about the child."""
    return is_stranger(contact) or (bool(contact.sender_email) and is_unproven(contact))


def is_unproven(contact: Contact) -> bool:
    """Nothing shows that the sender is somebody around the child; staff have not judged it either.

    Of what staff wrote down themselves the address decides: a name on the telephone proves
    nothing. What they have filed with the child they have read before (docs/decisions/0022).
    """
    matter = contact.original or contact
    if matter != contact and _have_one_address(matter, contact) and not is_unproven(matter):
        return False
    if contact.logged_by_id:
        return not _is_of_somebody_around(contact)
    came_by_itself = matter.logged_by_id is None
    filed_by_staff = matter.case_id is not None and matter.filing_clock_id is not None
    return is_stranger(contact) and not (came_by_itself and filed_by_staff)


def _have_one_address(first: Contact, second: Contact) -> bool:
    one, other = first.sender_email.strip(), second.sender_email.strip()
    return bool(one) and one.casefold() == other.casefold()


def _is_of_somebody_around(contact: Contact) -> bool:
    """Whether the address given is, on the record, that of somebody around the child on that day.

    Of the person whom staff chose, when that one has an address: so that nobody has it sent to an
    address that is not theirs; of the child's school too.
    """
    case, given = (contact.original or contact).case, contact.sender_email.strip()
    if case is None or not given:
        return False
    case = case.merged_into or case
    on = contact.logged_at.astimezone(LONDON).date()
    known = RelatedPerson.objects.around(case).current(on).filter(email__iexact=given)
    person = contact.sender_person
    if person and person.email:
        # The same person may be in both records of a child.
        return known.filter(name__iexact=person.name).exists()
    school = case.establishment
    from_school = school is not None and school.email.strip().casefold() == given.casefold()
    return from_school or known.exists()
