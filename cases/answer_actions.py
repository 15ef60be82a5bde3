"""Answering: in full, with a new date, by e-mail from here; and what is added afterwards."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_ANSWER
from cases.contact_messages import new_date_words, reply_words, wording
from cases.models import Contact, RelatedPerson
from cases.references import contact_reference, next_contact_id
from cases.timing import better_later
from clocks import actions as clock_actions
from clocks.calendars import LONDON, council_calendar
from clocks.wording import moment_in_words
from notices.actions import tell

Link = Contact.Link


@transaction.atomic
def answer_contact(
    *, contact: Contact, answer: Contact.Answer, note: str, by: User, now: datetime
) -> Contact:
    """Write down that ``by`` answered at ``now`` (aware), which meets the clock (H57, H44).

    Any channel answers any contact: a telephone reply meets an e-mail's clock. Raises
    RuleBroken (``may_not_answer``, ``note_missing``, ``not_a_matter``, ``already_answered``);
    the last one names who answered, and the caller keeps what was typed. The same answer sent
    twice is one answer.
    """
    _refuse_role(by)
    if not note.strip():
        raise RuleBroken("Write a note of the answer.", "note_missing", field="note")
    locked = held(contact)
    again = (by, answer, note.strip())
    if (locked.answered_by, locked.answer, locked.answer_note) == again:
        return locked
    refuse_answered(locked)
    clock_actions.meet(clock=locked.promise, at=now, by=by, now=now, how=answer.label)
    locked.answered_at = now
    locked.answered_by = by
    locked.answer = answer
    locked.answer_note = note.strip()
    locked.save(update_fields=["answered_at", "answered_by", "answer", "answer_note"])
    return locked


@transaction.atomic
def promise_contact(
    *,
    contact: Contact,
    until: date | None,
    reason: str,
    by: User,
    now: datetime,
    told_how: str = "",
) -> Contact:
    """The holding reply: the contact stays open with ``until`` as its date, and the sender is told.

    By e-mail where we have an address; else ``told_how`` says how they were told (H18, H58).
    The only way to promise a contact anew, because the contact has to point at the new clock.
    Raises RuleBroken (``may_not_answer``, ``tell_sender``, ``already_answered`` and those of
    clocks.actions.promise).
    """
    _refuse_role(by)
    locked = held(contact)
    refuse_answered(locked)
    refuse_untold(locked, told_how)
    before = locked.promise
    why = f"{reason.strip()} (told {told_how.strip()})" if told_how.strip() else reason
    locked.clock = clock_actions.promise(clock=before, until=until, reason=why, by=by, now=now)
    locked.save(update_fields=["clock"])
    if locked.sender_email:
        tell([new_date_words(locked, before, reason.strip(), wording())], now=now)
    return locked


@transaction.atomic
def reply_by_email(
    *,
    contact: Contact,
    text: str,
    also_to: Sequence[RelatedPerson] = (),
    at_next_opening: bool = False,
    submission: UUID,
    by: User,
    now: datetime,
) -> Contact:
    """Answer by e-mail from here: one mail a person, in the sender's thread, kept as a contact.

    It answers the contact. ``also_to`` are people around the child: each gets a mail of their
    own, so that nobody sees another's address. ``at_next_opening`` lets it leave when the
    service next opens (H61, H114), unless that is after the date promised. ``submission`` makes
    a second click harmless. Returns the reply. Raises RuleBroken (``may_not_answer``,
    ``note_missing``, ``no_address``, ``may_not_be_written_to``, ``too_late_to_wait``,
    ``already_answered``).
    """
    _refuse_role(by)
    if not text.strip():
        raise RuleBroken("Write your reply.", "note_missing", field="text")
    locked = held(contact)
    if sent := Contact.objects.filter(submission=submission).first():
        return sent
    if not locked.sender_email:
        raise RuleBroken("We have no e-mail address of the sender.", "no_address")
    refuse_answered(locked)
    _refuse_not_written_to(locked, also_to, now)
    leaves_at = _leaves_at(locked, now) if at_next_opening else None
    reply = _draft_reply(locked, text.strip(), submission, by, now)
    reply.save(force_insert=True)
    answer_contact(contact=locked, answer=Contact.Answer.EMAIL, note=text.strip(), by=by, now=now)
    words = wording()
    addresses = dict.fromkeys([locked.sender_email, *(person.email for person in also_to)])
    messages = [reply_words(reply, locked, address, by, words, leaves_at) for address in addresses]
    tell(messages, now=now)
    return reply


def _draft_reply(contact: Contact, text: str, submission: UUID, by: User, now: datetime) -> Contact:
    pk = next_contact_id()
    return Contact(
        pk=pk,
        reference=contact_reference(pk),
        case=contact.case,
        channel=Contact.Channel.EMAIL,
        direction=Contact.Direction.OUT,
        sender=Contact.Sender.STAFF,
        sender_name=by.full_name,
        subject=contact.subject,
        message=text,
        received_at=now,
        logged_at=now,
        logged_by=by,
        submission=submission,
        original=contact,
        link=Link.REPLY,
        in_reply_to=contact.message_id,
    )


def _leaves_at(contact: Contact, now: datetime) -> datetime | None:
    """The next opening when there is a reason to wait; None to leave now."""
    later = better_later(now, council_calendar())
    if later is None:
        return None
    if now <= contact.promise.due_at < later.opens:
        raise RuleBroken(
            f"The answer is promised by {moment_in_words(contact.promise.due_at)}, before the "
            "service next opens. Send it now.",
            "too_late_to_wait",
        )
    return later.opens


def _refuse_not_written_to(
    contact: Contact, people: Sequence[RelatedPerson], now: datetime
) -> None:
    """Only people around this child, and only those who may be written to today."""
    if not people:
        return
    today = now.astimezone(LONDON).date()
    allowed = RelatedPerson.objects.addressees(contact.case, today) if contact.case else []
    for person in people:
        if person not in allowed or not person.email:
            raise RuleBroken(
                f"{person} may not be written to, or has no e-mail address.",
                "may_not_be_written_to",
            )


@transaction.atomic
def add_note(*, contact: Contact, text: str, submission: UUID, by: User, now: datetime) -> Contact:
    """Add to the record of a contact, answered or not: nothing typed is lost (H44).

    Raises RuleBroken (``may_not_answer``, ``note_missing``).
    """
    _refuse_role(by)
    if not text.strip():
        raise RuleBroken("Write the note.", "note_missing", field="text")
    if written := Contact.objects.filter(submission=submission).first():
        return written
    note = _draft_reply(contact.original or contact, text.strip(), submission, by, now)
    note.channel = Contact.Channel.NOTE
    note.link = Link.NOTE
    note.internal = True
    note.in_reply_to = ""
    note.save(force_insert=True)
    return note


def held(contact: Contact) -> Contact:
    """The matter's row as it stands now, held until the transaction ends."""
    pk = contact.original_id or contact.pk
    # Without joins: one that was waited for would come with what it pointed at before the wait.
    locked = Contact.objects.select_for_update(of=("self",)).get(pk=pk)
    if locked.clock_id is None:
        raise RuleBroken("This is not something to answer.", "not_a_matter")
    if locked.struck_at:
        raise RuleBroken("This was struck through as a mistake.", "struck")
    return locked


def refuse_answered(contact: Contact) -> None:
    """Somebody was quicker: say who, and keep what the second one typed (H8)."""
    if contact.answered_by and contact.answered_at:
        raise RuleBroken(
            f"{contact.answered_by} answered this on {moment_in_words(contact.answered_at)}. "
            "Your words are still below: you can add them to the record as a note.",
            "already_answered",
        )


def refuse_untold(contact: Contact, told_how: str) -> None:
    """Without an e-mail address somebody has to tell the sender, and say how (H18, H59)."""
    if not contact.sender_email and not told_how.strip():
        raise RuleBroken(
            "We have no e-mail address of the sender. Say how you have told them.",
            "tell_sender",
            field="told_how",
        )


def _refuse_role(by: User) -> None:
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not answer contacts.", "may_not_answer")
