"""What a sender reads at once: that we have it, by when we answer, what they can do (H52).

To families and schools: no child's details, one date, one reference (H14, H17, H53).
"""

from cases.complaint_words import complaint_by, complaint_line
from cases.contact_messages import (
    OUR_TEAM,
    Wording,
    formal_line,
    gave_unknown_address,
    lead_of,
    matter_of,
    person_in_team,
    phone_line,
    promised_day,
    rung_at,
    to_sender,
)
from cases.models import Contact
from cases.proven import is_stranger, is_unproven
from cases.references import same_as
from clocks.calendars import LONDON
from clocks.models import Clock
from clocks.wording import moment_in_words
from clocks.working_time import BeyondCalendar, WorkingCalendar
from notices import texts
from notices.actions import Message
from notices.models import Notice

Category = Contact.Category
Sender = Contact.Sender

NO_CHILD_YET = (
    "We do not know yet which child you wrote about. If you have not told us, please answer this "
    "e-mail with the child’s name, date of birth and school."
)
# The form has asked for the child: what is left is for us to do.
CHILD_TOLD = (
    "You told us which child you wrote about. We make sure first which record it belongs to."
)
# Which acknowledgement each kind of sender gets (H52).
AUDIENCE = {
    Sender.PARENT: "family",
    Sender.YOUNG_PERSON: "family",
    Sender.OTHER: "family",
    Sender.ESTABLISHMENT: "school",
    Sender.PROFESSIONAL: "professional",
    Sender.STAFF: "professional",
}


def acknowledgement(contact: Contact, words: Wording) -> Message:
    """What the sender of a matter of its own reads at once."""
    return acknowledgement_of(contact, acknowledgement_text(contact, words))


def acknowledgement_text(
    contact: Contact, words: Wording, formal: Clock | None = None, given: str = ""
) -> texts.Written:
    """Its words and their version; ``formal`` is the clock of a formal matter, if it is one.

    ``given`` is another reference that the sender has for it.
    """
    values = _values(contact, words, formal)
    also = same_as([given] if given else [], "it is the same message")
    return words.texts.write(acknowledgement_code(contact), also_line=also, **values)


def acknowledgement_of(contact: Contact, written: texts.Written) -> Message:
    return to_sender(contact, Notice.Kind.ACKNOWLEDGEMENT, "acknowledgement", written)


def acknowledgement_code(contact: Contact) -> str:
    """The text that fits: a child may not be safe, a complaint, logged after its date, to an
    address that nothing proves, about nobody yet, or for this kind of sender."""
    if contact.category == Category.SAFEGUARDING:
        return "contact.acknowledged.safeguarding"
    if contact.category == Category.COMPLAINT:
        return "contact.acknowledged.complaint"
    if contact.promise.due_at < contact.logged_at:
        return "contact.acknowledged.overdue"
    if gave_unknown_address(contact):
        # A name on the telephone proves nothing (docs/decisions/0022).
        return "contact.acknowledged.unproven"
    if is_form(contact):
        return "contact.acknowledged.form"
    if _is_of_nobody_yet(contact):
        # Who quotes a reference learns nothing from us: not even that there is such a case.
        school = AUDIENCE[Sender(contact.sender)] == "school"
        return f"contact.acknowledged.unfiled{'.school' if school else ''}"
    return f"contact.acknowledged.{AUDIENCE[Sender(contact.sender)]}"


def chaser_reply(chaser: Contact, words: Wording) -> Message:
    """The courteous note: it is with the first, the date stands, what counts as urgent (H48)."""
    original = matter_of(chaser)
    code = "contact.followed_up" if chaser.link == Contact.Link.FOLLOW_UP else "contact.chased"
    # Who only quoted a reference, or gave an address that nothing proves, is told no names.
    clock, stranger = original.promise, is_stranger(chaser) or is_unproven(chaser)
    written = words.texts.write(
        code,
        reference=chaser.reference,
        chased_reference=original.reference,
        answer_by=promised_day(clock),
        person=OUR_TEAM if stranger else clock.owner.full_name,
        lead=OUR_TEAM if stranger else lead_of(clock),
        urgent=words.urgent,
    )
    return to_sender(chaser, Notice.Kind.ACKNOWLEDGEMENT, "acknowledgement", written)


# --- What stands in it ----------------------------------------------------------------------


def _values(contact: Contact, words: Wording, formal: Clock | None) -> dict[str, str]:
    clock, seen = contact.promise, _seen_line(contact, words.calendar)
    return {
        "reference": contact.reference,
        "answer_by": f"{promised_day(clock)}{_counted(contact, words.calendar)}",
        "person_line": _person_line(contact),
        "claim_line": _about_reason(contact),
        "seen_line": seen,
        "urgent": words.urgent,
        "phone_line": phone_line(rung_at(contact), closed=bool(seen)),
        "formal_line": formal_line(contact.category, formal) if formal else "",
        "complaint_line": complaint_line(formal or clock),
        "complaint_by": complaint_by(formal, contact.logged_at) if formal else "",
        "child_line": _child_line(contact),
    }


def _child_line(contact: Contact) -> str:
    """What staff write down themselves they have asked about."""
    if contact.logged_by_id or not _is_of_nobody_yet(contact):
        return ""
    return CHILD_TOLD if is_form(contact) else NO_CHILD_YET


def is_form(contact: Contact) -> bool:
    """The sender filled in our form, which asks for the child and whether it is urgent."""
    by_form = contact.channel == Contact.Channel.PORTAL_MESSAGE
    return by_form and contact.logged_by_id is None


def _person_line(contact: Contact) -> str:
    if not is_form(contact):
        return f"{person_in_team(contact.promise)} will answer you.{_claim_line(contact)}"
    # The same whether we know the child or not, to whom nothing is proven (docs/decisions/0022).
    return (
        "" if _is_of_nobody_yet(contact) else f"{person_in_team(contact.promise)} will answer you."
    )


def _about_reason(contact: Contact) -> str:
    """The form has asked for it: the list is not read out again."""
    if contact.urgent_claimed:
        return "You gave a reason why it is urgent. We look at that first, and tell you."
    return "If it becomes urgent, tell us at once."


def _is_of_nobody_yet(contact: Contact) -> bool:
    return contact.case_id is None or is_stranger(contact)


def _counted(contact: Contact, calendar: WorkingCalendar | None) -> str:
    """How long that is; left out when counting began on a later day than the message came."""
    clock, local = contact.promise, contact.received_at.astimezone(LONDON)
    try:
        counted = calendar and calendar.received(local, clock.standard.rule)
    except BeyondCalendar:
        return ""
    if counted != local.date():
        return ""
    return f", {clock.standard.wording} of receiving your message"


def _seen_line(contact: Contact, calendar: WorkingCalendar | None) -> str:
    """Out of hours: accepted at once, and when it will be seen (H61)."""
    at = contact.logged_at
    try:
        if calendar is None or calendar.is_open(at):
            return ""
        opens = calendar.next_opening(at)
    except BeyondCalendar:
        return ""
    return (
        "Our office is closed now. We will see your message when it opens on "
        f"{moment_in_words(opens)}."
    )


def _claim_line(contact: Contact) -> str:
    if not contact.urgent_claimed:
        return ""
    return " You told us that it is urgent. We will look at that first, and tell you."
