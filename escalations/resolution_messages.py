"""What the desk's people and the sender are told (H105, H109)."""

from accounts.models import User
from cases.contact_messages import promised_day
from clocks.models import Clock
from clocks.wording import moment_in_words
from escalations.models import DeskEntry
from escalations.sender_messages import message
from notices import texts
from notices.actions import Message
from notices.models import Notice


def passed_words(entry: DeskEntry, *, telephone: bool) -> list[Message]:
    """The standard response in the name of whoever it was addressed to; sent once (H105)."""
    contact = entry.contact
    written = texts.current().write(
        "resolution.passed.telephone" if telephone else "resolution.passed",
        reference=contact.reference,
        within=entry.clock.standard.wording,
        name=entry.in_name_of,
    )
    return [message(contact, f"passed:{entry.pk}", written)]


def desk_message(entry: DeskEntry) -> Message:
    """The officer who has it from now on."""
    clock = entry.clock
    return _to_staff(
        entry,
        clock.owner,
        "passed",
        f"Passed to the resolution team: {entry.contact.reference}",
        f"Passed on in the name of {entry.in_name_of}. The first response is due by "
        f"{moment_in_words(clock.due_at)}.",
    )


def sent_on_messages(entry: DeskEntry, person: User, clock: Clock) -> list[Message]:
    """Who looks at it now, or supports whoever does."""
    return [
        _to_staff(
            entry,
            person,
            f"sent-on:{person.pk}",
            f"From the resolution team: {entry.contact.reference}",
            f"The resolution team has passed this to you. An answer is due by "
            f"{promised_day(clock)}.",
        )
    ]


def _to_staff(entry: DeskEntry, person: User, part: str, subject: str, body: str) -> Message:
    return Message(
        key=f"desk:{entry.pk}:{part}",
        kind=Notice.Kind.CONCERN,
        subject=subject,
        body=body,
        path=entry.clock.path,
        recipient=person,
        address=person.email if person.is_active else "",
    )
