"""What a sender does with the link to their concern: add to it, say if it helped, go further."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from accounts.errors import RuleBroken
from callbacks.booking_actions import cancel
from callbacks.models import Booking
from cases.actions import kept
from cases.answer_actions import held
from cases.contact_messages import matter_of, writes_to
from cases.further_actions import log_further
from cases.models import Contact
from cases.proven import is_unproven
from cases.received import Received
from cases.submissions import written_by
from escalations.follow_page import (
    calls_to_come,
    is_settled_at_desk,
    reference_of,
    standing_of,
)
from escalations.ladder_actions import Further, Result, take_further
from escalations.ladder_state import latest_escalation
from escalations.links import link_line
from escalations.models import Escalation
from escalations.sender_messages import message
from escalations.staff_messages import more_messages
from escalations.step_actions import close
from notices import texts
from notices.actions import tell

HELPED = "It helped: the sender says so with the link to their concern."
KEEPS_CALL = "It helped, and the sender would still like the call that was promised."
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
def say_it_helped(
    *,
    contact: Contact,
    now: datetime,
    words: str = "",
    submission: UUID | None = None,
    seen: str | None = None,
    call_off: bool | None = None,
) -> bool:
    """The sender says that it is settled: the concern is closed, or the record says so.

    ``words`` are kept with it. A call that they were promised never ends in silence: ``call_off``
    True when they do not need it any more; False keeps the call, and the concern open until then.
    ``seen`` is how things stood on their page (follow_page.standing_of). Twice is once. Returns
    whether it is settled. Raises RuleBroken (``changed_meanwhile``, ``call_to_come`` when
    ``call_off`` is None and a call is, and ``begun`` of callbacks.booking_actions.cancel).
    """
    if submission:
        # Waited for before the rows, as by whoever presses another button of the same form.
        written_by(submission)
    matter = _held_matter(contact)
    # Not held yet: whoever closes it holds the matter first, as does a "no" of the same moment.
    escalation = matter.escalations.order_by("-pk").first()
    if _is_said(matter, escalation):
        return True
    calls = calls_to_come(matter) if escalation and escalation.is_open else []
    if calls and call_off is False:
        _keep_call(contact, matter, calls[0], words, submission, seen, now)
        return False
    _refuse_changed(matter, seen)
    if calls and call_off is None:
        raise RuleBroken("Somebody still rings them about it.", "call_to_come")
    if words.strip() and submission:
        add_information(contact=contact, words=words, submission=submission, now=now)
    for call in calls:
        cancel(booking=call, how=Booking.Whose.CALLER, reason="", by=None, now=now)
    if escalation and escalation.is_open:
        close(escalation=escalation, outcome=HELPED, by=None, now=now)
    elif escalation is None:
        _say(contact, HELPED, _once(matter), now)
    return True


def _keep_call(
    contact: Contact,
    matter: Contact,
    call: Booking,
    words: str,
    submission: UUID | None,
    seen: str | None,
    now: datetime,
) -> None:
    """They would still like the call, which stays with whoever rings: said once."""
    said = uuid5(SAID, f"call:{call.pk}")
    if written_by(said):
        return
    _refuse_changed(matter, seen)
    if words.strip() and submission:
        add_information(contact=contact, words=words, submission=submission, now=now)
    _say(contact, KEEPS_CALL, said, now)


def _is_said(matter: Contact, escalation: Escalation | None) -> bool:
    """The second of two clicks: the first has settled it."""
    if escalation is None:
        return written_by(_once(matter)) is not None
    return not escalation.is_open and escalation.closed_by_id is None


def _once(matter: Contact) -> UUID:
    return uuid5(SAID, f"{matter.pk}:{matter.answered_at}")


def _say(contact: Contact, words: str, submission: UUID, now: datetime) -> None:
    said = _added(contact, words, submission, now)
    escalation = latest_escalation(matter_of(contact))
    step = escalation.steps.order_by("-number").first() if escalation else None
    tell(more_messages(said, step), now=now)


@transaction.atomic
def say_it_did_not_help(
    *, contact: Contact, words: str, submission: UUID, now: datetime, seen: str | None = None
) -> Result:
    """On to the next person at once (H97). Twice is once.

    ``seen`` is how things stood on their page. Raises RuleBroken (``changed_meanwhile``).
    """
    _refuse_changed_since(contact, submission, seen)
    concern = matter_of(contact).escalations.order_by("-pk").first()
    settled = is_settled_at_desk(matter_of(contact)) if concern is None else not concern.is_open
    said = NOT_SETTLED if settled else NOT_HELPED
    return _further(contact, words.strip() or said, submission, now, helped=False)


@transaction.atomic
def ask_next_person(
    *, contact: Contact, words: str, submission: UUID, now: datetime, seen: str | None = None
) -> Result:
    """The date has passed without an answer: on to the next person (H95, H97). Twice is once.

    ``seen`` is how things stood on their page. Raises RuleBroken (``changed_meanwhile``).
    """
    _refuse_changed_since(contact, submission, seen)
    return _further(contact, words.strip() or NO_ANSWER, submission, now, helped=None)


def _refuse_changed_since(contact: Contact, submission: UUID, seen: str | None) -> None:
    """Nothing to refuse when it is the second of two clicks: the first changed it."""
    if written_by(submission) is None:
        _refuse_changed(_held_matter(contact), seen)


def _refuse_changed(matter: Contact, seen: str | None) -> None:
    """What was pressed is about another answer than the last. The caller holds the matter."""
    if seen is not None and seen != standing_of(matter):
        raise RuleBroken("Something has happened since.", "changed_meanwhile")


def _held_matter(contact: Contact) -> Contact:
    """The matter as it stands now; its case is held before it, as wherever both are."""
    matter = matter_of(contact)
    if matter.case:
        kept(matter.case)
    return held(matter)


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
