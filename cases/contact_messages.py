"""What senders are told about contacts. Words come from notices.texts, dates from clocks.

To families and schools: no child's details, one date, one reference (H14, H17, H53).
"""

from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import Role, Team, User
from cases.barred_numbers import barred_with
from cases.complaint_words import complaint_line
from cases.models import Contact, FormalMatter, RelatedPerson, UrgentReason
from cases.proven import is_unproven
from clocks.calendars import LONDON, calendar_for_display
from clocks.models import Clock
from clocks.wording import day_in_words
from clocks.working_time import WorkingCalendar
from notices import texts
from notices.actions import Message
from notices.models import Notice

OUR_TEAM = "Our team"
# To an address that nothing proves, instead of what staff wrote.
NO_REASON = "We can tell you more when you ring us."
# What whoever is on the line hears when a child may not be safe: nobody waits for us.
SAFETY_SAID = "We look at this first. If somebody is in danger now, ring 999. Do not wait for us."
SAFETY_TO_SAY = f"Read out: “{SAFETY_SAID}”"


@dataclass(frozen=True)
class Wording:
    """All that messages need, read once: texts, what counts as urgent, the calendar."""

    texts: texts.Texts
    urgent: str
    calendar: WorkingCalendar | None


def wording() -> Wording:
    """As things stand now, in a fixed number of queries."""
    reasons = UrgentReason.objects.filter(active=True).values_list("words", flat=True)
    lines = "\n".join(f"- {words}" for words in reasons)
    return Wording(texts.current(), lines, calendar_for_display())


# --- To the sender --------------------------------------------------------------------------


def writes_to(contact: Contact) -> bool:
    """Whether something may be sent to the contact's sender by itself, as things stand now.

    Not without an address, not to lists and robots (RFC 3834), and not to somebody who must not
    be contacted, whichever record of the child says so.
    """
    if not contact.sender_email or contact.no_mail:
        return False
    return not must_not_be_contacted(contact)


def must_not_be_contacted(contact: Contact) -> bool:
    """Whether the sender is somebody around the child who must not be contacted."""
    if contact.sender_person is not None and contact.sender_person.no_contact:
        return True
    unknown = contact.sender_person is None
    if contact.case is None or not (contact.sender_email or (unknown and contact.sender_phone)):
        return False
    around = list(RelatedPerson.objects.around(contact.case))
    address = contact.sender_email.casefold()
    if address and any(one.no_contact and one.email.casefold() == address for one in around):
        return True
    # Whoever gives another name is known by a number that is theirs alone.
    match = barred_with(around, contact.sender_phone) if unknown else None
    return match is not None and not match.shared


def gave_unknown_address(contact: Contact) -> bool:
    """Staff wrote it down, with an address that nothing proves (docs/decisions/0022)."""
    return contact.logged_by_id is not None and is_unproven(contact)


def lead_of(clock: Clock) -> str:
    """ "Lena Marsh (01632 960100)": the lead and a number to ask for them at."""
    name = clock.team.lead.full_name if clock.team.lead else str(clock.team)
    number = (clock.team.lead.phone if clock.team.lead else "") or clock.team.duty_line
    return f"{name} ({number})" if number else name


def passed_on_words(contact: Contact, words: Wording, now: datetime) -> Message:
    """Who answers now; the date stays (H59)."""
    clock = contact.promise
    written = words.texts.write(
        "contact.passed_on",
        reference=contact.reference,
        person=OUR_TEAM if is_unproven(contact) else person_in_team(clock),
        answer_by=promised_day(clock),
    )
    return to_sender(contact, Notice.Kind.PASSED_ON, f"passed:{now.isoformat()}", written)


def lead_answers_words(contact: Contact, words: Wording) -> Message:
    """Somebody wrote to another member of staff: one person answers for everything (H90)."""
    clock = contact.promise
    written = words.texts.write(
        "contact.lead_professional",
        reference=contact.reference,
        person=person_in_team(clock),
        answer_by=promised_day(clock),
    )
    return to_sender(contact, Notice.Kind.PASSED_ON, "lead", written)


def new_date_words(contact: Contact, before: Clock, reason: str, words: Wording) -> Message:
    """The holding reply: more time is needed, and until when (H18, H58)."""
    written = words.texts.write(
        "contact.new_date",
        reference=contact.reference,
        old_date=promised_day(before),
        new_date=promised_day(contact.promise),
        # It may be about the child.
        reason=NO_REASON if gave_unknown_address(contact) else reason,
    )
    return to_sender(contact, Notice.Kind.PROMISED, f"date:{contact.promise.pk}", written)


def formal_moved_words(matter: FormalMatter, words: Wording, now: datetime) -> Message:
    """The council's calendar moved the date of a formal matter (H18)."""
    contact = matter.contact
    written = words.texts.write(
        "contact.formal_moved",
        reference=contact.reference,
        formal_line=formal_line(matter.category, matter.clock),
    )
    part = f"formal-moved:{matter.pk}:{now.isoformat()}"
    return to_sender(contact, Notice.Kind.MOVED, part, written)


def urgency_words(
    contact: Contact, matter: Contact, clock: Clock, words: Wording, now: datetime
) -> Message:
    """Accepted or declined, with the reason and the date as it is now, that of ``clock`` (H64).

    A date that has passed at ``now`` (aware) is no promise: we say that we are late, and who has
    it.
    """
    accepted = contact.urgency == Contact.Urgency.ACCEPTED
    code = "contact.urgent_accepted" if accepted else "contact.urgent_declined"
    unproven = is_unproven(contact)
    written = words.texts.write(
        f"{code}.late" if clock.due_at < now else code,
        reference=matter.reference,
        reason=NO_REASON if gave_unknown_address(contact) else contact.urgency_note,
        answer_by=promised_day(clock),
        person=OUR_TEAM if unproven else clock.owner.full_name,
        lead=OUR_TEAM if unproven else lead_of(clock),
    )
    return to_sender(contact, Notice.Kind.URGENCY, "urgency", written)


