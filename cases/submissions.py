"""A form is used once: a second click finds what the first wrote, other words are refused."""

from uuid import UUID

from django.db import connection

from accounts.errors import RuleBroken
from cases.models import Contact


def written_by(submission: UUID) -> Contact | None:
    """What the form ``submission`` has written already, held until the transaction ends.

    Two clicks at once: the second waits here, then finds what the first wrote.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"contact:{submission}"]
        )
    return Contact.objects.filter(submission=submission).first()


def refuse_other_words(existing: Contact, *, same: bool) -> None:
    """A form sent again with other words is another contact: it must not vanish silently."""
    if not same:
        raise RuleBroken(
            f"This form has already been used to log {existing.reference}. If this is a "
            "different contact, press the button again to log it too.",
            "submission_used",
        )
