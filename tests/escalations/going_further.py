"""Short ways from one step to the next, with the form and by staff, for the tests about them."""

from uuid import uuid4

from accounts.models import User
from cases.answer_actions import answer_contact
from cases.models import Contact, UrgentReason
from escalations.ladder_actions import Further, Result, take_further
from escalations.models import EscalationStep
from escalations.step_actions import answer_step
from tests.cases.contacts import email
from tests.escalations.senders import NOW, sent


def reason(number: int = 0) -> str:
    return UrgentReason.objects.filter(active=True)[number].code


def answered(contact: Contact, now=NOW) -> Contact:
    by = contact.promise.owner
    how = Contact.Answer.EMAIL
    return answer_contact(contact=contact, answer=how, note="On Monday.", by=by, now=now)


def unsettled(now, **changes):
    return sent(now, answered="yes", helped=False, words="It did not help.", **changes)


def steps() -> list[tuple[int, str, str]]:
    """Number, ground and handler of every step there is."""
    rows = EscalationStep.objects.select_related("clock__owner").order_by("number")
    return [(row.number, row.ground, row.handler.full_name) for row in rows]


def settled(step: EscalationStep, now, by: User | None = None) -> EscalationStep:
    return answer_step(step=step, text="We do this.", by=by or step.handler, now=now)


def further(matter: Contact, by: User | None, now, *, submission=None, **said) -> Result:
    """Somebody of ours takes ``matter`` further on the telephone."""
    given = {
        "channel": Contact.Channel.TELEPHONE,
        "sender_name": matter.sender_name,
        "sender_email": matter.sender_email,
        "sender_person": matter.sender_person,
        "subject": "",
        "received_at": now,
    }
    asked = Further(received=email(**given | said), case=matter.case, matter=matter)
    return take_further(further=asked, submission=submission or uuid4(), by=by, now=now)
