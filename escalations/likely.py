"""What a message from an address that we do not have is probably about. Reading only.

Shown to staff, never to its sender: a name proves nothing (docs/decisions/0022). Whoever reads
it asks the person on the telephone number, or at the address, that is on the record.
"""

from datetime import timedelta

from cases.models import Contact
from cases.proven import is_stranger
from clocks.calendars import LONDON
from escalations.answers import Answers
from escalations.matching import LATELY, is_on_ladder, one_holds_the_other
from escalations.models import Submission

MOST = 50


def likely_matter(contact: Contact) -> Contact | None:
    """The earlier matter of somebody of the same name about the same child; None for most.

    Only of a form whose sender says that they asked before. Four queries at most.
    """
    answers = answers_of(contact)
    if answers is None or answers.answered == "never":
        return None
    found = [one for one in _earlier(contact) if _is_alike(one, contact)]
    return min(found, key=lambda one: _away(one, answers)) if found else None


def answers_of(contact: Contact) -> Answers | None:
    """What was sent with the form, of a stranger's own matter that waits; None of any other."""
    waits = contact.case_id and contact.clock_id and contact.is_open and not contact.original_id
    if not waits or contact.is_formal or contact.struck_at or not is_stranger(contact):
        return None
    form = Submission.objects.filter(contact=contact).first()
    return Answers.read(form.answers) if form else None


def _earlier(contact: Contact) -> list[Contact]:
    case = contact.case
    if case is None:
        return []
    kept = case.kept_id
    records = [kept, *type(case).objects.filter(merged_into=kept).values_list("pk", flat=True)]
    since = contact.received_at - LATELY
    before = Contact.objects.filter(
        case__in=records,
        link=Contact.Link.NONE,
        direction=Contact.Direction.IN,
        struck_at=None,
        internal=False,
        received_at__range=(since, contact.received_at),
    ).exclude(pk=contact.pk)
    joined = before.select_related("clock", "sender_person", "case")
    newest = joined.prefetch_related("escalations").order_by("-received_at", "-pk")
    return [one for one in newest[:MOST] if is_on_ladder(one)]


def _is_alike(earlier: Contact, contact: Contact) -> bool:
    """The same name. What came from a stranger as well proves no more than this does."""
    names = [earlier.sender_name, str(earlier.sender_person or "")]
    same = any(one_holds_the_other(name, contact.sender_name) for name in names)
    return same and not is_stranger(earlier)


def _away(earlier: Contact, answers: Answers) -> timedelta:
    """How far it is from the day and the way they give; the newest of those alike comes first."""
    day = earlier.received_at.astimezone(LONDON).date()
    days = abs(day - answers.last_on) if answers.last_on else timedelta()
    # Another way weighs as much as a day: people remember the way better.
    other_way = bool(answers.last_how) and earlier.channel != answers.last_how
    return days + timedelta(days=int(other_way))
