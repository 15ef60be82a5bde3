"""Staff see that a form from an address we do not have is from somebody who asked before (0022)."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from accounts.errors import RuleBroken
from accounts.models import User
from cases.actions import kept
from cases.answer_actions import held, refuse_closed, refuse_role
from cases.matter_actions import has_chasers
from cases.models import Contact, RelatedPerson
from cases.objections import Act, refuse_objected
from cases.received import Received
from clocks import actions as clock_actions
from clocks.calendars import LONDON
from escalations.answers import Answers
from escalations.ladder import Addressee
from escalations.ladder_actions import Further, Result, take_further
from escalations.likely import answers_of, likely_matter
from escalations.matching import one_holds_the_other

# What is taken further follows from the message: a second click does it once.
SAME = UUID("3f6a2c0e-9b51-5d7c-8f0a-6d1e4b7c2a95")


@transaction.atomic
def say_it_is_the_same(*, contact: Contact, matter: Contact, by: User, now: datetime) -> Result:
    """``contact`` is from the sender of ``matter`` and about it: the ladder counts from that (H97).

    Its own date ends, because that of ``matter`` stands, and is sooner. What it says is taken
    further in the name of the earlier sender, who is told at the address on the record; nothing
    goes to the new one, which proves nothing until it is on the record (0022). A second click is
    harmless. Raises RuleBroken (``may_not_answer``, ``not_alike``, ``linked``, ``in_hand`` and
    those of escalations.ladder_actions.take_further).
    """
    refuse_role(by)
    if matter.case:
        kept(matter.case)
    # Both, in one order, as whoever joins two messages holds them.
    keys = sorted({contact.pk, matter.pk})
    list(Contact.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    locked = Contact.objects.select_related("case", "clock", "sender_person").get(pk=contact.pk)
    first = held(matter)
    if locked.original_id == first.pk:
        return _taken(locked, first, Answers.read(locked.submissions.get().answers), by, now)
    refuse_closed(held(locked))
    answers = answers_of(locked)
    if answers is None or likely_matter(locked) != first:
        raise RuleBroken("Nothing shows that these two are from the same person.", "not_alike")
    if has_chasers(locked):
        raise RuleBroken("Other messages belong to this one.", "linked")
    refuse_objected(locked, Act.JOIN)
    result = _taken(locked, first, answers, by, now)
    _put_with(locked, first, by, now)
    return result


def _taken(contact: Contact, matter: Contact, answers: Answers, by: User, now: datetime) -> Result:
    further = Further(
        received=_in_the_name_of(matter, contact),
        case=matter.case,
        matter=matter,
        satisfied=answers.helped or answers.answered != "yes",
        answered={"yes": True, "no": False}.get(answers.answered),
        addressee=Addressee(answers.asked_for),
    )
    return take_further(further=further, submission=uuid5(SAME, str(contact.pk)), by=by, now=now)


def _in_the_name_of(matter: Contact, contact: Contact) -> Received:
    """What the form says, from whoever sent ``matter``, with the address that we have of them."""
    person = matter.sender_person or _on_record(matter)
    return Received(
        channel=Contact.Channel(contact.channel),
        sender=Contact.Sender(matter.sender),
        sender_name=matter.sender_name,
        sender_phone=matter.sender_phone,
        sender_email=matter.sender_email or (person.email if person else ""),
        sender_person=person,
        establishment=matter.establishment,
        message=contact.message,
        received_at=contact.received_at,
        urgent_reason=contact.urgent_reason,
        no_mail=matter.no_mail,
    )


def _on_record(matter: Contact) -> RelatedPerson | None:
    """The one person around the child who is called like the sender of a call."""
    if matter.case is None or matter.sender_email:
        return None
    on = matter.received_at.astimezone(LONDON).date()
    around = RelatedPerson.objects.known_senders(matter.case, on)
    called = [one for one in around if one_holds_the_other(one.name, matter.sender_name)]
    return called[0] if len({one.name.casefold() for one in called}) == 1 else None


def _put_with(contact: Contact, matter: Contact, by: User, now: datetime) -> None:
    """The message itself belongs to the earlier one, and owes no answer of its own."""
    why = f"About the same matter as {matter.reference}, from the same person"
    clock_actions.cancel(clock=contact.promise, reason=why, by=by, now=now)
    late = contact.received_at > matter.promise.due_at
    contact.original = matter
    contact.link = Contact.Link.FOLLOW_UP if late else Contact.Link.CHASER
    contact.save(update_fields=["original", "link"])
    Contact.objects.filter(original=contact).update(original=matter)
