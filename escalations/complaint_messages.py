"""What is said about a complaint: to the family, and to staff (H103, H126).

Words come from notices.texts, dates from clocks. No child is named.
"""

from dataclasses import replace
from datetime import date

from accounts.models import User
from cases.contact_messages import promised_day, writes_to
from cases.models import Contact
from clocks.models import Clock
from clocks.wording import day_in_words
from escalations.models import Agreement, Complaint, ComplaintStage, Finding
from escalations.sender_messages import message
from notices import texts
from notices.actions import Message
from notices.models import Notice

Kind = Notice.Kind
STAGE_LINES = {
    1: "This is stage 1, our first look at what happened.",
    2: "This is stage 2. Somebody else looks at it again from the start.",
}
FINDING_LINES = {
    Finding.UPHELD: "We found that you are right. We uphold your complaint.",
    Finding.PARTLY: "We found that you are right in part. We uphold part of your complaint.",
    Finding.NOT_UPHELD: "We looked at it with care. We do not uphold your complaint.",
}
DOES = {
    Agreement.Channel.TELEPHONE: "will ring",
    Agreement.Channel.EMAIL: "will send an e-mail to",
    Agreement.Channel.LETTER: "will write a letter to",
    Agreement.Channel.MEETING: "will meet",
}
TO_DO = {
    Agreement.Channel.TELEPHONE: "Ring the family",
    Agreement.Channel.EMAIL: "Send the family an e-mail",
    Agreement.Channel.LETTER: "Write the family a letter",
    Agreement.Channel.MEETING: "Meet the family",
}


# --- To the family --------------------------------------------------------------------------


def acknowledged_words(stage: ComplaintStage, clock: Clock) -> list[Message]:
    """Who looks at it, and by when they hear."""
    contact = contact_of(stage)
    return _to_family(
        contact,
        f"acknowledged:{stage.pk}",
        Kind.ACKNOWLEDGEMENT,
        "complaint.acknowledged",
        reference=contact.reference,
        person=clock.owner.full_name,
        stage_line=STAGE_LINES[stage.number],
        answer_by=promised_day(clock),
    )


def longer_words(stage: ComplaintStage, before: Clock, now: Clock, reason: str) -> list[Message]:
    """More time, and why (T21)."""
    contact = contact_of(stage)
    return _to_family(
        contact,
        f"date:{now.pk}",
        Kind.PROMISED,
        "complaint.new_date",
        reference=contact.reference,
        old_date=promised_day(before),
        new_date=promised_day(now),
        reason=reason.strip(),
    )


def passed_on_words(stage: ComplaintStage, clock: Clock, key: str) -> list[Message]:
    """Somebody else answers; the date stays (H59)."""
    contact = contact_of(stage)
    return _to_family(
        contact,
        f"passed:{key}",
        Kind.PASSED_ON,
        "contact.passed_on",
        reference=contact.reference,
        person=clock.owner.full_name,
        answer_by=promised_day(clock),
    )


def answered_words(stage: ComplaintStage, by: User) -> list[Message]:
    """The answer; after stage 1 the way to stage 2, after stage 2 the Ombudsman's."""
    contact = contact_of(stage)
    last = stage.number == ComplaintStage.Number.TWO
    return _to_family(
        contact,
        f"answer:{stage.pk}",
        Kind.REPLY,
        "complaint.final" if last else "complaint.answered",
        reference=contact.reference,
        text=stage.answer,
        finding_line=FINDING_LINES[Finding(stage.finding)],
        name=by.full_name,
        team=str(by.team or stage.acknowledgement.team),
    )


def asked_again_words(stage: ComplaintStage) -> list[Message]:
    """Stage 2 was asked for: by when they hear who looks at it."""
    contact = contact_of(stage)
    return _to_family(
        contact,
        f"again:{stage.pk}",
        Kind.ACKNOWLEDGEMENT,
        "complaint.again",
        reference=contact.reference,
        answer_by=promised_day(stage.acknowledgement),
    )


def ended_words(complaint: Complaint) -> list[Message]:
    """They have taken it back."""
    contact = complaint.matter.contact
    return _to_family(
        contact,
        f"ended:{complaint.pk}",
        Kind.CONCERN,
        "complaint.ended",
        reference=contact.reference,
    )


def agreed_words(agreement: Agreement) -> list[Message]:
    """What was agreed, in writing, so that both have it (H126)."""
    contact = agreement.complaint.matter.contact
    following = agreement.next_on
    return _to_family(
        contact,
        f"agreement:{agreement.pk}",
        Kind.CONCERN,
        "complaint.agreement",
        reference=contact.reference,
        agreed_line=agreed_line(agreement, "you"),
        next_line=f"The next time is {day_in_words(following)}." if following else "",
        review_on=day_in_words(agreement.review_on),
    )


def agreed_line(agreement: Agreement, whom: str = "the family") -> str:
    """ "Cora Hill will ring the family every week."."""
    does, often = DOES[Agreement.Channel(agreement.channel)], agreement.get_often_display().lower()
    return f"{agreement.person.full_name} {does} {whom} {often}."


def _to_family(
    contact: Contact, part: str, kind: Notice.Kind, code: str, **values: str
) -> list[Message]:
    """Nothing to somebody to whom nothing may be sent by itself."""
    if not writes_to(contact):
        return []
    written = texts.current().write(code, **values)
    return [message(contact, f"complaint:{part}", written, kind)]


# --- To staff -------------------------------------------------------------------------------


def for_you_message(clock: Clock, part: str) -> Message:
    """Somebody has a part of a complaint to keep; references, no child's details (H53)."""
    return _to_staff(
        clock.owner,
        f"complaint:{part}:{clock.pk}",
        f"For you: {clock.about}",
        f"{clock.about} is yours. It is due by {promised_day(clock)}.",
        clock.path,
    )


def withdrawn_message(clock: Clock, by: User) -> Message:
    """Whoever looked at it has nothing more to do: it was no complaint."""
    return _to_staff(
        clock.owner,
        f"complaint:withdrawn:{clock.pk}",
        f"Withdrawn: {clock.about}",
        f"{by} has withdrawn this: it was no complaint. You have nothing more to do for it.",
        clock.path,
    )


def contact_today_message(agreement: Agreement, person: User, day: date, path: str) -> Message:
    """ "Ring the family today as agreed" (H126)."""
    reference = agreement.complaint.matter.contact.reference
    to_do = TO_DO[Agreement.Channel(agreement.channel)]
    return _to_staff(
        person,
        f"agreement:{agreement.pk}:{day}:{person.pk}",
        f"{to_do} today as agreed: {reference}",
        f"We agreed to be in touch about complaint {reference} "
        f"{agreement.get_often_display().lower()}. Today is the day. Write down afterwards what "
        "was said.",
        path,
    )


def review_message(agreement: Agreement, person: User, path: str) -> Message:
    """The day has come to look at an agreement again with the family."""
    reference = agreement.complaint.matter.contact.reference
    return _to_staff(
        person,
        f"agreement:{agreement.pk}:review:{person.pk}",
        f"Look again at how we keep in touch: {reference}",
        f"The review date of the agreement about complaint {reference} has come: "
        f"{day_in_words(agreement.review_on)}. Ask the family whether it still suits them, and "
        "write down what you agree.",
        path,
    )


def _to_staff(person: User, key: str, subject: str, body: str, path: str) -> Message:
    told = Message(key=key, kind=Kind.CASE, subject=subject, body=body, path=path, recipient=person)
    return replace(told, address=person.email) if person.is_active else told


def contact_of(stage: ComplaintStage) -> Contact:
    return stage.complaint.matter.contact
