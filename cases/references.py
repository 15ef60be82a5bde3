"""How contacts are called, and where their pages are."""

from django.db import connection
from django.urls import reverse

from cases.models import Contact


def next_contact_id() -> int:
    """The id a contact will have: its reference must be known before its clock is."""
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
        Contact.Sender.STAFF: "the SEND service",
    }[sender]


def same_as(others: list[str], words: str) -> str:
    """ "You may have written down ASK-000032: it is the same concern."; empty without ``others``.

    A sender has what was shown on a page, what came by e-mail and what staff read out.
    """
    known = " or ".join(dict.fromkeys(others))
    return f"You may have written down {known}: {words}." if known else ""
