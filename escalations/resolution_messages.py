"""What the desk's people and the sender are told (H105, H109)."""

from datetime import datetime

from accounts.models import Role, User
from cases.contact_messages import promised_day, reply_subject
from cases.models import Contact
from cases.references import contact_path
from clocks.models import Clock
from clocks.wording import moment_in_words
from clocks.working_time import WorkingCalendar
from escalations.desk_words import due_and_act_by
from escalations.links import link_line
from escalations.models import DeskEntry, DeskPass, EscalationStep
from escalations.sender_messages import message, settled_key
from notices import texts
from notices.actions import Message
from notices.models import Notice

# --- The sender -----------------------------------------------------------------------------


def standard_response(entry: DeskEntry, *, telephone: bool) -> texts.Written:
    """The standard response in the name of whoever it was addressed to (H105)."""
    return texts.current().write(
        "resolution.passed.telephone" if telephone else "resolution.passed",
        reference=entry.contact.reference,
        within=entry.clock.standard.wording,
        name=entry.in_name_of,
    )


def passed_words(entry: DeskEntry, passed: DeskPass, *, telephone: bool) -> Message:
    """Sent once: with the pass that put it on the desk (H105)."""
    written = standard_response(entry, telephone=telephone)
    return message(passed.contact, f"passed:{passed.pk}", written)


def responded_words(entry: DeskEntry, said: Contact, by: User) -> Message:
    """The first response by e-mail; the matter stays open (H106)."""
    contact = entry.contact
    written = texts.current().write(
        "resolution.responded",
        reference=contact.reference,
        text=said.message,
        name=by.full_name,
        team=by.team or by.get_role_display(),
    )
    return Message(
        key=f"contact:{said.pk}:reply:{contact.sender_email.casefold()}"[:120],
        kind=Notice.Kind.REPLY,
        subject=reply_subject(contact) if contact.subject else written.subject,
        body=written.body,
        address=contact.sender_email,
        in_reply_to=contact.message_id,
    )


def settled_words(entry: DeskEntry, said: Contact, by: User) -> Message:
    """What was agreed, of what nobody has taken further: it is settled with that (H107)."""
    contact = entry.contact
    written = texts.current().write(
        "resolution.settled",
        reference=contact.reference,
        text=said.message,
        name=by.full_name,
        team=by.team or by.get_role_display(),
        link_line=link_line(contact),
    )
    return Message(
        key=settled_key(said),
        kind=Notice.Kind.REPLY,
        subject=written.subject,
        body=written.body,
        address=contact.sender_email,
        in_reply_to=contact.message_id,
    )


# --- Staff ----------------------------------------------------------------------------------


def desk_message(
    entry: DeskEntry, passed: DeskPass, calendar: WorkingCalendar | None, little: str
) -> Message:
    """The officer who has it from now on; ``little`` says when hardly any time is left."""
    return _to_staff(
        entry,
        entry.clock.owner,
        f"passed:{passed.pk}",
        f"Passed to the resolution team: {entry.contact.reference}",
        f"{passed.who} passed it on in the name of {entry.in_name_of}. The first response is due "
        f"by {due_and_act_by(entry.clock, calendar, passed.at)}.{little}",
    )


def passed_again_message(entry: DeskEntry, passed: DeskPass) -> Message:
    """It is on the desk already: the officer hears who else was written to."""
    return _to_staff(
        entry,
        entry.clock.owner,
        f"again:{passed.pk}",
        f"Passed on again: {entry.contact.reference}",
        f"{passed.who} passed on {passed.contact.reference} in the name of {passed.in_name_of}. It "
        f"is with what you have already. No date has moved.",
    )


def warning_messages(
    entry: DeskEntry,
    people: list[User],
    part: str,
    left: str,
    calendar: WorkingCalendar | None,
    now: datetime,
) -> list[Message]:
    """Little time is left for the first response (H106)."""
    return [
        _to_staff(
            entry,
            person,
            f"{part}:{entry.clock_id}:{person.pk}",
            f"First response due soon: {entry.contact.reference}",
            f"The first response is due by {due_and_act_by(entry.clock, calendar, now)}. {left}.",
            Notice.Kind.WARNING,
        )
        for person in people
    ]


def late_messages(entry: DeskEntry) -> list[Message]:
    """Senior managers hear that a promise in a director's name was not kept.

    The officer and the team's lead hear it from enforcement, as with every clock.
    """
    return [
        _to_staff(
            entry,
            person,
            f"breach:{entry.clock_id}:{person.pk}",
            f"No first response in time: {entry.contact.reference}",
            f"A first response was promised in the name of {entry.in_name_of} by "
            f"{moment_in_words(entry.clock.due_at)}. {entry.clock.owner} has it.",
            Notice.Kind.BREACH,
        )
        for person in managers_above(entry.clock)
        if person != entry.clock.owner
    ]


def sent_on_message(entry: DeskEntry, step: EscalationStep | None) -> Message:
    """Who looks at it now: the handler of ``step``, or the case owner."""
    clock = step.clock if step else entry.contact.promise
    path = step.clock.path if step else contact_path(entry.contact.reference)
    return _to_staff(
        entry,
        clock.owner,
        f"sent-on:{entry.clock_id}:{clock.owner_id}",
        f"From the resolution team: {entry.contact.reference}",
        f"The resolution team has passed this to you. An answer is due by {promised_day(clock)}.",
        path=path,
    )


def kept_message(entry: DeskEntry, partner: User, part: str, *, had_date: bool) -> Message:
    """Who supports the officer: one clock, and it is the officer's (H110); told once a ``part``.

    ``had_date`` when the answer was theirs to give until now.
    """
    gone = f" The answer to {entry.contact.reference} is theirs now too." if had_date else ""
    return _to_staff(
        entry,
        partner,
        f"{entry.clock_id}:{part}",
        f"Together with the resolution team: {entry.contact.reference}",
        f"{entry.accountable} takes the next steps and is accountable. Please support them: you "
        f"know the case. You have no date of your own for it.{gone} What comes next is due by "
        f"{moment_in_words(entry.next_clock.due_at)}.",
    )


def settled_message(entry: DeskEntry, person: User, by: User) -> Message:
    """What was still to be answered is not any more."""
    return _to_staff(
        entry,
        person,
        f"settled:{entry.clock_id}:{person.pk}",
        f"Settled: {entry.contact.reference}",
        f"{by} has settled this for the resolution team. You have nothing more to do for it.",
        path=contact_path(entry.contact.reference),
    )


def _to_staff(
    entry: DeskEntry,
    person: User,
    part: str,
    subject: str,
    body: str,
    kind: Notice.Kind = Notice.Kind.CONCERN,
    path: str = "",
) -> Message:
    return Message(
        key=f"desk:{entry.pk}:{part}",
        kind=kind,
        subject=subject,
        body=body,
        path=path or entry.clock.path,
        recipient=person,
        address=person.email if person.is_active else "",
    )


def managers_above(clock: Clock) -> list[User]:
    """The senior manager of the team it is about, else every senior manager."""
    manager = clock.team.manager
    if manager and manager.is_active:
        return [manager]
    return list(User.objects.filter(is_active=True, role=Role.SENIOR_MANAGER).order_by("pk"))
