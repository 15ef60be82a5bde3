"""Writing a contact down: whatever came, by any channel, about a known child or not yet."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import Role, Team, User
from cases.acknowledgements import acknowledgement_of, acknowledgement_text, chaser_reply
from cases.chasing_actions import chased_messages, link_to_matter
from cases.contact_messages import (
    Wording,
    formal_moved_words,
    lead_answers_words,
    moved_words,
    wording,
    writes_to,
)
from cases.models import Attachment, Case, Contact, FormalMatter, NamedStaff, Recipient
from cases.naming_actions import hold_names, name_unless_visible
from cases.proven import is_unproven
from cases.received import COLUMNS, Received
from cases.references import contact_reference, next_contact_id
from cases.routing import answers_for, lead_professional_of, may_see, tray
from cases.staff_messages import (
    copy_message,
    new_work_message,
    safety_messages,
    unfiled_message,
)
from cases.starting_actions import (
    clocked,
    keep_formal_matter,
    start_clock,
    start_filing_clock,
    start_formal_clock,
)
from cases.submissions import refuse_other_words, written_by
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.moving import Move
from notices.actions import Message, tell

# Auditors read; administrators look after settings, not children's records.
MAY_LOG = frozenset(Role) - {Role.AUDITOR, Role.ADMINISTRATOR}
MAY_ANSWER = MAY_LOG - {Role.CSC_ADVISER}

Link = Contact.Link
Category = Contact.Category


@transaction.atomic
def log_contact(
    *,
    case: Case | None,
    received: Received,
    submission: UUID,
    by: User | None,
    now: datetime,
    chases: Contact | None = None,
    acknowledge: bool = True,
    tell_owner: bool = True,
    owner: User | None = None,
) -> Contact:
    """Write down what came in, start its clock and tell the person who owes the answer.

    One person is responsible (cases.routing). Without a ``case`` it waits in the tray, on a
    clock of its own, unless it is advice about no child (H67, S3). ``chases`` is the open matter
    it is about: then it starts no clock and shortens none (H48); formal matters never chase
    (H68). ``by`` is None for the mail room. ``submission`` is the form's own id: logging the
    same thing with it again returns the contact made the first time. ``acknowledge`` is False
    where an automatic answer must not go (RFC 3834), ``tell_owner`` where it is answered in the
    same breath. ``owner`` answers where an app above knows who does.
    Raises RuleBroken (``may_not_log``, ``submission_used``, ``nobody_responsible``, ``future``,
    ``before_birth``, ``other_case``, ``answered_meanwhile``, ``no_standard``,
    ``beyond_calendar``).
    """
    if by and by.role not in MAY_LOG:
        raise RuleBroken("Your role does not log contacts.", "may_not_log")
    if existing := written_by(submission):
        _refuse_other_words(existing, case, received)
        return existing
    case = kept(case) if case else None
    refuse_impossible_moment(received.received_at, case, now)
    contact = drafted(case, received, submission, by, now)
    if chases and received.automatic:
        return _log_beside(contact, chases, received)
    if chases and not contact.is_formal:
        return _log_chaser(contact, chases, received, acknowledge)
    return _log_matter(contact, received, by, acknowledge, tell_owner, owner)


def drafted(
    case: Case | None, received: Received, submission: UUID, by: User | None, now: datetime
) -> Contact:
    """The contact as it will be written, without clock or links."""
    pk = next_contact_id()
    return Contact(
        pk=pk,
        reference=contact_reference(pk),
        case=case,
        logged_at=now,
        logged_by=by,
        submission=submission,
        urgent_claimed=received.urgent_claimed,
        **{column: getattr(received, column) for column in COLUMNS},
    )


# --- A matter of its own --------------------------------------------------------------------


def _log_matter(
    contact: Contact,
    received: Received,
    by: User | None,
    acknowledge: bool,
    tell_owner: bool,
    known: User | None,
) -> Contact:
    routed, team = _owner_and_team(contact, received.to, by)
    owner = known or routed
    let_owner_see(contact, owner)
    contact.clock = start_clock(contact, f"contact.{clocked(contact)}", owner, team)
    if contact.case is None and contact.category != Category.ADVICE_LINE:
        contact.filing_clock = start_filing_clock(contact)
    formal = start_formal_clock(contact, by, contact.logged_at) if contact.is_formal else None
    messages = _messages_to_staff(contact, received, formal, by) if tell_owner else []
    if acknowledge and writes_to(contact):
        words = wording()
        written = acknowledgement_text(contact, words, formal, received.given_reference)
        contact.acknowledgement_version = written.version
        messages.append(acknowledgement_of(contact, written))
        messages += _lead_words(contact, received, words)
    contact.save(force_insert=True)
    keep_parts(contact, received)
    if formal:
        keep_formal_matter(contact, formal, by, contact.logged_at)
    tell(messages, now=contact.logged_at)
    return contact


def let_see(case: Case | None, user: User) -> None:
    """Who owes an answer on a restricted case has to see it."""
    if case:
        # Somebody may be taking a name back that was only there for as long as they owed.
        hold_names(case, user)
    if case and not may_see(case, user):
        NamedStaff.objects.get_or_create(case=case, user=user)


def let_owner_see(contact: Contact, owner: User) -> None:
    """Who has a complaint sees a restricted case for as long as they owe something about it."""
    if contact.case and contact.category == Category.COMPLAINT:
        name_unless_visible(contact.case, owner)
    else:
        let_see(contact.case, owner)


def _owner_and_team(
    contact: Contact, named: tuple[User, ...], by: User | None
) -> tuple[User, Team]:
    if contact.case:
        owner = answers_for(contact.case, Category(contact.category), named)
        return owner, contact.case.team
    if contact.category == Category.ADVICE_LINE and by and by.can_own and by.team:
        return by, by.team
    return tray()


def _messages_to_staff(
    contact: Contact, received: Received, formal: Clock | None, by: User | None
) -> list[Message]:
    owner = contact.promise.owner
    messages = [] if owner == by else [new_work_message(contact, formal)]
    messages += safety_messages(contact, formal, by) if formal else []
    filing = contact.filing_clock
    if filing and filing.owner not in (by, owner):
        messages.append(unfiled_message(contact, filing))
    return messages + _copies(contact, received, {owner, by})


def _copies(contact: Contact, received: Received, known: Collection[User | None]) -> list[Message]:
    """To everybody it named but the one who answers and those who know: for information."""
    named = dict.fromkeys((*received.to, *received.copied))
    return [copy_message(contact, user) for user in named if user not in known]


def _told(messages: Iterable[Message]) -> list[User]:
    return [message.recipient for message in messages if message.recipient]


def _lead_words(contact: Contact, received: Received, words: Wording) -> list[Message]:
    """Somebody else was named than the lead professional who answers: the sender is told (H90)."""
    if contact.case is None or not received.to or is_unproven(contact):
        return []
    if contact.category == Category.COMPLAINT:
        return []
    owner = contact.promise.owner
    if owner in received.to or lead_professional_of(contact.case) != owner:
        return []
    return [lead_answers_words(contact, words)]


# --- A chaser -------------------------------------------------------------------------------


def _log_chaser(
    contact: Contact, chases: Contact, received: Received, acknowledge: bool
) -> Contact:
    link_to_matter(contact, chases)
    contact.save(force_insert=True)
    keep_parts(contact, received)
    messages = chased_messages(contact)
    messages += _copies(contact, received, {contact.logged_by, *_told(messages)})
    if acknowledge and writes_to(contact):
        messages.append(chaser_reply(contact, wording()))
    tell(messages, now=contact.logged_at)
    return contact


def _log_beside(contact: Contact, chases: Contact, received: Received) -> Contact:
    """A robot's answer in a thread, such as a bounce, is kept with it and asks for nothing."""
    contact.original, contact.link = chases.original or chases, Link.NOTE
    contact.save(force_insert=True)
    keep_parts(contact, received)
    if contact.original.clock:
        tell([copy_message(contact, contact.original.clock.owner)], now=contact.logged_at)
    return contact


