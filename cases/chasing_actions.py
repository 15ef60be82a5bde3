"""What is sent again about an open matter is put with it: by whom, about whom, and who hears."""

from accounts.errors import RuleBroken
from cases.matters import same_sender
from cases.models import Case, Contact
from cases.staff_messages import chased_message
from notices.actions import Message

Link = Contact.Link


def link_to_matter(contact: Contact, chases: Contact) -> None:
    """Put ``contact`` with the open matter it is about; not saved yet.

    The matter's row is held until the transaction ends, so that an answer given at the same
    moment comes before or after. Raises RuleBroken (``other_case``, ``answered_meanwhile``).
    """
    pk = chases.original_id or chases.pk
    matter = Contact.objects.select_for_update(of=("self",)).get(pk=pk)
    _refuse_unlike(contact, matter)
    if not matter.is_open or matter.struck_at:
        raise RuleBroken(
            f"{matter.reference} is no longer open. Log this as a matter of its own.",
            "answered_meanwhile",
        )
    contact.original = matter
    late = contact.received_at > matter.promise.due_at
    contact.link = Link.FOLLOW_UP if late else Link.CHASER


def _refuse_unlike(contact: Contact, matter: Contact) -> None:
    """Put together is only what one person asked about one child: else one sender would be told
    of another's matter, and only one of them would get the answer."""
    if _kept_id(matter.case) != _kept_id(contact.case):
        raise RuleBroken(f"{matter.reference} is about another child.", "other_case")
    refuse_advice(matter)
    refuse_advice(contact)
    if matter.is_formal:
        raise RuleBroken(
            f"{matter.reference} is a formal matter. Log this as something new.", "formal"
        )
    if not same_sender(matter, contact):
        raise RuleBroken(
            f"{matter.reference} is from {matter.sender_name}. If this is the same person, choose "
            "them or write the same name. If not, log it as something new.",
            "other_sender",
        )


def _kept_id(case: Case | None) -> int | None:
    return case.kept_id if case else None


def refuse_advice(contact: Contact) -> None:
    """Advice about no named child never gets into a child's file (S3)."""
    if contact.category == Contact.Category.ADVICE_LINE:
        raise RuleBroken("Advice about no named child is kept apart.", "advice_stays_apart")


def chased_messages(contact: Contact) -> list[Message]:
    """Who hears of a chaser: the one responsible; after the date the team's lead too."""
    matter = contact.original
    if matter is None:
        return []
    clock = matter.promise
    people = {clock.owner.pk: clock.owner}
    if contact.link == Link.FOLLOW_UP and clock.team.lead:
        people[clock.team.lead.pk] = clock.team.lead
    return [chased_message(contact, user) for user in people.values()]
