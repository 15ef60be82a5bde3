"""What is said about a complaint: to the family, and to staff (H103, H126).

Words come from notices.texts, dates from clocks. No child is named. To an address that nothing
proves no name is given, and no answer (docs/decisions/0022).
"""

from dataclasses import replace
from datetime import date, datetime

from accounts.models import User
from cases.contact_messages import (
    NO_REASON,
    OUR_TEAM,
    phone_line,
    promised_day,
    rung_at,
    writes_to,
)
from cases.models import Contact, FormalMatter
from cases.proven import is_unproven
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import day_in_words
from escalations.ladder_state import hears_answers
from escalations.models import Agreement, Complaint, ComplaintStage, Finding
from escalations.sender_messages import message, person_of
from notices import texts
from notices.actions import Message
from notices.models import Notice

Kind = Notice.Kind
STAGE_LINES = {
    1: "This is stage 1, our first look at what happened.",
    2: "This is stage 2. Somebody else looks at it again from the start.",
}
FINDING_LINES = {
    Finding.UPHELD: "We found that you are right. We uphold your complaint. We are sorry.",
    Finding.PARTLY: "We found that you are right in part. We uphold that part of your complaint. "
    "We are sorry.",
    Finding.NOT_UPHELD: "We looked at it with care. We did not find that we got it wrong, so we do "
    "not uphold your complaint. We know that you hoped for another answer.",
}
ASKED = (
    "How would you like to hear from us until then? By phone, by e-mail or by letter? Please tell "
    "us what is best for you."
)
NO_MORE_TOUCH = "What we agreed about keeping in touch about it ends too."
TO_STAGE_TWO = (
    "Are you not happy with our answer? Tell us what we got wrong. Then somebody else looks at it "
    "again. This is called stage 2."
)
WAS_LAST = "This was stage 2. It is our last answer to this complaint."
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
    """Who looks at it, by when they hear, and how we keep in touch: asked, or as agreed (H126)."""
    contact = contact_of(stage)
    return _to_family(
        contact,
        f"acknowledged:{stage.pk}",
        Kind.ACKNOWLEDGEMENT,
        "complaint.acknowledged",
        person=person_of(clock, contact),
        stage_line=STAGE_LINES[stage.number],
        answer_by=promised_day(clock),
        touch_line=_agreed_already(stage.complaint) or ASKED,
    )


def longer_words(stage: ComplaintStage, before: Clock, now: Clock, reason: str) -> list[Message]:
    """More time, and why (T21). The reason may be about the child: only to a proven address."""
    contact = contact_of(stage)
    return _to_family(
        contact,
        f"date:{now.pk}",
        Kind.PROMISED,
        "complaint.new_date",
        old_date=promised_day(before),
        new_date=promised_day(now),
        reason=reason.strip() if hears_answers(contact) else NO_REASON,
        touch_line=_agreed_already(stage.complaint),
    )


def passed_on_words(stage: ComplaintStage, clock: Clock, key: str) -> list[Message]:
    """Somebody else looks at it; the date stays (H59)."""
    contact = contact_of(stage)
    return _to_family(
        contact,
        f"passed:{key}",
        Kind.PASSED_ON,
        "complaint.passed_on",
        person=person_of(clock, contact),
        answer_by=promised_day(clock),
        touch_line=_agreed_already(stage.complaint),
    )


def answered_words(stage: ComplaintStage, by: User) -> list[Message]:
    """The answer; after stage 1 the way to stage 2, after stage 2 the Ombudsman's.

    To an address that nothing proves only that there is one (docs/decisions/0022).
    """
    contact, part = contact_of(stage), f"answer:{stage.pk}"
    last = stage.number == ComplaintStage.Number.TWO
    if not hears_answers(contact):
        further = WAS_LAST if last else TO_STAGE_TWO
        code = "complaint.answered.unproven"
        return _to_family(contact, part, Kind.CONCERN, code, further_line=further)
    unproven = is_unproven(contact)
    return _to_family(
        contact,
        part,
        Kind.REPLY,
        "complaint.final" if last else "complaint.answered",
        text=stage.answer,
        finding_line=FINDING_LINES[Finding(stage.finding)],
        name=OUR_TEAM if unproven else by.full_name,
        team="" if unproven else str(by.team or stage.acknowledgement.team),
    )


