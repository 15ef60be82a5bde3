"""What the sender writes after their concern was settled: read by whoever had it last (H102).

It is a matter of its own, with a date like any other: it may say thanks, or something new. Only
a person decides whether its words mean that the concern is not settled: one click opens that
again.
"""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_ANSWER, kept, log_contact
from cases.answer_actions import held
from cases.contact_messages import writes_to
from cases.decision_actions import end_as_settled
from cases.matters import same_sender
from cases.models import Contact
from cases.received import Received
from cases.submissions import written_by
from escalations.after_settling import after_message, after_words, copied_message
from escalations.handlers import case_of, may_see, or_cover, team_of
from escalations.ladder_actions import Further, Result, take_further
from escalations.ladder_state import latest_escalation
from escalations.models import DeskEntry, Escalation, WrittenAfter
from escalations.step_actions import let_handle
from notices.actions import tell

# One message is taken as "not settled" once: a second click finds what the first did.
NOT_SETTLED = UUID("9a0c8a2f-2d7e-5f0b-8c1e-6b7d3f6e4c55")


@transaction.atomic
def keep_after_settling(
    *, matter: Contact, received: Received, submission: UUID, now: datetime, acknowledge: bool
) -> Contact | None:
    """Write down an e-mail of the sender after their concern was settled, for who had that last.

    They hear at once, and answer by the date of any e-mail. None when ``matter`` was not settled,
    or somebody else writes. ``now`` is aware. The same ``submission`` twice is one.
    """
    if matter.clock_id is None or matter.struck_at or not _is_theirs(matter, received):
        return None
    if written := written_by(submission):
        return written
    if matter.case:
        # The case before the matter, as wherever both are held.
        kept(matter.case)
    locked = held(matter)
    concern = latest_escalation(locked)
    if not _is_settled(locked, concern):
        return None
    reader = _reader(locked, concern, now)
    let_handle(case_of(locked), reader)
    contact = log_contact(
        case=locked.case,
        received=received,
        submission=submission,
        by=None,
        now=now,
        # Both hear in words of their own, below.
        acknowledge=False,
        tell_owner=False,
        owner=reader,
    )
    WrittenAfter.objects.create(contact=contact, matter=locked)
    messages = [after_message(contact, locked, concern, reader)]
    named = dict.fromkeys((*received.to, *received.copied))
    messages += [
        copied_message(contact, locked, concern, person, reader)
        for person in named
        if person != reader
    ]
    if acknowledge and writes_to(contact):
        messages.append(after_words(contact, locked, concern, reader))
    tell(messages, now=now)
    return contact


@transaction.atomic
def take_as_not_settled(*, said: Contact, by: User, now: datetime) -> Result:
    """``by`` has read ``said`` and takes it as "not resolved": the concern is open again (H97).

    It goes to the next person, as when the sender says so with their link. Twice is once. Raises
    RuleBroken (``may_not_answer``, ``open_already`` and those of
    escalations.ladder_actions.take_further).
    """
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not answer concerns.", "may_not_answer")
    submission = uuid5(NOT_SETTLED, str(said.pk))
    again = written_by(submission) is not None
    settled = WrittenAfter.objects.select_related("matter__case").get(contact=said).matter
    if settled.case:
        kept(settled.case)
    matter = held(settled)
    if not again and not _is_settled(matter, latest_escalation(matter)):
        raise RuleBroken("It is open again already.", "open_already")
    further = Further(
        received=_taken_from(said, now),
        case=matter.case,
        matter=matter,
        satisfied=False,
        answered=True,
    )
    result = take_further(further=further, submission=submission, by=by, now=now)
    # Its own date is kept with this: what they asked for goes on, with a date of its own.
    end_as_settled(contact=said, reason=_open_again(matter, result), by=by, now=now)
    return result


def _open_again(matter: Contact, result: Result) -> str:
    return f"Taken as not settled: {result.escalation or matter} is open again"


def _taken_from(said: Contact, now: datetime) -> Received:
    return Received(
        channel=Contact.Channel(said.channel),
        sender=Contact.Sender(said.sender),
        sender_name=said.sender_name,
        sender_phone=said.sender_phone,
        sender_email=said.sender_email,
        sender_person=said.sender_person,
        establishment=said.establishment,
        message=f"It is not settled: they wrote so in {said.reference}.",
        received_at=now,
        told_child=said.told_child,
        no_mail=said.no_mail,
    )


def _is_theirs(matter: Contact, received: Received) -> bool:
    """From an address on the record, or the one they wrote from: a name alone proves nothing."""
    address = received.sender_email.casefold()
    known = received.sender_person is not None or received.establishment is not None
    same = bool(address) and address == matter.sender_email.casefold()
    return (known or same) and same_sender(matter, received)


def _is_settled(matter: Contact, concern: Escalation | None) -> bool:
    if concern is not None:
        return not concern.is_open
    return DeskEntry.objects.settled().filter(contact=matter).exists()


def _reader(matter: Contact, concern: Escalation | None, now: datetime) -> User:
    """Who had it last, or who stands in for them today; else those who know the case."""
    case = case_of(matter)
    people = [*_had_it(matter, concern), *([case.owner] if case else [])]
    people += [team_of(matter).lead, matter.promise.owner]
    able = (or_cover(person, set(), now) for person in people if person)
    return next((one for one in able if one and may_see(one, matter)), matter.promise.owner)


def _had_it(matter: Contact, concern: Escalation | None) -> list[User | None]:
    steps = concern.steps.select_related("clock__owner") if concern else None
    last = steps.order_by("-number").first() if steps is not None else None
    if concern and last:
        return [last.clock.owner, concern.closed_by]
    entries = DeskEntry.objects.filter(contact=matter).select_related("clock__owner")
    return [entry.clock.owner for entry in entries]


def settled_before(said: Contact) -> Escalation | Contact | None:
    """What was settled when ``said`` came in, and still is: the concern, or the desk's message.

    Three queries at most, none for what did not come to the mail room.
    """
    if said.struck_at or said.logged_by_id or said.channel != Contact.Channel.EMAIL:
        return None
    written = WrittenAfter.objects.filter(contact=said).select_related("matter").first()
    if written is None:
        return None
    concern = written.matter.escalations.order_by("-pk").first()
    settled = concern.closed_at if concern else _settled_at_desk(written.matter)
    if settled is None or said.logged_at <= settled:
        return None
    return concern or written.matter


def _settled_at_desk(matter: Contact) -> datetime | None:
    entry = DeskEntry.objects.settled().filter(contact=matter).first()
    return entry.resolved_at if entry else None
