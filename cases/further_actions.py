"""Writing down that somebody takes a matter further: kept with it, also when it is answered."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_LOG, drafted, keep_parts, kept, refuse_impossible_moment
from cases.answer_actions import held
from cases.models import Contact
from cases.received import Received
from cases.submissions import refuse_other_words, written_by


@transaction.atomic
def log_further(
    *, matter: Contact, received: Received, submission: UUID, by: User | None, now: datetime
) -> Contact:
    """Write down the message with which ``matter`` is taken further (H97 to H101).

    It belongs to the matter, open or answered, and has no clock of its own: the step that is
    taken has. Nothing is sent from here. ``by`` is None for the sender themself. Sent twice it
    is one. Raises RuleBroken (``may_not_log``, ``submission_used``, ``future``, ``before_birth``,
    ``struck``).
    """
    if by and by.role not in MAY_LOG:
        raise RuleBroken("Your role does not log contacts.", "may_not_log")
    if written := written_by(submission):
        refuse_other_words(written, same=written.message == received.message)
        return written
    # The case before the matter, as wherever both are held (docs/decisions/0014).
    if matter.case:
        kept(matter.case)
    first = held(matter)
    case = kept(first.case) if first.case else None
    refuse_impossible_moment(received.received_at, case, now)
    contact = drafted(case, received, submission, by, now)
    contact.original, contact.link = first, Contact.Link.FURTHER
    contact.save(force_insert=True)
    keep_parts(contact, received)
    return contact