def asked_again_words(stage: ComplaintStage) -> list[Message]:
    """Stage 2 was asked for: by when they hear who looks at it."""
    contact = contact_of(stage)
    return _to_family(
        contact,
        f"again:{stage.pk}",
        Kind.ACKNOWLEDGEMENT,
        "complaint.again",
        answer_by=promised_day(stage.acknowledgement),
        touch_line=_agreed_already(stage.complaint),
    )


def ended_words(
    complaint: Complaint, agreement: Agreement | None, by: User, now: datetime
) -> list[Message]:
    """They have taken it back: on whose word, and what goes on; ``agreement`` ends with it."""
    contact = complaint.matter.contact
    return _to_family(
        contact,
        f"ended:{complaint.pk}",
        Kind.CONCERN,
        "complaint.ended",
        person=_name_of(by, contact),
        day=day_in_words(now.astimezone(LONDON).date()),
        ends_line=NO_MORE_TOUCH if agreement else "",
        still_line=_still_line(contact, now),
    )


def withdrawn_words(
    matter: FormalMatter, agreement: Agreement | None, by: User, now: datetime
) -> list[Message]:
    """We do not take it for a complaint any more: on whose word, and what they can do (H103)."""
    contact = matter.contact
    return _to_family(
        contact,
        f"withdrawn:{matter.pk}",
        Kind.CONCERN,
        "complaint.withdrawn",
        person=_name_of(by, contact),
        day=day_in_words(now.astimezone(LONDON).date()),
        ends_line=NO_MORE_TOUCH if agreement else "",
        still_line=_still_line(contact, now),
    )


def _still_line(contact: Contact, now: datetime) -> str:
    """What we owe them all the same: the answer to the message itself."""
    if not contact.is_open:
        return ""
    day = promised_day(contact.promise)
    if contact.promise.due_at < now:
        return f"We should have answered your message by {day}. We are sorry. We still will."
    return f"We will still answer your message by {day}."


def agreed_words(agreement: Agreement) -> list[Message]:
    """What was agreed, in writing, so that both have it (H126)."""
    contact = agreement.complaint.matter.contact
    following = agreement.next_on
    return _to_family(
        contact,
        f"agreement:{agreement.pk}",
        Kind.CONCERN,
        "complaint.agreement",
        agreed_line=agreed_line(agreement, "you", _name_of(agreement.person, contact)),
        next_line=f"The next time is {day_in_words(following)}." if following else "",
        review_on=day_in_words(agreement.review_on),
    )


def agreed_line(agreement: Agreement, whom: str = "the family", name: str = "") -> str:
    """ "Cora Hill will ring the family every week."; ``name`` is how the person is called."""
    does, often = DOES[Agreement.Channel(agreement.channel)], agreement.get_often_display().lower()
    return f"{name or agreement.person.full_name} {does} {whom} {often}."


def _agreed_already(complaint: Complaint) -> str:
    """What was agreed, where something is; nobody is asked for it again."""
    agreement = agreement_of(complaint)
    if agreement is None:
        return ""
    contact = complaint.matter.contact
    line = agreed_line(agreement, "you", _name_of(agreement.person, contact))
    return f"We keep in touch as we agreed with you. {line} Tell us if you want to change that."


def agreement_of(complaint: Complaint) -> Agreement | None:
    """The one in force."""
    return complaint.agreements.filter(ended_at=None).select_related("person").first()


def _name_of(person: User, contact: Contact) -> str:
    return OUR_TEAM if is_unproven(contact) else person.full_name


def _to_family(
    contact: Contact, part: str, kind: Notice.Kind, code: str, **values: str
) -> list[Message]:
    """Nothing to somebody to whom nothing may be sent by itself."""
    if not writes_to(contact):
        return []
    written = texts.current().write(
        code, reference=contact.reference, phone_line=phone_line(rung_at(contact)), **values
    )
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
