"""Everything that happens to cases and contacts."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.urls import reverse

from accounts.errors import RuleBroken
from accounts.models import Role, User
from cases.models import Case, Contact
from clocks import actions as clock_actions
from clocks.calendars import LONDON, council_calendar
from clocks.models import Clock
from clocks.moving import Move
from clocks.wording import day_in_words, moment_in_words
from notices.actions import Message, tell
from notices.models import Notice

# Auditors read; administrators look after settings, not children's records.
MAY_LOG = frozenset(Role) - {Role.AUDITOR, Role.ADMINISTRATOR}
MAY_ANSWER = MAY_LOG - {Role.CSC_ADVISER}


@dataclass(frozen=True, kw_only=True)
class Received:
    """What came in: from whom, how, when (``received_at`` aware) and what they said."""

    channel: Contact.Channel
    sender: Contact.Sender
    sender_name: str
    message: str
    received_at: datetime
    sender_phone: str = ""
    sender_email: str = ""


@transaction.atomic
def log_contact(
    *, case: Case, received: Received, submission: UUID, by: User, now: datetime
) -> Contact:
    """Write a contact down, start its clock and tell the person who owes the answer.

    The responsible person is the case owner, or the team lead while nobody owns the case
    (H17). ``submission`` is the form's own id: logging the same thing with it again returns
    the contact made the first time. Raises RuleBroken (``may_not_log``, ``submission_used``,
    ``nobody_responsible``, ``future``, ``no_standard``, ``beyond_calendar``).
    """
    if by.role not in MAY_LOG:
        raise RuleBroken("Your role does not log contacts.", "may_not_log")
    # Two clicks at once: the second waits here, then finds what the first wrote.
    _hold_submission(submission)
    if existing := Contact.objects.filter(submission=submission).first():
        _refuse_other_words(existing, case, received)
        return existing
    case = Case.objects.select_for_update(of=("self",), no_key=True).get(pk=case.pk)
    contact = _started(case, received, submission, by, now)
    tell(_messages_about_new(contact, by), now=now)
    return contact


def _started(case: Case, received: Received, submission: UUID, by: User, now: datetime) -> Contact:
    """The contact with its clock running, owed by whoever answers for the case."""
    pk = _next_contact_id()
    reference = contact_reference(pk)
    clock = clock_actions.start(
        code=f"contact.{received.channel}",
        owner=_responsible(case),
        team=case.team,
        about=about_contact(received.channel, received.sender, reference),
        path=contact_path(reference),
        received_at=received.received_at,
        by=by,
        now=now,
    )
    return Contact.objects.create(
        pk=pk,
        reference=reference,
        case=case,
        logged_at=now,
        logged_by=by,
        submission=submission,
        clock=clock,
        **{part.name: getattr(received, part.name) for part in fields(Received)},
    )


def _responsible(case: Case) -> User:
    if case.responsible is None:
        raise RuleBroken(
            f"{case.team} has no case owner or team lead for this case. Ask an administrator "
            "to name one, so that somebody answers.",
            "nobody_responsible",
        )
    return case.responsible


def _refuse_other_words(existing: Contact, case: Case, received: Received) -> None:
    """A form sent again with other words is another contact: it must not vanish silently."""
    same = existing.case_id == case.pk and all(
        getattr(existing, part.name) == getattr(received, part.name) for part in fields(Received)
    )
    if not same:
        raise RuleBroken(
            f"This form has already been used to log {existing.reference}. If this is a "
            "different contact, press the button again to log it too.",
            "submission_used",
        )


def _hold_submission(submission: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"contact:{submission}"]
        )


def _next_contact_id() -> int:
    """The id the contact will have: its reference must be known before its clock is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [Contact._meta.db_table])
        return int(cursor.fetchone()[0])


def contact_reference(pk: int) -> str:
    """What people quote to name a contact: "CON-000123"."""
    return f"CON-{pk:06d}"


def contact_path(reference: str) -> str:
    """The contact's page inside the portal."""
    return reverse("cases:contact", args=[reference])


def about_contact(channel: Contact.Channel, sender: Contact.Sender, reference: str) -> str:
    """What the clock of a contact is for, in words that carry no child's details (H53)."""
    return f"{channel.label} from {_sender_in_words(sender)}, {reference}"


def _sender_in_words(sender: Contact.Sender) -> str:
    """Who it is from, in words that identify nobody."""
    return {
        Contact.Sender.PARENT: "a parent or carer",
        Contact.Sender.YOUNG_PERSON: "a young person",
        Contact.Sender.ESTABLISHMENT: "a school or setting",
        Contact.Sender.PROFESSIONAL: "a professional",
        Contact.Sender.OTHER: "someone else",
    }[sender]


def _messages_about_new(contact: Contact, by: User) -> list[Message]:
    messages = []
    if contact.clock.owner != by:
        messages.append(new_work_message(contact))
    if contact.sender_email:
        messages.append(acknowledgement(contact))
    return messages