# --- Parts and guards -----------------------------------------------------------------------


def keep_parts(contact: Contact, received: Received) -> None:
    """Whom it named, and the files that came with it."""
    kinds: dict[int, Recipient.Kind] = {}
    for user in received.to:
        kinds.setdefault(user.pk, Recipient.Kind.TO)
    for user in received.copied:
        kinds.setdefault(user.pk, Recipient.Kind.COPY)
    Recipient.objects.bulk_create(
        Recipient(contact=contact, user_id=pk, kind=kind, position=position)
        for position, (pk, kind) in enumerate(kinds.items())
    )
    Attachment.objects.bulk_create(
        Attachment(
            contact=contact,
            filename=file.filename[:200],
            content_type=file.content_type[:120],
            size=len(file.content),
            content=file.content,
            refused=file.refused[:200],
        )
        for file in received.files
    )


def refuse_impossible_moment(received_at: datetime, case: Case | None, now: datetime) -> None:
    """Nothing comes in the future, or before the child it is about was born."""
    if received_at > now:
        raise RuleBroken("The time received must be in the past.", "future", field="received_at")
    if case and received_at.astimezone(LONDON).date() < case.person.date_of_birth:
        raise RuleBroken(
            "The date received is before the child was born. Check the year.",
            "before_birth",
            field="received_at",
        )


def kept(case: Case) -> Case:
    """The case as it stands, held against changes; the one it was merged into, if it was."""
    locked = Case.objects.select_for_update(of=("self",), no_key=True).get(pk=case.pk)
    return kept(locked.merged_into) if locked.merged_into else locked


def _refuse_other_words(existing: Contact, case: Case | None, received: Received) -> None:
    cases = {case.pk, case.merged_into_id} if case else {None}
    same = existing.case_id in cases and all(
        getattr(existing, column) == getattr(received, column) for column in COLUMNS
    )
    refuse_other_words(existing, same=same)


# --- The calendar moved dates ---------------------------------------------------------------


def tell_moved(*, moves: list[Move], now: datetime) -> int:
    """Tell the people promised that the council's calendar has moved their date (H18).

    Of the answer and of a formal matter; only those who may be written to, and whose day is
    another one. Returns how many.
    """
    by_clock = {move.clock.pk: move for move in moves if _is_another_day(move)}
    words = wording()
    contacts = Contact.objects.filter(clock__in=by_clock).exclude(sender_email="")
    messages = [
        moved_words(contact, move.due_before, move.due_after, words, now)
        for contact in contacts.select_related("case", "sender_person")
        if contact.clock_id and (move := by_clock[contact.clock_id]) and writes_to(contact)
    ]
    formal = FormalMatter.objects.filter(clock__in=by_clock).exclude(contact__sender_email="")
    messages += [
        formal_moved_words(matter, words, now)
        for matter in formal.select_related("contact__case", "contact__sender_person", "clock")
        if writes_to(matter.contact)
    ]
    return tell(messages, now=now)


def _is_another_day(move: Move) -> bool:
    before, after = (at.astimezone(LONDON).date() for at in (move.due_before, move.due_after))
    return before != after
