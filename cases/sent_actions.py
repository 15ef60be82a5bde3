"""What the service did by itself: calls, letters, conversations, newsletters, notes (H1, S5)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import MAY_ANSWER, refuse_impossible_moment
from cases.models import Case, Contact
from cases.references import contact_reference, next_contact_id
from cases.submissions import refuse_other_words, written_by


@transaction.atomic
def log_sent(
    *,
    case: Case,
    channel: Contact.Channel,
    with_whom: str,
    note: str,
    at: datetime,
    submission: UUID,
    by: User,
    now: datetime,
    about: Contact | None = None,
) -> Contact:
    """Write down something the service did at ``at`` (aware), with the note that calls need (H44).

    A note among ourselves is internal (H12). Nothing is promised by it. ``about`` is the matter
    it belongs to, when it is one's. ``submission`` makes a second click harmless. Raises
    RuleBroken (``may_not_answer``, ``note_missing``, ``future``, ``before_birth``).
    """
    if by.role not in MAY_ANSWER:
        raise RuleBroken("Your role does not write on case records.", "may_not_answer")
    if not note.strip():
        raise RuleBroken("Enter a note.", "note_missing", field="message")
    case = Case.objects.select_for_update(of=("self",), no_key=True).get(pk=case.pk)
    if written := written_by(submission):
        same = (written.message, written.channel) == (note.strip(), channel)
        refuse_other_words(written, same=same)
        return written
    refuse_impossible_moment(at, case, now)
    pk = next_contact_id()
    return Contact.objects.create(
        pk=pk,
        reference=contact_reference(pk),
        case=case.merged_into or case,
        channel=channel,
        direction=Contact.Direction.OUT,
        internal=channel == Contact.Channel.NOTE,
        sender=Contact.Sender.STAFF,
        # For what goes out, the name is whom it went to; for a note, who wrote it.
        sender_name=with_whom.strip() or by.full_name,
        message=note.strip(),
        received_at=at,
        logged_at=now,
        logged_by=by,
        submission=submission,
        original=(about.original or about) if about else None,
        link=Contact.Link.REPLY if about else Contact.Link.NONE,
    )