def new_work_message(contact: Contact) -> Message:
    """What the owner of the contact's clock reads."""
    clock = contact.clock
    return Message(
        key=f"contact:{contact.pk}:new:{clock.owner.pk}",
        kind=Notice.Kind.NEW_WORK,
        subject=f"To answer: {clock.about}",
        body=(
            f"{clock.about} was received on {moment_in_words(contact.received_at)}.\n"
            f"The answer is due by {_promised_day(clock)}."
        ),
        path=clock.path,
        recipient=clock.owner,
        address=clock.owner.email if clock.owner.is_active else "",
    )


def acknowledgement(contact: Contact) -> Message:
    """What the sender reads (H14, H17, H53): no child's details, one date, one reference."""
    return Message(
        key=f"contact:{contact.pk}:acknowledgement",
        kind=Notice.Kind.ACKNOWLEDGEMENT,
        subject=f"We have your message: {contact.reference}",
        body=(
            "Thank you for contacting the SEND service.\n\n"
            f"Your reference is {contact.reference}.\n"
            f"{_promise_in_words(contact)}"
        ),
        address=contact.sender_email,
    )


def _promise_in_words(contact: Contact) -> str:
    """The promise, or the plain truth when a message is logged after its date."""
    by = _promised_day(contact.clock)
    if contact.clock.due_at < contact.logged_at:
        return (
            f"You should have had our answer by {by}. We are sorry that you have not. "
            "Your message is now with the person who will answer it."
        )
    return (
        f"We will answer by {by}{_counted_in_words(contact)}.\n\n"
        "You do not need to do anything until then."
    )


def _counted_in_words(contact: Contact) -> str:
    """How long that is; left out when counting began on a later day than the message came."""
    clock = contact.clock
    local = contact.received_at.astimezone(LONDON)
    if council_calendar().received(local, clock.standard.rule) != local.date():
        return ""
    return f", {clock.standard.wording} of receiving your message"


def _promised_day(clock: Clock) -> str:
    return day_in_words(clock.due_at.astimezone(LONDON).date())


@transaction.atomic
def answer_contact(
    *, contact: Contact, answer: Contact.Answer, note: str, by: User, now: datetime
) -> Contact:
    """Write down that ``by`` answered at ``now`` (aware), which meets the clock (H57, H44).

    Any channel answers any contact: a telephone reply meets an e-mail's clock. Raises
    RuleBroken (``may_not_answer``, ``note_missing``, ``already_answered``); the last one names
    who answered, and the caller keeps what was typed. The same answer sent twice is one answer.
    """
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not answer contacts.", "may_not_answer")
    if not note.strip():
        raise RuleBroken("Write a note of the answer.", "note_missing", field="note")
    locked = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    again = (by, answer, note.strip())
    if (locked.answered_by, locked.answer, locked.answer_note) == again:
        return locked
    if locked.answered_by:
        raise RuleBroken(
            f"{locked.answered_by} answered this on {_answered(locked)}. "
            "Your note is still below: nothing has been lost.",
            "already_answered",
        )
    clock_actions.meet(clock=locked.clock, at=now, by=by, now=now, how=answer.label)
    locked.answered_at = now
    locked.answered_by = by
    locked.answer = answer
    locked.answer_note = note.strip()
    locked.save(update_fields=["answered_at", "answered_by", "answer", "answer_note"])
    return locked


def _answered(contact: Contact) -> str:
    return moment_in_words(contact.answered_at) if contact.answered_at else ""


@transaction.atomic
def promise_contact(
    *, contact: Contact, until: date | None, reason: str, by: User, now: datetime
) -> Contact:
    """Write down a holding reply: the contact stays open, with ``until`` as its new date (H58).

    The only way to promise a contact anew, because the contact has to point at the new clock.
    Raises RuleBroken (``may_not_answer`` and those of clocks.actions.promise).
    """
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not answer contacts.", "may_not_answer")
    locked = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    locked.clock = clock_actions.promise(
        clock=locked.clock, until=until, reason=reason, by=by, now=now
    )
    locked.save(update_fields=["clock"])
    return locked


def tell_moved(*, moves: list[Move], now: datetime) -> int:
    """Tell the people promised that the council's calendar has moved their date (H18).

    Only those whose e-mail address we have, and whose day is another one; returns how many.
    """
    other_day = [move for move in moves if _day(move.due_before) != _day(move.due_after)]
    by_clock = {move.clock.pk: move for move in other_day}
    contacts = Contact.objects.filter(clock__in=by_clock).exclude(sender_email="")
    messages = [_moved_message(contact, by_clock[contact.clock_id], now) for contact in contacts]
    return tell(messages, now=now)


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def _moved_message(contact: Contact, move: Move, now: datetime) -> Message:
    before, after = (
        day_in_words(moment.astimezone(LONDON).date())
        for moment in (move.due_before, move.due_after)
    )
    return Message(
        key=f"contact:{contact.pk}:moved:{now.isoformat()}",
        kind=Notice.Kind.MOVED,
        subject=f"A new date for our answer: {contact.reference}",
        body=(
            f"We told you that we would answer {contact.reference} by {before}.\n"
            "The days on which our service is open have changed since, so the date is now "
            f"{after}.\n\nYou do not need to do anything."
        ),
        address=contact.sender_email,
    )
