"""What came in, before it is written down."""

import re
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from cases.models import Contact, Establishment, RelatedPerson, UrgentReason, VoicemailLine

# Words that senders put in front of everything; they set nothing by themselves (H63).
URGENT_WORDS = re.compile(r"\b(urgent|urgently|priority|asap)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that came with a message; ``refused`` says why it is kept but not offered."""

    filename: str
    content_type: str
    content: bytes
    refused: str = ""


@dataclass(frozen=True, kw_only=True)
class Received:
    """What came in: from whom, how, when (``received_at`` aware) and what they said.

    ``told_child`` says which child it is about in the sender's words, while no case is known.
    ``to`` and ``copied`` are the staff whom the message named, in its order (H55, H56).
    """

    channel: Contact.Channel
    sender: Contact.Sender
    sender_name: str
    message: str
    received_at: datetime
    sender_phone: str = ""
    sender_email: str = ""
    sender_person: RelatedPerson | None = None
    establishment: Establishment | None = None
    category: Contact.Category = Contact.Category.INFORMAL
    subject: str = ""
    told_child: str = ""
    urgent_reason: UrgentReason | None = None
    line: VoicemailLine | None = None
    theme: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    # What the sender was given for it already, such as by the public form.
    given_reference: str = ""
    to: tuple[User, ...] = ()
    copied: tuple[User, ...] = ()
    files: tuple[File, ...] = ()
    # A list or a robot wrote it: nothing is sent there by itself, now or later (RFC 3834).
    no_mail: bool = False
    # A machine wrote it by itself, such as a bounce: in a thread it asks for nothing.
    automatic: bool = False

    @property
    def urgent_claimed(self) -> bool:
        """Somebody says it is urgent: in the subject, or with a reason from the list."""
        return self.urgent_reason is not None or bool(URGENT_WORDS.search(self.subject))


# The parts that are columns of the contact.
COLUMNS = (
    "channel",
    "sender",
    "sender_name",
    "message",
    "received_at",
    "sender_phone",
    "sender_email",
    "sender_person",
    "establishment",
    "category",
    "subject",
    "told_child",
    "urgent_reason",
    "line",
    "theme",
    "message_id",
    "in_reply_to",
    "no_mail",
)
