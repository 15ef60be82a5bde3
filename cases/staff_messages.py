"""What staff are told about contacts: no child's details in any of it (H53)."""

from dataclasses import replace
from datetime import datetime

from accounts.models import User
from cases.contact_messages import matter_of, promised_day
from cases.models import Contact, FormalMatter
from cases.references import contact_path
from cases.routing import may_see
from clocks.models import Clock
from clocks.wording import moment_in_words
from notices.actions import Message
from notices.models import Notice


def new_work_message(contact: Contact, formal: Clock | None = None) -> Message:
    """What the owner of the contact's clock reads; ``formal`` is the clock of a formal matter.

    What it is and its date come first then: somebody may be at risk until then (H68).
    """
    clock = contact.promise
    received = f"{clock.about} was received on {moment_in_words(contact.received_at)}."
    answer = f"The answer is due by {promised_day(clock)}.{_urgent_line(contact)}"
    if formal is None:
        subject, lines = f"To answer: {clock.about}", [received, answer]
    else:
        what = Contact.Category(contact.category).label
        first = f"{what}: {formal.owner} acts on it by {promised_day(formal)}."
        subject, lines = f"{what}: {clock.about}", [first, received, answer]
    return _to_staff(
        contact,
        clock.owner,
        Notice.Kind.NEW_WORK,
        f"new:{clock.owner.pk}",
        subject,
        "\n".join(lines),
    )


def safety_messages(contact: Contact, formal: Clock, by: User | None) -> list[Message]:
    """A child may not be safe: the team's lead reads it too, whoever has it (H68)."""
    if contact.category != Contact.Category.SAFEGUARDING:
        return []
    lead = formal.team.lead
    if lead is None or lead in (formal.owner, by):
        return []
    if contact.case and not may_see(contact.case, lead):
        return []
    return [
        _to_staff(
            contact,
            lead,
            Notice.Kind.NEW_WORK,
            f"safety:{lead.pk}",
            f"A child may not be safe: {formal.about}",
            f"{formal.about} was received on {moment_in_words(contact.received_at)}.\n"
            f"{formal.owner} passes it on by {promised_day(formal)}. Please see that it is done.",
        )
    ]


def hastened_message(clock: Clock, due_before: datetime, by: User, now: datetime) -> Message:
    """Whoever answers the concern that the matter was taken to reads that it is urgent (H64)."""
    sooner = clock.due_at < due_before
    date = f"The answer is {'now' if sooner else 'still'} due by {promised_day(clock)}."
    return Message(
        key=f"clock:{clock.pk}:urgent:{now.isoformat()}",
        kind=Notice.Kind.URGENCY,
        subject=f"Urgent: {clock.about}",
        body=f"{by} has accepted it as urgent: {clock.about}.\n{date}",
        path=clock.path,
        recipient=clock.owner,
        address=clock.owner.email if clock.owner.is_active else "",
    )


def formal_work_message(matter: FormalMatter) -> Message:
    """Somebody else than who answers the message has the formal matter that it is (H68)."""
    clock = matter.clock
    return _to_staff(
        matter.contact,
        clock.owner,
        Notice.Kind.NEW_WORK,
        f"formal:{matter.pk}:{clock.owner.pk}",
        f"For you: {clock.about}",
        f"{clock.about} is yours. It is due by {promised_day(clock)}.",
    )


def copy_message(contact: Contact, user: User) -> Message:
    """Copied in: for information, nothing to do (H55)."""
    clock = matter_of(contact).promise
    message = _to_staff(
        contact,
        user,
        Notice.Kind.COPY,
        f"copy:{user.pk}",
        f"For information: {clock.about}",
        f"You were copied in to {clock.about}. {clock.owner} answers; you have nothing to do.",
    )
    return replace(message, in_summary=True)


def chased_message(chaser: Contact, user: User) -> Message:
    """A chaser is always delivered; one that may matter more is mailed at once (H49)."""
    original = matter_of(chaser)
    about = original.promise.about
    if chaser.link == Contact.Link.FOLLOW_UP:
        subject = f"Asked again after the date: {about}"
        body = (
            f"The sender asked again on {moment_in_words(chaser.received_at)}. The answer was due "
            f"by {promised_day(original.promise)}. They can go to the team lead from now on."
        )
    else:
        subject = f"Chased: {about}"
        did = "rang" if chaser.channel in RUNG else "wrote"
        body = (
            f"The sender {did} again on {moment_in_words(chaser.received_at)}. The date stays: "
            f"{promised_day(original.promise)}. Please read it: it may say something new."
        )
    message = _to_staff(
        chaser,
        user,
        Notice.Kind.CHASED,
        f"chased:{user.pk}",
        subject,
        f"{body}{_urgent_line(chaser)}",
    )
    waits = chaser.link == Contact.Link.CHASER and not chaser.urgent_claimed
    return replace(message, in_summary=waits and not may_be_about_safety(chaser))


RUNG = frozenset({Contact.Channel.TELEPHONE, Contact.Channel.VOICEMAIL})


def unfiled_message(contact: Contact, clock: Clock) -> Message:
    """Nobody knows yet which child it is about: ``clock`` is the tray's (H67)."""
    return _to_staff(
        contact,
        clock.owner,
        Notice.Kind.NEW_WORK,
        f"unfiled:{clock.owner.pk}",
        f"To file: {clock.about}",
        f"{clock.about} belongs to no case yet. File it by {promised_day(clock)}.",
    )


def undelivered_message(contact: Contact, notice: Notice) -> Message:
    """An e-mail to the sender did not arrive: they have to be told in another way."""
    clock = matter_of(contact).promise
    lead = clock.team.lead
    reader = clock.owner if clock.owner.can_own or lead is None else lead
    return replace(
        _to_staff(
            contact,
            reader,
            Notice.Kind.CASE,
            "",
            f"Not delivered: {clock.about}",
            f"Our e-mail “{notice.get_kind_display().lower()}” about {clock.about} could not be "
            "delivered. Please tell the sender in another way.",
        ),
        key=f"{notice.key[:105]}:undelivered",
    )


def left_message(contact: Contact, before: User, to: User, by: User, now: datetime) -> Message:
    """What the one who had it reads when somebody else passed it on (H59)."""
    clock = contact.promise
    return _to_staff(
        contact,
        before,
        Notice.Kind.PASSED_ON,
        f"left:{before.pk}:{now.isoformat()}",
        f"Passed on: {clock.about}",
        f"{by} passed {clock.about} from you to {to}. The date stays the same.",
    )


def _to_staff(
    contact: Contact, user: User, kind: Notice.Kind, part: str, subject: str, body: str
) -> Message:
    return Message(
        key=f"contact:{contact.pk}:{part}",
        kind=kind,
        subject=subject,
        body=body,
        path=contact_path(contact.reference),
        recipient=user,
        address=user.email if user.is_active else "",
    )


def _urgent_line(contact: Contact) -> str:
    if not contact.urgent_claimed:
        return ""
    return "\nThe sender says that it is urgent: please decide."


# Words that make a chaser be read now. They add a look, and never take anything away (H49).
SAFETY_WORDS = (
    "abuse",
    "bruis",
    "hurt",
    "harm",
    "suicid",
    "unsafe",
    "danger",
    "missing",
    "police",
    "violen",
    "overdose",
    "neglect",
    "ran away",
    "run away",
)


def may_be_about_safety(contact: Contact) -> bool:
    """True when its words make somebody look at once."""
    text = f"{contact.subject} {contact.message}".casefold()
    return any(word in text for word in SAFETY_WORDS)
