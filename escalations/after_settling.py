"""What is said when the sender writes after their concern was settled (H102)."""

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from cases.contact_messages import OUR_TEAM, phone_line, promised_day, rung_at
from cases.models import Contact
from cases.proven import is_unproven
from cases.references import contact_path
from escalations.ladder_state import escalation_path
from escalations.links import link_line
from escalations.models import Escalation
from escalations.sender_messages import message
from notices import texts
from notices.actions import Message
from notices.models import Notice


def after_words(
    contact: Contact, matter: Contact, concern: Escalation | None, reader: User
) -> Message:
    """Where their e-mail is and who reads it; nothing that it says is decided by itself."""
    link = link_line(contact)
    by_link = f"You can also say “not resolved” with your link. {link}" if link else ""
    written = texts.current().write(
        "concern.after",
        reference=(concern or matter).reference,
        person=OUR_TEAM if is_unproven(contact) else reader.full_name,
        answer_by=promised_day(contact.promise),
        link_line=by_link,
        phone_line=phone_line(rung_at(contact)),
    )
    return message(contact, "after", written)


def after_message(
    contact: Contact, matter: Contact, concern: Escalation | None, reader: User
) -> Message:
    """Whoever had it last reads it, and decides with one click."""
    about = (concern or matter).reference
    said = f"{settings.PORTAL_URL}{reverse('cases:contact', args=[contact.reference])}"
    return Message(
        key=f"contact:{contact.pk}:after:{reader.pk}",
        kind=Notice.Kind.CONCERN,
        subject=f"Written after it was settled: {about}",
        body=f"The sender of {about} has written since it was settled ({contact.reference}). "
        "Please read it now. If they say that it is not resolved, one click opens it again: "
        f"{said}\nElse it is answered by {promised_day(contact.promise)}, as any e-mail.",
        path=escalation_path(concern) if concern else contact_path(contact.reference),
        recipient=reader,
        address=reader.email if reader.is_active else "",
    )


def copied_message(
    contact: Contact, matter: Contact, concern: Escalation | None, person: User, reader: User
) -> Message:
    """Named in it besides: for information, nothing to do (H55)."""
    about = (concern or matter).reference
    return Message(
        key=f"contact:{contact.pk}:copy:{person.pk}",
        kind=Notice.Kind.COPY,
        subject=f"For information: {about}",
        body=f"You were named in what the sender of {about} wrote since it was settled. {reader} "
        "reads it; you have nothing to do.",
        path=contact_path(contact.reference),
        recipient=person,
        address=person.email if person.is_active else "",
        in_summary=True,
    )
