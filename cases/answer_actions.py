"""Answering: in full, with a new date, by e-mail from here; and what is added afterwards."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_ANSWER
from cases.contact_messages import (
    must_not_be_contacted,
    new_date_words,
    reply_words,
    wording,
    writes_to,
)
from cases.models import Contact, RelatedPerson
from cases.references import contact_reference, next_contact_id
from cases.submissions import refuse_other_words, written_by
from cases.timing import better_later
from clocks import actions as clock_actions
from clocks.calendars import LONDON, council_calendar
from clocks.models import Clock
from clocks.wording import day_in_words, moment_in_words
from notices.actions import tell

Link = Contact.Link
LONGEST_HOLD = timedelta(days=183)


@transaction.atomic
def answer_contact(
    *, contact: Contact, answer: Contact.Answer, note: str, by: User, now: datetime
) -> Contact:
    """Write down that ``by`` answered at ``now`` (aware), which meets the clock (H57, H44).

    Any channel answers any contact: a telephone reply meets an e-mail's clock. Raises
    RuleBroken (``may_not_answer``, ``note_missing``, ``not_a_matter``, ``already_answered``,
    ``already_closed``); the last two name who was quicker, and the caller keeps what was typed.
    The same answer sent twice is one answer. Advisers answer only what they write down in the
    same breath, with the caller still on the line (H24).
    """
    if not _is_answered_at_the_desk(contact, by, now):
        refuse_role(by)
    if not note.strip():
        raise RuleBroken("Write a note of the answer.", "note_missing", field="note")
    locked = held(contact)
    again = (by, answer, note.strip())
    if (locked.answered_by, locked.answer, locked.answer_note) == again:
        return locked
    refuse_closed(locked)
    clock_actions.meet(clock=locked.promise, at=now, by=by, now=now, how=answer.label)
    locked.answered_at = now
    locked.answered_by = by
    locked.answer = answer
    locked.answer_note = note.strip()
    locked.save(update_fields=["answered_at", "answered_by", "answer", "answer_note"])
    return locked


def _is_answered_at_the_desk(contact: Contact, by: User, now: datetime) -> bool:
    by_telephone = contact.channel == Contact.Channel.TELEPHONE
    return by_telephone and contact.logged_by_id == by.pk and contact.logged_at == now


@transaction.atomic
def promise_contact(
    *,
    contact: Contact,
    until: date | None,
    reason: str,
    by: User,
    now: datetime,
    told_how: str = "",
    instead_of: int | None = None,
) -> Contact:
    """The holding reply: the contact stays open with ``until`` as its date, and the sender is told.

    By e-mail where we may write to them; else ``told_how`` says how they were told (H18, H58).
    The only way to promise a contact anew, because the contact has to point at the new clock.
    ``instead_of`` is the id of the clock whose date the page showed: the same promise sent twice
    is one, and the second of two people is told of the first. Raises RuleBroken
    (``may_not_answer``, ``tell_sender``, ``already_answered``, ``already_closed``,
    ``promised_meanwhile`` and those of clocks.actions.promise).
    """
    refuse_role(by)
    locked = held(contact)
    refuse_closed(locked)
    if instead_of not in (None, locked.clock_id) or _is_promised(locked, until, by):
        return _promised_already(locked, until, by)
    refuse_untold(locked, told_how)
    before = locked.promise
    refuse_odd_date(before, until, now)
    why = with_how(reason, told_how)
    locked.clock = clock_actions.promise(clock=before, until=until, reason=why, by=by, now=now)
    locked.save(update_fields=["clock"])
    if writes_to(locked):
        tell([new_date_words(locked, before, reason.strip(), wording())], now=now)
    return locked


def refuse_odd_date(clock: Clock, until: date | None, now: datetime) -> None:
    """More time is asked for, and not for ever (``date_sooner``, ``date_far``)."""
    if until is None:
        return
    if until < clock.due_at.astimezone(LONDON).date():
        raise RuleBroken(
            f"The answer is due by {day_in_words(clock.due_at.astimezone(LONDON).date())} already. "
            "Choose a later date, or answer sooner.",
            "date_sooner",
            field="until",
        )
    if until > now.astimezone(LONDON).date() + LONGEST_HOLD:
        raise RuleBroken(
            "Choose a date within the next six months: nobody can wait longer.",
            "date_far",
            field="until",
        )


def _promised_by(clock: Clock) -> User | None:
    started = clock.events.filter(kind="started").select_related("by").first()
    return started.by if started else None


def _is_promised(contact: Contact, until: date | None, by: User) -> bool:
    """The same person has promised the same day already: a second click."""
    clock = contact.promise
    due_on = clock.due_at.astimezone(LONDON).date()
    return clock.is_chosen and due_on == until and _promised_by(clock) == by


def _promised_already(contact: Contact, until: date | None, by: User) -> Contact:
    """The second of two clicks changes nothing; somebody else's new date is theirs to change."""
    if _is_promised(contact, until, by):
        return contact
    who = _promised_by(contact.promise) or "Somebody"
    due_on = contact.promise.due_at.astimezone(LONDON).date()
    raise RuleBroken(
        f"{who} has promised {day_in_words(due_on)} meanwhile. Press the button again only if "
        "that date has to change too.",
        "promised_meanwhile",
    )


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
    ``already_answered``, ``already_closed``, ``submission_used``).
    """
    refuse_role(by)
    if not text.strip():
        raise RuleBroken("Write your reply.", "note_missing", field="text")
    if sent := written_by(submission):
        refuse_other_words(sent, same=sent.message == text.strip())
        return sent
    locked = held(contact)
    refuse_closed(locked)
    _refuse_sender(locked)
    _refuse_not_written_to(locked, also_to, now)
    leaves_at = _leaves_at(locked, now) if at_next_opening else None
    reply = _drafted(locked, text.strip(), submission, by, now)
    reply.save(force_insert=True)
    answer_contact(contact=locked, answer=Contact.Answer.EMAIL, note=text.strip(), by=by, now=now)
    words = wording()
    addresses = dict.fromkeys([locked.sender_email, *(person.email for person in also_to)])
    messages = [reply_words(reply, locked, address, by, words, leaves_at) for address in addresses]
    tell(messages, now=now)
    return reply


def _refuse_sender(contact: Contact) -> None:
    if not contact.sender_email:
        raise RuleBroken("We have no e-mail address of the sender.", "no_address")
    if must_not_be_contacted(contact):
        raise RuleBroken(
            f"{contact.sender_name} must not be written to from here. Ask your team lead.",
            "may_not_be_written_to",
        )


def _drafted(contact: Contact, text: str, submission: UUID, by: User, now: datetime) -> Contact:
    """What we say about ``contact``: a reply, unless it is made a note."""
    pk = next_contact_id()
    return Contact(
        pk=pk,
        reference=contact_reference(pk),
        case=contact.case,
        channel=Contact.Channel.EMAIL,
        direction=Contact.Direction.OUT,
        sender=Contact.Sender.STAFF,
        sender_name=by.full_name[:120],
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

    The same note sent twice is one. Raises RuleBroken (``may_not_answer``, ``note_missing``,
    ``submission_used``).
    """
    refuse_role(by)
    if not text.strip():
        raise RuleBroken("Write the note.", "note_missing", field="text")
    if written := written_by(submission):
        refuse_other_words(written, same=written.message == text.strip())
        return written
    note = _drafted(contact.original or contact, text.strip(), submission, by, now)
    note.channel = Contact.Channel.NOTE
    note.link = Link.NOTE
    note.internal = True
    note.in_reply_to = ""
    note.save(force_insert=True)
    return note


