"""What a sender does with the link to their concern: add to it, say if it helped, go further."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from cases.actions import kept
from cases.contact_messages import matter_of, writes_to
from cases.further_actions import log_further
from cases.models import Contact
from cases.proven import is_unproven
from cases.received import Received
from escalations.follow_page import is_settled_at_desk, reference_of
from escalations.ladder_actions import Further, Result, take_further
from escalations.ladder_state import latest_escalation
from escalations.links import link_line
from escalations.sender_messages import message
from escalations.staff_messages import more_messages
from escalations.step_actions import close
from notices import texts
from notices.actions import tell

HELPED = "It helped: the sender says so with the link to their concern."
NOT_HELPED = "The answer did not help."
NOT_SETTLED = "It is not settled."
NO_ANSWER = "No answer has come."
# What is said once follows from the message that it is about: a second click says it once.
SAID = UUID("b1d5a1f0-54a7-5d0e-9a2b-7a3c5b0e6f41")


@transaction.atomic
def add_information(*, contact: Contact, words: str, submission: UUID, now: datetime) -> Contact:
    """More about the concern: kept with it, and whoever has it is told to read it (H102).

    The same ``submission`` twice is one.
    """
    added = _added(contact, words, submission, now)
    escalation = latest_escalation(matter_of(contact))
    step = escalation.steps.order_by("-number").first() if escalation else None
    tell(more_messages(added, step), now=now)
    return added


@transaction.atomic
def say_it_helped(*, contact: Contact, now: datetime) -> None:
    """The sender says that it is settled: the concern is closed, or the record says so."""
    matter = matter_of(contact)
    # Not held yet: whoever closes it holds the matter first, as does a "no" of the same moment.
    escalation = matter.escalations.order_by("-pk").first()
    if escalation and escalation.is_open:
        close(escalation=escalation, outcome=HELPED, by=None, now=now)
    elif escalation is None:
        said = _added(contact, HELPED, uuid5(SAID, f"{matter.pk}:{matter.answered_at}"), now)
        tell(more_messages(said, None), now=now)


def say_it_did_not_help(*, contact: Contact, words: str, submission: UUID, now: datetime) -> Result:
    """On to the next person at once (H97). Twice is once."""
    concern = matter_of(contact).escalations.order_by("-pk").first()
    settled = is_settled_at_desk(matter_of(contact)) if concern is None else not concern.is_open
    said = NOT_SETTLED if settled else NOT_HELPED
    return _further(contact, words.strip() or said, submission, now, helped=False)


def ask_next_person(*, contact: Contact, words: str, submission: UUID, now: datetime) -> Result:
    """The date has passed without an answer: on to the next person (H95, H97). Twice is once."""
    return _further(contact, words.strip() or NO_ANSWER, submission, now, helped=None)


def send_new_link(*, contact: Contact, now: datetime) -> bool:
    """A fresh link, only ever to the address that we have; False when nothing may go there."""
    line = link_line(contact)
    if not writes_to(contact) or not line:
        return False
    escalation = matter_of(contact).escalations.order_by("-pk").first()
    written = texts.current().write(
        "concern.link", reference=reference_of(contact, escalation), link_line=line
    )
    tell([message(contact, f"link:{now.isoformat()}", written)], now=now)
    return True


def _further(
    contact: Contact, words: str, submission: UUID, now: datetime, *, helped: bool | None
) -> Result:
    matter = matter_of(contact)
    further = Further(
        received=_received(contact, words, now),
        case=matter.case,
        matter=matter,
        satisfied=helped is None,
        answered=helped is not None,
    )
    return take_further(further=further, submission=submission, by=None, now=now)


def _added(contact: Contact, words: str, submission: UUID, now: datetime) -> Contact:
    received = _received(contact, words, now)
    matter = matter_of(contact)
    if matter.case:
        # The case before the matter, as wherever both are held.
        kept(matter.case)
    return log_further(matter=matter, received=received, submission=submission, by=None, now=now)


def _received(contact: Contact, words: str, now: datetime) -> Received:
    """From the same sender, by way of the portal."""
    return Received(
        channel=Contact.Channel.PORTAL_MESSAGE,
        sender=Contact.Sender(contact.sender),
        sender_name=contact.sender_name,
        sender_phone=contact.sender_phone,
        sender_email=contact.sender_email,
        # Whom a caller only said to be does not become proven by the link.
        sender_person=None if is_unproven(contact) else contact.sender_person,
        establishment=contact.establishment,
        message=words,
        received_at=now,
        told_child=contact.told_child,
        no_mail=contact.no_mail,
    )