def moved_words(
    contact: Contact, before: datetime, after: datetime, words: Wording, now: datetime
) -> Message:
    """The council's calendar moved the date (H18)."""
    written = words.texts.write(
        "contact.moved",
        reference=contact.reference,
        old_date=day_in_words(_day(before)),
        new_date=day_in_words(_day(after)),
    )
    return to_sender(contact, Notice.Kind.MOVED, f"moved:{now.isoformat()}", written)


def reply_key(reply: Contact, address: str) -> str:
    """Under which ``reply`` goes to ``address``."""
    return f"contact:{reply.pk}:reply:{address.casefold()}"[:120]


def reply_words(
    reply: Contact,
    contact: Contact,
    address: str,
    by: User,
    words: Wording,
    leaves_at: datetime | None = None,
) -> Message:
    """A reply by e-mail; ``leaves_at`` (aware) puts it off.

    To the sender in their thread. Others see neither the sender's subject nor their thread.
    """
    is_sender = address.casefold() == contact.sender_email.casefold()
    # Others quote the reply's own reference: the matter is the sender's.
    reference = contact.reference if is_sender else reply.reference
    written = words.texts.write(
        "contact.reply",
        reference=reference,
        text=reply.message,
        name=by.full_name,
        team=str(by.team or contact.promise.team),
        phone_line=phone_line(contact.promise.team),
    )
    return Message(
        key=reply_key(reply, address),
        kind=Notice.Kind.REPLY,
        subject=reply_subject(contact) if is_sender else f"From the SEND service [{reference}]",
        body=written.body,
        address=address,
        in_reply_to=contact.message_id if is_sender else "",
        not_before=leaves_at,
    )


def reply_subject(contact: Contact) -> str:
    mark = f"[{contact.reference}]"
    subject = contact.subject.replace(mark, "").strip()
    if not subject:
        return f"Our answer to your message {mark}"
    begins = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    return f"{begins[: 190 - len(mark)]} {mark}"


def to_sender(contact: Contact, kind: Notice.Kind, part: str, written: texts.Written) -> Message:
    """To the sender of ``contact``, in their thread, with its reference in the subject."""
    subject = written.subject
    if contact.reference not in subject:
        subject = f"{subject} [{contact.reference}]"
    return Message(
        key=f"contact:{contact.pk}:{part}",
        kind=kind,
        subject=subject,
        body=written.body,
        address=contact.sender_email,
        in_reply_to=contact.message_id,
    )


def rung_at(contact: Contact) -> Team:
    """Whose number is given: to an address that nothing proves, the one for every child."""
    unfiled = Team.objects.for_unfiled() if is_unproven(contact) else None
    return unfiled or contact.promise.team


def person_in_team(clock: Clock) -> str:
    """Who has it, with the team: "Cora Hill in the North team"."""
    # What the resolution team keeps stays among the promises of the case's team (H110).
    at_desk = clock.owner.role == Role.RESOLUTION_OFFICER
    return f"{clock.owner.full_name} in the {'resolution team' if at_desk else clock.team}"


def phone_line(team: Team, *, closed: bool = False) -> str:
    if not team.duty_line:
        return ""
    when = " when our office is open" if closed else ""
    return f"You can ring our team on {team.duty_line}{when}."


def formal_line(category: str, clock: Clock) -> str:
    """The date of a formal matter, in a sentence."""
    return f"{FORMAL_WORDS[Category(category)]} {promised_day(clock)}."


Category = Contact.Category
FORMAL_WORDS = {
    Category.ASSESSMENT_REQUEST: "We will tell you whether we will carry out an assessment by",
    Category.REASSESSMENT_REQUEST: "We will tell you whether we will assess again by",
    Category.REPRESENTATION: "We will tell you what we think of your comments on the draft by",
    Category.COMPLAINT: "We will tell you who is looking at your complaint by",
    Category.SUBJECT_ACCESS: "We will send you the information that we hold by",
    Category.INFORMATION_REQUEST: "We will answer your request for information by",
    Category.MEDIATION: "We will arrange the mediation by",
    Category.TRIBUNAL: "We will respond to the appeal by",
    Category.SAFEGUARDING: "Somebody will look into what you told us by",
}


def formal_words(matter: FormalMatter, words: Wording) -> Message:
    """A message turned out to be a formal matter: its own date, beside the answer's (H68)."""
    contact = matter.contact
    complaint = matter.category == Category.COMPLAINT
    written = words.texts.write(
        "contact.formal.complaint" if complaint else "contact.formal",
        reference=contact.reference,
        formal_line=formal_line(matter.category, matter.clock),
        complaint_line=complaint_line(matter.clock),
        answer_by=promised_day(contact.promise),
        phone_line=phone_line(rung_at(contact)),
    )
    return to_sender(contact, Notice.Kind.PROMISED, f"formal:{matter.pk}", written)


def matter_of(contact: Contact) -> Contact:
    """The contact that holds the promise: itself, or the one it belongs to."""
    return contact.original or contact


def promised_day(clock: Clock) -> str:
    """ "Tuesday 8 December 2026"."""
    return day_in_words(_day(clock.due_at))


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()