@transaction.atomic
def keep_words(
    *,
    contact: Contact,
    text: str,
    channel: Contact.Channel,
    submission: UUID,
    by: User,
    now: datetime,
) -> Contact:
    """Keep what was said to the sender while the matter stays open: it answers nothing (H106).

    Nothing is sent from here. Raises RuleBroken (``may_not_answer``, ``note_missing``,
    ``submission_used``; by e-mail also ``no_address`` and ``may_not_be_written_to``).
    """
    refuse_role(by)
    if not text.strip():
        raise RuleBroken("Write what you told them.", "note_missing", field="text")
    if written := written_by(submission):
        refuse_other_words(written, same=written.message == text.strip())
        return written
    matter = held(contact)
    if channel == Contact.Channel.EMAIL:
        _refuse_sender(matter)
    said = _drafted(matter, text.strip(), submission, by, now)
    said.channel = channel
    said.save(force_insert=True)
    return said


# --- Guards ---------------------------------------------------------------------------------


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


def refuse_closed(contact: Contact) -> None:
    """Somebody was quicker: say who and how, and keep what the second one typed (H8)."""
    if contact.answered_by and contact.answered_at:
        raise RuleBroken(
            f"{contact.answered_by} answered this on {moment_in_words(contact.answered_at)}. "
            "Your words are still below: you can add them to the record as a note.",
            "already_answered",
        )
    if not contact.is_open:
        raise RuleBroken(
            f"{_closed_by(contact.promise)}. Your words are still below: you can add them to the "
            "record as a note.",
            "already_closed",
        )


def _closed_by(clock: Clock) -> str:
    event = clock.events.filter(kind="cancelled").select_related("by").first()
    if event is None or event.by is None:
        return "This is closed already"
    return f"{event.by} closed this on {moment_in_words(event.happened_at)}: {event.reason}"


def refuse_untold(contact: Contact, told_how: str) -> None:
    """Without an e-mail address somebody has to tell the sender, and say how (H18, H59)."""
    if not told_how.strip() and is_told_by_us(contact):
        raise RuleBroken(
            "We have no e-mail address of the sender. Say how you have told them.",
            "tell_sender",
            field="told_how",
        )


def is_told_by_us(contact: Contact) -> bool:
    """True when staff have to tell the sender: no address, and nothing forbids telling them."""
    return not (contact.sender_email or contact.no_mail or must_not_be_contacted(contact))


def with_how(reason: str, told_how: str) -> str:
    """The reason with how the sender was told, for the history."""
    return f"{reason.strip()} (told {told_how.strip()})" if told_how.strip() else reason.strip()


def refuse_role(by: User) -> None:
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not answer contacts.", "may_not_answer")
